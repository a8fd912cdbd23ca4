//! The training text as the model sees it: built by updates alone, then frozen.

use unsaid_core::{Error, ErrorKind, Limits, Result};

use super::context::{Context, FROZEN};
use super::flag::{self, HELD, Hits};
use super::matches::{Corpus, Matches};
use super::scratch::local_size;
use super::tables::Frozen;

/// The largest training text: 8 MiB. Larger sets are sampled by who has them.
pub const TEXT_LIMIT: usize = 8 << 20;

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
    /// Nothing yet, with room for a text of `bytes` in `documents`.
    ///
    /// # Errors
    /// `Limit` where the text is larger than [`TEXT_LIMIT`], or the memory than its limit.
    pub(crate) fn new(bytes: usize, documents: usize, limits: &Limits) -> Result<Self> {
        if bytes > TEXT_LIMIT {
            return Err(Error::new(ErrorKind::Limit, "the training text is too large for context mixing")
                .found(format!("{bytes} bytes"))
                .expected(format!("at most {TEXT_LIMIT}"))
                .hint("sample the documents"));
        }
        limits.check_memory(Prior::memory(bytes, documents), "the state of the level small")?;
        Ok(Prior {
            tables: (0..FROZEN).map(|i| Frozen::new(slots(i, bytes))).collect(),
            hits: (0..HELD).map(|_| Hits::new(hits(bytes))).collect(),
            corpus: Corpus::new(bytes, documents),
        })
    }

    /// Bytes of memory for a text of `bytes` in `documents`.
    pub(crate) fn memory(bytes: usize, documents: usize) -> u64 {
        let tables: u64 = (0..FROZEN).map(|i| 16 * slots(i, bytes) as u64).sum();
        tables + (HELD * hits(bytes)) as u64 + Corpus::memory(bytes, documents)
    }

    /// Adds a document. A byte that the best match foresaw is no news for the histories: only the
    /// hits learn from it.
    pub(crate) fn learn(&mut self, document: &[u8], work: &mut Work) {
        work.matches.reset(local_size(document.len()));
        work.hashes.clear();
        work.guesses.clear();
        let mut context = Context::default();
        for (at, &byte) in document.iter().enumerate() {
            let expected = [0, 1, 2].map(|which| work.matches.expected(which, &self.corpus, &document[..at]));
            work.hashes.push(context.frozen());
            work.guesses
                .push((flag::best(&expected).and_then(|which| expected[which]), expected[0] == Some(byte)));
            context.push(byte);
            work.matches.prepare(&self.corpus, &document[..at]);
            work.matches.advance(&self.corpus, &document[..=at], &expected);
        }
        for (i, table) in self.tables.iter_mut().enumerate() {
            for (at, &byte) in document.iter().enumerate() {
                if let Some(next) = work.hashes.get(at + AHEAD) {
                    table.prefetch(next[i]);
                }
                if !work.guesses[at].1 {
                    table.learn(work.hashes[at][i], byte);
                }
            }
        }
        for (i, hits) in self.hits.iter_mut().enumerate() {
            for (at, &byte) in document.iter().enumerate() {
                if let Some(guess) = work.guesses[at].0 {
                    hits.learn(work.hashes[at][flag::held(i)], guess, guess == byte);
                }
            }
        }
        self.corpus.push(document);
    }
}

/// How many bytes ahead the tables are asked for.
const AHEAD: usize = 8;

/// Memory of [`Prior::learn`], used again for every document.
#[derive(Debug, Default)]
pub(crate) struct Work {
    matches: Matches,
    hashes: Vec<[u32; FROZEN]>,
    /// What the best match said, and whether the long one was right.
    guesses: Vec<(Option<u8>, bool)>,
}
