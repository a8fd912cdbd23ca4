//! Which strings might become segments?
//!
//! Merged pairs are what documents are made of, and repeats are all that they share, up to whole
//! documents. Merging alone misses long phrases that documents leave at different places; repeats alone
//! miss the pieces that are left between phrases.

use unsaid_core::{Progress, Result};
use unsaid_lexicon::{ByteStrings, Matcher, MergeOptions, merge};

use super::TrainOptions;
use super::part::Part;
use super::repeats::{self, Repeat};

/// Merges for each segment wanted: those that only lead to longer ones are dropped again.
const MERGES: usize = 2;
/// More candidates than this for each segment wanted change nothing; there may always be [`ENOUGH`].
const FOR_EACH: usize = 16;
const ENOUGH: usize = 1 << 20;
/// Of a part's candidates, one in so many is a merged string.
const MERGED_OF_PART: usize = 8;

/// Strings of this many bytes are a run if they have a period of up to [`LONGEST_PERIOD`] bytes.
const SHORTEST_RUN: usize = 32;
const LONGEST_PERIOD: usize = 8;

/// Candidates that are in enough documents.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// In more documents than the fewest allowed, and the bytes: each of their documents can be left out.
    pub(super) common: Pool,
    /// In as few documents as allowed.
    pub(super) rare: Pool,
    /// By document, then common candidate: the candidate would not be one without the document.
    pub(super) critical: Vec<(u32, u32)>,
}

/// Strings, each with the number of documents that it is in.
#[derive(Debug, Default)]
pub(super) struct Pool {
    pub(super) strings: ByteStrings,
    pub(super) documents: Vec<u32>,
}

impl Pool {
    pub(super) fn push(&mut self, string: &[u8], documents: u32) {
        self.strings.push(string);
        self.documents.push(documents);
    }
}

impl Candidates {
    /// All candidates of a corpus.
    ///
    /// # Errors
    /// Those of [`merge`] and of `progress`.
    pub(super) fn find(
        corpus: &ByteStrings,
        options: &TrainOptions,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let wanted = options.segments.min(Matcher::MAX_FRAGMENTS / 3);
        let (mut strings, repeats) =
            strings(corpus, options, MERGES * wanted, (FOR_EACH * wanted).max(ENOUGH), progress)?;
        repeats.iter().for_each(|repeat| strings.push(bytes(corpus, repeat)));
        let matcher = Matcher::new(&strings)?;
        let mut found = Candidates::default();
        let common = found.sort(&strings, &matcher, corpus, options, progress)?;
        for repeat in &repeats {
            if repeat.critical != [None; 2] {
                let mut id = None;
                matcher.for_each_match(bytes(corpus, repeat), 0, |found, len| {
                    if len == repeat.len as usize {
                        id = common[found as usize];
                    }
                });
                let documents = repeat.critical.iter().flatten();
                found.critical.extend(documents.zip(id).map(|(&document, id)| (document, id)));
            }
        }
        found.critical.sort_unstable();
        found.critical.dedup();
        Ok(found)
    }

    /// Those among strings, of which some may be equal, without a word on what is critical.
    ///
    /// # Errors
    /// Those of [`Matcher::new`] and of `progress`.
    pub(super) fn among(
        strings: &ByteStrings,
        corpus: &ByteStrings,
        options: &TrainOptions,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let matcher = Matcher::new(strings)?;
        let mut found = Candidates::default();
        found.sort(strings, &matcher, corpus, options, progress)?;
        Ok(found)
    }

    /// Sorts strings into common and rare ones; the place of each that is common.
    fn sort(
        &mut self,
        strings: &ByteStrings,
        matcher: &Matcher,
        corpus: &ByteStrings,
        options: &TrainOptions,
        progress: &dyn Progress,
    ) -> Result<Vec<Option<u32>>> {
        let documents = documents(matcher, strings.len(), corpus, progress)?;
        let fewest = options.fewest_documents();
        // Of equal strings the first alone is ever seen in a document.
        let mut common = vec![None; strings.len()];
        for (id, (string, &documents)) in strings.iter().zip(&documents).enumerate() {
            if string.len() == 1 || documents > fewest {
                common[id] = Some(self.common.strings.len() as u32);
                self.common.push(string, documents);
            } else if documents == fewest {
                self.rare.push(string, documents);
            }
        }
        Ok(common)
    }
}

/// Merged strings, all bytes among them, and at most `most` repeats.
fn strings(
    corpus: &ByteStrings,
    options: &TrainOptions,
    merges: usize,
    most: usize,
    progress: &dyn Progress,
) -> Result<(ByteStrings, Vec<Repeat>)> {
    let merges = MergeOptions::default().merges(merges as u32).max_len(options.longest_segment);
    let merging = Part::of(progress);
    let strings = merge(corpus, &merges, &merging)?.fragments();
    merging.finish(corpus.bytes().len())?;
    let repeats = repeats(corpus, options, most.min(Matcher::MAX_FRAGMENTS - strings.len()));
    progress.advance(corpus.bytes().len() as u64, 0)?;
    Ok((strings, repeats))
}

/// About `most` candidates of a part of a corpus, merged strings first.
///
/// # Errors
/// Those of [`merge`] and of `progress`.
pub(super) fn of_part(
    part: &ByteStrings,
    options: &TrainOptions,
    most: usize,
    progress: &dyn Progress,
) -> Result<ByteStrings> {
    let merges = (most / MERGED_OF_PART).saturating_sub(256);
    let (mut all, repeats) = strings(part, options, merges, most - most / MERGED_OF_PART, progress)?;
    repeats.iter().for_each(|repeat| all.push(bytes(part, repeat)));
    Ok(all)
}

/// At most so many repeats; where there are more, those whose documents share the most.
fn repeats(corpus: &ByteStrings, options: &TrainOptions, most: usize) -> Vec<Repeat> {
    let mut all = Vec::new();
    repeats::each(corpus, options.fewest_documents(), |repeat| {
        let wanted = repeat.len > 1 && repeat.len <= options.longest_segment;
        if wanted && (repeat.len.is_power_of_two() || !is_run(bytes(corpus, &repeat))) {
            all.push(repeat);
        }
    });
    if all.len() > most {
        // A long string is not worth more than its documents would otherwise spend on it, which grows slowly.
        let worth = |r: &Repeat| u64::from(r.documents) * u64::from(r.len.min(64));
        all.select_nth_unstable_by_key(most, |r| (std::cmp::Reverse(worth(r)), r.place, r.len));
        all.truncate(most);
    }
    all.sort_unstable_by_key(|r| (r.place, r.len));
    all
}

/// Whether the same few bytes come again and again, many times. In a run of a thousand spaces, those of every
/// length repeat, and all of them start at every place: a few lengths are enough.
fn is_run(string: &[u8]) -> bool {
    string.len() >= SHORTEST_RUN
        && (1..=LONGEST_PERIOD).any(|period| string.iter().zip(&string[period..]).all(|(a, b)| a == b))
}

fn bytes<'c>(corpus: &'c ByteStrings, repeat: &Repeat) -> &'c [u8] {
    &corpus.bytes()[repeat.place..repeat.place + repeat.len as usize]
}

/// How many documents each of the strings of a matcher is in.
pub(super) fn documents(
    matcher: &Matcher,
    strings: usize,
    corpus: &ByteStrings,
    progress: &dyn Progress,
) -> Result<Vec<u32>> {
    let mut documents = vec![0; strings];
    let mut last = vec![u32::MAX; strings];
    for (number, document) in (0..).zip(corpus.iter()) {
        for at in 0..document.len() {
            matcher.for_each_match(document, at, |id, _| {
                if last[id as usize] != number {
                    last[id as usize] = number;
                    documents[id as usize] += 1;
                }
            });
        }
        progress.advance(document.len() as u64, 0)?;
    }
    Ok(documents)
}
