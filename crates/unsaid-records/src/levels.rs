//! The three levels behind one shape.

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Workers};
use unsaid_lexicon::{ByteStrings, MergeOptions, Merges, merge};

use crate::file::{Section, Sections};
use crate::{Level, TrainOptions, fast, lexicon};

/// The sections that a training made.
#[derive(Debug, Default)]
pub(crate) struct Parts(Vec<(Section, Vec<u8>)>);

impl Parts {
    pub(crate) fn train(
        documents: &ByteStrings,
        options: &TrainOptions,
        _workers: &dyn Workers,
        progress: &dyn Progress,
    ) -> Result<Parts> {
        let merges = merge(documents, &MergeOptions::default(), progress)?;
        let mut parts = Parts::default();
        parts.add(Section::Lexicon, |out| lexicon::write(&merges, out));
        if options.levels.contains(&Level::Fast) {
            let fast = fast::Knowledge::train(documents, &merges, progress)?;
            parts.add(Section::Fast, |out| fast.write(out));
        }
        Ok(parts)
    }

    fn add(&mut self, section: Section, write: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = Vec::new();
        write(&mut bytes);
        self.0.push((section, bytes));
    }

    pub(crate) fn sections(&self) -> Vec<(Section, &[u8])> {
        self.0.iter().map(|(section, bytes)| (*section, bytes.as_slice())).collect()
    }
}

/// What the levels learned.
#[derive(Debug)]
pub(crate) struct Knowledge {
    fast: Option<fast::Knowledge>,
}

/// Memory that the levels use again from document to document.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    fast: fast::Scratch,
}

impl Knowledge {
    pub(crate) fn read(sections: &Sections<'_>, limits: &Limits) -> Result<Knowledge> {
        let merges = sections.get(Section::Lexicon).map(|bytes| lexicon::read(bytes, limits)).transpose()?;
        let merges = || {
            merges
                .as_ref()
                .ok_or_else(|| Error::corrupt("a level of the model needs merges, and there are none"))
        };
        let fast = sections.get(Section::Fast).map(|bytes| -> Result<_> {
            let merges: &Merges = merges()?;
            fast::Knowledge::read(bytes, merges, limits)
        });
        Ok(Knowledge { fast: fast.transpose()? })
    }

    pub(crate) fn has(&self, level: Level) -> bool {
        match level {
            Level::Fast => self.fast.is_some(),
            Level::Balanced | Level::Small => false,
        }
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
        level: Level,
        scratch: &mut Scratch,
        document: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<u8> {
        match (level, &self.fast) {
            (Level::Fast, Some(fast)) => fast::encode(fast, &mut scratch.fast, document, out),
            _ => Err(not_there(level)),
        }
    }

    /// Appends the document of a payload to `out`, at most `most` bytes.
    pub(crate) fn decode(
        &self,
        level: Level,
        scratch: &mut Scratch,
        flags: u8,
        payload: &[u8],
        out: &mut Vec<u8>,
        most: u64,
    ) -> Result<()> {
        match (level, &self.fast) {
            (Level::Fast, Some(fast)) => fast::decode(fast, &mut scratch.fast, flags, payload, out, most),
            _ => Err(not_there(level)),
        }
    }
}

fn not_there(level: Level) -> Error {
    Error::new(ErrorKind::Missing, format!("the model has no level {level}"))
}
