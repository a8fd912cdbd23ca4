//! The level `fast`: every token is two bytes, and decoding is copying.
//!
//! | part | question it answers |
//! |---|---|
//! | `vocabulary` | Which fragment is a token, and where do its bytes lie? |
//! | `section` | How does the vocabulary lie in a model file? |
//! | `train` | Which fragments are worth a token? |
//! | `likely` | Which strings are likely that training has not seen? |
//! | `encode` | Which tokens write a document in the fewest bytes? |
//! | `local` | Which strings of a document are worth a token of its own? |
//! | `decode` | What did the tokens write? |
//!
//! The format is described in `docs/formats/records-fast.md`.

mod decode;
mod encode;
mod likely;
mod local;
mod section;
mod train;
mod vocabulary;

pub use decode::decode;
pub use encode::encode;

use std::sync::OnceLock;

use unsaid_core::Result;
use unsaid_lexicon::{Matcher, Merges};
use vocabulary::Vocabulary;

/// Tokens below this are fragments of the vocabulary.
pub(crate) const FRAGMENTS: usize = 65_024;
/// `USE + k` writes the document's own fragment in slot `k` again.
pub(crate) const USE: u16 = 65_024;
/// `KEEP + n` puts the `n` bytes written last in the next slot, and writes nothing.
pub(crate) const KEEP: u16 = 65_280;
/// Slots for a document's own fragments. The next slot after the last is the first.
pub(crate) const SLOTS: usize = 256;
/// No fragment is longer, in the vocabulary or of a document.
pub(crate) const LONGEST: usize = 255;
/// A document's own fragment is no shorter.
pub(crate) const SHORTEST_KEPT: usize = 2;

/// What the level knows: a vocabulary of up to 65,024 fragments, all 256 bytes among them.
#[derive(Clone, Debug)]
pub struct Knowledge {
    vocabulary: Vocabulary,
    merges: Merges,
    /// Made for the first document that is encoded: whoever only decodes, or uses another level, does without.
    matcher: OnceLock<Matcher>,
    /// Merges of the model that are taken as they are.
    shared: u32,
    /// Merges that only this level has, behind the shared ones.
    extra: Vec<(u32, u32)>,
}

impl Knowledge {
    fn matcher(&self) -> Result<&Matcher> {
        if let Some(matcher) = self.matcher.get() {
            return Ok(matcher);
        }
        let (_, strings) = Vocabulary::new(&self.merges)?;
        let made = Matcher::new(&strings)?;
        Ok(self.matcher.get_or_init(|| made))
    }
}

/// Memory for encoding and decoding, kept from document to document.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    encode: encode::Work,
    slots: decode::Slots,
}

impl Scratch {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }
}
