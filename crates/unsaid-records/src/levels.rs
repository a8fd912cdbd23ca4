//! The three levels behind one shape.

use std::fmt;

use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_lexicon::Merges;

use crate::file::{Section, Sections};
use crate::{Level, balanced, fast, lexicon};

/// What the levels learned.
pub(crate) struct Knowledge {
    fast: Option<fast::Knowledge>,
    balanced: Option<balanced::Knowledge>,
}

impl fmt::Debug for Knowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(Level::ALL.iter().filter(|&&level| self.has(level))).finish()
    }
}

/// Memory that the levels use again from document to document.
#[derive(Default)]
pub(crate) struct Scratch {
    fast: fast::Scratch,
    balanced: balanced::Scratch,
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scratch")
    }
}

impl Knowledge {
    pub(crate) fn read(sections: &Sections<'_>, limits: &Limits) -> Result<Knowledge> {
        let merges = sections.get(Section::Lexicon).map(|bytes| lexicon::read(bytes, limits)).transpose()?;
        let merges = || -> Result<&Merges> {
            let none = || Error::corrupt("a level of the model needs merges, and there are none");
            merges.as_ref().ok_or_else(none)
        };
        let fast = sections.get(Section::Fast).map(|bytes| fast::Knowledge::read(bytes, merges()?, limits));
        let balanced =
            sections.get(Section::Balanced).map(|bytes| balanced::Knowledge::read(bytes, merges()?, limits));
        let (fast, balanced) = (fast.transpose()?, balanced.transpose()?);
        Ok(Knowledge { fast, balanced })
    }

    pub(crate) fn has(&self, level: Level) -> bool {
        match level {
            Level::Fast => self.fast.is_some(),
            Level::Balanced => self.balanced.is_some(),
            Level::Small => false,
        }
    }

    /// Makes the state of `small`, where there is that level.
    pub(crate) fn prime(&self) -> Result<()> {
        Ok(())
    }

    /// Appends the payload of a document to `out`; gives the level's own flags.
    pub(crate) fn encode(
        &self,
        level: Level,
        scratch: &mut Scratch,
        document: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<u8> {
        match (level, &self.fast, &self.balanced) {
            (Level::Fast, Some(fast), _) => fast::encode(fast, &mut scratch.fast, document, out),
            (Level::Balanced, _, Some(balanced)) => {
                Ok(balanced::encode(balanced, &mut scratch.balanced, document, out))
            }
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
        match (level, &self.fast, &self.balanced) {
            (Level::Fast, Some(fast), _) => fast::decode(fast, &mut scratch.fast, flags, payload, out, most),
            (Level::Balanced, _, Some(balanced)) => {
                balanced::decode(balanced, &mut scratch.balanced, flags, payload, out, most)
            }
            _ => Err(not_there(level)),
        }
    }
}

fn not_there(level: Level) -> Error {
    Error::new(ErrorKind::Missing, format!("the model has no level {level}"))
}
