//! Corpora that are too large to be searched for repeats in one go.
//!
//! Parts of a corpus are searched one by one, and what they find is joined; all documents then weigh it
//! together. A string that two parts have but neither has twice is not found. What one document makes
//! a candidate is not known beyond a part, so that rare segments are taken for a little better than they are.

use unsaid_core::{Limits, Progress, Result};
use unsaid_lexicon::{ByteStrings, Matcher};

use super::candidates::{self, Candidates};
use super::{MEMORY_PER_BYTE, TrainOptions, Trained, check, finish};

/// Rounds of parsing all documents: each takes as long as searching.
const ROUNDS: u64 = 2;
/// Bytes of memory for each byte of the corpus: its parse, before and after a round.
const MEMORY_OF_PARSE: u64 = 3;
/// Bytes of memory for each candidate: its bytes twice, the trie, counts and costs.
const MEMORY_PER_CANDIDATE: u64 = 200;

/// Trains a dictionary like [`train`](super::train) from parts of about `part` bytes, whole documents in order.
///
/// This is for millions of segments and hundreds of megabytes, where [`train`](super::train) would take too
/// much memory: this takes 64 bytes for each byte of one part, or about 2 GB for all candidates. A corpus of
/// one part may give another dictionary than there: candidates are as many as can be, and fewer rounds
/// weigh them.
///
/// # Errors
/// Those of [`train`](super::train).
pub fn train_in_parts(
    corpus: &ByteStrings,
    part: usize,
    options: &TrainOptions,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Trained> {
    check(corpus, options)?;
    let bytes = corpus.bytes().len() as u64;
    let parts = parts(corpus, part);
    let largest = parts.iter().map(|part| part.bytes().len() as u64).max().unwrap_or(0);
    let most = Matcher::MAX_FRAGMENTS.min(options.segments.saturating_mul(PER_SEGMENT).max(ENOUGH));
    let joined = MEMORY_OF_PARSE.saturating_mul(bytes).saturating_add(MEMORY_PER_CANDIDATE * most as u64);
    let searched = largest.saturating_mul(MEMORY_PER_BYTE);
    limits
        .check_memory(bytes.saturating_add(joined.max(searched)), "training on these documents in parts")?;
    progress.begin(Some((3 + ROUNDS) * bytes));
    let candidates = Candidates::among(&find(parts, most, options, progress)?, corpus, options, progress)?;
    finish(corpus, candidates, ROUNDS, options, progress)
}

/// Trains a dictionary in one go where the memory allows, else in as few parts as fit into it.
///
/// What comes out depends on the documents, the options and the memory allowed, and on nothing else. `progress` gets
/// a note where there are several parts.
///
/// # Errors
/// Those of [`train`](super::train); `Limit` where not even a search in parts fits into the memory.
pub fn train_within(
    corpus: &ByteStrings,
    options: &TrainOptions,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Trained> {
    let bytes = corpus.bytes().len() as u64;
    let at_once = bytes.saturating_mul(MEMORY_PER_BYTE);
    if at_once <= limits.memory {
        return super::train(corpus, options, limits, progress);
    }
    check(corpus, options)?;
    // A part ends with the document that fills it.
    let longest = corpus.iter().map(<[u8]>::len).max().unwrap_or(0);
    let fits = limits.memory.saturating_sub(bytes) / MEMORY_PER_BYTE;
    let part = usize::try_from(fits).unwrap_or(usize::MAX).saturating_sub(longest).max(1);
    let count = corpus.bytes().len().div_ceil(part);
    let trained = train_in_parts(corpus, part, options, limits, progress)?;
    progress.note(&format!(
        "the documents were searched in {count} parts, as more memory was not allowed (for one: --max-memory \
         {at_once}); what two parts have but neither has twice was not found"
    ));
    Ok(trained)
}

/// Candidates for each segment wanted, all parts together, but there may always be [`ENOUGH`].
const PER_SEGMENT: usize = 4;
const ENOUGH: usize = 1 << 20;

/// What parts find. Of equal strings the first alone will ever be seen; single bytes, which stay even unseen, are
/// there once.
fn find(
    parts: Vec<ByteStrings>,
    most: usize,
    options: &TrainOptions,
    progress: &dyn Progress,
) -> Result<ByteStrings> {
    let each = most / parts.len().max(1);
    let mut all = ByteStrings::new();
    for part in parts {
        let first = all.is_empty();
        let found = candidates::of_part(&part, options, each, progress)?;
        found.iter().filter(|string| first || string.len() > 1).for_each(|string| all.push(string));
    }
    Ok(all)
}

/// Whole documents in order, in as many parts as have `size` bytes each; no part is much smaller than others.
fn parts(corpus: &ByteStrings, size: usize) -> Vec<ByteStrings> {
    let count = corpus.bytes().len().div_ceil(size.max(1)).max(1);
    let size = corpus.bytes().len().div_ceil(count);
    let mut parts = vec![ByteStrings::new()];
    for document in corpus.iter() {
        if parts.last().is_some_and(|part| part.bytes().len() >= size) {
            parts.push(ByteStrings::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push(document);
        }
    }
    parts
}
