//! The cheapest way through data: a shortest path.
//!
//! A node is a place in the data and the length of the chunk that ends there; an edge is a chunk, which costs its
//! line, and the size line where its length is not that of the chunk before it. So it is enough to know, for each
//! place, the cheapest way there for every length, and the cheapest of all. Ties go to the way that changes the length: ways
//! that do so late share their beginning, so that it can be written before the end of the data is known.

use std::collections::BTreeMap;

/// The longest chunk that is not a rare one.
pub(crate) const SHORT: usize = 3;

/// No way leads here.
const NOWHERE: u64 = u64::MAX;

/// A place in the data. Lengths of the chunks that end here, costs of the ways.
#[derive(Clone, Copy, Debug)]
struct Place {
    cost: [u64; SHORT],
    /// For each short length, whether the chunk before it has the same.
    same: [bool; SHORT],
    best: u64,
    best_length: usize,
}

const UNREACHED: Place =
    Place { cost: [NOWHERE; SHORT], same: [false; SHORT], best: NOWHERE, best_length: 0 };

#[derive(Clone, Copy, Debug)]
struct Long {
    cost: u64,
    same: bool,
}

/// Ways from where everything is decided on. Places count from there.
#[derive(Debug)]
pub(crate) struct Path {
    places: Vec<Place>,
    /// By place and length.
    long: BTreeMap<(usize, usize), Long>,
    /// The place whose edges are taken next.
    here: usize,
    /// The length of the last chunk decided on; 0 for none.
    before: usize,
}

impl Path {
    /// Ways from the beginning.
    pub(crate) fn new() -> Self {
        let mut path = Path { places: Vec::new(), long: BTreeMap::new(), here: 0, before: 0 };
        path.start();
        path
    }

    fn start(&mut self) {
        self.place(0);
        if let Some(first) = self.places.first_mut() {
            *first = UNREACHED;
            first.best = 0;
            first.best_length = self.before;
            if let Some(cost) = self.before.checked_sub(1).and_then(|length| first.cost.get_mut(length)) {
                *cost = 0;
            }
        }
        if self.before > SHORT {
            self.long.insert((0, self.before), Long { cost: 0, same: true });
        }
    }

    /// The place whose edges are taken next, from where everything is decided on.
    pub(crate) fn here(&self) -> usize {
        self.here
    }

    /// How many rare chunks are kept.
    pub(crate) fn rare(&self) -> usize {
        self.long.len()
    }

    /// Lengths of rare chunks that end here.
    pub(crate) fn long_here(&self) -> impl Iterator<Item = usize> + '_ {
        self.long.range((self.here, 0)..(self.here + 1, 0)).map(|(&(_, length), _)| length)
    }

    fn place(&mut self, at: usize) -> Option<&mut Place> {
        if self.places.len() <= at {
            self.places.resize(at + 1, UNREACHED);
        }
        self.places.get_mut(at)
    }

    /// All ways to here are known: the cheapest of them. Whether there is one.
    pub(crate) fn arrive(&mut self) -> bool {
        let here = self.here;
        let long = self.long.range((here, 0)..(here + 1, 0)).map(|(&(_, length), way)| (length, way.cost));
        let mut cheapest = (NOWHERE, 0);
        for (length, cost) in long {
            cheapest = cheapest.min((cost, length));
        }
        let Some(place) = self.place(here) else { return false };
        if here > 0 {
            for (length, &cost) in (1..).zip(&place.cost) {
                cheapest = cheapest.min((cost, length));
            }
            (place.best, place.best_length) = cheapest;
        }
        place.best != NOWHERE
    }

    /// A chunk from here: what its line and its size line cost.
    pub(crate) fn edge(&mut self, length: usize, line: u64, size: u64) {
        let Some(&from) = self.places.get(self.here) else { return };
        let there = self.here + length;
        let changed = if from.best_length == length { NOWHERE } else { from.best.saturating_add(size) };
        let kept = match from.cost.get(length - 1) {
            Some(&cost) => cost,
            None => self.long.get(&(self.here, length)).map_or(NOWHERE, |way| way.cost),
        };
        let cost = changed.min(kept).saturating_add(line);
        let same = kept < changed;
        if length > SHORT {
            self.long.insert((there, length), Long { cost, same });
            return;
        }
        let Some(place) = self.place(there) else { return };
        if let (Some(c), Some(s)) = (place.cost.get_mut(length - 1), place.same.get_mut(length - 1)) {
            (*c, *s) = (cost, same);
        }
    }

    /// To the next place.
    pub(crate) fn step(&mut self) {
        self.here += 1;
    }

    /// The node before this one.
    fn previous(&self, (at, length): (usize, usize)) -> (usize, usize) {
        let same = match self.places.get(at).and_then(|place| place.same.get(length.wrapping_sub(1))) {
            Some(&same) => same,
            None => self.long.get(&(at, length)).is_some_and(|way| way.same),
        };
        let before = at.saturating_sub(length);
        let kept = if same { length } else { self.places.get(before).map_or(0, |place| place.best_length) };
        (before, kept)
    }

    /// Decides on what all ways have in common, all data before here having been looked at. The lengths of its chunks.
    pub(crate) fn settle(&mut self) -> Vec<usize> {
        let mut ends: std::collections::BTreeSet<(usize, usize)> =
            self.long.range((self.here, 0)..).map(|(&node, _)| node).collect();
        for (at, place) in self.places.iter().enumerate().skip(self.here) {
            let known = (1..).zip(&place.cost).filter(|(_, cost)| **cost != NOWHERE);
            ends.extend(known.map(|(length, _)| (at, length)));
        }
        while ends.len() > 1 {
            let Some(last) = ends.pop_last() else { break };
            if last.0 == 0 {
                return Vec::new();
            }
            ends.insert(self.previous(last));
        }
        match ends.pop_first() {
            // Nodes from here on have edges still to be taken.
            Some(node) if node.0 > 0 && node.0 <= self.here => self.commit(node),
            _ => Vec::new(),
        }
    }

    /// Decides on the cheapest way to here. Other ways end.
    pub(crate) fn force(&mut self) -> Vec<usize> {
        let Some(place) = self.places.get(self.here) else { return Vec::new() };
        let node = (self.here, place.best_length);
        self.places.truncate(self.here + 1);
        self.long.retain(|&(at, _), _| at <= node.0);
        self.commit(node)
    }

    fn commit(&mut self, end: (usize, usize)) -> Vec<usize> {
        let mut lengths = Vec::new();
        let mut node = end;
        while node.0 > 0 && node.1 > 0 {
            lengths.push(node.1);
            node = self.previous(node);
        }
        lengths.reverse();
        let base = match end.1.checked_sub(1).and_then(|length| self.places.get(end.0)?.cost.get(length)) {
            Some(&cost) => cost,
            None => self.long.get(&end).map_or(0, |way| way.cost),
        };
        self.places.drain(..end.0.min(self.places.len()));
        let lower = |cost: &mut u64| {
            if *cost != NOWHERE {
                *cost = cost.saturating_sub(base);
            }
        };
        for place in &mut self.places {
            place.cost.iter_mut().for_each(lower);
            lower(&mut place.best);
        }
        let rest = self.long.split_off(&(end.0 + 1, 0));
        self.long = rest
            .into_iter()
            .map(|((at, length), mut way)| {
                lower(&mut way.cost);
                ((at - end.0, length), way)
            })
            .collect();
        self.here -= end.0;
        self.before = end.1;
        self.start();
        lengths
    }
}
