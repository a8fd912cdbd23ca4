//! Documents become a model.

use std::sync::Arc;

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Workers};
use unsaid_lexicon::ByteStrings;

use crate::curve::Curve;
use crate::document::check_size;
use crate::file::{self, Section};
use crate::parts::Parts;
use crate::sample::Sample;
use crate::{Compressor, Framing, Level, LevelReport, Model, Report};

/// What a model file has at most unless the caller says otherwise: 4 MiB.
pub const DEFAULT_MODEL_BYTES: u64 = 4 << 20;

/// Fewer bytes than this (64 KiB) are little to learn from: the report says so, and every level is
/// tried for each document.
pub const FEW_BYTES: u64 = 64 << 10;

/// Every document with this place modulo 16 is measured and never learned from.
const HELD_BACK: u64 = 15;

/// Whether the document at this place of the stream is measured instead.
pub(crate) fn is_held_back(place: u64) -> bool {
    place % 16 == HELD_BACK
}

/// Bytes of documents that are learned from, and that are measured, at most.
const TRAINED_BYTES: usize = 16 << 20;
pub(crate) const HELD_BYTES: usize = 1 << 20;

/// Bytes of memory for any training, and for each byte that is learned from: measured, and rounded up.
const TRAINING_MEMORY: u64 = 64 << 20;
const MEMORY_OF_BYTE: u64 = 24;

/// What a training is to make.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrainOptions {
    /// The model file has at most so many bytes. [`DEFAULT_MODEL_BYTES`].
    pub bytes: u64,
    /// The levels it is to have. All.
    pub levels: Vec<Level>,
    /// Whether the learning curve is measured. Yes.
    pub curve: bool,
    /// Bytes of memory for the training. 2 GiB.
    pub memory: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        TrainOptions {
            bytes: DEFAULT_MODEL_BYTES,
            levels: Level::ALL.to_vec(),
            curve: true,
            memory: Limits::default().memory,
        }
    }
}

/// What came of a training.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Trained {
    /// The model, ready.
    pub model: Model,
    /// Its file.
    pub file: Vec<u8>,
    /// What it gained on documents that it was not trained on.
    pub report: Report,
}

/// Takes documents in a stream, and learns from a fair sample of them.
///
/// The model depends on the documents, their order and the options only.
#[derive(Debug)]
pub struct Trainer {
    options: TrainOptions,
    report: Report,
    trained: Sample,
    held: Sample,
}

impl Trainer {
    /// Nothing learned yet.
    pub fn new(options: TrainOptions) -> Self {
        let (trained, held) = (Sample::new(TRAINED_BYTES), Sample::new(HELD_BYTES));
        Trainer { options, report: Report::default(), trained, held }
    }

    /// Takes the next document. However many come, at most 17 MiB of them are kept.
    ///
    /// # Errors
    /// `Limit` for one that is larger than [`MAX_DOCUMENT`](crate::MAX_DOCUMENT).
    pub fn push(&mut self, document: &[u8]) -> Result<()> {
        check_size(document.len())?;
        let place = self.report.documents;
        self.report.documents += 1;
        self.report.bytes += document.len() as u64;
        let sample = if is_held_back(place) { &mut self.held } else { &mut self.trained };
        sample.offer(place, document);
        Ok(())
    }

    /// Learns. The progress is told of the bytes of the sample, several times over; it can stop it.
    ///
    /// # Errors
    /// `Usage` where there is no document or no level, `Limit` where the model cannot be as small as
    /// it must, `Interrupted`.
    pub fn train(self, workers: &dyn Workers, progress: &dyn Progress) -> Result<Trained> {
        let Trainer { options, mut report, trained, held } = self;
        if report.bytes == 0 {
            return Err(Error::new(ErrorKind::Usage, "nothing to learn from")
                .found(format!("{} documents, all of them empty", report.documents))
                .expected("documents like those to be compressed"));
        }
        let (trained, held) = (Arc::new(trained.finish()), Arc::new(held.finish()));
        report.trained_bytes = trained.bytes().len() as u64;
        report.held_documents = held.len() as u64;
        report.held_bytes = held.bytes().len() as u64;
        let mut limits = Limits::default();
        limits.memory = options.memory;
        limits.check_memory(
            TRAINING_MEMORY + MEMORY_OF_BYTE * report.trained_bytes,
            "the training: fewer bytes of documents need less",
        )?;
        progress.begin(None);
        // The curve is drawn on the side, where there is a hand for it.
        let curve = Curve::begin(&trained, &held, &options, workers);
        let parts = Parts::train(&trained, &options, progress)?;
        let model = Model::load(&assemble(&parts, &report)?, &limits)?;
        report.levels = measure(&model, &held, progress)?;
        report.curve = curve.finish(progress)?;
        let file = assemble(&parts, &report)?;
        if file.len() as u64 > options.bytes {
            return Err(Error::new(ErrorKind::Limit, "the model cannot be made as small as asked")
                .found(format!("{} bytes", file.len()))
                .expected(format!("at most {}", options.bytes))
                .hint("allow more with --bytes"));
        }
        let model = Model::load(&file, &limits)?;
        Ok(Trained { model, file, report })
    }
}

pub(crate) fn assemble(parts: &Parts, report: &Report) -> Result<Vec<u8>> {
    let mut figures = Vec::new();
    report.write(&mut figures);
    let mut sections = parts.sections();
    sections.push((Section::Figures, &figures));
    file::write(&sections)
}

/// What each level of the model makes of the documents.
pub(crate) fn measure(
    model: &Model,
    documents: &ByteStrings,
    progress: &dyn Progress,
) -> Result<Vec<LevelReport>> {
    let mut reports = Vec::new();
    let mut out = Vec::new();
    for level in model.levels() {
        let mut compressor = Compressor::new(model, level, Framing::BARE)?.alone(level);
        let mut bytes = 0;
        for document in documents.iter() {
            out.clear();
            compressor.compress(document, &mut out)?;
            bytes += out.len() as u64;
            progress.advance(document.len() as u64, out.len() as u64)?;
        }
        reports.push(LevelReport { level, bytes });
    }
    Ok(reports)
}
