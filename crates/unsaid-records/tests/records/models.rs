//! Model files.

use unsaid_core::check::Hash;
use unsaid_core::{ErrorKind, Limits};
use unsaid_records::{Framing, Level, MAGIC, Model, ModelId};

use crate::common::*;

fn load(file: &[u8]) -> Result<Model, ErrorKind> {
    Model::load(file, &Limits::default()).map_err(|e| e.kind())
}

/// A file of these sections under a right hash.
fn file(sections: &[(u8, &[u8])]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    file.extend([1, sections.len() as u8]);
    for (kind, payload) in sections {
        file.push(*kind);
        file.extend((payload.len() as u32).to_le_bytes());
    }
    sections.iter().for_each(|(_, payload)| file.extend(*payload));
    sealed(file)
}

fn sealed(mut file: Vec<u8>) -> Vec<u8> {
    let hash = Hash::of(&file);
    file.extend(hash.0);
    file
}

/// The sections of a file.
fn sections(file: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let count = usize::from(file[9]);
    let mut at = 10 + 5 * count;
    let mut sections = Vec::new();
    for entry in file[10..at].chunks_exact(5) {
        let length = u32::from_le_bytes(entry[1..].try_into().unwrap()) as usize;
        sections.push((entry[0], file[at..at + length].to_vec()));
        at += length;
    }
    sections
}

#[test]
fn a_model_that_is_written_is_read_with_the_same_id_and_report() {
    let trained = trained();
    let model = Model::load(&trained.file, &Limits::default()).unwrap();
    assert_eq!(model.id(), ModelId::new(Hash::of(&trained.file)));
    assert_eq!(model.id(), trained.model.id());
    assert_eq!(model.report(), Some(&trained.report));
    assert_eq!(model.levels().collect::<Vec<_>>(), Level::ALL);
    assert_eq!(model.file_bytes(), trained.file.len());
}

#[test]
fn b1_every_prefix_of_a_model_is_truncated() {
    let file = &few().file;
    assert_eq!(load(b"").unwrap_err(), ErrorKind::NotThisFormat);
    for cut in 1..file.len() {
        assert_eq!(load(&file[..cut]).unwrap_err(), ErrorKind::Truncated, "{cut}");
    }
}

#[test]
fn b2_every_flipped_bit_of_a_model_is_found() {
    let file = &few().file;
    // All of the head and the tables, and then some of every byte.
    let bits = (0..file.len() * 8).filter(|bit| bit / 8 < 64 || bit % 8 == bit / 8 % 8);
    for bit in bits {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(load(&flipped).is_err(), "bit {bit}");
    }
}

#[test]
fn b9_b12_versions_sections_and_trailing_bytes() {
    let mut newer = few().file.clone();
    newer[8] = 2;
    assert_eq!(load(&newer).unwrap_err(), ErrorKind::NewerVersion);
    assert_eq!(load(b"\x89PNG\r\n\x1a\n").unwrap_err(), ErrorKind::NotThisFormat);
    assert_eq!(load(&[&few().file[..], b"\0"].concat()).unwrap_err(), ErrorKind::Corrupt);
    assert_eq!(load(&file(&[(77, b"x")])).unwrap_err(), ErrorKind::NewerVersion);
    // An optional section is passed over.
    assert_eq!(load(&file(&[(200, b"x")])).unwrap().levels().count(), 0);
    // The order is fixed, so that nothing is there twice.
    assert_eq!(load(&file(&[(200, b"x"), (200, b"y")])).unwrap_err(), ErrorKind::Corrupt);
    assert_eq!(load(&file(&[(201, b"x"), (200, b"y")])).unwrap_err(), ErrorKind::Corrupt);
}

#[test]
fn b10_a_model_of_no_section_stores() {
    let model = load(&file(&[])).unwrap();
    assert_eq!(model.levels().count(), 0);
    let e = unsaid_records::Compressor::new(&model, Level::Fast, Framing::BARE).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Missing);
    assert_eq!(decompress(&model, Framing::BARE, b"\0hello").unwrap(), b"hello");
    let record = compress(&few().model, Level::Fast, Framing::BARE, &document(5001));
    assert_eq!(decompress(&model, Framing::BARE, &record).unwrap_err().kind(), ErrorKind::Missing);
}

#[test]
fn c1_lengths_beyond_the_file_are_refused_without_allocating() {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 255]);
    for kind in 0..255u8 {
        bytes.extend([kind, 0xff, 0xff, 0xff, 0xff]);
    }
    assert_eq!(load(&sealed(bytes)).unwrap_err(), ErrorKind::Truncated);
    let mut limits = Limits::default();
    limits.memory = 1000;
    assert_eq!(Model::load(&few().file, &limits).unwrap_err().kind(), ErrorKind::Limit);
}

/// Under a right hash: every section cut, lengthened, missing, and with every byte changed.
#[test]
fn c2_c6_c12_hostile_sections_are_errors_or_models_that_work() {
    let whole = sections(&few().file);
    let attempt = |sections: &[(u8, Vec<u8>)]| {
        let borrowed: Vec<_> = sections.iter().map(|(kind, bytes)| (*kind, &bytes[..])).collect();
        let Ok(model) = Model::load(&file(&borrowed), &Limits::default()) else { return };
        for level in model.levels() {
            // Priming may find what loading did not.
            let Ok(mut c) = unsaid_records::Compressor::new(&model, level, Framing::BARE) else { continue };
            let (document, mut record) = (document(5002), Vec::new());
            if c.compress(&document, &mut record).is_ok() {
                let back = decompress(&model, Framing::BARE, &record);
                assert_eq!(back.unwrap(), document, "what a model codes it decodes");
            }
        }
    };
    for at in 0..whole.len() {
        let mut without = whole.clone();
        without.remove(at);
        attempt(&without);
        let length = whole[at].1.len();
        let step = (length / 40).max(1);
        for place in (0..length).step_by(step) {
            let mut cut = whole.clone();
            cut[at].1.truncate(place);
            attempt(&cut);
            for change in [0x01, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at].1[place] ^= change;
                attempt(&changed);
            }
        }
        let mut longer = whole.clone();
        longer[at].1.push(0);
        attempt(&longer);
    }
}

#[test]
fn c4_only_the_content_hash_names_a_model() {
    let limits = Limits::default();
    let file = &few().file;
    Model::load_verified(file, &few().model.id(), &limits).unwrap();
    let e = Model::load_verified(file, &trained().model.id(), &limits).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
    assert!(e.to_string().contains(&trained().model.id().to_string()), "{e}");
}

#[test]
fn h3_a_model_is_one_value_for_all_threads() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let model = few().model.clone();
    shared(&model);
    let threads: Vec<_> = (0..4)
        .map(|n| {
            let model = model.clone();
            std::thread::spawn(move || {
                model.levels().map(|level| compress(&model, level, Framing::BARE, &document(n % 2))).collect()
            })
        })
        .collect();
    let results: Vec<Vec<Vec<u8>>> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    assert_eq!((&results[0], &results[1]), (&results[2], &results[3]));
}
