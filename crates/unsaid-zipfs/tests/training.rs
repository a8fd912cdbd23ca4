//! Promises of training.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use unsaid_core::{ErrorKind, Limits, Progress, Result, Silent};
use unsaid_lexicon::ByteStrings;
use unsaid_testkit::generate::{self, Kind, Rng};
use unsaid_zipfs::encode::Rule;
use unsaid_zipfs::train::{TrainOptions, Trained, pieces, risky, train};
use unsaid_zipfs::{Decoder, Dictionary, Encoder, Profile};

/// Lines of JSON. Lines of one seed resemble those of another.
fn documents(seed: u64, bytes: usize) -> ByteStrings {
    generate::bytes(Kind::Json, seed, bytes).split_inclusive(|&byte| byte == b'\n').collect()
}

fn trained(corpus: &ByteStrings, options: &TrainOptions) -> Trained {
    train(corpus, options, &Limits::default(), &Silent).unwrap()
}

/// Bytes of Data, all documents together; each comes back.
fn coded(dictionary: &Dictionary, documents: &ByteStrings) -> usize {
    let limits = Limits::default();
    let mut encoder = Encoder::new(dictionary, Profile::Canonical, &limits).unwrap();
    let decoder = Decoder::new(dictionary, Profile::Canonical, &limits).unwrap();
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
fn documents_like_those_trained_on_take_a_third_or_less() {
    let (corpus, new) = (documents(1, 200_000), documents(2, 20_000));
    let dictionary = trained(&corpus, &TrainOptions::default()).into_dictionary("test", None).unwrap();
    let data = coded(&dictionary, &new);
    assert!(data * 3 <= new.bytes().len(), "{data} of {}", new.bytes().len());
}

#[test]
fn any_bytes_come_back() {
    let corpus = documents(3, 50_000);
    let small = TrainOptions::default().segments(40);
    for options in [TrainOptions::default(), small, TrainOptions::default().segments(0)] {
        let dictionary = trained(&corpus, &options).into_dictionary("test", None).unwrap();
        let mut texts: ByteStrings = Kind::ALL.iter().map(|&kind| generate::bytes(kind, 1, 3000)).collect();
        texts.push(b"");
        texts.push(&(0..=255).collect::<Vec<u8>>());
        coded(&dictionary, &texts);
    }
}

#[test]
fn training_is_deterministic() {
    let corpus = documents(4, 100_000);
    let once = trained(&corpus, &TrainOptions::default());
    assert_eq!(once, trained(&corpus, &TrainOptions::default()));
    // What is said of this corpus here is said on every machine.
    let dictionary = once.into_dictionary("test", None).unwrap();
    let (root, _) = dictionary.to_multi(1 << 16).unwrap();
    assert_eq!(root.cid().to_string(), CID);
}

const CID: &str = "bafyreihryhaz7sas6lds52znrlyybjyaktpfpsmb62sxvd7uoxambw44yu";

#[test]
fn no_segment_is_in_fewer_documents_than_asked_for() {
    let corpus = documents(5, 60_000);
    for fewest in [0, 2, 3, 7] {
        let trained = trained(&corpus, &TrainOptions::default().min_documents(fewest));
        let mut long = 0;
        for (segment, &documents) in trained.segments.iter().zip(&trained.documents) {
            if segment.len() > 1 {
                long += 1;
                assert!(documents >= fewest.max(2));
                assert_eq!(documents, occurs(segment, &corpus));
            }
        }
        assert!(long > 100);
        assert_eq!(trained.min_documents, fewest.max(2));
    }
}

#[test]
fn a_secret_of_one_document_is_in_no_segment() {
    let mut corpus = documents(6, 40_000);
    // Twice in one document is still one document.
    corpus.push(b"{\"password\": \"xK#9vQ!\", \"again\": \"xK#9vQ!\"}");
    let trained = trained(&corpus, &TrainOptions::default());
    assert!(!trained.segments.iter().any(|s| s.windows(2).any(|w| w == b"K#" || w == b"#9")));
}

#[test]
fn risky_segments_are_those_of_one_document() {
    let corpus = documents(7, 30_000);
    let trained = trained(&corpus, &TrainOptions::default());
    assert_eq!(risky(&trained.segments, &corpus, &Silent).unwrap(), []);
    // Another dictionary, which was less careful.
    let alone = corpus.get(11).unwrap();
    let segments: ByteStrings = [&b"{"[..], alone, b"not there at all", alone, b"x"].into_iter().collect();
    assert_eq!(occurs(alone, &corpus), 1);
    let found = risky(&segments, &corpus, &Silent).unwrap();
    assert_eq!(found.iter().map(|r| (r.segment, r.document)).collect::<Vec<_>>(), [(1, 11)]);
}

#[test]
fn a_dictionary_keeps_to_its_size() {
    let corpus = documents(8, 80_000);
    for segments in [0, 1, 2, 3, 10, 256, 1000] {
        assert!(trained(&corpus, &TrainOptions::default().segments(segments)).segments.len() <= segments);
    }
    let mut before = usize::MAX;
    for bytes in [500, 4_000, 30_000] {
        let dictionary =
            trained(&corpus, &TrainOptions::default().bytes(Some(bytes))).into_dictionary("", None).unwrap();
        let block = dictionary.to_block().unwrap().data().len();
        // The rest of the block, its lengths above all, is small.
        assert!(block <= bytes as usize + 150, "{block} of {bytes}");
        let data = coded(&dictionary, &documents(9, 20_000));
        assert!(data < before, "{data} with {bytes}");
        before = data;
    }
}

#[test]
fn segments_differ_and_those_that_save_more_have_shorter_codes() {
    let corpus = documents(10, 60_000);
    let trained = trained(&corpus, &TrainOptions::default());
    let all: BTreeSet<&[u8]> = trained.segments.iter().collect();
    assert_eq!(all.len(), trained.segments.len());
    assert_eq!(trained.lengths.segments() as usize, all.len());
    // No bit is lost: the codes and the escape fill the room that there is.
    let longest = trained.lengths.longest();
    let filled: u64 = trained.lengths.bits().map(|bits| 1 << (longest - bits)).sum();
    assert_eq!(filled + 1, 1 << longest);
}

#[test]
fn too_few_documents_are_refused() {
    let texts: [&[&[u8]]; 4] = [&[], &[b"one"], &[b"one", b"", b"", b""], &[b"one", b"two"]];
    for texts in texts {
        let corpus: ByteStrings = texts.iter().collect();
        let error = train(&corpus, &TrainOptions::default(), &Limits::default(), &Silent).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.hint_text().is_some());
    }
    let tiny: ByteStrings = [b"a", b"b", b"c"].iter().collect();
    assert!(trained(&tiny, &TrainOptions::default()).segments.iter().all(|s| s.len() == 1));
}

#[test]
fn c11_a_corpus_that_needs_too_much_memory_is_refused() {
    let mut limits = Limits::default();
    limits.memory = 1 << 20;
    let error = train(&documents(11, 40_000), &TrainOptions::default(), &limits, &Silent).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn documents_of_one_long_run_are_trained_on_in_time() {
    let corpus: ByteStrings = (0..40).map(|n| vec![b'a' + n % 3; 20_000]).collect();
    let dictionary = trained(&corpus, &TrainOptions::default()).into_dictionary("", None).unwrap();
    assert!(coded(&dictionary, &corpus) < 40 * 100);
}

#[test]
fn pieces_are_the_text_and_end_with_lines_or_words() {
    let text = generate::bytes(Kind::Text, 1, 30_000);
    let corpus: ByteStrings = [&text[..], b"", b"short"].into_iter().collect();
    let cut = pieces(&corpus, 700);
    assert_eq!(cut.bytes(), corpus.bytes());
    assert!(cut.len() > 40 && cut.iter().all(|piece| piece.len() <= 700));
    assert!(cut.iter().take(40).all(|piece| piece.ends_with(b" ") || piece.ends_with(b"\n")));
    assert_eq!(pieces(&[[b'a'; 10]].iter().collect(), 4).ends(), [4, 8, 10]);
    assert_eq!(pieces(&[[b'a'; 3]].iter().collect(), 0).ends(), [1, 2, 3]);
}

/// Stops after so many calls, and knows what it was told.
struct Stops(std::sync::atomic::AtomicU64);

impl Progress for Stops {
    fn advance(&self, _: u64, _: u64) -> Result<()> {
        match self.0.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) {
            0 => Err(unsaid_core::progress::interrupted()),
            _ => Ok(()),
        }
    }
}

#[test]
fn training_stops_when_asked() {
    let corpus = documents(12, 20_000);
    let mut rng = Rng::new(1);
    for _ in 0..20 {
        let stops = Stops(rng.below(6 * corpus.len() as u64).into());
        let error = train(&corpus, &TrainOptions::default(), &Limits::default(), &stops).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
    }
}

#[test]
fn the_description_names_algorithm_kind_and_version() {
    let corpus = documents(13, 20_000);
    let description = trained(&corpus, &TrainOptions::default()).description("JSON of tests", "1.2.3");
    for said in
        ["JSON of tests", "unsaid 1.2.3", "Huffman", &format!("{} documents", corpus.len()), "at least 2"]
    {
        assert!(description.contains(said), "{description}");
    }
}
