//! Level `small`: context mixing whose state is primed on the training documents and frozen.
//!
//! The work is done by [`unsaid_cm::primed`]; here it gets the shape of a level. A model file keeps
//! the weights ([`Weights::write`]) and the training documents; [`Knowledge::with_documents`] makes
//! the state from both, which takes about half a second a megabyte.
//!
//! The format is described in `docs/formats/records-small.md`.

use unsaid_cm::primed::{Primed, Text};
use unsaid_core::{Limits, Progress, Result};
use unsaid_lexicon::ByteStrings;

pub use unsaid_cm::primed::{Scratch, TEXT_LIMIT, Weights};

/// What the level knows: to be shared by threads, never written.
#[derive(Clone, Debug)]
pub struct Knowledge {
    primed: Primed,
}

impl Knowledge {
    /// Learns from documents, at most [`TEXT_LIMIT`] bytes of them, and is primed on them.
    ///
    /// # Errors
    /// `Limit` for more text or memory than allowed, and what `progress` returns to stop.
    pub fn train(documents: &ByteStrings, limits: &Limits, progress: &dyn Progress) -> Result<Self> {
        Self::with_documents(Weights::train(documents.iter(), limits, progress)?, documents, limits)
    }

    /// Primes the level on the documents that the weights were learned from, in the same order.
    ///
    /// # Errors
    /// `Limit` for more text or memory than allowed.
    pub fn with_documents(weights: Weights, documents: &ByteStrings, limits: &Limits) -> Result<Self> {
        Ok(Knowledge { primed: Primed::new(documents.iter(), &weights, limits)? })
    }

    /// As [`with_documents`](Self::with_documents), of a text that the level keeps.
    pub(crate) fn with_text(weights: Weights, text: Text, limits: &Limits) -> Result<Self> {
        Ok(Knowledge { primed: Primed::of(text, weights, limits)? })
    }

    /// Appends the section of the model file: the weights.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.primed.weights().write(out);
    }

    /// Reads the section of a model file whose training documents are these.
    ///
    /// # Errors
    /// `NewerVersion`, `Truncated` or `Corrupt` for what [`write`](Self::write) does not write, `Limit`
    /// for more text or memory than allowed.
    pub fn read(section: &[u8], documents: &ByteStrings, limits: &Limits) -> Result<Self> {
        Self::with_documents(Weights::read(section)?, documents, limits)
    }

    /// Bytes of memory that it holds.
    pub fn memory(&self) -> u64 {
        self.primed.memory()
    }
}

/// Appends the payload of a document to `out`; gives the level's own flags (bits 4 to 7).
///
/// # Errors
/// `Limit` for a document of more than 16 MiB.
pub fn encode(
    knowledge: &Knowledge,
    scratch: &mut Scratch,
    document: &[u8],
    out: &mut Vec<u8>,
) -> Result<u8> {
    knowledge.primed.encode(scratch, document, out)
}

/// Appends the document of a payload to `out`, at most `max_output` bytes.
///
/// # Errors
/// `Truncated`, `Corrupt` or `Limit`; `out` is then as it was.
pub fn decode(
    knowledge: &Knowledge,
    scratch: &mut Scratch,
    flags: u8,
    payload: &[u8],
    out: &mut Vec<u8>,
    max_output: u64,
) -> Result<()> {
    knowledge.primed.decode(scratch, flags, payload, out, max_output)
}
