//! The three levels behind one shape.

use std::fmt;
use std::sync::Arc;

use unsaid_cm::primed::Text;
use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_lexicon::Merges;

use crate::again::{Again, Source};
use crate::file::{Section, Sections};
use crate::primer::Primer;
use crate::{Level, balanced, fast, lexicon, small, texts};

/// What the levels learned.
pub(crate) struct Knowledge {
    fast: Option<Again<fast::Knowledge>>,
    balanced: Option<Again<balanced::Knowledge>>,
    small: Option<Primer>,
}

impl fmt::Debug for Knowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(Level::ALL.iter().filter(|&&level| self.has(level))).finish()
    }
}

/// Memory that the levels use again from document to document; that of `small` is the model's.
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
        let lexicon = sections.get(Section::Lexicon);
        let merges = lexicon.map(|bytes| lexicon::read(bytes, limits)).transpose()?;
        let merges = || -> Result<&Merges> {
            let none = || Error::corrupt("a level of the model needs merges, and there are none");
            merges.as_ref().ok_or_else(none)
        };
        let lexicon = lexicon.unwrap_or_default().to_vec();
        let source = Arc::new(Source { lexicon, limits: limits.clone() });
        let fast = sections
            .get(Section::Fast)
            .map(|bytes| Again::new(bytes, merges()?, &source, fast::Knowledge::read))
            .transpose()?;
        let balanced = sections
            .get(Section::Balanced)
            .map(|bytes| Again::new(bytes, merges()?, &source, balanced::Knowledge::read))
            .transpose()?;
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
        self.small.as_ref().map_or(Ok(()), |small| small.state(|section| self.text(section)).map(drop))
    }

    /// Reads the texts of `small`. The other levels make room, and are read again if they are used after
    /// all: who uses `small` has little use for them.
    fn text(&self, section: &[u8]) -> Result<Text> {
        if let Some(fast) = &self.fast {
            fast.let_go();
        }
        let balanced = self.balanced.as_ref().ok_or_else(|| not_there(Level::Balanced))?;
        texts::read(section, &*balanced.borrow()?, balanced.limits())
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
            (Level::Fast, Some(fast), ..) => fast::encode(fast.get()?, &mut scratch.fast, document, out),
            (Level::Balanced, _, Some(balanced), _) => {
                Ok(balanced::encode(balanced.get()?, &mut scratch.balanced, document, out))
            }
            (Level::Small, _, _, Some(small)) => {
                let code = |small: &_, scratch: &mut _| small::encode(small, scratch, document, out);
                small.with(|section| self.text(section), code)
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
            (Level::Fast, Some(fast), ..) => {
                fast::decode(fast.get()?, &mut scratch.fast, flags, payload, out, most)
            }
            (Level::Balanced, _, Some(balanced), _) => {
                balanced::decode(balanced.get()?, &mut scratch.balanced, flags, payload, out, most)
            }
            (Level::Small, _, _, Some(small)) => {
                let code =
                    |small: &_, scratch: &mut _| small::decode(small, scratch, flags, payload, out, most);
                small.with(|section| self.text(section), code)
            }
            _ => Err(not_there(level)),
        }
    }
}

fn not_there(level: Level) -> Error {
    Error::new(ErrorKind::Missing, format!("the model has no level {level}"))
}
