//! The bugs of the original program, one test for each that we do not share.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use unsaid_bb::{Model, Profile, decode, encode, forge, original};
use unsaid_core::{ErrorKind, Limits, Silent};
use unsaid_lexicon::ByteStrings;
use unsaid_testkit::{Kind, bytes};

fn model(fragments: &[&[u8]]) -> Model {
    Model::new(Profile::Reference, fragments.iter().collect(), &Limits::default()).unwrap()
}

fn round_trip(model: &Model, document: &[u8]) -> Vec<u8> {
    let coded = encode::to_vec(model, document, &Limits::default()).unwrap();
    assert_eq!(decode::to_vec(model, &coded, &Limits::default()).unwrap(), document);
    coded
}

#[test]
fn bug_1_a_one_byte_reference_is_one_byte() {
    let model = model(&[b"abcdef", b"ghi"]);
    assert_eq!(round_trip(&model, b"abcdefghiabcdef")[4..], [0x80, 0x81, 0x80]);
}

#[test]
fn bug_2_the_end_of_a_document_of_a_multiple_of_128_bytes_is_kept() {
    let corpus: ByteStrings = [bytes(Kind::Json, 100, 20000)].into_iter().collect();
    let model = original::forge(&corpus, None, &Limits::default(), &Silent).unwrap();
    for length in [0, 1, 127, 128, 129, 255, 256, 257, 384, 1024, 4096, 65536] {
        round_trip(&model, &bytes(Kind::Json, 7, length));
    }
}

#[test]
fn bug_3_fragments_of_128_bytes_and_more_lose_nothing() {
    for longest in [127, 128, 129, 254, 255] {
        let fragments: Vec<Vec<u8>> = (1..=longest).map(|n| vec![b'x'; n]).collect();
        let fragments = fragments.iter().collect();
        let model = Model::new(Profile::Reference, fragments, &Limits::default()).unwrap();
        let coded = round_trip(&model, &[b'x'; 1000]);
        assert!(coded.len() < 24, "{}", coded.len());
    }
}

#[test]
fn bug_4_an_index_out_of_range_is_an_error() {
    let model = model(&[b"abc", b"de"]);
    let hash = model.hash().to_le_bytes();
    for token in [&[0x82][..], &[0xfb], &[0xfc, 2], &[0xfd, 0, 1], &[0xff, 0, 0, 0, 0x80], &[0xff; 5]] {
        let coded = [&hash[..], token].concat();
        let e = decode::to_vec(&model, &coded, &Limits::default()).unwrap_err();
        assert_eq!((e.kind(), e.offset()), (ErrorKind::Corrupt, Some(4)), "{token:x?}: {e}");
    }
}

#[test]
fn bug_4_a_truncated_token_is_an_error() {
    let model = model(&[b"abc", b"de"]);
    let hash = model.hash().to_le_bytes();
    for token in [&[3, b'a', b'b'][..], &[1], &[0xfc], &[0xfd], &[0xfd, 0], &[0xff, 0, 0, 0]] {
        let coded = [&hash[..], &[0x80], token].concat();
        let e = decode::to_vec(&model, &coded, &Limits::default()).unwrap_err();
        assert_eq!((e.kind(), e.offset()), (ErrorKind::Truncated, Some(5)), "{token:x?}: {e}");
    }
}

#[test]
fn bug_4_an_empty_input_is_truncated_not_another_model() {
    let model = model(&[b"abc"]);
    for length in 0..4 {
        let e = decode::to_vec(&model, &model.hash().to_le_bytes()[..length], &Limits::default());
        assert_eq!(e.unwrap_err().kind(), ErrorKind::Truncated, "{length}");
    }
}

#[test]
fn bug_5_the_makefile_builds_all_four_programs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Makefile");
    let makefile = std::fs::read_to_string(path).unwrap();
    assert!(makefile.lines().any(|line| line.starts_with("PROGRAMS = forge encode decode ncat")));
    assert!(makefile.lines().any(|line| line == "all: $(PROGRAMS:%=bin/%)"));
}

#[test]
fn index_123_is_written_as_the_one_byte_that_both_decoders_read() {
    let fragments: Vec<String> = (100..225).map(|n| n.to_string()).collect();
    for profile in Profile::ALL {
        let fragments = fragments.iter().collect();
        let model = Model::new(profile, fragments, &Limits::default()).unwrap();
        assert_eq!(round_trip(&model, b"223")[4..], [0xfb]);
        assert_eq!(round_trip(&model, b"224").len(), 6);
    }
}

#[test]
fn a_phrase_never_gets_longer_than_its_length_can_say() {
    // The 256th phrase of one byte repeated would have 256 bytes.
    let corpus: ByteStrings = [vec![b'x'; 256 * 257]].into_iter().collect();
    let model = original::forge(&corpus, Some(Profile::Reference), &Limits::default(), &Silent).unwrap();
    assert_eq!(model.fragments().iter().map(<[u8]>::len).max(), Some(255));
    assert_eq!(Model::from_bytes(&model.to_bytes(), &Limits::default()).unwrap(), model);
    let ours = forge::forge(&corpus, &forge::Options::default(), &Limits::default(), &Silent).unwrap();
    assert_eq!(Model::from_bytes(&ours.to_bytes(), &Limits::default()).unwrap(), ours);
    round_trip(&model, &[b'x'; 1000]);
}
