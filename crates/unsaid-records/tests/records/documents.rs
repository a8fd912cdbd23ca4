//! One document.

use unsaid_core::{ErrorKind, Limits};
use unsaid_records::{Compressor, Decompressor, Framing, Head, Level, MAX_DOCUMENT, MAX_OVERHEAD, Registry};

use crate::common::*;

#[test]
fn documents_come_back_at_every_level_in_every_framing() {
    let model = &trained().model;
    for level in model.levels() {
        for framing in [Framing::default(), Framing::BARE, Framing { id: false, check: true }] {
            let mut compressor = Compressor::new(model, level, framing).unwrap();
            let mut decompressor = decompressor(model, framing);
            for document in documents() {
                let (mut record, mut back) = (b"before".to_vec(), b"before".to_vec());
                compressor.compress(&document, &mut record).unwrap();
                decompressor.decompress(&record[6..], &mut back).unwrap();
                assert_eq!(&back[6..], document, "{level}");
                assert!(record.len() - 6 <= document.len() + MAX_OVERHEAD);
            }
        }
    }
}

#[test]
fn what_gains_nothing_is_stored_and_needs_no_model() {
    let noise = unsaid_testkit::bytes(unsaid_testkit::Kind::Noise, 1, 1000);
    let mut anyone = Decompressor::new(&Registry::new(), &Limits::default());
    for document in [&noise[..], b""] {
        for level in trained().model.levels() {
            let record = compress(&trained().model, level, Framing::default(), document);
            assert_eq!(Head::read(&record).unwrap().0.level, None, "{level}");
            assert_eq!(record.len(), document.len() + MAX_OVERHEAD);
            let mut back = Vec::new();
            anyone.decompress(&record, &mut back).unwrap();
            assert_eq!(back, document);
        }
    }
    assert_eq!(compress(&trained().model, Level::Fast, Framing::BARE, b""), [0]);
}

#[test]
fn documents_like_those_trained_on_get_much_smaller() {
    let model = &trained().model;
    let before: usize = (9000..9200).map(|seed| document(seed).len()).sum();
    for (level, most) in [(Level::Fast, 40), (Level::Balanced, 20), (Level::Small, 18)] {
        if model.levels().any(|l| l == level) {
            let after: usize =
                (9000..9200).map(|s| compress(model, level, Framing::BARE, &document(s)).len()).sum();
            assert!(after * 100 < before * most, "{level}: {after} of {before}");
        }
    }
}

#[test]
fn b10_the_largest_document_fits_and_one_byte_more_is_a_limit() {
    let model = &trained().model;
    let mut compressor = Compressor::new(model, Level::Fast, Framing::default()).unwrap();
    let largest = vec![b'x'; MAX_DOCUMENT + 1];
    let mut record = b"kept".to_vec();
    let e = compressor.compress(&largest, &mut record).unwrap_err();
    assert_eq!((e.kind(), &record[..]), (ErrorKind::Limit, &b"kept"[..]));
    assert!(e.to_string().contains("16 MiB"), "{e}");
    record.clear();
    compressor.compress(&largest[1..], &mut record).unwrap();
    assert!(decompress(model, Framing::default(), &record).unwrap() == largest[1..]);
    // Stored, it is refused when read, too.
    let stored = vec![0; MAX_DOCUMENT + 2];
    assert_eq!(decompress(model, Framing::BARE, &stored).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn b1_every_prefix_of_a_document_with_its_check_is_refused() {
    let model = &trained().model;
    for level in model.levels() {
        for seed in 9000..9003 {
            let record = compress(model, level, Framing::default(), &document(seed));
            for cut in 0..record.len() {
                let e = decompress(model, Framing::default(), &record[..cut]).unwrap_err();
                assert!(is_damage(e.kind()), "{level} {cut}: {e}");
            }
        }
    }
}

#[test]
fn b2_every_flipped_bit_is_found_where_id_and_check_are_demanded() {
    let model = &trained().model;
    let mut records = vec![compress(model, Level::Fast, Framing::default(), b"stored")];
    records.extend(model.levels().map(|level| compress(model, level, Framing::default(), &document(9001))));
    for record in records {
        let whole = decompress(model, Framing::default(), &record).unwrap();
        for bit in 0..record.len() * 8 {
            let mut flipped = record.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            match decompress(model, Framing::default(), &flipped) {
                // Two payloads may stand for one document.
                Ok(document) => assert_eq!(document, whole, "bit {bit}"),
                Err(e) => {
                    let missing = e.kind() == ErrorKind::Missing;
                    assert!(is_damage(e.kind()) || missing, "bit {bit}: {e}");
                }
            }
        }
    }
}

#[test]
fn b3_bytes_set_swapped_inserted_and_removed_are_found() {
    let model = &trained().model;
    for level in model.levels() {
        let record = compress(model, level, Framing::default(), &document(9002));
        let whole = decompress(model, Framing::default(), &record).unwrap();
        let mut unnoticed = 0;
        let mut check = |damaged: &[u8]| {
            if damaged != record {
                match decompress(model, Framing::default(), damaged) {
                    Ok(document) => unnoticed += usize::from(document != whole),
                    Err(e) => assert!(is_damage(e.kind()) || e.kind() == ErrorKind::Missing, "{e}"),
                }
            }
        };
        for at in 0..record.len() {
            for value in [0, 255, record[at].wrapping_add(1), record[at].wrapping_sub(1)] {
                let mut damaged = record.clone();
                damaged[at] = value;
                check(&damaged);
            }
            let (head, tail) = record.split_at(at);
            check(&[head, &tail[1..]].concat());
            check(&[head, &[0x55], tail].concat());
            check(&[head, tail, &tail[..1]].concat());
        }
        assert_eq!(unnoticed, 0, "{level}");
    }
}

/// The page lists what goes unnoticed; this is the list, case by case.
#[test]
fn the_damage_that_the_format_cannot_detect_is_what_the_page_says() {
    let model = &trained().model;
    // Stored and bare: every prefix but none at all, every flip outside the flag byte.
    let bare = compress(model, Level::Fast, Framing::BARE, b"qZ");
    assert_eq!(bare, b"\0qZ");
    for cut in 1..=bare.len() {
        assert_eq!(decompress(model, Framing::BARE, &bare[..cut]).unwrap(), &bare[1..cut]);
    }
    assert_eq!(decompress(model, Framing::BARE, b"").unwrap_err().kind(), ErrorKind::Truncated);
    for bit in 8..24 {
        let mut flipped = bare.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(decompress(model, Framing::BARE, &flipped).unwrap(), &flipped[1..]);
    }
    for bit in 5..8 {
        let mut flipped = bare.clone();
        flipped[0] ^= 1 << bit;
        assert_eq!(decompress(model, Framing::BARE, &flipped).unwrap_err().kind(), ErrorKind::Corrupt);
    }
    // Its bytes are hardly ever the runs of a document, which a flip of bit 4 makes of them.
    assert_eq!(decompress(model, Framing::BARE, b"\x10qZ").unwrap_err().kind(), ErrorKind::Truncated);
    // A flag byte that lost bit 3, where nobody demands it; and where somebody does.
    let mut record = compress(model, Level::Fast, Framing::default(), b"qZ");
    record[0] &= !8;
    assert_eq!(decompress(model, Framing::BARE, &record).unwrap(), &record[1..]);
    assert_eq!(decompress(model, Framing::default(), &record).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn c11_limits_on_output_and_work_hold_and_name_their_flags() {
    let model = &trained().model;
    let document = vec![b'a'; 5000];
    for level in model.levels() {
        let record = compress(model, level, Framing::default(), &document);
        let tried = |set: &str| {
            let mut limits = Limits::default();
            limits.apply(set).unwrap();
            let mut out = b"kept".to_vec();
            let e = Decompressor::new(&Registry::from(model), &limits).decompress(&record, &mut out);
            assert_eq!(out[..4], b"kept"[..]);
            e.map_err(|e| (e.kind(), e.hint_text().unwrap_or_default().to_owned()))
        };
        for (set, flag) in [("output=4999", "--max-output"), ("work=4999", "--max-work")] {
            let (kind, hint) = tried(set).unwrap_err();
            assert!(kind == ErrorKind::Limit && hint.contains(flag), "{level} {kind:?} {hint}");
        }
        tried("output=5000").unwrap();
        tried(&format!("work={}", 5000 * level.cost())).unwrap();
    }
}

#[test]
fn b19_a_decompressor_goes_on_after_an_error() {
    let model = &trained().model;
    for level in model.levels() {
        let mut decompressor = decompressor(model, Framing::default());
        for seed in 9000..9010 {
            let record = compress(model, level, Framing::default(), &document(seed));
            let mut out = Vec::new();
            assert!(decompressor.decompress(&record[..record.len() - 1], &mut out).is_err());
            assert!(out.is_empty());
            decompressor.decompress(&record, &mut out).unwrap();
            assert_eq!(out, document(seed));
        }
    }
}

/// A decoder writes only what it decoded: whatever the buffer held before.
#[test]
fn b14_what_a_buffer_held_before_never_shows() {
    let model = &trained().model;
    for level in model.levels() {
        for document in documents() {
            let record = compress(model, level, Framing::BARE, &document);
            let results = [0x00, 0xff].map(|filler| {
                let mut out = vec![filler; 70_000];
                out.clear();
                decompressor(model, Framing::BARE).decompress(&record, &mut out).unwrap();
                out
            });
            assert_eq!(results, [document.clone(), document]);
        }
    }
}

pub(crate) fn is_damage(kind: ErrorKind) -> bool {
    // A flag that no version knows yet is one of a newer version.
    use ErrorKind::{Corrupt, Limit, NewerVersion, Truncated};
    matches!(kind, Truncated | Corrupt | Limit | NewerVersion)
}
