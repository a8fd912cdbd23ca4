//! Byte-pair merging: the fragments that a corpus of documents is made of, commonest first.
//!
//! Every document starts as its bytes. Again and again the pair of neighbours that is seen most
//! often becomes one new fragment (Gage, "A New Algorithm for Data Compression", 1994), and a pair
//! never spans two documents. Counts are kept up to date rather than taken anew (Larsson and
//! Moffat, "Off-line dictionary-based compression", 2000), so the whole costs little more than
//! one visit for each byte that disappears.
//!
//! The outcome depends on the documents and the options alone. Of pairs seen equally often, the
//! one of the smallest left id, then of the smallest right id, goes first.

mod pairs;
mod text;

use std::collections::BinaryHeap;

use unsaid_core::{Error, ErrorKind, Progress, Result};

use crate::merges::{BYTES, Merges};
use crate::strings::ByteStrings;
use pairs::{Entry, Pairs};
use text::Text;

/// When merging ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergeOptions {
    /// No more merges than this. 65,280: with the bytes, as many ids as two bytes can name.
    pub merges: u32,
    /// No pair that is seen less often than this. 2, which is also the least.
    pub min_count: u32,
    /// No fragment longer than this many bytes. 255.
    pub max_len: u32,
}

impl Default for MergeOptions {
    fn default() -> Self {
        MergeOptions { merges: (1 << 16) - BYTES, min_count: 2, max_len: 255 }
    }
}

impl MergeOptions {
    /// The same with at most this many merges.
    #[must_use]
    pub fn merges(mut self, merges: u32) -> Self {
        self.merges = merges;
        self
    }

    /// The same without pairs seen less often than this.
    #[must_use]
    pub fn min_count(mut self, min_count: u32) -> Self {
        self.min_count = min_count;
        self
    }

    /// The same without fragments longer than this.
    #[must_use]
    pub fn max_len(mut self, max_len: u32) -> Self {
        self.max_len = max_len;
        self
    }
}

/// Merges the commonest pairs of `corpus` until an option says stop.
///
/// Takes about 25 bytes of memory for each byte of the corpus. `progress` hears of a byte of input
/// for each byte of the corpus that a merge did away with.
///
/// # Errors
/// [`ErrorKind::Limit`] for a corpus of 2 GiB or more, and what `progress` returns to stop.
pub fn merge(corpus: &ByteStrings, options: &MergeOptions, progress: &dyn Progress) -> Result<Merges> {
    if corpus.bytes().len() + corpus.len() + 1 >= text::MAX_LEN {
        return Err(Error::new(ErrorKind::Limit, "the corpus is too large to merge")
            .found(format!("{} bytes in {} documents", corpus.bytes().len(), corpus.len()))
            .expected("less than 2 GiB")
            .hint("train on a sample of the documents"));
    }
    progress.begin(Some(corpus.bytes().len() as u64));
    let min_count = options.min_count.max(2);
    let mut text = Text::new(corpus);
    let mut merges = Merges::default();
    let mut pairs = Pairs::new(min_count, options.max_len);
    let mut heap: BinaryHeap<Entry> = pairs.add_bytes(&text).into();
    let mut places = Vec::new();
    let mut unreported = 0;
    while merges.len() < options.merges as usize {
        let Some(top) = heap.pop() else { break };
        // Counts only fall once a pair is known, so an entry is an upper bound: one that has
        // fallen behind goes back with what it is worth now.
        let count = pairs.count(top.slot, &text, &merges);
        if count < top.count {
            if count >= min_count {
                heap.push(Entry { count, ..top });
            }
            continue;
        }
        let id = merges.push(top.left, top.right);
        places.clear();
        pairs.take(top.slot, &mut text, &merges, id, &mut places);
        pairs.add_around(&text, &merges, id, &places, &mut heap);
        unreported += places.len() as u64;
        if unreported >= 1 << 16 || merges.len() % 1024 == 0 {
            progress.advance(std::mem::take(&mut unreported), 0)?;
        }
    }
    progress.advance(unreported, 0)?;
    Ok(merges)
}
