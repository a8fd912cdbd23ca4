//! Context mixing for small documents that each are coded alone: primed on a training text and
//! frozen, with a small part of its own that each document adapts.
//!
//! | file | question it answers |
//! |---|---|
//! | `context` | where are we in the document? |
//! | `tables` | which bits followed this context, in the training text and in the document? |
//! | `matches` | what followed the last time? |
//! | `flag` | is the next byte the one that a match expects? |
//! | `predict`, `mixer`, `logistic` | what is the next bit? |
//! | `end` | does the document end here? |
//! | `text` | which documents is the model primed on? |
//! | `prior` | what is frozen, and how is it built from the training text? |
//! | `scratch` | what belongs to one document, and is reset before the next? |
//! | `learned`, `train`, `guess` | what does training find out? |
//!
//! Everything that was learned from the training text is shared and never written: forgetting a
//! document means clearing a few tables of about its own size.
//!
//! The format is described in `docs/formats/records-small.md`.
//!
//! ```
//! use unsaid_cm::primed::{Primed, Scratch, Weights};
//! use unsaid_core::{Limits, Silent};
//!
//! let documents: Vec<String> = (0..200).map(|i| format!("{{\"id\":{i},\"name\":\"n{i}\"}}")).collect();
//! let documents = || documents.iter().map(|d| d.as_bytes());
//! let limits = Limits::default();
//! let weights = Weights::train(documents(), &limits, &Silent)?;
//! let model = Primed::new(documents(), &weights, &limits)?;
//!
//! let (mut scratch, mut payload, mut document) = (Scratch::new(), Vec::new(), Vec::new());
//! let flags = model.encode(&mut scratch, b"{\"id\":777,\"name\":\"n777\"}", &mut payload)?;
//! model.decode(&mut scratch, flags, &payload, &mut document, 1 << 24)?;
//! assert_eq!(document, b"{\"id\":777,\"name\":\"n777\"}");
//! # Ok::<(), unsaid_core::Error>(())
//! ```

mod codec;
mod context;
mod document;
mod end;
mod flag;
mod guess;
mod learned;
mod logistic;
mod matches;
mod mixer;
mod predict;
mod prior;
mod scratch;
mod tables;
mod text;
mod train;

use unsaid_core::{Limits, Progress, Result};

pub use codec::{DOCUMENT_LIMIT, Primed};
use learned::Learned;
pub use scratch::Scratch;
pub use text::{TEXT_LIMIT, Text};

/// What training finds out beside the training text itself: tens of kilobytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights(Learned);

impl Weights {
    /// Learns from `documents` (at most [`TEXT_LIMIT`] bytes), which are gone through once or twice, in
    /// their order. The same documents give the same weights everywhere.
    ///
    /// # Errors
    /// `Limit` where the documents or the memory they need are too large, `Interrupted` where
    /// `progress` says so.
    pub fn train<'a>(
        documents: impl Iterator<Item = &'a [u8]> + Clone,
        limits: &Limits,
        progress: &dyn Progress,
    ) -> Result<Self> {
        train::train(documents, limits, progress).map(Weights)
    }

    /// Appends the serialised form.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }

    /// Reads the serialised form, which is all of `bytes`.
    ///
    /// # Errors
    /// `NewerVersion`, `Truncated` or `Corrupt`.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        Learned::read(bytes).map(Weights)
    }
}

/// How many documents, and how many bytes.
fn measure<'a>(documents: impl Iterator<Item = &'a [u8]>) -> (usize, usize) {
    documents.fold((0, 0), |(count, bytes), document| (count + 1, bytes + document.len()))
}
