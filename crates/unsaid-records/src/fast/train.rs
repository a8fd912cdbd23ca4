//! Which fragments are worth a token?
//!
//! Merges come first: everything that training saw twice, then what the parse of the training
//! documents still writes twice. A small training set leaves tokens free,
//! and new documents hold what it never saw: other numbers, names and words. The rest of the
//! tokens goes to strings that are likely in such places.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use unsaid_core::{Progress, Result};
use unsaid_lexicon::parse::{Equal, Step};
use unsaid_lexicon::{ByteStrings, Matcher, MergeOptions, Merges, Parser, merge};

use super::likely::Likely;
use super::{FRAGMENTS, Knowledge, LONGEST};

/// Merges for which there are tokens.
const MOST: usize = FRAGMENTS - 256;
/// Fragments of up to this many bytes are what is left where nothing longer is known.
const SHORT: usize = 5;

/// What an extra merge takes in a section.
const BYTES_OF_EXTRA: usize = 6;

impl Knowledge {
    /// Chooses a vocabulary for documents like those of `corpus`, of which `merges` were made.
    ///
    /// # Errors
    /// What `progress` returns to stop.
    pub fn train(corpus: &ByteStrings, merges: &Merges, progress: &dyn Progress) -> Result<Self> {
        Self::train_within(corpus, merges, usize::MAX, progress)
    }

    /// As [`train`](Self::train), with a section of about so many bytes at most.
    ///
    /// # Errors
    /// As [`train`](Self::train).
    pub fn train_within(
        corpus: &ByteStrings,
        merges: &Merges,
        bytes: usize,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let shared = shared(merges);
        let most = MOST.min((shared as usize).saturating_add(bytes / BYTES_OF_EXTRA));
        let mut taken = merges.prefix(shared as usize);
        if taken.len() < most && !corpus.bytes().is_empty() {
            join_seams(corpus, &mut taken, progress)?;
            for (left, right) in
                unseen(corpus, progress)?.most_likely(&taken, most.saturating_sub(taken.len()))
            {
                taken.push_checked(left, right, LONGEST as u32)?;
            }
        }
        Knowledge::new(merges, shared, taken.prefix(most).pairs()[shared as usize..].to_vec())
    }
}

/// As many merges as there are tokens for.
fn shared(merges: &Merges) -> u32 {
    let fitting = merges.lens()[256..].iter().take_while(|&&len| len as usize <= LONGEST).count();
    fitting.min(MOST) as u32
}

/// Adds what the cheapest parse writes side by side more than once. Merging has no such pairs left,
/// but where the parse cuts a document otherwise than merging did, there are some.
fn join_seams(corpus: &ByteStrings, merges: &mut Merges, progress: &dyn Progress) -> Result<()> {
    let matcher = Matcher::new(&merges.fragments())?;
    let mut parser = Parser::new();
    let mut counts: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    for document in corpus.iter() {
        parser.parse(&matcher, &Equal, document)?;
        let mut before = None;
        for step in parser.steps(document.len()) {
            let Step::Fragment(id) = step else { continue };
            if let Some(before) = before.replace(id) {
                *counts.entry((before, id)).or_insert(0) += 1;
            }
        }
        progress.advance(document.len() as u64, 0)?;
    }
    let len = |id: u32| merges.lens()[id as usize] as usize;
    let mut seams: Vec<((u32, u32), u32)> = counts
        .into_iter()
        .filter(|&((left, right), count)| count > 1 && len(left) + len(right) <= LONGEST)
        .collect();
    seams.sort_by_key(|&(pair, count)| (Reverse(count), pair));
    seams.truncate(MOST - merges.len());
    for ((left, right), _) in seams {
        merges.push_checked(left, right, LONGEST as u32)?;
    }
    Ok(())
}

/// What each half of the documents looks like where the other half does not help.
fn unseen(corpus: &ByteStrings, progress: &dyn Progress) -> Result<Likely> {
    let half = |odd: usize| -> ByteStrings { corpus.iter().skip(odd).step_by(2).collect() };
    let halves = [half(0), half(1)];
    let mut likely = Likely::default();
    for (known, other) in [(&halves[0], &halves[1]), (&halves[1], &halves[0])] {
        let merges = merge(known, &MergeOptions::default().merges(MOST as u32), progress)?;
        let matcher = Matcher::new(&merges.fragments())?;
        let mut parser = Parser::new();
        for document in other.iter() {
            parser.parse(&matcher, &Equal, document)?;
            let (mut at, mut start) = (0, 0);
            for step in parser.steps(document.len()) {
                let Step::Fragment(id) = step else { continue };
                let len = merges.lens()[id as usize] as usize;
                if len > SHORT {
                    likely.add(&document[start..at]);
                    start = at + len;
                }
                at += len;
            }
            likely.add(&document[start..]);
            progress.advance(document.len() as u64, 0)?;
        }
    }
    Ok(likely)
}
