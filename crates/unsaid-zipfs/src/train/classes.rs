//! How often will new documents use a segment that these documents have?
//!
//! Less often than these do: segments were chosen because these documents share them. So each document in
//! turn is new, and the others say what they would have said of it without it: in how many of them the
//! segment is, and how often they use it. What such new documents use, by those two numbers and the
//! segment's length, is what later ones will (Good, "The population frequencies of species and the
//! estimation of population parameters", 1953; by leaving one out: Ney, Essen and Kneser, 1995).

use super::log::log2;

/// One use, in the unit of estimates.
pub(super) const USE: u64 = 1 << 10;
/// A class with few members is taken for what all lengths are, which counts as so many members.
const PRIOR: u64 = 40;
/// The same in uses, for classes of the much used.
const PRIOR_USES: u64 = 8 * PRIOR;

/// First numbers of classes.
const DOCUMENTS: [u32; 9] = [0, 3, 4, 5, 6, 8, 11, 16, 32];
const LENGTHS: [u32; 10] = [0, 2, 3, 4, 5, 7, 9, 13, 21, 41];
const USES: [u32; 10] = [0, 1, 2, 3, 4, 5, 6, 9, 14, 31];
/// From this class on, members differ too much: uses are estimated for each use, not for each member.
const MUCH: usize = 6;

/// What is known of a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// Documents it is in.
    pub(super) documents: u32,
    /// Bytes.
    pub(super) len: usize,
    /// How often they use it; 0 where it is in as few documents as a segment may be, as
    /// none of those is then new to the others.
    pub(super) uses: u32,
}

impl Known {
    fn class(self) -> usize {
        let of = |starts: &[u32], n: u32| starts.partition_point(|&start| start <= n).saturating_sub(1);
        let len = u32::try_from(self.len).unwrap_or(u32::MAX);
        let row = of(&DOCUMENTS, self.documents) * USES.len() + of(&USES, self.uses);
        row * LENGTHS.len() + of(&LENGTHS, len)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Class {
    members: u64,
    /// Uses by the documents that say which class a member has.
    old: u64,
    /// Uses by the document that is new.
    new: u64,
}

/// Counts, then rates, by class.
#[derive(Clone, Debug)]
pub(super) struct Classes {
    classes: Vec<Class>,
    rates: Vec<u64>,
    total: u64,
}

impl Classes {
    pub(super) fn new() -> Self {
        let classes = vec![Class::default(); DOCUMENTS.len() * USES.len() * LENGTHS.len()];
        Classes { rates: vec![0; classes.len()], classes, total: 0 }
    }

    /// A segment, with what all documents say of it.
    pub(super) fn member(&mut self, known: Known) {
        let class = &mut self.classes[known.class()];
        class.members += 1;
        class.old += u64::from(known.uses);
    }

    /// A document used a segment `uses` times, of which the others say this.
    pub(super) fn used(&mut self, known: Known, uses: u32) {
        self.classes[known.class()].new += u64::from(uses);
        self.total += u64::from(uses);
    }

    /// Rates from counts.
    pub(super) fn settle(&mut self) {
        let rows = self.classes.chunks(LENGTHS.len()).zip(self.rates.chunks_mut(LENGTHS.len()));
        for (row, (classes, rates)) in rows.enumerate() {
            let much = row % USES.len() >= MUCH;
            let (prior, of) = if much {
                (PRIOR_USES, Class::old as fn(&Class) -> u64)
            } else {
                (PRIOR, Class::members as _)
            };
            let all: u64 = classes.iter().map(of).sum();
            let mean = classes.iter().map(|c| c.new).sum::<u64>() * USE / all.max(1);
            for (class, rate) in classes.iter().zip(rates) {
                *rate = (class.new * USE + prior * mean) / (of(class) + prior);
            }
        }
    }

    /// How often as many new documents would use a segment, in [`USE`]s.
    pub(super) fn estimate(&self, known: Known) -> u64 {
        let rate = self.rates[known.class()];
        if known.uses >= USES[MUCH] { rate * u64::from(known.uses) } else { rate }
    }

    /// What its code would cost.
    pub(super) fn cost(&self, known: Known, least: u64) -> u32 {
        let estimate = self.estimate(known).max(least);
        log2(self.total * USE).saturating_sub(log2(estimate)).max(1)
    }
}

impl Class {
    fn members(&self) -> u64 {
        self.members
    }

    fn old(&self) -> u64 {
        self.old
    }
}
