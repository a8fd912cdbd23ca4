//! Promises of the model that is primed on a training text.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use unsaid_cm::primed::{Primed, Scratch, TEXT_LIMIT, Weights};
use unsaid_core::{ErrorKind, Limits, Silent};
use unsaid_testkit::generate::{Kind, bytes};

const MOST: u64 = 1 << 24;

/// Records like those of `training`, without the closing line feed.
fn records(seed: u64, length: usize) -> Vec<Vec<u8>> {
    bytes(Kind::Json, seed, length).split(|&b| b == b'\n').map(<[u8]>::to_vec).collect()
}

fn each(documents: &[Vec<u8>]) -> impl Iterator<Item = &[u8]> + Clone {
    documents.iter().map(Vec::as_slice)
}

fn trained(documents: &[Vec<u8>]) -> (Weights, Primed) {
    let limits = Limits::default();
    let weights = Weights::train(each(documents), &limits, &Silent).unwrap();
    let model = Primed::new(each(documents), &weights, &limits).unwrap();
    (weights, model)
}

/// One model for all tests that only need one.
fn model() -> &'static (Weights, Primed) {
    static MODEL: OnceLock<(Weights, Primed)> = OnceLock::new();
    MODEL.get_or_init(|| trained(&records(1, 60_000)))
}

fn encode(model: &Primed, document: &[u8]) -> (u8, Vec<u8>) {
    let mut payload = Vec::new();
    let flags = model.encode(&mut Scratch::new(), document, &mut payload).unwrap();
    (flags, payload)
}

fn decode(model: &Primed, flags: u8, payload: &[u8]) -> unsaid_core::Result<Vec<u8>> {
    let mut out = Vec::new();
    model.decode(&mut Scratch::new(), flags, payload, &mut out, MOST).map(|()| out)
}

#[test]
fn documents_of_every_kind_and_size_come_back() {
    let (_, model) = model();
    let (mut scratch, mut payload, mut out) = (Scratch::new(), Vec::new(), Vec::new());
    for kind in Kind::ALL {
        for length in [0, 1, 2, 3, 127, 128, 129, 511, 513, 2048, 5000, 40_000] {
            let document = bytes(kind, 7, length);
            payload.clear();
            let flags = model.encode(&mut scratch, &document, &mut payload).unwrap();
            out.clear();
            model.decode(&mut scratch, flags, &payload, &mut out, MOST).unwrap();
            assert_eq!(out, document, "{} {length}", kind.name());
            assert!(payload.len() <= length + length / 6 + 8, "{} {length}: {}", kind.name(), payload.len());
        }
    }
}

#[test]
fn a_document_of_many_classes_beyond_its_training_text_comes_back() {
    let (_, model) = model();
    let document = bytes(Kind::Mixed, 3, 600_000);
    let (flags, payload) = encode(model, &document);
    assert!(decode(model, flags, &payload).unwrap() == document);
}

#[test]
fn records_of_the_kind_trained_on_are_a_small_part_of_themselves() {
    let (_, model) = model();
    let test = records(2, 20_000);
    let coded: usize = each(&test).map(|d| encode(model, d).1.len()).sum();
    assert!(coded * 3 < 20_000, "{coded}");
}

/// What zstd 1.5 at level 19 without a dictionary makes of `bytes(kind, 7, length)`, for lengths of 0, 100,
/// 1000, 10,000 and 100,000: python-zstandard, `from_level(19, source_size=length)`, magicless,
/// without content size, checksum and dictionary number.
const PLAIN: [(Kind, [usize; 5]); 6] = [
    (Kind::Text, [5, 77, 474, 3175, 25231]),
    (Kind::Json, [5, 89, 358, 2198, 17449]),
    (Kind::Csv, [5, 56, 306, 2589, 22759]),
    (Kind::Struct, [5, 83, 546, 4970, 48846]),
    (Kind::Noise, [5, 105, 1005, 10005, 100005]),
    (Kind::Mixed, [5, 77, 424, 2725, 20775]),
];

#[test]
fn documents_unlike_sixty_kilobytes_of_training_are_smaller_than_plain_zstd_makes_them() {
    let (_, model) = model();
    for (kind, plain) in PLAIN {
        for (length, plain) in [0, 100, 1000, 10_000, 100_000].into_iter().zip(plain) {
            // With the flag byte; what does not shrink is stored.
            let coded = encode(model, &bytes(kind, 7, length)).1.len().min(length) + 1;
            assert!(coded <= plain, "{} {length}: {coded}, {plain}", kind.name());
        }
    }
}

#[test]
fn a_long_repetition_costs_bytes_by_the_dozen() {
    let (_, model) = model();
    let phrase = b"the quick brown fox jumps over the lazy dog, ".repeat(1156);
    // Plain zstd, as above, makes 42 and 60 bytes of them.
    for (document, plain) in [(vec![0; 1_000_000], 42), (phrase, 60)] {
        let coded = encode(model, &document).1.len() + 1;
        assert!(coded <= plain, "{coded}, {plain}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_come_back(document in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (flags, payload) = encode(&model().1, &document);
        prop_assert_eq!(decode(&model().1, flags, &payload).unwrap(), document);
    }

    #[test]
    fn changed_records_come_back(at in 0usize..200, from in 0usize..50, with in proptest::collection::vec(any::<u8>(), 0..9)) {
        let mut document = records(2, 20_000)[from].clone();
        let at = at.min(document.len());
        let end = (at + with.len() / 2).min(document.len());
        document.splice(at..end, with);
        let (flags, payload) = encode(&model().1, &document);
        prop_assert_eq!(decode(&model().1, flags, &payload).unwrap(), document);
    }

    #[test]
    fn any_payload_is_an_error_or_the_encoding_of_its_document(flags in any::<u8>(), payload in proptest::collection::vec(any::<u8>(), 0..40)) {
        let mut out = Vec::new();
        // At most 2 MB, so that a lucky payload does not keep the test busy.
        if model().1.decode(&mut Scratch::new(), flags, &payload, &mut out, 1 << 16).is_ok() {
            prop_assert_eq!(encode(&model().1, &out), (flags, payload));
        }
    }
}

#[test]
fn a_document_leaves_nothing_behind() {
    let (_, model) = model();
    let documents: Vec<Vec<u8>> =
        records(5, 6000).into_iter().chain(Kind::ALL.map(|kind| bytes(kind, 1, 3000))).collect();
    let alone: Vec<_> = each(&documents).map(|d| encode(model, d)).collect();
    let mut scratch = Scratch::new();
    for order in [(0..documents.len()).collect::<Vec<_>>(), (0..documents.len()).rev().collect()] {
        for i in order {
            let mut payload = Vec::new();
            let flags = model.encode(&mut scratch, &documents[i], &mut payload).unwrap();
            assert!((flags, payload) == alone[i], "{i}");
            // A document that fails half-way leaves nothing behind either.
            let half = &alone[i].1[..alone[i].1.len() / 2];
            _ = model.decode(&mut scratch, alone[i].0, half, &mut Vec::new(), MOST);
        }
    }
}

#[test]
fn g9_threads_that_share_a_model_agree() {
    let model = Arc::new(trained(&records(1, 20_000)).1);
    let documents = records(9, 5000);
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (model, documents) = (Arc::clone(&model), documents.clone());
            std::thread::spawn(move || each(&documents).map(|d| encode(&model, d)).collect::<Vec<_>>())
        })
        .collect();
    let results: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    assert!(results[0] == results[1]);
}

#[test]
fn b1_b2_b3_damage_is_an_error_or_the_encoding_of_another_document() {
    let (_, model) = model();
    for document in records(2, 3000).iter().filter(|d| !d.is_empty()).take(6) {
        let (flags, payload) = encode(model, document);
        let mut damaged: Vec<(u8, Vec<u8>)> = Vec::new();
        damaged.extend((0..payload.len()).map(|n| (flags, payload[..n].to_vec())));
        damaged.extend([0, 1, 0xff].map(|more| (flags, [&payload[..], &[more]].concat())));
        for bit in 0..8 * payload.len() {
            let mut copy = payload.clone();
            copy[bit / 8] ^= 1 << (bit % 8);
            damaged.push((flags, copy));
        }
        for i in 0..payload.len() {
            for value in [0, 0xff, payload[i].wrapping_add(1)] {
                let mut copy = payload.clone();
                copy[i] = value;
                damaged.push((flags, copy));
            }
        }
        damaged.extend((0..=255).map(|flags| (flags, payload.clone())));
        let mut undetected = 0;
        for (flags_there, there) in damaged {
            if (flags_there, &there) == (flags, &payload) {
                continue;
            }
            match decode(model, flags_there, &there) {
                Ok(other) => {
                    // What stays undetected: exactly the payloads of other documents.
                    assert_ne!(&other, document);
                    assert_eq!(encode(model, &other), (flags_there, there));
                    undetected += 1;
                }
                Err(e) => assert!(matches!(e.kind(), ErrorKind::Truncated | ErrorKind::Corrupt), "{e}"),
            }
        }
        assert!(undetected < 8 * payload.len(), "{undetected} of {}", 8 * payload.len());
    }
}

#[test]
fn b4_an_empty_payload_ends() {
    let (_, model) = model();
    for flags in (0..=255).step_by(16) {
        match decode(model, flags, &[]) {
            Ok(document) => assert_eq!(encode(model, &document), (flags, Vec::new())),
            Err(e) => assert!(matches!(e.kind(), ErrorKind::Truncated | ErrorKind::Corrupt), "{e}"),
        }
    }
}

#[test]
fn b5_lengths_that_lie_are_refused() {
    let (_, model) = model();
    // No record ends with this byte, so that the length is written.
    let document = b"{\"id\":1}\x01";
    let (flags, payload) = encode(model, document);
    assert_eq!((flags, payload[0]), (16, document.len() as u8));
    let with = |length: &[u8]| [length, &payload[1..]].concat();
    let kind = |flags: u8, payload: &[u8]| decode(model, flags, payload).unwrap_err().kind();
    assert_eq!(kind(flags, &with(&[0x89, 0])), ErrorKind::Corrupt, "longer than it need be");
    assert_eq!(kind(flags, &with(&[0x81, 1])), ErrorKind::Corrupt, "above its class");
    assert_eq!(kind(flags | 1 << 5, &payload), ErrorKind::Corrupt, "another class");
    assert_eq!(kind(flags | 7 << 5, &with(&[0xff, 0xff, 0xff, 0xff])), ErrorKind::Corrupt);
    assert_eq!(kind(flags | 7 << 5, &[0xff]), ErrorKind::Truncated);
    let mut out = b"before".to_vec();
    let error = model.decode(&mut Scratch::new(), flags, &payload, &mut out, 5).unwrap_err();
    assert_eq!((error.kind(), &out[..]), (ErrorKind::Limit, &b"before"[..]));
}

#[test]
fn h1_no_more_than_allowed_is_written() {
    let (_, model) = model();
    let document = &records(2, 3000)[0];
    let (flags, payload) = encode(model, document);
    let mut out = Vec::new();
    let error = model.decode(&mut Scratch::new(), flags, &payload, &mut out, document.len() as u64 - 1);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Limit);
    model.decode(&mut Scratch::new(), flags, &payload, &mut out, document.len() as u64).unwrap();
}

#[test]
fn weights_come_back_and_every_other_length_is_refused() {
    let (weights, _) = model();
    let mut written = Vec::new();
    weights.write(&mut written);
    assert!(written.len() < 256 << 10, "{}", written.len());
    assert_eq!(&Weights::read(&written).unwrap(), weights);
    for n in (0..written.len()).step_by(101).chain([written.len() - 1]) {
        assert_eq!(Weights::read(&written[..n]).unwrap_err().kind(), ErrorKind::Truncated, "{n}");
    }
    written.push(0);
    assert_eq!(Weights::read(&written).unwrap_err().kind(), ErrorKind::Corrupt);
    written[0] = 9;
    assert_eq!(Weights::read(&written).unwrap_err().kind(), ErrorKind::NewerVersion);
}

/// Serialised weights in which every number is drawn from `number`.
fn hostile(mut number: impl FnMut() -> u16) -> Vec<u8> {
    let mut written = vec![1];
    written.extend([0xff; 32]);
    let numbers = |n: usize, written: &mut Vec<u8>, number: &mut dyn FnMut() -> u16| {
        (0..n).for_each(|_| written.extend(number().max(1).to_le_bytes()));
    };
    numbers(6336 + 3216 + 5632 + 16, &mut written, &mut number);
    for (sets, weights) in [(528, 48), (768, 32)] {
        for _ in 0..sets {
            written.push(1);
            numbers(weights, &mut written, &mut number);
        }
    }
    written
}

#[test]
fn c1_c2_c3_c6_hostile_weights_code_badly_and_correctly() {
    let documents = records(1, 8000);
    let noise = bytes(Kind::Noise, 4, 1 << 18);
    let mut at = 0;
    let mut drawn = move || {
        at += 2;
        u16::from_le_bytes([noise[at - 2], noise[at - 1]])
    };
    for written in
        [hostile(&mut drawn), hostile(|| 0x7fff), hostile(|| 0x8000), hostile(|| 0xffff), hostile(|| 1)]
    {
        let weights = Weights::read(&written).unwrap();
        let model = Primed::new(each(&documents), &weights, &Limits::default()).unwrap();
        for document in each(&documents[..5]).chain([&b"\x00\xff something else"[..]]) {
            let (flags, payload) = encode(&model, document);
            assert_eq!(decode(&model, flags, &payload).unwrap(), document);
        }
    }
    // A probability of 0 and a mark that is neither 0 nor 1 are refused, with their places.
    let mut written = hostile(|| 7);
    written[33..35].fill(0);
    let error = Weights::read(&written).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::Corrupt, Some(33)));
    let mut written = hostile(|| 7);
    let mark = 33 + 2 * (6336 + 3216 + 5632 + 16);
    written[mark] = 2;
    let error = Weights::read(&written).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::Corrupt, Some(mark as u64)));
}

#[test]
fn h4_memory_and_text_beyond_the_limits_are_refused_before_they_are_used() {
    let (weights, model) = model();
    let documents = records(1, 60_000);
    let mut limits = Limits::default();
    limits.memory = model.memory();
    assert!(Primed::new(each(&documents), weights, &limits).is_ok());
    limits.memory -= 1;
    assert_eq!(Primed::new(each(&documents), weights, &limits).unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(Weights::train(each(&documents), &limits, &Silent).unwrap_err().kind(), ErrorKind::Limit);
    let large = vec![0; TEXT_LIMIT / 2 + 1];
    let twice = [&large[..], &large[..]];
    let error = Primed::new(twice.into_iter(), weights, &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn the_largest_text_needs_less_than_sixty_megabytes() {
    let documents = vec![bytes(Kind::Runs, 1, TEXT_LIMIT)];
    let (weights, _) = model();
    let model = Primed::new(each(&documents), weights, &Limits::default()).unwrap();
    assert!(model.memory() < 56 << 20, "{}", model.memory());
}

#[test]
fn training_on_nothing_gives_a_model_that_works() {
    for documents in [vec![], vec![vec![]], vec![b"a".to_vec()]] {
        let (_, model) = trained(&documents);
        for document in [&b""[..], b"a", b"aa", b"hello, hello"] {
            let (flags, payload) = encode(&model, document);
            assert_eq!(decode(&model, flags, &payload).unwrap(), document);
        }
    }
}

/// The worked example of `docs/formats/records-small.md`.
fn example() -> (Weights, Primed) {
    let documents: Vec<Vec<u8>> =
        (0..100).map(|i| format!("{{\"id\":{},\"ok\":{}}}", i * 37, i % 3 == 0).into_bytes()).collect();
    trained(&documents)
}

#[test]
fn j1_j5_j6_the_worked_example_is_the_same_everywhere() {
    let (weights, model) = example();
    let mut written = Vec::new();
    weights.write(&mut written);
    let hash: String = Sha256::digest(&written).iter().take(8).map(|b| format!("{b:02x}")).collect();
    let coded = [&b"{\"id\":38,\"ok\":true}"[..], b"{\"id\":\"x\"", b""].map(|d| encode(&model, d));
    let shown: Vec<String> = coded
        .iter()
        .map(|(flags, payload)| payload.iter().fold(format!("{flags:02x}:"), |s, b| s + &format!("{b:02x}")))
        .collect();
    assert_eq!(
        (hash.as_str(), shown.join(" ").as_str()),
        ("32474c0889fb07cb", "00:0110ee69 10:09ffdbf6b06a 10:00")
    );
}
