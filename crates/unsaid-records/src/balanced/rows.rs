//! The rows of symbols that follow a context, linked so that the next row is always known.
//!
//! A context is the last few symbols; contexts form a tree by what comes next, and each row knows
//! the row of the longest shorter context (its suffix), as in the automaton of A. Aho and
//! M. Corasick (1975). Each entry names the row that follows it: a decoder never hashes.

use std::sync::OnceLock;

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
    /// Made for the first document that is encoded: whoever only decodes does without.
    pub(crate) index: OnceLock<Index>,
}

impl Rows {
    /// The name of the row without context.
    pub(crate) fn root(&self) -> u32 {
        self.root
    }

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

    /// Where the symbols of long rows are.
    #[inline]
    fn index(&self) -> &Index {
        self.index.get_or_init(|| self.make_index())
    }

    #[cold]
    fn make_index(&self) -> Index {
        let mut index = Index::with_room_for(self.long_rows().map(|(_, _, length)| length).sum());
        for (name, first, length) in self.long_rows() {
            for (i, entry) in self.entries[first..first + length].iter().enumerate() {
                index.insert(name, entry.symbol, i);
            }
        }
        index
    }

    /// Rows with more entries than are searched one by one, but the root row: their names, where they
    /// start, and how many entries they have without the escape.
    fn long_rows(&self) -> impl Iterator<Item = (u32, usize, usize)> + '_ {
        let (root, mut large, mut at) = (self.first(self.root), 0, 0);
        std::iter::from_fn(move || {
            // The last entry is no row.
            while at + 1 < self.entries.len() {
                let first = at;
                at += 1;
                while at + 1 < self.entries.len() && self.entries[at].start != 0 {
                    at += 1;
                }
                let mut name = first as u32;
                if self.large.get(large).is_some_and(|row| row.first == name) {
                    name = LARGE | large as u32;
                    large += 1;
                }
                let length = at - first - 1;
                if first != root && length + 1 > SCANNED as usize {
                    return Some((name, first, length));
                }
            }
            None
        })
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
        self.index().find(row, symbol).map(|offset| self.first(row) + offset)
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

    /// The size of the interval that leads to the row of the shorter context, and that row.
    #[inline]
    pub(crate) fn escape(&self, row: u32) -> Option<(u16, u32)> {
        let place = self.escape_place(row)?;
        let (step, next) = self.step(place);
        Some((step.size, next))
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

    /// The steps that code `symbol` after `row`; returns the place of its entry.
    pub(crate) fn code(&self, mut row: u32, symbol: u16, steps: &mut Vec<Step>) -> Option<usize> {
        loop {
            if let Some(place) = self.find(row, symbol) {
                steps.push(self.step(place).0);
                return Some(place);
            }
            let place = self.escape_place(row)?;
            let (step, next) = self.step(place);
            steps.push(step);
            row = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use unsaid_core::progress::Silent;
    use unsaid_lexicon::{ByteStrings, Merges};

    use super::super::{Knowledge, Options, Scratch, decode, encode};
    use super::*;

    fn knowledge() -> Knowledge {
        // After 'x' come many symbols, after some of those a few.
        let docs: ByteStrings =
            (0..4000u32).map(|i| [b'x', 32 + (i % 60) as u8, 48 + (i / 60 % 16) as u8, b'y']).collect();
        Knowledge::train(&docs, &Merges::default(), &Options::default(), &Silent).unwrap()
    }

    #[test]
    fn every_symbol_of_every_row_is_found_and_no_other() {
        let knowledge = knowledge();
        let rows = &knowledge.rows;
        let (mut long, mut large) = (0, 0);
        let mut first = 0;
        while first + 1 < rows.entries.len() {
            let mut end = first + 1;
            while rows.entries[end].start != 0 {
                end += 1;
            }
            let place = rows.large.iter().position(|row| row.first as usize == first);
            let name = place.map_or(first as u32, |place| LARGE | place as u32);
            let row = &rows.entries[first..end];
            let is_root = name == rows.root;
            for symbol in 0..knowledge.parts.symbols() as u16 {
                let there = row.iter().position(|entry| entry.symbol == symbol).map(|at| first + at);
                assert_eq!(rows.find(name, symbol), there, "row {name:x}, symbol {symbol}");
            }
            long += usize::from(row.len() > SCANNED as usize && !is_root);
            large += usize::from(place.is_some() && !is_root);
            first = end;
        }
        assert!(large > 0 && long > large, "{large} large of {long} long rows");
    }

    #[test]
    fn who_only_decodes_has_no_index() {
        let (knowledge, mut scratch, mut payload) = (knowledge(), Scratch::new(), Vec::new());
        let mut section = Vec::new();
        knowledge.write(&mut section);
        let limits = unsaid_core::Limits::default();
        let read = Knowledge::read(&section, &Merges::default(), &limits).unwrap();
        encode(&knowledge, &mut scratch, b"x!:yx!:y", &mut payload);
        let mut document = Vec::new();
        decode(&read, &mut scratch, 0, &payload, &mut document, 100).unwrap();
        assert!(document == b"x!:yx!:y" && read.rows.index.get().is_none());
        let mut again = Vec::new();
        encode(&read, &mut scratch, b"x!:yx!:y", &mut again);
        assert!(again == payload && read.rows.index.get().is_some());
    }
}
