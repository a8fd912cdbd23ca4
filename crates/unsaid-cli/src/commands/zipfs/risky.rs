//! Segments that stand in one document only: a name, a number, a secret.

use std::path::PathBuf;

use unsaid::lexicon::Matcher;
use unsaid::zipfs::Dictionary;
use unsaid_core::{Progress, Result};

use crate::commands::train::{CorpusFraming, gather};
use crate::edge::Edge;

/// Counts documents for each segment, as far as it matters: none, one, more.
pub(super) struct Documents<'d> {
    dictionary: &'d Dictionary,
    matcher: Matcher,
    /// The document in which a segment was seen last, from 1 on, and whether that was the first.
    last: Vec<(u32, bool)>,
    number: u32,
}

impl<'d> Documents<'d> {
    pub(super) fn new(dictionary: &'d Dictionary) -> Result<Self> {
        let segments = dictionary.segments();
        let matcher = Matcher::new(segments)?;
        Ok(Documents { dictionary, matcher, last: vec![(0, true); segments.len()], number: 0 })
    }

    pub(super) fn see(&mut self, document: &[u8]) {
        self.number = self.number.saturating_add(1);
        let number = self.number;
        let last = &mut self.last;
        for at in 0..document.len() {
            self.matcher.for_each_match(document, at, |id, _| {
                if let Some(seen) = last.get_mut(id as usize).filter(|seen| seen.0 != number) {
                    *seen = (number, seen.0 == 0);
                }
            });
        }
    }

    /// How many documents were seen.
    pub(super) fn seen(&self) -> u32 {
        self.number
    }

    /// The segments that were seen in one document, with their index. A single byte tells nothing.
    pub(super) fn risky(&self) -> impl Iterator<Item = (usize, &'d [u8])> + '_ {
        let segments = self.dictionary.segments();
        self.last
            .iter()
            .enumerate()
            .filter(|(_, (document, first))| *document != 0 && *first)
            .filter_map(move |(index, _)| segments.get(index).map(|segment| (index, segment)))
            .filter(|(_, segment)| segment.len() > 1)
    }
}

/// Sees every document of a corpus.
pub(super) fn survey<'d>(
    dictionary: &'d Dictionary,
    corpus: &[PathBuf],
    framing: Option<CorpusFraming>,
    progress: &dyn Progress,
    edge: &Edge,
) -> Result<Documents<'d>> {
    let mut documents = Documents::new(dictionary)?;
    let mut see = |document: &[u8]| {
        documents.see(document);
        Ok(())
    };
    gather(corpus, framing, &mut see, progress, edge)?;
    Ok(documents)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]
    use super::*;

    #[test]
    fn what_stands_in_one_document_is_risky_however_often() {
        let segments = ["secret", "the ", "never", "s"].iter().collect();
        let dictionary = Dictionary::new("", None, segments, None).unwrap();
        let mut documents = Documents::new(&dictionary).unwrap();
        for document in ["the secret secret", "the other", "the s"] {
            documents.see(document.as_bytes());
        }
        assert_eq!(documents.risky().collect::<Vec<_>>(), [(0, &b"secret"[..])]);
        assert_eq!(documents.seen(), 3);
    }
}
