//! Promises of training in parts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use unsaid_core::{ErrorKind, Limits, Progress, Result, Silent};
use unsaid_lexicon::ByteStrings;
use unsaid_testkit::generate::{self, Kind};
use unsaid_zipfs::encode::Rule;
use unsaid_zipfs::train::{TrainOptions, Trained, train, train_in_parts, train_within};
use unsaid_zipfs::{Decoder, Encoder, Profile};

const PART: usize = 15_000;

/// Lines of JSON. Lines of one seed resemble those of another.
fn documents(seed: u64, bytes: usize) -> ByteStrings {
    generate::bytes(Kind::Json, seed, bytes).split_inclusive(|&byte| byte == b'\n').collect()
}

fn in_parts(corpus: &ByteStrings, options: &TrainOptions) -> Trained {
    train_in_parts(corpus, PART, options, &Limits::default(), &Silent).unwrap()
}

/// Bytes of Data, all documents together; each comes back.
fn coded(trained: &Trained, documents: &ByteStrings) -> usize {
    let limits = Limits::default();
    let dictionary = trained.clone().into_dictionary("test", None).unwrap();
    let mut encoder = Encoder::new(&dictionary, Profile::Canonical, &limits).unwrap();
    let decoder = Decoder::new(&dictionary, Profile::Canonical, &limits).unwrap();
    let one = |document: &[u8]| {
        let data = encoder.encode(document, Rule::Fewest, &limits, &Silent).unwrap();
        assert_eq!(decoder.to_vec(&data, &limits).unwrap(), document);
        data.len()
    };
    documents.iter().map(one).sum()
}

fn occurs(segment: &[u8], documents: &ByteStrings) -> u32 {
    documents.iter().filter(|document| document.windows(segment.len()).any(|w| w == segment)).count() as u32
}

#[test]
fn parts_together_make_a_dictionary_almost_as_good_as_the_whole() {
    let (corpus, new) = (documents(1, 100_000), documents(2, 20_000));
    let options = TrainOptions::default();
    let whole = train(&corpus, &options, &Limits::default(), &Silent).unwrap();
    let (whole, parts) = (coded(&whole, &new), coded(&in_parts(&corpus, &options), &new));
    assert!(parts * 100 <= whole * 106, "{parts} of {whole}");
    // The first part alone is what it would be without joining.
    let first: ByteStrings = corpus.iter().take(corpus.len() / 7).collect();
    let first = coded(&in_parts(&first, &options), &new);
    assert!(parts * 100 < first * 95, "{parts} of {first}");
}

#[test]
fn training_in_parts_is_deterministic() {
    let trained = in_parts(&documents(4, 60_000), &TrainOptions::default());
    assert_eq!(trained, in_parts(&documents(4, 60_000), &TrainOptions::default()));
    // What is said of this corpus here is said on every machine.
    let (root, _) = trained.into_dictionary("test", None).unwrap().to_multi(1 << 16).unwrap();
    assert_eq!(root.cid().to_string(), CID);
}

const CID: &str = "bafyreigqiw6kcdyxrdphdo5vxfizl6i4gpvlvatjfuek3nkyjzyweizxte";

#[test]
fn documents_of_all_parts_are_counted_and_no_segment_is_in_fewer_than_asked_for() {
    let corpus = documents(5, 40_000);
    for fewest in [0, 2, 5] {
        let trained = in_parts(&corpus, &TrainOptions::default().min_documents(fewest));
        let mut long = 0;
        for (segment, &documents) in trained.segments.iter().zip(&trained.documents) {
            if segment.len() > 1 {
                long += 1;
                assert!(documents >= fewest.max(2));
                assert_eq!(documents, occurs(segment, &corpus));
            }
        }
        assert!(long > 100);
    }
}

#[test]
fn a_string_that_many_parts_find_is_one_segment() {
    let trained = in_parts(&documents(10, 60_000), &TrainOptions::default().segments(900));
    let all: BTreeSet<&[u8]> = trained.segments.iter().collect();
    assert_eq!(all.len(), trained.segments.len());
    assert_eq!(all.len(), 900);
    let longest = trained.lengths.longest();
    let filled: u64 = trained.lengths.bits().map(|bits| 1 << (longest - bits)).sum();
    assert_eq!(filled + 1, 1 << longest);
}

#[test]
fn parts_of_any_size_will_do() {
    let corpus = documents(3, 5_000);
    for part in [0, 1, 4_999, usize::MAX] {
        let trained =
            train_in_parts(&corpus, part, &TrainOptions::default(), &Limits::default(), &Silent).unwrap();
        assert_eq!(trained.corpus_bytes, corpus.bytes().len());
        coded(&trained, &corpus);
    }
}

#[test]
fn c11_parts_that_need_too_much_memory_and_too_few_documents_are_refused() {
    let mut limits = Limits::default();
    limits.memory = 1 << 20;
    let options = TrainOptions::default();
    let error = train_in_parts(&documents(11, 40_000), PART, &options, &limits, &Silent).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    let few: ByteStrings = [b"one", b"two"].iter().collect();
    let error = train_in_parts(&few, PART, &options, &Limits::default(), &Silent).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

/// Knows what it was told.
#[derive(Default)]
struct Told(std::sync::atomic::AtomicU64, std::sync::atomic::AtomicU64);

impl Progress for Told {
    fn begin(&self, total: Option<u64>) {
        self.0.store(total.unwrap(), std::sync::atomic::Ordering::Relaxed);
    }

    fn advance(&self, consumed: u64, _: u64) -> Result<()> {
        self.1.fetch_add(consumed, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn progress_hears_of_everything_that_was_announced() {
    let told = Told::default();
    train_in_parts(&documents(12, 40_000), PART, &TrainOptions::default(), &Limits::default(), &told)
        .unwrap();
    assert_eq!(told.0.into_inner(), told.1.into_inner());
}

#[test]
fn what_fits_is_learned_in_one_go_and_what_does_not_even_in_parts_is_refused() {
    let options = TrainOptions::default().segments(1000);
    let few = documents(14, 40_000);
    let mut limits = Limits::default();
    limits.memory = 64 * few.bytes().len() as u64;
    let whole = train(&few, &options, &limits, &Silent).unwrap();
    assert_eq!(train_within(&few, &options, &limits, &Silent).unwrap(), whole);
    // Candidates alone take more than is left.
    limits.memory -= 1;
    let e = train_within(&few, &options, &limits, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    assert!(e.hint_text().unwrap().contains("--max-memory"), "{e:?}");
}
