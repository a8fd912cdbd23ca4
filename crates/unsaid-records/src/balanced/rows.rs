//! The rows of symbols that follow a context, linked so that the next row is always known.
//!
//! A context is the last few symbols; contexts form a tree by what comes next, and each row knows
//! the row of the longest shorter context (its suffix), as in the automaton of A. Aho and
//! M. Corasick (1975). Each entry names the row that follows it: a decoder never hashes.

use super::rans::Step;
use super::weights::{self, Discounts};

/// The symbol of the entry that leads to the row of the shorter context.
pub(crate) const ESCAPE: u16 = u16::MAX;
/// Marks the name of a row that has a table of starting places.
const LARGE: u32 = 1 << 31;
/// Rows with at least this many entries get one.
const LARGE_FROM: usize = 24;
/// Rows up to this many entries are searched one by one.
const SCANNED: u32 = 6;

/// One symbol of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) symbol: u16,
    /// Where its interval starts. The first entry of each row has 0, so that this is also the end of
    /// the last interval of the row before, modulo 2^16.
    pub(crate) start: u16,
    /// The row that follows.
    pub(crate) next: u32,
}

/// A large row: its first entry, and for each 256 slots the entry that holds the first of them.
struct Large {
    places: [u32; 256],
}

/// All rows.
pub(crate) struct Rows {
    entries: Vec<Entry>,
    large: Vec<Large>,
    /// The row without context.
    root: u32,
    /// Entry of each symbol in the root row.
    root_places: Vec<u32>,
    index: Index,
}

impl Rows {
    /// The name of the row without context.
    pub(crate) fn root(&self) -> u32 {
        self.root
    }

    pub(crate) fn entries(&self) -> usize {
        self.entries.len()
    }

    /// The entry that holds this slot, and the size of its interval.
    #[inline(always)]
    pub(crate) fn at(&self, row: u32, slot: u16) -> (Entry, u16) {
        let mut i = if row & LARGE == 0 {
            row as usize
        } else {
            let large = &self.large[(row & !LARGE) as usize];
            large.places[usize::from(slot >> 8)] as usize
        };
        let mut entry = self.entries[i];
        loop {
            let following = self.entries[i + 1];
            if following.start.wrapping_sub(1) >= slot {
                return (entry, following.start.wrapping_sub(entry.start));
            }
            entry = following;
            i += 1;
        }
    }

    fn first(&self, row: u32) -> usize {
        if row & LARGE == 0 { row as usize } else { self.large[(row & !LARGE) as usize].places[0] as usize }
    }

    /// The place of this symbol in this row, if it is there.
    #[inline]
    pub(crate) fn find(&self, row: u32, symbol: u16) -> Option<usize> {
        if row == self.root {
            return self.root_places.get(usize::from(symbol)).map(|&i| i as usize);
        }
        if row & LARGE == 0 {
            let mut i = row as usize;
            for _ in 0..SCANNED {
                if self.entries[i].symbol == symbol {
                    return Some(i);
                }
                i += 1;
                if self.entries.get(i).is_none_or(|e| e.start == 0) {
                    return None;
                }
            }
        }
        self.index.find(row, symbol).map(|offset| self.first(row) + offset)
    }

    /// The step that codes the entry at this place, and the row that follows it.
    #[inline]
    pub(crate) fn step(&self, place: usize) -> (Step, u32) {
        let entry = self.entries[place];
        let end = self.entries.get(place + 1).map_or(0, |e| e.start);
        let size = end.wrapping_sub(entry.start);
        (Step { start: entry.start, size }, entry.next)
    }

    /// The entry at this place.
    pub(crate) fn entry(&self, place: usize) -> Entry {
        self.entries[place]
    }

    /// The steps that code `symbol` after `row`; returns the place of its entry.
    pub(crate) fn code(&self, mut row: u32, symbol: u16, steps: &mut Vec<Step>) -> Option<usize> {
        loop {
            if let Some(place) = self.find(row, symbol) {
                steps.push(self.step(place).0);
                return Some(place);
            }
            let place = self.find(row, ESCAPE)?;
            let (step, next) = self.step(place);
            steps.push(step);
            row = next;
        }
    }
}

/// Where symbols are in rows too long to be searched one by one: open addressing, half full.
struct Index {
    /// Row, symbol and offset in the row; `u64::MAX` is empty.
    slots: Vec<u64>,
    used: usize,
}

impl Index {
    fn new() -> Self {
        Index { slots: vec![u64::MAX; 1024], used: 0 }
    }

    fn start(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) as usize & (self.slots.len() - 1)
    }

    fn insert(&mut self, row: u32, symbol: u16, offset: usize) {
        if (self.used + 1) * 2 > self.slots.len() {
            let double = vec![u64::MAX; self.slots.len() * 2];
            for slot in std::mem::replace(&mut self.slots, double) {
                if slot != u64::MAX {
                    self.put(slot);
                }
            }
        }
        self.used += 1;
        self.put(u64::from(row) << 32 | u64::from(symbol) << 16 | offset as u64 & 0xffff);
    }

    fn put(&mut self, slot: u64) {
        let mut at = self.start(slot >> 16);
        while self.slots[at] != u64::MAX {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = slot;
    }

    #[inline]
    fn find(&self, row: u32, symbol: u16) -> Option<usize> {
        let key = u64::from(row) << 16 | u64::from(symbol);
        let mut at = self.start(key);
        loop {
            let slot = self.slots[at];
            if slot >> 16 == key {
                return Some((slot & 0xffff) as usize);
            }
            if slot == u64::MAX {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

/// Makes [`Rows`] row by row, in the order of the model file: the rows of each length of context in
/// the order of the entries that lead to them.
pub(crate) struct Builder {
    rows: Rows,
    discounts: Discounts,
    /// Of each row: its name.
    names: Vec<u32>,
    /// Of each row that was announced: its suffix and its depth.
    announced: Vec<(u32, u8)>,
    counts: Vec<u32>,
    sizes: Vec<u16>,
}

impl Builder {
    /// Starts with the row without context; `counts` of all symbols, `children` in the same order.
    pub(crate) fn new(discounts: Discounts, counts: &[u32], children: &[bool]) -> Self {
        let sizes = weights::root_sizes(counts);
        let mut order: Vec<u16> = (0..counts.len() as u16).collect();
        order.sort_by_key(|&s| (std::cmp::Reverse(sizes[usize::from(s)]), s));
        let rows = Rows {
            entries: Vec::new(),
            large: Vec::new(),
            root: LARGE,
            root_places: vec![0; counts.len()],
            index: Index::new(),
        };
        let mut builder = Builder {
            rows,
            discounts,
            names: Vec::new(),
            announced: vec![(0, 0)],
            counts: Vec::new(),
            sizes: Vec::new(),
        };
        // Children are numbered by symbol.
        let mut child = vec![0u32; counts.len()];
        for (c, _) in child.iter_mut().zip(children).filter(|(_, has)| **has) {
            *c = builder.announced.len() as u32;
            builder.announced.push((0, 1));
        }
        let mut start = 0u32;
        for &symbol in &order {
            let s = usize::from(symbol);
            builder.rows.root_places[s] = builder.rows.entries.len() as u32;
            builder.rows.entries.push(Entry { symbol, start: start as u16, next: child[s] });
            start += u32::from(sizes[s]);
        }
        builder.names.push(LARGE);
        builder.add_large(0);
        builder
    }

    fn add_large(&mut self, first: usize) {
        let mut places = [0; 256];
        let entries = &self.rows.entries[first..];
        let mut at = 0;
        for (i, place) in places.iter_mut().enumerate() {
            while entries.get(at + 1).is_some_and(|e| usize::from(e.start) <= i << 8) {
                at += 1;
            }
            *place = (first + at) as u32;
        }
        self.rows.large.push(Large { places });
    }

    /// The number of the row to be added next, its suffix and its depth; `None` when all are there.
    pub(crate) fn pending(&self) -> Option<(u32, u8)> {
        self.announced.get(self.names.len()).copied()
    }

    /// How many rows there are or are announced.
    pub(crate) fn announced(&self) -> usize {
        self.announced.len()
    }

    /// Adds the pending row: symbols with counts (1 or more), and whether a longer context follows.
    pub(crate) fn add(&mut self, entries: &[(u16, u32, bool)]) {
        let Some((suffix, depth)) = self.pending() else { return };
        self.counts.clear();
        self.counts.extend(entries.iter().map(|e| e.1));
        weights::sizes(&self.discounts, usize::from(depth), &self.counts, &mut self.sizes);
        let first = self.rows.entries.len();
        let large = entries.len() + 1 >= LARGE_FROM;
        let name = if large { LARGE | self.rows.large.len() as u32 } else { first as u32 };
        let mut start = 0u32;
        for (i, (&(symbol, _, child), &size)) in entries.iter().zip(&self.sizes).enumerate() {
            // What follows in the shorter contexts.
            let follows = self.follow(suffix, symbol);
            let next = if child {
                self.announced.push((follows, depth + 1));
                self.announced.len() as u32 - 1
            } else {
                follows
            };
            self.rows.entries.push(Entry { symbol, start: start as u16, next });
            start += u32::from(size);
            if entries.len() + 1 > SCANNED as usize {
                self.rows.index.insert(name, symbol, i);
            }
        }
        self.rows.entries.push(Entry { symbol: ESCAPE, start: start as u16, next: suffix });
        if entries.len() + 1 > SCANNED as usize {
            self.rows.index.insert(name, ESCAPE, entries.len());
        }
        self.names.push(name);
        if large {
            self.add_large(first);
        }
    }

    /// The number of the row that follows `symbol` in the row of this number or its suffixes.
    pub(crate) fn follow(&self, mut row: u32, symbol: u16) -> u32 {
        while let Some(&name) = self.names.get(row as usize) {
            if let Some(place) = self.rows.find(name, symbol) {
                return self.rows.entries[place].next;
            }
            let Some(place) = self.rows.find(name, ESCAPE) else { break };
            row = self.rows.entries[place].next;
        }
        0
    }

    /// The rows so far, whose entries still name rows by number.
    pub(crate) fn unfinished(&self) -> (&Rows, &[u32]) {
        (&self.rows, &self.names)
    }

    /// All rows.
    pub(crate) fn finish(mut self) -> Rows {
        for entry in &mut self.rows.entries {
            entry.next = self.names.get(entry.next as usize).copied().unwrap_or(self.rows.root);
        }
        // What ends the last row, and what a search may touch behind it.
        for _ in 0..2 {
            self.rows.entries.push(Entry { symbol: ESCAPE, start: 0, next: self.rows.root });
        }
        self.rows
    }
}
