//! Training.

use std::sync::atomic::{AtomicU64, Ordering};

use unsaid_core::{ErrorKind, Inline, Progress, Result, Silent, progress};
use unsaid_records::{Framing, Head, Level, TrainOptions, Trainer};

use crate::common::*;

#[test]
fn g9_the_same_documents_make_the_same_model() {
    assert_eq!(train(5000..5040).file, few().file);
    assert_ne!(train(5000..5041).file, few().file);
}

#[test]
fn every_sixteenth_document_is_measured_and_never_learned_from() {
    let secret = b"<<<only the measured documents have this>>>";
    let mut trainer = Trainer::new(options());
    for seed in 0..320 {
        if seed % 16 == 15 { trainer.push(secret).unwrap() } else { trainer.push(&document(seed)).unwrap() }
    }
    let trained = trainer.train(&Inline, &Silent).unwrap();
    let report = &trained.report;
    assert_eq!((report.documents, report.held_documents), (320, 20));
    assert_eq!(report.held_bytes, 20 * secret.len() as u64);
    assert!(!trained.file.windows(12).any(|window| window == &secret[3..15]));
    // So they gain little.
    for level in &report.levels {
        assert!(level.bytes * 2 > report.held_bytes, "{level:?} of {}", report.held_bytes);
    }
}

#[test]
fn little_to_learn_from_is_said_and_every_level_is_tried() {
    let report = &few().report;
    assert!(report.is_few() && report.warnings().iter().any(|w| w.contains("64 KiB")), "{report:?}");
    assert!(!trained().report.is_few() && trained().report.warnings().is_empty());
    let model = &few().model;
    for seed in 9000..9050 {
        let records = Level::ALL.map(|level| compress(model, level, Framing::BARE, &document(seed)));
        assert!(records.iter().all(|record| *record == records[0]), "the asked level is not a bound");
    }
    let used =
        |seed| Head::read(&compress(model, Level::Fast, Framing::BARE, &document(seed))).unwrap().0.level;
    assert!((9000..9050).any(|seed| used(seed) != Some(Level::Fast)));
}

#[test]
fn nothing_and_next_to_nothing_to_learn_from() {
    let train = |documents: &[&[u8]]| {
        let mut trainer = Trainer::new(TrainOptions::default());
        documents.iter().for_each(|document| trainer.push(document).unwrap());
        trainer.train(&Inline, &Silent)
    };
    assert_eq!(train(&[]).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(train(&[b"", b""]).unwrap_err().kind(), ErrorKind::Usage);
    let tiny: [&[&[u8]]; 4] = [&[b"x"], &[b"x", b""], &[&b"abcabc"[..]; 3], &[&b"ab"[..]; 40]];
    for documents in tiny {
        let trained = train(documents).unwrap();
        for level in trained.model.levels() {
            let record = compress(&trained.model, level, Framing::default(), b"abcabcx");
            assert_eq!(decompress(&trained.model, Framing::default(), &record).unwrap(), b"abcabcx");
        }
    }
}

#[test]
fn a_model_is_no_larger_than_asked_or_an_error() {
    let with = |bytes: u64| {
        let mut options = options();
        options.bytes = bytes;
        let mut trainer = Trainer::new(options);
        (0..1200).for_each(|seed| trainer.push(&document(seed)).unwrap());
        trainer.train(&Inline, &Silent)
    };
    for bytes in [200_000, 60_000, 20_000] {
        match with(bytes) {
            Ok(trained) => assert!(trained.file.len() as u64 <= bytes, "{} of {bytes}", trained.file.len()),
            Err(e) => panic!("{bytes}: {e}"),
        }
    }
    let e = with(100).unwrap_err();
    assert!(e.kind() == ErrorKind::Limit && e.hint_text().unwrap().contains("--bytes"), "{e:?}");
}

#[test]
fn the_learning_curve_has_points_of_growing_size() {
    let mut trainer = Trainer::new(TrainOptions::default());
    (0..1200).for_each(|seed| trainer.push(&document(seed)).unwrap());
    let trained = trainer.train(&Inline, &Silent).unwrap();
    let curve = &trained.report.curve;
    assert_eq!(curve.len(), 4);
    assert!(curve.windows(2).all(|pair| pair[0].trained_bytes < pair[1].trained_bytes));
    for level in 0..curve[0].levels.len() {
        assert!(curve[3].levels[level].bytes < curve[0].levels[level].bytes, "{curve:?}");
    }
    // What stands in the file is what was said.
    assert_eq!(trained.model.report(), Some(&trained.report));
}

/// Stops after so many calls.
struct Stops(AtomicU64);

impl Progress for Stops {
    fn advance(&self, _: u64, _: u64) -> Result<()> {
        match self.0.fetch_sub(1, Ordering::Relaxed) {
            0 => Err(progress::interrupted()),
            _ => Ok(()),
        }
    }
}

/// Counts the calls.
#[derive(Default)]
struct Counts(AtomicU64);

impl Progress for Counts {
    fn advance(&self, _: u64, _: u64) -> Result<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn a_curve_that_the_caller_draws_itself_can_be_stopped_too() {
    let calls = |curve| {
        let (mut options, counts) = (options(), Counts::default());
        options.curve = curve;
        let mut trainer = Trainer::new(options);
        (0..300).for_each(|seed| trainer.push(&document(seed)).unwrap());
        trainer.train(&Inline, &counts).unwrap();
        counts.0.into_inner()
    };
    // Four models of an eighth to all of the documents: more than one of all of them.
    assert!(calls(true) > 2 * calls(false));
}

#[test]
fn a_training_can_be_stopped_at_any_step() {
    for calls in [0, 1, 2, 5] {
        let mut trainer = Trainer::new(options());
        (0..600).for_each(|seed| trainer.push(&document(seed)).unwrap());
        let e = trainer.train(&Inline, &Stops(AtomicU64::new(calls))).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Interrupted, "{calls}");
    }
}

#[test]
fn h3_a_training_that_needs_more_memory_than_allowed_is_refused_before_it_begins() {
    let mut options = TrainOptions::default();
    options.memory = 1 << 20;
    let mut trainer = Trainer::new(options);
    trainer.push(b"a document").unwrap();
    let error = trainer.train(&Inline, &Silent).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.hint_text().unwrap_or_default().contains("--max-memory"));
}
