//! One document after another, smaller.

use unsaid_core::Result;

use crate::document::{RUNS, check_of, check_size};
use crate::levels::Scratch;
use crate::{Framing, Head, Level, Model, Report, runs};

/// Compresses documents, each alone, with memory that is used again.
#[derive(Debug)]
pub struct Compressor {
    model: Model,
    /// The levels that are tried for each document; the smallest result is kept.
    tried: Vec<Level>,
    framing: Framing,
    scratch: Scratch,
    candidate: Vec<u8>,
}

/// The same compressor with memory of its own.
impl Clone for Compressor {
    fn clone(&self) -> Self {
        Compressor {
            model: self.model.clone(),
            tried: self.tried.clone(),
            framing: self.framing,
            scratch: Scratch::default(),
            candidate: Vec::new(),
        }
    }
}

impl Compressor {
    /// For documents of this level. A model that was trained on little data is no ground for
    /// choosing a level beforehand: with such a one every level is tried for each document.
    ///
    /// # Errors
    /// `Missing` where the model has no such level; for `small`, as [`Model::prime`].
    pub fn new(model: &Model, level: Level, framing: Framing) -> Result<Compressor> {
        model.require(level)?;
        let few = model.report().is_some_and(Report::is_few);
        let tried: Vec<_> = if few { model.levels().collect() } else { vec![level] };
        if tried.contains(&Level::Small) {
            model.prime()?;
        }
        let model = model.clone();
        Ok(Compressor { model, tried, framing, scratch: Scratch::default(), candidate: Vec::new() })
    }

    /// With this level only, whatever the model was trained on.
    pub(crate) fn alone(mut self, level: Level) -> Self {
        self.tried = vec![level];
        self
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Appends the compressed document to `out`: at most [`MAX_OVERHEAD`](crate::MAX_OVERHEAD)
    /// bytes more than the document has.
    ///
    /// # Errors
    /// `Limit` for a document of more than [`MAX_DOCUMENT`](crate::MAX_DOCUMENT) bytes; `out` is
    /// as it was then.
    pub fn compress(&mut self, document: &[u8], out: &mut Vec<u8>) -> Result<()> {
        check_size(document.len())?;
        let check = self.framing.check.then(|| check_of(document));
        let start = out.len();
        Head { level: None, id: None, check, flags: 0 }.write(out);
        let stored = self.framing.head_bytes(None) + document.len();
        let mut best = stored;
        for &level in &self.tried {
            let before = self.framing.head_bytes(Some(level));
            self.candidate.clear();
            let knowledge = self.model.knowledge();
            let flags = knowledge.encode(level, &mut self.scratch, document, &mut self.candidate)?;
            if before + self.candidate.len() < best {
                best = before + self.candidate.len();
                out.truncate(start);
                let id = self.framing.id.then(|| self.model.id().short());
                Head { level: Some(level), id, check, flags }.write(out);
                out.extend_from_slice(&self.candidate);
            }
        }
        if best == stored {
            out.extend_from_slice(document);
        }
        if runs::likely(document) {
            let before = self.framing.head_bytes(None);
            self.candidate.clear();
            runs::encode(document, &mut self.candidate);
            if before + self.candidate.len() < best {
                out.truncate(start);
                Head { level: None, id: None, check, flags: RUNS }.write(out);
                out.extend_from_slice(&self.candidate);
            }
        }
        Ok(())
    }
}
