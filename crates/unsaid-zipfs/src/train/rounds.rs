//! Parsing the documents again and again, each as if it were new to the others.

use unsaid_core::{Progress, Result};
use unsaid_lexicon::parse::{ById, Step};
use unsaid_lexicon::{ByteStrings, Matcher, Parser};

use super::candidates::Candidates;
use super::classes::{Classes, Known};
use super::log::BIT;

/// Bytes that are parsed together.
const WINDOW: usize = 1 << 16;
/// What everything costs before anything is known. Starting from estimates by occurrence instead
/// favours short strings, which occur most, and long ones then never show their worth.
const EQUAL: u32 = 16 * BIT;
/// A byte is estimated to be used an eighth of a time at least: new documents have other bytes.
pub(super) const LEAST_BYTE: u64 = super::classes::USE / 8;

/// The common candidates and how the last round used them.
pub(super) struct Rounds<'c> {
    corpus: &'c ByteStrings,
    candidates: &'c Candidates,
    matcher: Matcher,
    lens: Vec<usize>,
    uses: Vec<u32>,
    /// The last parse: candidates in order, and where those of each document end.
    ids: Vec<u32>,
    ends: Vec<usize>,
    classes: Option<Classes>,
}

impl<'c> Rounds<'c> {
    pub(super) fn new(corpus: &'c ByteStrings, candidates: &'c Candidates) -> Result<Self> {
        let strings = &candidates.common.strings;
        Ok(Rounds {
            corpus,
            candidates,
            matcher: Matcher::new(strings)?,
            lens: strings.iter().map(<[u8]>::len).collect(),
            uses: vec![0; strings.len()],
            ids: Vec::new(),
            ends: Vec::new(),
            classes: None,
        })
    }

    /// Parses all documents, each with costs from the last parses of the others.
    pub(super) fn parse(&mut self, progress: &dyn Progress) -> Result<()> {
        let mut costs: Vec<u32> = (0..self.lens.len()).map(|id| self.cost(id, self.uses[id])).collect();
        let mut own = vec![0_u32; costs.len()];
        let (mut ids, mut ends, mut uses) = (Vec::new(), Vec::new(), vec![0; costs.len()]);
        let mut parser = Parser::new();
        let mut critical = self.candidates.critical.iter().peekable();
        let mut start = 0;
        for (number, document) in self.corpus.iter().enumerate() {
            let end = self.ends.get(number).copied().unwrap_or(0);
            let used = &self.ids[start..end];
            start = end;
            used.iter().for_each(|&id| own[id as usize] += 1);
            for &id in used {
                let id = id as usize;
                costs[id] = self.cost(id, self.uses[id].saturating_sub(own[id]));
            }
            let mut forbidden = Vec::new();
            while let Some(&(_, id)) = critical.next_if(|(document, _)| *document as usize <= number) {
                costs[id as usize] = u32::MAX;
                forbidden.push(id);
            }
            for piece in document.chunks(WINDOW) {
                parser.parse(&self.matcher, &ById(&costs), piece)?;
                for step in parser.steps(piece.len()) {
                    if let Step::Fragment(id) = step {
                        ids.push(id);
                        uses[id as usize] += 1;
                    }
                }
            }
            ends.push(ids.len());
            for &id in used.iter().chain(&forbidden) {
                own[id as usize] = 0;
                costs[id as usize] = self.cost(id as usize, self.uses[id as usize]);
            }
            progress.advance(document.len() as u64, 0)?;
        }
        (self.ids, self.ends, self.uses) = (ids, ends, uses);
        self.classes = Some(self.classify());
        Ok(())
    }

    /// What a candidate costs in a document that has it, if the others used it so often.
    fn cost(&self, id: usize, uses: u32) -> u32 {
        let least = if self.lens[id] == 1 { LEAST_BYTE } else { 1 };
        self.classes.as_ref().map_or(EQUAL, |classes| classes.cost(self.without_one(id, uses), least))
    }

    /// What all documents but one that has it say of a candidate.
    fn without_one(&self, id: usize, uses: u32) -> Known {
        let documents = self.candidates.common.documents[id].saturating_sub(1);
        self.known(id, documents, uses)
    }

    fn known(&self, id: usize, documents: u32, uses: u32) -> Known {
        // Of what is in as few documents as allowed, uses are never seen.
        let fewest = self.candidates.rare.documents.first();
        let uses = if fewest.is_some_and(|&fewest| documents <= fewest) { 0 } else { uses };
        Known { documents, len: self.lens[id], uses }
    }

    fn classify(&self) -> Classes {
        let mut classes = Classes::new();
        for (string, &documents) in self.candidates.rare.strings.iter().zip(&self.candidates.rare.documents) {
            classes.member(Known { documents, len: string.len(), uses: 0 });
        }
        for id in 0..self.lens.len() {
            classes.member(self.known(id, self.candidates.common.documents[id], self.uses[id]));
        }
        let mut own = vec![0_u32; self.lens.len()];
        let mut start = 0;
        for &end in &self.ends {
            let used = &self.ids[start..end];
            start = end;
            used.iter().for_each(|&id| own[id as usize] += 1);
            for &id in used {
                let id = id as usize;
                let uses = std::mem::take(&mut own[id]);
                if uses > 0 {
                    classes.used(self.without_one(id, self.uses[id].saturating_sub(uses)), uses);
                }
            }
        }
        classes.settle();
        classes
    }

    /// How often as many new documents would use each candidate, the common ones first, in
    /// [`USE`](super::classes::USE)s.
    pub(super) fn estimates(&self) -> Vec<u64> {
        let Some(classes) = &self.classes else { return Vec::new() };
        let rare = self.candidates.rare.strings.iter().zip(&self.candidates.rare.documents);
        let common = (0..self.lens.len()).map(|id| {
            let estimate =
                classes.estimate(self.known(id, self.candidates.common.documents[id], self.uses[id]));
            if self.lens[id] == 1 { estimate.max(LEAST_BYTE) } else { estimate.max(1) }
        });
        let rare = rare.map(|(string, &documents)| {
            classes.estimate(Known { documents, len: string.len(), uses: 0 }).max(1)
        });
        common.chain(rare).collect()
    }
}
