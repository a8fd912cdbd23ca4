//! Which fragments start at a place of a text?
//!
//! A trie in a double array (Aoe, "An Efficient Digital Search Algorithm by Using a Double-Array
//! Structure", 1989), where a child's place is its parent's base xor the byte, and no two parents
//! share a base, so that a unit's byte alone says whose child it is (Yata, darts-clone).

use unsaid_core::{Error, ErrorKind, Result};

use crate::strings::ByteStrings;

/// A unit, from the low bits: 9 bits byte, 23 bits 1 + id of the fragment that ends here or 0, 32
/// bits base of its children.
type Unit = u64;

/// No byte: of units that are nobody's.
const NOBODY: Unit = 256;
/// The base of a unit without children: a block of nobody's units.
const BARREN: usize = 0;
const ROOT: usize = 256;
const BLOCK: usize = 256;

/// Fragments, ready to be found in a text.
#[derive(Clone, Debug)]
pub struct Matcher {
    units: Vec<Unit>,
    longest: usize,
}

impl Matcher {
    /// No more fragments than this.
    pub const MAX_FRAGMENTS: usize = (1 << 23) - 1;

    /// Takes in fragments, whose places are their ids. Empty ones are never found; of equal ones
    /// the first is.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] for more than [`Self::MAX_FRAGMENTS`] fragments, or a gibibyte of them.
    pub fn new(fragments: &ByteStrings) -> Result<Self> {
        if fragments.len() > Self::MAX_FRAGMENTS || fragments.bytes().len() >= 1 << 30 {
            return Err(Error::new(ErrorKind::Limit, "too many fragments to look for")
                .found(format!("{} of {} bytes", fragments.len(), fragments.bytes().len()))
                .expected(format!("at most {} of less than 1 GiB", Self::MAX_FRAGMENTS)));
        }
        let all: Vec<&[u8]> = fragments.iter().collect();
        let mut order: Vec<u32> = (0..all.len() as u32).filter(|&id| !all[id as usize].is_empty()).collect();
        order.sort_by(|&a, &b| all[a as usize].cmp(all[b as usize]).then(a.cmp(&b)));
        order.dedup_by(|later, first| all[*later as usize] == all[*first as usize]);
        let longest = all.iter().map(|f| f.len()).max().unwrap_or(0);
        Ok(Matcher { units: Builder::new().build(&all, &order), longest })
    }

    /// Bytes of the longest fragment.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Calls `found` with the id and length of every fragment that starts at `at`, shortest first.
    #[inline]
    pub fn for_each_match(&self, text: &[u8], at: usize, mut found: impl FnMut(u32, usize)) {
        let mut base = ROOT;
        for (index, &byte) in text[at.min(text.len())..].iter().enumerate() {
            let unit = self.units[base ^ usize::from(byte)];
            if unit & 511 != Unit::from(byte) {
                return;
            }
            let id = (unit as u32) >> 9;
            if id != 0 {
                found(id - 1, index + 1);
            }
            base = (unit >> 32) as usize;
            if base == BARREN {
                return;
            }
        }
    }
}

/// Lays the trie out.
struct Builder {
    units: Vec<Unit>,
    /// Bases that have an owner.
    taken: Vec<bool>,
    /// Nobody's units in order, as links to the next and the previous; unit 0 closes the ring.
    next: Vec<u32>,
    previous: Vec<u32>,
}

impl Builder {
    fn new() -> Self {
        let mut builder =
            Builder { units: Vec::new(), taken: Vec::new(), next: Vec::new(), previous: Vec::new() };
        // The first block stays empty and out of the ring.
        builder.units.resize(BLOCK, NOBODY);
        builder.taken.resize(BLOCK, true);
        builder.next.resize(BLOCK, 0);
        builder.previous.resize(BLOCK, 0);
        builder
    }

    /// `order` holds ids of distinct, not empty fragments, sorted by their bytes.
    fn build(mut self, all: &[&[u8]], order: &[u32]) -> Vec<Unit> {
        self.grow();
        self.taken[ROOT] = true;
        // Work to be done: fragments `low..high` of `order` share `depth` bytes and the unit whose
        // base is to be found.
        let mut work = vec![(0usize, order.len(), 0usize, None::<usize>)];
        let mut children: Vec<(u8, usize, usize)> = Vec::new();
        while let Some((mut low, high, depth, parent)) = work.pop() {
            if let Some(parent) = parent {
                if all[order[low] as usize].len() == depth {
                    self.units[parent] |= Unit::from(order[low] + 1) << 9;
                    low += 1;
                }
            }
            children.clear();
            let mut start = low;
            while start < high {
                let byte = all[order[start] as usize][depth];
                let len = order[start..high].partition_point(|&id| all[id as usize][depth] == byte);
                children.push((byte, start, start + len));
                start += len;
            }
            if children.is_empty() {
                continue;
            }
            let base = match parent {
                None => ROOT,
                Some(_) => self.find_base(&children),
            };
            if let Some(parent) = parent {
                self.units[parent] |= (base as Unit) << 32;
                self.taken[base] = true;
            }
            // Depth first, smallest byte first: a chain of only children stays close together.
            for &(byte, low, high) in children.iter().rev() {
                work.push((low, high, depth + 1, Some(base ^ usize::from(byte))));
            }
            for &(byte, ..) in &children {
                self.occupy(base ^ usize::from(byte), byte);
            }
        }
        self.units
    }

    /// The first base that nobody owns and whose units for these children are nobody's.
    fn find_base(&mut self, children: &[(u8, usize, usize)]) -> usize {
        let first = usize::from(children[0].0);
        let mut free = self.next[0] as usize;
        while free != 0 {
            let base = free ^ first;
            if !self.taken[base]
                && children[1..].iter().all(|&(byte, ..)| self.units[base ^ usize::from(byte)] == NOBODY)
            {
                return base;
            }
            free = self.next[free] as usize;
        }
        let block = self.units.len();
        self.grow();
        block
    }

    /// Adds a block of nobody's units at the end of the ring. The oldest blocks leave it: nearly
    /// full ones would be searched again and again for a hole that fits.
    fn grow(&mut self) {
        const SEARCHED: usize = 16 * BLOCK;
        let start = self.units.len();
        self.units.resize(start + BLOCK, NOBODY);
        self.taken.resize(start + BLOCK, false);
        self.next.resize(start + BLOCK, 0);
        self.previous.resize(start + BLOCK, 0);
        for unit in start..start + BLOCK {
            let last = self.previous[0] as usize;
            self.next[last] = unit as u32;
            self.previous[unit] = last as u32;
            self.next[unit] = 0;
            self.previous[0] = unit as u32;
        }
        while self.next[0] as usize + SEARCHED < start + BLOCK && self.next[0] != 0 {
            self.unlink(self.next[0] as usize);
        }
    }

    fn occupy(&mut self, unit: usize, byte: u8) {
        self.units[unit] = Unit::from(byte);
        self.unlink(unit);
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
