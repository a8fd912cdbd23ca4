//! What holds for all documents and models.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use unsaid_bb::decode::Decoder;
use unsaid_bb::encode::{Encoder, WINDOW};
use unsaid_bb::{Model, Profile, decode, encode, forge};
use unsaid_core::progress::interrupted;
use unsaid_core::{ErrorKind, Limits, Progress, Silent};
use unsaid_lexicon::ByteStrings;
use unsaid_testkit::{Fault, FaultyReader, FaultyWriter, Kind, bytes};

/// Few letters, so that fragments occur, overlap and contain each other.
fn letters(most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![Just(b'a'), Just(b'b'), Just(b'c'), any::<u8>()], 0..most)
}

fn models() -> impl Strategy<Value = Model> {
    let fragments = btree_set(vec(prop_oneof![Just(b'a'), Just(b'b'), Just(b'c')], 1..9), 0..300);
    (any::<bool>(), fragments).prop_map(|(protocol, fragments)| {
        let profile = if protocol { Profile::Protocol } else { Profile::Reference };
        Model::new(profile, fragments.iter().collect(), &Limits::default()).unwrap()
    })
}

/// The fewest bytes that code a document, by trying everything: all literals and all fragments.
fn fewest(model: &Model, document: &[u8]) -> u64 {
    let mut cost = vec![u64::MAX; document.len() + 1];
    cost[0] = 4;
    for at in 0..document.len() {
        for length in 1..=127.min(document.len() - at) {
            cost[at + length] = cost[at + length].min(cost[at] + 1 + length as u64);
        }
        for (index, fragment) in (0..).zip(model.fragments().iter()) {
            if document[at..].starts_with(fragment) {
                let bytes = u64::from(model.profile().reference_bytes(index).unwrap());
                let end = at + fragment.len();
                cost[end] = cost[end].min(cost[at] + bytes);
            }
        }
    }
    cost[document.len()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_document_comes_back_from_the_fewest_bytes(model in models(), document in letters(400)) {
        let coded = encode::to_vec(&model, &document, &Limits::default()).unwrap();
        prop_assert_eq!(decode::to_vec(&model, &coded, &Limits::default()).unwrap(), &document[..]);
        prop_assert_eq!(coded.len() as u64, fewest(&model, &document));
    }

    #[test]
    fn every_model_comes_back_in_its_profile(model in models()) {
        let file = model.to_bytes();
        prop_assert_eq!(file.len() as u64, model.size());
        prop_assert_eq!(Model::from_bytes_as(&file, model.profile(), &Limits::default()).unwrap(), model.clone());
        prop_assert_eq!(Model::from_bytes(&file, &Limits::default()).unwrap(), model);
    }

    #[test]
    fn what_decodes_under_a_profile_encodes_to_no_more_bytes(model in models(), tokens in vec(any::<u8>(), 0..60)) {
        let coded = [&model.hash().to_le_bytes()[..], &tokens].concat();
        if let Ok(document) = decode::to_vec(&model, &coded, &Limits::default()) {
            prop_assert!(encode::to_vec(&model, &document, &Limits::default()).unwrap().len() <= coded.len());
        }
    }

    #[test]
    fn forged_models_are_models_within_their_limits(
        documents in vec(letters(300), 0..8), fragments in 0u64..40, size in 4u64..400
    ) {
        let corpus: ByteStrings = documents.iter().collect();
        let mut options = forge::Options::default();
        options.fragments = fragments;
        options.bytes = Some(size);
        let model = forge::forge(&corpus, &options, &Limits::default(), &Silent).unwrap();
        prop_assert!(model.fragments().len() as u64 <= fragments);
        prop_assert!(model.size() <= size);
        prop_assert_eq!(Model::from_bytes(&model.to_bytes(), &Limits::default()).unwrap(), model.clone());
        for document in &documents {
            let coded = encode::to_vec(&model, document, &Limits::default()).unwrap();
            prop_assert_eq!(&decode::to_vec(&model, &coded, &Limits::default()).unwrap(), document);
        }
    }
}

fn forged(kind: Kind) -> Model {
    let corpus: ByteStrings = (0..30).map(|seed| bytes(kind, seed, 700)).collect();
    forge::forge(&corpus, &forge::Options::default(), &Limits::default(), &Silent).unwrap()
}

#[test]
fn a_reference_model_with_more_fragments_than_two_bytes_reach_uses_four() {
    let fragments: Vec<[u8; 6]> = (0..70_000u32)
        .map(|n| {
            let [a, b, c, d] = n.to_be_bytes();
            [b'<', a, b, c, d, b'>']
        })
        .collect();
    let model = Model::new(Profile::Reference, fragments.iter().collect(), &Limits::default()).unwrap();
    let document = [fragments[69_999], fragments[65_536], fragments[65_535], fragments[0]].concat();
    let coded = encode::to_vec(&model, &document, &Limits::default()).unwrap();
    assert_eq!(coded.len(), 4 + 5 + 5 + 3 + 1);
    assert_eq!(decode::to_vec(&model, &coded, &Limits::default()).unwrap(), document);
    // In the protocol nothing reaches the last ones: literals.
    let protocol = model.with_profile(Profile::Protocol);
    let coded = encode::to_vec(&protocol, &document, &Limits::default()).unwrap();
    assert_eq!(coded.len(), 4 + 13 + 3 + 1);
    assert_eq!(decode::to_vec(&protocol, &coded, &Limits::default()).unwrap(), document);
}

#[test]
fn b18_a_document_in_pieces_gives_the_same_bytes() {
    let model = forged(Kind::Json);
    for length in [0, 1, 5000, WINDOW - 1, WINDOW, WINDOW + 1, 2 * WINDOW + 77] {
        let document = bytes(Kind::Json, 99, length);
        let whole = encode::to_vec(&model, &document, &Limits::default()).unwrap();
        let mut pieces = Vec::new();
        let mut encoder = Encoder::new(&model, &Limits::default()).unwrap();
        let input = FaultyReader::in_steps(&document[..], 77_777);
        encoder.encode(input, &mut pieces, &Limits::default(), &Silent).unwrap();
        assert_eq!(pieces, whole, "{length}");
        let mut back = Vec::new();
        let input = FaultyReader::in_steps(&whole[..], 3);
        let sizes = Decoder::new(&model, input).unwrap().decode(&mut back, &Limits::default(), &Silent);
        let sizes = sizes.unwrap();
        assert_eq!((sizes.document, sizes.coded), (length as u64, whole.len() as u64));
        assert!(back == document, "{length}");
    }
}

#[test]
fn b20_an_error_of_reading_or_writing_keeps_its_kind() {
    let model = forged(Kind::Text);
    let document = bytes(Kind::Text, 5, 300_000);
    let coded = encode::to_vec(&model, &document, &Limits::default()).unwrap();
    let fault = Fault::Fail(std::io::ErrorKind::PermissionDenied);
    for call in 0..5 {
        let input = FaultyReader::in_steps(&coded[..], 1000).fault_at(call, fault);
        let read = Decoder::new(&model, input)
            .and_then(|decoder| decoder.decode(&mut Vec::new(), &Limits::default(), &Silent));
        assert_eq!(read.unwrap_err().kind(), ErrorKind::Environment, "{call}");
        let mut out = FaultyWriter::in_steps(Vec::new(), 10_000).fault_at(call, fault);
        let written = Decoder::new(&model, &coded[..]).unwrap().decode(&mut out, &Limits::default(), &Silent);
        assert_eq!(written.unwrap_err().kind(), ErrorKind::Environment, "{call}");
        let input = FaultyReader::in_steps(&document[..], 10_000).fault_at(call, fault);
        let mut encoder = Encoder::new(&model, &Limits::default()).unwrap();
        let read = encoder.encode(input, &mut Vec::new(), &Limits::default(), &Silent);
        assert_eq!(read.unwrap_err().kind(), ErrorKind::Environment, "{call}");
        let mut out = FaultyWriter::in_steps(Vec::new(), 10_000).fault_at(call, fault);
        let written = encoder.encode(&document[..], &mut out, &Limits::default(), &Silent);
        assert_eq!(written.unwrap_err().kind(), ErrorKind::Environment, "{call}");
        // An encoder that failed is as good as new.
        let mut again = Vec::new();
        encoder.encode(&document[..], &mut again, &Limits::default(), &Silent).unwrap();
        assert_eq!(again, coded);
    }
}

#[test]
fn the_same_documents_give_the_same_model() {
    let corpus: ByteStrings = (0..40).map(|seed| bytes(Kind::Json, seed, 500)).collect();
    for options in [forge::Options::default(), {
        let mut small = forge::Options::default();
        small.fragments = 300;
        small.bytes = Some(2000);
        small
    }] {
        let make = || forge::forge(&corpus, &options, &Limits::default(), &Silent).unwrap().to_bytes();
        assert_eq!(make(), make());
    }
}

#[test]
fn fragments_never_span_two_documents() {
    let corpus: ByteStrings = (0..50).flat_map(|_| ["left", "right"]).collect();
    for model in [
        forge::forge(&corpus, &forge::Options::default(), &Limits::default(), &Silent).unwrap(),
        unsaid_bb::original::forge(&corpus, None, &Limits::default(), &Silent).unwrap(),
    ] {
        assert!(!model.fragments().is_empty());
        for fragment in model.fragments().iter() {
            let text = String::from_utf8(fragment.to_vec()).unwrap();
            assert!("left".contains(&text) || "right".contains(&text), "{text}");
        }
    }
}

#[test]
fn forging_beats_the_original_s_rule_on_documents_that_neither_has_seen() {
    for kind in [Kind::Json, Kind::Text] {
        let corpus: ByteStrings = (0..60).map(|seed| bytes(kind, seed, 600)).collect();
        let ours = forge::forge(&corpus, &forge::Options::default(), &Limits::default(), &Silent).unwrap();
        let theirs = unsaid_bb::original::forge(&corpus, None, &Limits::default(), &Silent).unwrap();
        let coded = |model: &Model| -> usize {
            let documents = (1000..1040).map(|seed| bytes(kind, seed, 600));
            documents.map(|d| encode::to_vec(model, &d, &Limits::default()).unwrap().len()).sum()
        };
        let (ours, theirs) = (coded(&ours), coded(&theirs));
        assert!(ours * 100 < theirs * 95, "{kind:?}: {ours} against {theirs}");
    }
}

#[test]
fn forging_says_how_far_it_is_and_stops_when_it_is_told_to() {
    struct Told {
        total: AtomicU64,
        consumed: AtomicU64,
        stop_at: u64,
    }
    impl Progress for Told {
        fn begin(&self, total: Option<u64>) {
            self.total.store(total.unwrap(), Relaxed);
        }
        fn advance(&self, consumed: u64, _: u64) -> unsaid_core::Result<()> {
            let before = self.consumed.fetch_add(consumed, Relaxed);
            if before + consumed >= self.stop_at { Err(interrupted()) } else { Ok(()) }
        }
    }
    let corpus: ByteStrings = (0..40).map(|seed| bytes(Kind::Json, seed, 500)).collect();
    let run = |stop_at| {
        let told = Told { total: AtomicU64::new(0), consumed: AtomicU64::new(0), stop_at };
        let made = forge::forge(&corpus, &forge::Options::default(), &Limits::default(), &told);
        (made, told.total.into_inner(), told.consumed.into_inner())
    };
    let (made, total, consumed) = run(u64::MAX);
    assert!(made.is_ok());
    assert_eq!(total, consumed);
    for stop_at in [1, total / 2, total] {
        assert_eq!(run(stop_at).0.unwrap_err().kind(), ErrorKind::Interrupted);
    }
}
