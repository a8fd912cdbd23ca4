//! `docs/formats/bb.md` says what the code does: its example, and its list of damage that goes unnoticed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use unsaid_bb::{Model, Profile, decode, encode};
use unsaid_core::{ErrorKind, Limits};
use unsaid_lexicon::ByteStrings;

const DOCUMENT: &[u8] = b"{\"user\":\"ada\",\"id\":7}";

fn model(profile: Profile) -> Model {
    let fragments: ByteStrings = ["{\"user\":\"", "\"}", "\",\"id\":"].iter().collect();
    Model::new(profile, fragments, &Limits::default()).unwrap()
}

/// The blocks of bytes of section 6, in their order: model (protocol), model (reference), document.
fn example() -> [Vec<u8>; 3] {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/bb.md");
    let page = std::fs::read_to_string(path).unwrap();
    let section = page.split("## 6 Example").nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks = section.split("```").skip(1).step_by(2);
    let bytes = |block: &str| block.split_whitespace().map(|b| u8::from_str_radix(b, 16).unwrap()).collect();
    let blocks: Vec<Vec<u8>> = blocks.map(bytes).collect();
    blocks.try_into().unwrap()
}

fn flips(bytes: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> + '_ {
    (0..bytes.len() * 8).map(|n| {
        let mut damaged = bytes.to_vec();
        damaged[n / 8] ^= 1 << (n % 8);
        (format!("{}.{}", n / 8, n % 8), damaged)
    })
}

#[test]
fn the_example_of_the_page_is_what_is_written_and_read() {
    let [protocol, reference, document] = example();
    for (profile, file) in [(Profile::Protocol, protocol), (Profile::Reference, reference)] {
        let model = model(profile);
        assert_eq!(model.to_bytes(), file);
        assert_eq!(Model::from_bytes(&file, &Limits::default()).unwrap(), model);
        assert_eq!(encode::to_vec(&model, DOCUMENT, &Limits::default()).unwrap(), document);
        assert_eq!(decode::to_vec(&model, &document, &Limits::default()).unwrap(), DOCUMENT);
    }
}

#[test]
fn b1_the_prefixes_of_a_document_that_decode_are_those_of_the_page() {
    let [.., document] = example();
    for profile in Profile::ALL {
        let model = model(profile);
        let mut unnoticed = Vec::new();
        for end in 0..document.len() {
            match decode::to_vec(&model, &document[..end], &Limits::default()) {
                Ok(shorter) => {
                    assert!(DOCUMENT.starts_with(&shorter));
                    unnoticed.push(end);
                }
                Err(e) => assert_eq!(e.kind(), ErrorKind::Truncated, "{end}: {e}"),
            }
        }
        assert_eq!(unnoticed, [4, 5, 9, 10]);
    }
}

#[test]
fn b2_the_flips_of_a_document_that_decode_are_those_of_the_page() {
    let [.., document] = example();
    let literals = [6, 7, 8, 11, 12];
    let mut wanted: Vec<String> =
        literals.iter().flat_map(|byte| (0..8).map(move |bit| format!("{byte}.{bit}"))).collect();
    wanted.extend(["4.0", "4.1", "4.7", "5.2", "9.1"].map(str::to_owned));
    wanted.sort();
    for profile in Profile::ALL {
        let model = model(profile);
        let mut unnoticed = Vec::new();
        for (place, damaged) in flips(&document) {
            match decode::to_vec(&model, &damaged, &Limits::default()) {
                Ok(other) => {
                    assert_ne!(other, DOCUMENT, "{place}");
                    unnoticed.push(place);
                }
                Err(e) => {
                    let head = place.split('.').next().unwrap().parse::<usize>().unwrap() < 4;
                    let known = matches!(e.kind(), ErrorKind::Truncated | ErrorKind::Corrupt);
                    assert!(if head { e.kind() == ErrorKind::Missing } else { known }, "{place}: {e}");
                }
            }
        }
        unnoticed.sort();
        assert_eq!(unnoticed, wanted, "{profile}");
    }
}

#[test]
fn b1_b2_no_prefix_and_no_flip_of_a_model_goes_unnoticed() {
    for file in &example()[..2] {
        for end in 0..file.len() {
            let e = Model::from_bytes(&file[..end], &Limits::default()).unwrap_err();
            assert!(matches!(e.kind(), ErrorKind::Truncated | ErrorKind::Corrupt), "{end}: {e}");
        }
        for (place, damaged) in flips(file) {
            let e = Model::from_bytes(&damaged, &Limits::default()).unwrap_err();
            assert!(matches!(e.kind(), ErrorKind::Truncated | ErrorKind::Corrupt), "{place}: {e}");
        }
    }
}

#[test]
fn damage_to_a_model_that_the_page_lists_is_the_damage_that_goes_unnoticed() {
    let [protocol, ..] = example();
    let mut moved = protocol.clone();
    // `{"user":"` and `"}` become `{"user":` and `""}`.
    moved[4] = 8;
    moved[13] = 3;
    moved[14] = b'"';
    let other = Model::from_bytes(&moved, &Limits::default()).unwrap();
    assert_eq!(other.hash(), model(Profile::Protocol).hash());
    assert_eq!(other.fragments().get(1), Some(&b"\"\"}"[..]));

    let empty = Model::new(Profile::Reference, ByteStrings::new(), &Limits::default()).unwrap();
    let cut = Model::from_bytes(&empty.to_bytes()[..4], &Limits::default()).unwrap();
    assert_eq!((cut.profile(), cut.fragments().len()), (Profile::Protocol, 0));
}

#[test]
fn eight_bytes_that_would_be_a_model_in_both_profiles_are_the_reference_one() {
    let both = [5, 0x15, 0, 0, 0, 0, 0, 0];
    let read = Model::from_bytes(&both, &Limits::default()).unwrap();
    assert_eq!((read.profile(), read.fragments().len()), (Profile::Reference, 0));
    let e = Model::from_bytes_as(&both, Profile::Protocol, &Limits::default()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt, "{e}");
}
