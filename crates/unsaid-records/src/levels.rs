//! The three levels behind one shape.

use std::fmt;

use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_lexicon::Merges;

use crate::file::{Section, Sections};
use crate::primer::Primer;
use crate::{Level, balanced, fast, lexicon, small};

/// What the levels learned.
pub(crate) struct Knowledge {
    fast: Option<fast::Knowledge>,
    balanced: Option<balanced::Knowledge>,
    small: Option<Primer>,
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
    small: small::Scratch,
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
        let small = match (sections.get(Section::Small), sections.get(Section::Texts)) {
            (Some(weights), Some(texts)) => Some(Primer::read(weights, texts, limits)?),
            (None, None) => None,
            _ => return Err(Error::corrupt("the level small of the model has texts or weights, not both")),
        };
        if small.is_some() && balanced.is_none() {
            return Err(Error::corrupt("the texts of the model are coded by a level that it does not have"));
        }
        Ok(Knowledge { fast, balanced, small })
    }

    pub(crate) fn has(&self, level: Level) -> bool {
        match level {
            Level::Fast => self.fast.is_some(),
            Level::Balanced => self.balanced.is_some(),
            Level::Small => self.small.is_some(),
        }
    }

    /// Makes the state of `small`, where there is that level.
    pub(crate) fn prime(&self) -> Result<()> {
        match (&self.small, &self.balanced) {
            (Some(small), Some(balanced)) => small.state(balanced).map(drop),
            _ => Ok(()),
        }
    }

    /// Appends the payload of a document to `out`; gives the level's own flags.
    pub(crate) fn encode(
        &self,
        level: Level,
        scratch: &mut Scratch,
        document: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<u8> {
        match (level, &self.fast, &self.balanced, &self.small) {
            (Level::Fast, Some(fast), ..) => fast::encode(fast, &mut scratch.fast, document, out),
            (Level::Balanced, _, Some(balanced), _) => {
                Ok(balanced::encode(balanced, &mut scratch.balanced, document, out))
            }
            (Level::Small, _, Some(balanced), Some(small)) => {
                small::encode(small.state(balanced)?, &mut scratch.small, document, out)
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
        match (level, &self.fast, &self.balanced, &self.small) {
            (Level::Fast, Some(fast), ..) => fast::decode(fast, &mut scratch.fast, flags, payload, out, most),
            (Level::Balanced, _, Some(balanced), _) => {
                balanced::decode(balanced, &mut scratch.balanced, flags, payload, out, most)
            }
            (Level::Small, _, Some(balanced), Some(small)) => {
                small::decode(small.state(balanced)?, &mut scratch.small, flags, payload, out, most)
            }
            _ => Err(not_there(level)),
        }
    }
}

fn not_there(level: Level) -> Error {
    Error::new(ErrorKind::Missing, format!("the model has no level {level}"))
}
