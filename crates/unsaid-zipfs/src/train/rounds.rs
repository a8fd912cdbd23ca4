//! Parsing again and again.

use unsaid_core::{Progress, Result};
use unsaid_lexicon::parse::{ById, Step};
use unsaid_lexicon::{ByteStrings, Matcher, Parser};

use super::classes::Classes;

/// One use, in the unit of counts.
pub(super) const USE: u64 = 64;

pub struct Knobs {
    pub floor: u64,
    pub prior: u64,
    pub prunes: u32,
    pub discount: u64,
    pub seams: u32,
    pub over: usize,
    pub mid: u32,
    pub loo: bool,
    pub maxlen: u32,
    pub rounds: u32,
}

impl Knobs {
    pub fn env() -> Self {
        let get = |n: &str, d: u64| std::env::var(n).ok().and_then(|v| v.parse().ok()).unwrap_or(d);
        Knobs {
            floor: get("FLOOR", 128),
            prior: get("PRIOR", 20),
            prunes: get("PRUNES", 2) as u32,
            discount: get("DISCOUNT", 0),
            seams: get("SEAMS", 0) as u32,
            over: get("OVER", 2) as usize,
            mid: get("MID", 3) as u32,
            loo: get("LOO", 1) != 0,
            maxlen: get("MAXLEN", 1024) as u32,
            rounds: get("ROUNDS", 6) as u32,
        }
    }
}

pub(super) struct Rounds<'c> {
    pub corpus: &'c ByteStrings,
    pub strings: ByteStrings,
    pub counts: Vec<u32>,
    pub docs: Vec<u32>,
    /// The last parse: ids of all documents, and where those of each end.
    pub ids: Vec<u32>,
    pub ends: Vec<usize>,
    pub total: u64,
    pub critical: Vec<Vec<u32>>,
    pub bits: u64,
}

impl<'c> Rounds<'c> {
    pub fn new(corpus: &'c ByteStrings, strings: ByteStrings, docs: Vec<u32>) -> Self {
        let counts = vec![0; strings.len()];
        Rounds { corpus, strings, docs, counts, ids: vec![], ends: vec![], critical: vec![], total: 0, bits: 0 }
    }

    pub fn parse(&mut self, k: &Knobs, classes: Option<&Classes>, progress: &dyn Progress) -> Result<()> {
        let matcher = Matcher::new(&self.strings)?;
        let mut parser = Parser::new();
        let lens: Vec<usize> = self.strings.iter().map(<[u8]>::len).collect();
        let cost = |id: usize, count: u32| match classes {
            Some(c) => c.cost(self.docs[id] - 1, lens[id], count, if lens[id] == 1 { k.floor } else { 1 }),
            None => 16 * super::log::BIT,
        };
        let mut costs: Vec<u32> = (0..lens.len()).map(|id| cost(id, self.counts[id])).collect();
        let mut own = vec![0u32; self.strings.len()];
        let (old_ids, old_ends) = (std::mem::take(&mut self.ids), std::mem::take(&mut self.ends));
        let mut counts = vec![0u32; self.strings.len()];
        let mut bits = 0;
        let mut start = 0;
        for (d, document) in self.corpus.iter().enumerate() {
            let end = old_ends.get(d).copied().unwrap_or(0);
            let mine = &old_ids[start..end];
            start = end;
            for &id in mine { own[id as usize] += 1; }
            for &id in mine {
                costs[id as usize] = cost(id as usize, self.counts[id as usize] - own[id as usize]);
            }
            for &id in &self.critical[d] { costs[id as usize] = u32::MAX; }
            bits += parser.parse(&matcher, &ById(&costs), document)?;
            for &id in mine {
                own[id as usize] = 0;
                costs[id as usize] = cost(id as usize, self.counts[id as usize]);
            }
            for &id in &self.critical[d] { costs[id as usize] = cost(id as usize, self.counts[id as usize]); }
            for step in parser.steps(document.len()) {
                let Step::Fragment(id) = step else { continue };
                self.ids.push(id);
                counts[id as usize] += 1;
            }
            self.ends.push(self.ids.len());
            progress.advance(document.len() as u64, 0)?;
        }
        self.counts = counts;
        self.total = self.ids.len() as u64;
        self.bits = bits;
        Ok(())
    }

    pub(super) fn classify(&self, rare: &ByteStrings) -> Classes {
        let mut classes = Classes::new();
        for s in rare.iter() { classes.member(2, s.len(), 0); }
        let lens: Vec<usize> = self.strings.iter().map(<[u8]>::len).collect();
        for (i, &len) in lens.iter().enumerate() { classes.member(self.docs[i], len, self.counts[i]); }
        let mut own = vec![0u32; self.strings.len()];
        let mut s = 0;
        for &e in &self.ends {
            let mine = &self.ids[s..e];
            s = e;
            for &id in mine { own[id as usize] += 1; }
            for &id in mine {
                let id = id as usize;
                let n = std::mem::take(&mut own[id]);
                if n > 0 { classes.uses(self.docs[id] - 1, lens[id], self.counts[id] - n, n); }
            }
        }
        classes
    }
}
