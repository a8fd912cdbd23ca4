//! The training text as the model sees it: built by updates alone, then frozen.

use unsaid_core::{Limits, Result};

use super::context::{Context, FROZEN};
use super::flag::{self, HELD, Hits};
use super::matches::{Corpus, Matches};
use super::scratch::local_size;
use super::tables::Frozen;
use super::text::{TEXT_LIMIT, Text, too_large};

/// Histories, hits and matches of the training text.
#[derive(Clone, Debug)]
pub(crate) struct Prior {
    pub(crate) tables: Vec<Frozen>,
    pub(crate) hits: Vec<Hits>,
    pub(crate) corpus: Corpus,
}

/// Slots of the table of context `i` for a text of `bytes`.
fn slots(i: usize, bytes: usize) -> usize {
    let most = match i {
        0 => 1 << 13,
        1 => 1 << 16,
        _ => 1 << 17,
    };
    (bytes / 2).next_power_of_two().clamp(1 << 12, most)
}

/// Entries of a table of hits for a text of `bytes`.
fn hits(bytes: usize) -> usize {
    (bytes / 2).next_power_of_two().clamp(1 << 14, 1 << 19)
}

impl Prior {
    /// Whether a text of `bytes` in `documents` may be learned.
    ///
    /// # Errors
    /// `Limit` where the text is larger than [`TEXT_LIMIT`], or the memory than its limit.
    pub(crate) fn check(bytes: usize, documents: usize, limits: &Limits) -> Result<()> {
        if bytes > TEXT_LIMIT {
            return Err(too_large(bytes));
        }
        limits.check_memory(Prior::memory(bytes, documents), "the state of the level small")
    }

    /// Nothing learned yet, with room for a text of `bytes`: `text`, of which nothing is known before it
    /// is learned, and what is pushed later.
    pub(crate) fn new(text: Text, bytes: usize) -> Self {
        Prior {
            tables: (0..FROZEN).map(|i| Frozen::new(slots(i, bytes))).collect(),
            hits: (0..HELD).map(|_| Hits::new(hits(bytes))).collect(),
            corpus: Corpus::new(text, bytes),
        }
    }

    /// Bytes of memory for a text of `bytes` in `documents`.
    pub(crate) fn memory(bytes: usize, documents: usize) -> u64 {
        let tables: u64 = (0..FROZEN).map(|i| 16 * slots(i, bytes) as u64).sum();
        tables + (HELD * hits(bytes)) as u64 + Corpus::memory(bytes, documents)
    }

    /// Appends a document and learns it.
    ///
    /// # Errors
    /// `Limit` for more text than [`TEXT_LIMIT`].
    pub(crate) fn learn(&mut self, document: &[u8], work: &mut Work) -> Result<()> {
        self.corpus.text.push(document)?;
        while self.learn_next(work) {}
        Ok(())
    }

    /// Learns the next document of the text; `false` when all are learned. A byte that the best match
    /// foresaw is no news for the histories: only the hits learn from it.
    pub(crate) fn learn_next(&mut self, work: &mut Work) -> bool {
        let Some(place) = self.corpus.next() else { return false };
        let document = &self.corpus.text.bytes()[place];
        work.matches.reset(local_size(document.len()));
        let mut context = Context::default();
        let mut from = 0;
        while from < document.len() {
            let piece = &document[from..document.len().min(from + PIECE)];
            work.hashes.clear();
            work.guesses.clear();
            for (at, &byte) in (from..).zip(piece) {
                let before = &document[..at];
                let expected = [0, 1, 2].map(|which| work.matches.expected(which, &self.corpus, before));
                work.hashes.push(context.frozen());
                work.guesses.push((
                    flag::best(&expected).and_then(|which| expected[which]),
                    expected[0] == Some(byte),
                ));
                context.push(byte);
                work.matches.prepare(&self.corpus, before);
                work.matches.advance(&self.corpus, &document[..=at], &expected);
            }
            for (i, table) in self.tables.iter_mut().enumerate() {
                for (at, &byte) in piece.iter().enumerate() {
                    if let Some(next) = work.hashes.get(at + AHEAD) {
                        table.prefetch(next[i]);
                    }
                    if !work.guesses[at].1 {
                        table.learn(work.hashes[at][i], byte);
                    }
                }
            }
            for (i, hits) in self.hits.iter_mut().enumerate() {
                for (at, &byte) in piece.iter().enumerate() {
                    if let Some(guess) = work.guesses[at].0 {
                        hits.learn(work.hashes[at][flag::held(i)], guess, guess == byte);
                    }
                }
            }
            from += piece.len();
        }
        self.corpus.learn_next();
        true
    }
}

/// How many bytes ahead the tables are asked for.
const AHEAD: usize = 8;

/// So many bytes of a document are learned at once: what is remembered of each takes more than it.
const PIECE: usize = 1 << 12;

/// Memory of [`Prior::learn`], used again for every document.
#[derive(Debug, Default)]
pub(crate) struct Work {
    matches: Matches,
    hashes: Vec<[u32; FROZEN]>,
    /// What the best match said, and whether the long one was right.
    guesses: Vec<(Option<u8>, bool)>,
}
