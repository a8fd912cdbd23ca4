//! What belongs to one document, and is forgotten before the next.

use super::context::{Context, FROZEN, LOCAL};
use super::flag::{Hits, OWN};
use super::learned::Learned;
use super::matches::Matches;
use super::mixer::{FlagSet, Set};
use super::tables::Local;

/// Entries of each of a document's own tables, for a document of up to `length` bytes.
pub(crate) fn local_size(length: usize) -> usize {
    length.next_power_of_two().clamp(1 << 7, 1 << 17)
}

/// The largest document of each class; the class is known before the document is.
pub(crate) const CLASSES: [usize; 8] = [1 << 7, 1 << 9, 1 << 11, 1 << 13, 1 << 15, 1 << 18, 1 << 21, 1 << 24];

/// The smallest class that holds a document of `length` bytes.
pub(crate) fn class(length: usize) -> Option<usize> {
    CLASSES.iter().position(|&most| length <= most)
}

/// Memory for one document at a time, used again for the next. What it holds never changes a result.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    pub(crate) weights: Vec<Set>,
    pub(crate) flag_weights: Vec<FlagSet>,
    pub(crate) own: [Hits; OWN],
    /// Whether the last guesses were hits, the latest lowest.
    pub(crate) hits: u32,
    pub(crate) local: [Local; LOCAL],
    pub(crate) matches: Matches,
    pub(crate) context: Context,
    /// Its frozen contexts.
    pub(crate) hashes: [u32; FROZEN],
    /// Whether their histories were asked for.
    pub(crate) asked: bool,
    /// The document so far.
    pub(crate) history: Vec<u8>,
}

impl Scratch {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes of memory that it holds.
    pub fn memory(&self) -> usize {
        self.own.iter().map(Hits::memory).sum::<usize>()
            + self.local.iter().map(Local::memory).sum::<usize>()
            + self.matches.memory()
            + self.weights.capacity() * size_of::<Set>()
            + self.flag_weights.capacity() * size_of::<FlagSet>()
            + self.history.capacity()
    }

    /// A new document of up to `length` bytes.
    pub(crate) fn reset(&mut self, learned: &Learned, length: usize) {
        let size = local_size(length);
        self.weights.clone_from(&learned.weights);
        self.flag_weights.clone_from(&learned.flag_weights);
        for own in &mut self.own {
            own.reset(size);
        }
        for local in &mut self.local {
            local.reset(size);
        }
        self.hits = 0;
        self.matches.reset(size);
        self.context = Context::default();
        self.hashes = self.context.frozen();
        self.asked = false;
        self.history.clear();
    }
}
