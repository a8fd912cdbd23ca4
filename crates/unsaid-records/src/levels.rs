//! The three levels behind one shape.

use unsaid_core::{Limits, Progress, Result, Workers};
use unsaid_lexicon::ByteStrings;

use crate::file::{Section, Sections};
use crate::{Level, TrainOptions};

/// The sections that a training made.
#[derive(Debug, Default)]
pub(crate) struct Parts(Vec<(Section, Vec<u8>)>);

impl Parts {
    pub(crate) fn train(
        _documents: &ByteStrings,
        _options: &TrainOptions,
        _workers: &dyn Workers,
        _progress: &dyn Progress,
    ) -> Result<Parts> {
        Ok(Parts::default())
    }

    pub(crate) fn sections(&self) -> Vec<(Section, &[u8])> {
        self.0.iter().map(|(section, bytes)| (*section, bytes.as_slice())).collect()
    }
}

/// What the levels learned.
#[derive(Debug)]
pub(crate) struct Knowledge {}

/// Memory that the levels use again from document to document.
#[derive(Debug, Default)]
pub(crate) struct Scratch {}

impl Knowledge {
    pub(crate) fn read(_sections: &Sections<'_>, _limits: &Limits) -> Result<Knowledge> {
        Ok(Knowledge {})
    }

    pub(crate) fn has(&self, _level: Level) -> bool {
        true
    }

    pub(crate) fn prime(&self) -> Result<()> {
        Ok(())
    }

    pub(crate) fn memory(&self) -> u64 {
        0
    }

    /// Appends the payload of a document to `out`; gives the level's own flags.
    pub(crate) fn encode(
        &self,
        _level: Level,
        _scratch: &mut Scratch,
        document: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<u8> {
        out.extend_from_slice(document);
        Ok(0)
    }

    /// Appends the document of a payload to `out`, at most `most` bytes.
    pub(crate) fn decode(
        &self,
        _level: Level,
        _scratch: &mut Scratch,
        _flags: u8,
        payload: &[u8],
        out: &mut Vec<u8>,
        _most: u64,
    ) -> Result<()> {
        out.extend_from_slice(payload);
        Ok(())
    }
}
