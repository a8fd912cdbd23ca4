//! What level `balanced` promises.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::OnceLock;

use proptest::prelude::*;
use unsaid_core::progress::{Progress, Silent, interrupted};
use unsaid_core::{ErrorKind, Limits, Result};
use unsaid_lexicon::{ByteStrings, MergeOptions, Merges, merge};
use unsaid_records::balanced::{Knowledge, Options, Scratch, decode, encode};
use unsaid_testkit::generate::{Kind, bytes};

/// Lines of generated JSON: what is trained on, and what is not.
fn lines(seed: u64) -> Vec<Vec<u8>> {
    bytes(Kind::Json, seed, 60_000).split(|&b| b == b'\n').map(<[u8]>::to_vec).collect()
}

fn train(docs: &[Vec<u8>]) -> (Merges, Knowledge) {
    let corpus: ByteStrings = docs.iter().collect();
    let merges = merge(&corpus, &MergeOptions::default().merges(1000), &Silent).unwrap();
    let knowledge = Knowledge::train(&corpus, &merges, &Options::default(), &Silent).unwrap();
    (merges, knowledge)
}

fn model() -> &'static (Merges, Knowledge) {
    static MODEL: OnceLock<(Merges, Knowledge)> = OnceLock::new();
    MODEL.get_or_init(|| train(&lines(1)))
}

fn coded(knowledge: &Knowledge, doc: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    assert_eq!(encode(knowledge, &mut Scratch::new(), doc, &mut out), 0);
    out
}

fn decoded(knowledge: &Knowledge, payload: &[u8], most: usize) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    decode(knowledge, &mut Scratch::new(), 0, payload, &mut out, most as u64).map(|()| out)
}

fn section(knowledge: &Knowledge) -> Vec<u8> {
    let mut out = Vec::new();
    knowledge.write(&mut out);
    out
}

#[test]
fn documents_of_every_kind_and_length_come_back() {
    let (_, knowledge) = model();
    for kind in Kind::ALL {
        for length in [0, 1, 2, 3, 4, 7, 100, 1000, 32_767, 32_768, 32_769, 100_000] {
            let doc = bytes(kind, 7, length);
            assert_eq!(
                decoded(knowledge, &coded(knowledge, &doc), length).unwrap(),
                doc,
                "{kind:?} {length}"
            );
        }
    }
}

#[test]
fn b10_a_document_of_16_mib_comes_back() {
    let (_, knowledge) = model();
    let doc = [bytes(Kind::Runs, 3, 8 << 20), bytes(Kind::Json, 3, 8 << 20)].concat();
    assert_eq!(decoded(knowledge, &coded(knowledge, &doc), doc.len()).unwrap(), doc);
}

#[test]
fn documents_like_those_trained_on_take_a_third_or_less() {
    let (_, knowledge) = model();
    let test = lines(2);
    let total: usize = test.iter().map(Vec::len).sum();
    let ours: usize = test.iter().map(|doc| coded(knowledge, doc).len()).sum();
    assert!(ours * 3 < total, "{ours} of {total}");
}

proptest! {
    #[test]
    fn any_document_comes_back(parts in prop::collection::vec((0usize..100, any::<Vec<u8>>()), 0..8)) {
        let (_, knowledge) = model();
        let known = lines(1);
        let doc: Vec<u8> = parts.iter().flat_map(|(i, other)| [&known[*i % known.len()][..], other].concat()).collect();
        prop_assert_eq!(decoded(knowledge, &coded(knowledge, &doc), doc.len()).unwrap(), doc);
    }

    #[test]
    fn b3_any_payload_ends_with_a_document_within_the_limit_or_an_error(payload: Vec<u8>) {
        let (_, knowledge) = model();
        if let Ok(doc) = decoded(knowledge, &payload, 5000) {
            prop_assert!(doc.len() <= 5000);
        }
    }
}

/// The list of `docs/formats/records-balanced.md`: a damaged payload is noticed unless it is the payload
/// of another document.
#[test]
fn b1_b2_damage_gives_an_error_or_what_the_damaged_payload_says() {
    let (_, knowledge) = model();
    let (mut tried, mut unnoticed) = (0, 0);
    for doc in lines(2).iter().take(30) {
        let payload = coded(knowledge, doc);
        let cuts = (0..payload.len()).map(|n| payload[..n].to_vec());
        let flips = (0..payload.len() * 8).map(|bit| {
            let mut changed = payload.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            changed
        });
        for changed in cuts.chain(flips) {
            tried += 1;
            match decoded(knowledge, &changed, 100_000) {
                Ok(other) => {
                    unnoticed += 1;
                    assert_ne!(other, *doc, "damage that changes nothing");
                }
                Err(e) => assert!(
                    matches!(e.kind(), ErrorKind::Corrupt | ErrorKind::Truncated | ErrorKind::Limit),
                    "{e}"
                ),
            }
        }
        assert_eq!(decoded(knowledge, &[], 100).unwrap_err().kind(), ErrorKind::Truncated);
    }
    assert!(tried > 1000 && unnoticed * 10 < tried, "{unnoticed} of {tried} went unnoticed");
}

#[test]
fn b5_c11_no_document_is_longer_than_the_limit() {
    let (_, knowledge) = model();
    let doc = vec![b'x'; 100_000];
    let payload = coded(knowledge, &doc);
    assert!(payload.len() < 200);
    for most in [0, 1, 99_999] {
        assert_eq!(decoded(knowledge, &payload, most).unwrap_err().kind(), ErrorKind::Limit);
    }
    assert_eq!(decoded(knowledge, &payload, 100_000).unwrap(), doc);
}

#[test]
fn b19_scratch_is_as_good_as_new_after_an_error() {
    let (_, knowledge) = model();
    let (mut scratch, mut out) = (Scratch::new(), Vec::new());
    for doc in lines(2).iter().take(50) {
        let payload = coded(knowledge, doc);
        let _ = decode(knowledge, &mut scratch, 0, &payload[..payload.len() / 2], &mut out, 50);
        out.clear();
        let mut again = Vec::new();
        encode(knowledge, &mut scratch, doc, &mut again);
        decode(knowledge, &mut scratch, 0, &payload, &mut out, 100_000).unwrap();
        assert_eq!((&again, &out), (&payload, doc));
    }
}

#[test]
fn a_section_is_read_as_it_was_written() {
    let (merges, knowledge) = model();
    let bytes = section(knowledge);
    let read = Knowledge::read(&bytes, merges, &Limits::default()).unwrap();
    assert_eq!(section(&read), bytes);
    for doc in lines(2).iter().take(50) {
        assert_eq!(coded(&read, doc), coded(knowledge, doc));
    }
}

#[test]
fn b2_c1_damaged_sections_give_errors_or_other_tables_and_those_decode_or_refuse() {
    let (merges, knowledge) = model();
    let bytes = section(knowledge);
    let payload = coded(knowledge, &lines(2)[0]);
    let limits = Limits::default();
    for cut in (0..bytes.len()).step_by(bytes.len() / 50 + 1) {
        assert!(Knowledge::read(&bytes[..cut], merges, &limits).is_err(), "{cut}");
    }
    for bit in (0..bytes.len() * 8).step_by(bytes.len() * 8 / 200 + 1).chain(0..64) {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = Knowledge::read(&changed, merges, &limits) {
            let _ = decoded(&other, &payload, 10_000);
        }
    }
}

#[test]
fn c1_a_section_for_more_merges_than_the_model_has_is_refused() {
    let (merges, knowledge) = model();
    let fewer = merges.prefix(knowledge.fragments() - 257);
    let error = Knowledge::read(&section(knowledge), &fewer, &Limits::default()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn training_is_deterministic() {
    let docs = lines(5);
    assert_eq!(section(&train(&docs).1), section(&train(&docs).1));
}

#[test]
fn training_on_nothing_or_on_next_to_nothing_still_codes() {
    let docs: [&[Vec<u8>]; 4] = [&[], &[vec![]], &[b"a".to_vec()], &[vec![0; 1000], vec![]]];
    for docs in docs {
        let (_, knowledge) = train(docs);
        for doc in [&b""[..], b"a", b"hello", &[0; 5000]] {
            assert_eq!(decoded(&knowledge, &coded(&knowledge, doc), 5000).unwrap(), doc);
        }
    }
}

#[test]
fn training_stops_when_asked() {
    struct Stop;
    impl Progress for Stop {
        fn advance(&self, _: u64, _: u64) -> Result<()> {
            Err(interrupted())
        }
    }
    let corpus: ByteStrings = lines(1).iter().collect();
    let error = Knowledge::train(&corpus, &Merges::default(), &Options::default(), &Stop).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
}
