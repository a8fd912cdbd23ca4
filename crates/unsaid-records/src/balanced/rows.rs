//! The rows of symbols that follow a context, linked so that the next row is always known.
//!
//! A context is the last few symbols; contexts form a tree by what comes next, and each row knows
//! the row of the longest shorter context (its suffix), as in the automaton of A. Aho and
//! M. Corasick (1975). Each entry names the row that follows it: a decoder never hashes.

use super::index::Index;
use super::rans::Step;

/// The symbol of the entry that leads to the row of the shorter context.
pub(crate) const ESCAPE: u16 = u16::MAX;
/// Marks the name of a row that has a table of starting places.
pub(crate) const LARGE: u32 = 1 << 31;
/// Rows with at least this many entries get one.
pub(crate) const LARGE_FROM: usize = 24;
/// Rows up to this many entries are searched one by one.
pub(crate) const SCANNED: u32 = 6;

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

/// Places of a large row.
pub(crate) const PLACES: usize = 128;

/// A large row: where its entries are.
pub(crate) struct Large {
    pub(crate) first: u32,
    /// The entry that leads to the shorter context; the root row has none.
    pub(crate) escape: Option<u32>,
    /// How many entries end before each 512th slot.
    pub(crate) places: [u16; PLACES],
}

/// All rows.
pub(crate) struct Rows {
    pub(crate) entries: Vec<Entry>,
    pub(crate) large: Vec<Large>,
    /// The row without context.
    pub(crate) root: u32,
    /// Entry of each symbol in the root row.
    pub(crate) root_places: Vec<u32>,
    pub(crate) index: Index,
}

impl Rows {
    /// The entry that holds this slot, and the size of its interval.
    #[inline(always)]
    pub(crate) fn at(&self, row: u32, slot: u16) -> (Entry, u16) {
        let mut i = if row & LARGE == 0 {
            row as usize
        } else {
            let large = &self.large[(row & !LARGE) as usize];
            large.first as usize + usize::from(large.places[usize::from(slot >> 9)])
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

    pub(crate) fn first(&self, row: u32) -> usize {
        if row & LARGE == 0 { row as usize } else { self.large[(row & !LARGE) as usize].first as usize }
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
                if self.entries[i].start == 0 {
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
        let size = self.entries[place + 1].start.wrapping_sub(entry.start);
        (Step { start: entry.start, size }, entry.next)
    }

    /// The entry at this place.
    pub(crate) fn entry(&self, place: usize) -> Entry {
        self.entries[place]
    }

    pub(crate) fn escape_place(&self, row: u32) -> Option<usize> {
        if row & LARGE != 0 {
            return self.large[(row & !LARGE) as usize].escape.map(|place| place as usize);
        }
        let mut place = row as usize;
        while self.entries[place].symbol != ESCAPE {
            place += 1;
        }
        Some(place)
    }
}
