//! Lays the trie of a [`Matcher`] out.

use super::{Matcher, NOBODY, ROOT, TAIL, Tail, Unit};
use crate::strings::ByteStrings;

const BLOCK: usize = 256;
/// Units that are searched for a place: those of the last blocks.
const SEARCHED: usize = 16 * BLOCK;
/// Fewer bytes without a choice are units.
const SHORTEST_TAIL: usize = 2;

/// What goes on at a base that is still to be found.
#[derive(Clone, Copy)]
enum Parent {
    Root,
    Unit(usize),
    Tail(usize),
}

/// Fragments `low..high` of the order share `depth` bytes.
struct Work {
    low: usize,
    high: usize,
    depth: usize,
    parent: Parent,
}

/// The trie of these fragments, of which there are not too many.
pub(super) fn build(fragments: &ByteStrings) -> Matcher {
    let all: Vec<&[u8]> = fragments.iter().collect();
    let mut order: Vec<u32> = (0..all.len() as u32).filter(|&id| !all[id as usize].is_empty()).collect();
    order.sort_unstable_by(|&a, &b| all[a as usize].cmp(all[b as usize]).then(a.cmp(&b)));
    order.dedup_by(|later, first| all[*later as usize] == all[*first as usize]);
    let longest = all.iter().map(|f| f.len()).max().unwrap_or(0);
    let mut builder = Builder {
        matcher: Matcher { units: Vec::new(), tails: Vec::new(), bytes: Vec::new(), longest },
        taken: Vec::new(),
        next: Vec::new(),
        previous: Vec::new(),
    };
    builder.build(&all, &order);
    builder.matcher
}

struct Builder {
    matcher: Matcher,
    /// Bases that have an owner.
    taken: Vec<bool>,
    /// Nobody's units in order, as links to the next and the previous; unit 0 closes the ring.
    next: Vec<u32>,
    previous: Vec<u32>,
}

impl Builder {
    /// `order` holds ids of distinct, not empty fragments, sorted by their bytes.
    fn build(&mut self, all: &[&[u8]], order: &[u32]) {
        // The first block stays empty and out of the ring.
        self.matcher.units.resize(BLOCK, NOBODY);
        self.taken.resize(BLOCK, true);
        self.next.resize(BLOCK, 0);
        self.previous.resize(BLOCK, 0);
        self.grow();
        let string = |place: usize| all[order[place] as usize];
        let mut work = vec![Work { low: 0, high: order.len(), depth: 0, parent: Parent::Root }];
        let mut children: Vec<(u8, usize, usize)> = Vec::new();
        while let Some(Work { mut low, high, depth, parent }) = work.pop() {
            if low < high && string(low).len() == depth {
                match parent {
                    Parent::Root => {}
                    Parent::Unit(unit) => self.matcher.units[unit] |= Unit::from(order[low] + 1) << 9,
                    Parent::Tail(tail) => self.matcher.tails[tail].id = order[low] + 1,
                }
                low += 1;
            }
            if low == high {
                continue;
            }
            let shared = common(&string(low)[depth..], &string(high - 1)[depth..]);
            if shared >= SHORTEST_TAIL && !matches!(parent, Parent::Root) {
                let tail = self.matcher.tails.len();
                let start = self.matcher.bytes.len() as u32;
                self.matcher.bytes.extend_from_slice(&string(low)[depth..depth + shared]);
                self.matcher.tails.push(Tail { start, len: shared as u32, id: 0, base: 0 });
                self.goes_on(parent, TAIL | tail as u32);
                work.push(Work { low, high, depth: depth + shared, parent: Parent::Tail(tail) });
                continue;
            }
            children.clear();
            let mut start = low;
            while start < high {
                let byte = string(start)[depth];
                let len = order[start..high].partition_point(|&id| all[id as usize][depth] == byte);
                children.push((byte, start, start + len));
                start += len;
            }
            let base = match parent {
                Parent::Root => ROOT as usize,
                _ => self.find_base(&children),
            };
            self.taken[base] = true;
            self.goes_on(parent, base as u32);
            // Depth first, smallest byte first: what follows each other stays close together.
            for &(byte, low, high) in children.iter().rev() {
                let unit = base ^ usize::from(byte);
                work.push(Work { low, high, depth: depth + 1, parent: Parent::Unit(unit) });
                self.matcher.units[unit] = Unit::from(byte);
                self.unlink(unit);
            }
        }
    }

    fn goes_on(&mut self, parent: Parent, base: u32) {
        match parent {
            Parent::Root => {}
            Parent::Unit(unit) => self.matcher.units[unit] |= Unit::from(base) << 32,
            Parent::Tail(tail) => self.matcher.tails[tail].base = base,
        }
    }

    /// The first base that nobody owns and whose units for these children are nobody's.
    fn find_base(&mut self, children: &[(u8, usize, usize)]) -> usize {
        let first = usize::from(children[0].0);
        let mut free = self.next[0] as usize;
        while free != 0 {
            let base = free ^ first;
            if !self.taken[base]
                && children[1..]
                    .iter()
                    .all(|&(byte, ..)| self.matcher.units[base ^ usize::from(byte)] == NOBODY)
            {
                return base;
            }
            free = self.next[free] as usize;
        }
        let block = self.matcher.units.len();
        self.grow();
        block
    }

    /// Adds a block of nobody's units at the end of the ring. The oldest leave it: nearly full
    /// blocks would be searched again and again for a hole that fits.
    fn grow(&mut self) {
        let start = self.matcher.units.len();
        let end = start + BLOCK;
        self.matcher.units.resize(end, NOBODY);
        self.taken.resize(end, false);
        self.next.resize(end, 0);
        self.previous.resize(end, 0);
        for unit in start..end {
            let last = self.previous[0] as usize;
            self.next[last] = unit as u32;
            self.previous[unit] = last as u32;
            self.next[unit] = 0;
            self.previous[0] = unit as u32;
        }
        while self.next[0] != 0 && self.next[0] as usize + SEARCHED < end {
            self.unlink(self.next[0] as usize);
        }
    }

    /// Takes a unit out of the ring, if it is still there.
    fn unlink(&mut self, unit: usize) {
        let (previous, next) = (self.previous[unit] as usize, self.next[unit] as usize);
        if self.next[previous] as usize == unit {
            self.next[previous] = next as u32;
            self.previous[next] = previous as u32;
        }
    }
}

fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
