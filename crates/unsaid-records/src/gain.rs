//! What a new model gains over an old one, before anyone switches.

use unsaid_core::{Progress, Result};
use unsaid_lexicon::ByteStrings;

use crate::sample::Sample;
use crate::trainer::{HELD_BYTES, is_held_back, measure};
use crate::{Level, Model};

/// The documents that a [`Trainer`](crate::Trainer) holds back from the same stream: a new model has not seen
/// them, so that both models are measured fairly.
#[derive(Debug)]
pub struct HeldBack {
    place: u64,
    sample: Sample,
}

impl Default for HeldBack {
    fn default() -> Self {
        Self::new()
    }
}

impl HeldBack {
    /// None yet.
    pub fn new() -> Self {
        HeldBack { place: 0, sample: Sample::new(HELD_BYTES) }
    }

    /// Sees the next document of the stream, every one of them in order.
    pub fn offer(&mut self, document: &[u8]) {
        if is_held_back(self.place) {
            self.sample.offer(self.place, document);
        }
        self.place += 1;
    }

    /// What was held back.
    pub fn documents(&self) -> &ByteStrings {
        self.sample.documents()
    }
}

/// Old against new, on the same documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gain {
    /// Documents measured.
    pub documents: u64,
    /// Their bytes.
    pub bytes: u64,
    /// For each level that both have: what the old and the new model make of the documents, each
    /// alone, bare.
    pub levels: Vec<(Level, u64, u64)>,
}

impl Gain {
    /// Measures both models.
    ///
    /// # Errors
    /// As compressing; `Interrupted`.
    pub fn measure(old: &Model, new: &Model, held: &HeldBack, progress: &dyn Progress) -> Result<Gain> {
        let documents = held.documents();
        let before = measure(old, documents, progress)?;
        let after = measure(new, documents, progress)?;
        let pair = |level: Level| {
            let bytes = |reports: &[crate::LevelReport]| {
                reports.iter().find(|report| report.level == level).map(|report| report.bytes)
            };
            Some((level, bytes(&before)?, bytes(&after)?))
        };
        Ok(Gain {
            documents: documents.len() as u64,
            bytes: documents.bytes().len() as u64,
            levels: Level::ALL.into_iter().filter_map(pair).collect(),
        })
    }
}
