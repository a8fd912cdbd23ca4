//! The rows as they are read: a step touches few cache lines.
//!
//! What a decoder waits for is memory. Rows therefore lie packed, a short one within one cache line, and each before the
//! row that most likely follows it. Over the lines of a long row are nodes, as in a B-tree: a line more to
//! touch instead of all those before.

mod build;
mod find;

use std::sync::OnceLock;

use super::places::Places;
use super::rans::Step;
use super::rows::ESCAPE;

/// One symbol of a row.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) symbol: u16,
    /// Where its interval starts. The first entry of each row has 0, so that this is also the end of
    /// the last interval of the row before, modulo 2^16.
    pub(crate) start: u16,
    /// The row that follows.
    pub(crate) next: u32,
}

/// Entries of a cache line.
const LINE: usize = 8;
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([Entry; LINE]);

/// Rows of more entries have a table.
const FLAT: usize = 16;
/// The name of a row without table is the place of its first entry. That of another one is [`TABLE`], the
/// logarithm of the places in its table above [`START_BITS`], and where the table starts, in [`HEAD`]s.
const TABLE: u32 = 1 << 31;
const START_BITS: u32 = 27;
/// Before the places of a table: the place of the first entry and of the escape, lower half first.
const HEAD: usize = 4;
/// No place.
const NONE: u32 = u32::MAX;

/// All rows.
pub(crate) struct Leaves {
    lines: Vec<Line>,
    /// Of rows with tables: a head, then for each part of the slots the entry, counted from the first, that holds its first slot.
    tables: Vec<u16>,
    /// The row without context.
    root: u32,
    /// Place of each symbol in it.
    root_places: Vec<u32>,
    /// The other rows with tables.
    long: Vec<u32>,
    /// Places in them: made for the first document that is encoded, whoever only decodes does without.
    places: OnceLock<Places>,
    /// How many entries there are, without those between rows.
    entries: usize,
}

impl Leaves {
    /// The name of the row without context.
    pub(crate) fn root(&self) -> u32 {
        self.root
    }

    /// How many entries all rows have together.
    pub(crate) fn entries(&self) -> usize {
        self.entries
    }

    #[inline(always)]
    fn entry(&self, place: usize) -> Entry {
        self.lines[place / LINE].0[place % LINE]
    }

    /// The table of a row that has one.
    #[inline(always)]
    fn table(&self, row: u32) -> &[u16] {
        &self.tables[(row & ((1 << START_BITS) - 1)) as usize * HEAD..]
    }

    /// The entry that holds this slot, and the size of its interval.
    #[inline(always)]
    pub(crate) fn at(&self, row: u32, slot: u16) -> (Entry, u16) {
        let mut i = row as usize;
        if row & TABLE != 0 {
            let head = (row & ((1 << START_BITS) - 1)) as usize * HEAD;
            let part = slot >> (16 - (row >> START_BITS & 15));
            let within = usize::from(self.tables[head + HEAD + usize::from(part)]);
            let table = &self.tables[head..];
            i = (u32::from(table[0]) | u32::from(table[1]) << 16) as usize + within;
        }
        let mut entry = self.entry(i);
        loop {
            i += 1;
            let following = self.entry(i);
            if following.start.wrapping_sub(1) >= slot {
                return (entry, following.start.wrapping_sub(entry.start));
            }
            entry = following;
        }
    }

    fn first(&self, row: u32) -> usize {
        if row & TABLE == 0 {
            return row as usize;
        }
        let table = self.table(row);
        usize::from(table[0]) | usize::from(table[1]) << 16
    }

    /// The step that codes the entry at this place, and the row that follows it.
    #[inline]
    pub(crate) fn step(&self, place: usize) -> (Step, u32) {
        let entry = self.entry(place);
        let size = self.entry(place + 1).start.wrapping_sub(entry.start);
        (Step { start: entry.start, size }, entry.next)
    }

    /// The place of the entry that leads to the row of the shorter context.
    #[inline]
    pub(crate) fn escape_place(&self, row: u32) -> Option<usize> {
        if row & TABLE != 0 {
            let table = self.table(row);
            let place = u32::from(table[2]) | u32::from(table[3]) << 16;
            return (place != NONE).then_some(place as usize);
        }
        let mut place = row as usize;
        while self.entry(place).symbol != ESCAPE {
            place += 1;
            if self.entry(place).start == 0 {
                return None;
            }
        }
        Some(place)
    }

    /// The size of the interval that leads to the row of the shorter context, and that row.
    #[inline]
    pub(crate) fn escape(&self, row: u32) -> Option<(u16, u32)> {
        let (step, next) = self.step(self.escape_place(row)?);
        Some((step.size, next))
    }
}

#[cfg(test)]
mod tests {
    use unsaid_core::{Limits, progress::Silent};
    use unsaid_lexicon::{ByteStrings, Merges};

    use super::super::{Knowledge, Options, Scratch, decode, encode, rows};
    use super::*;

    const SYMBOLS: usize = 3000;

    /// The root, then rows of these lengths, the escape among the entries. Row `i` is followed by row `i` + symbol.
    fn rows(lengths: &[usize]) -> Vec<Vec<rows::Entry>> {
        let mut rows: Vec<Vec<rows::Entry>> = Vec::new();
        for (number, &length) in [SYMBOLS].iter().chain(lengths).enumerate() {
            // Wide intervals first, as in real rows, and narrow ones at the end.
            let wide = (65_536 - length) / (2 * length.min(40));
            let row = (0..length).map(|i| rows::Entry {
                symbol: if number > 0 && i + 1 == length {
                    ESCAPE
                } else {
                    ((i * 7 + number) % SYMBOLS) as u16
                },
                start: (i + wide * i.min(40)) as u16,
                next: ((number + i) % (lengths.len() + 1)) as u32,
            });
            rows.push(row.collect());
        }
        rows
    }

    #[test]
    fn every_slot_and_every_symbol_of_every_row_leads_to_its_entry() {
        let lengths: Vec<usize> = (1..70).chain([255, 256, 257, 2000, 1, 9, 2]).collect();
        let rows = rows(&lengths);
        let of = |order: &[u32]| {
            Leaves::new(SYMBOLS, order.iter().map(|&row| (row, rows[row as usize].as_slice())))
        };
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        for _ in 0..2 {
            let leaves = of(&order);
            assert_eq!(leaves.entries(), rows.iter().map(Vec::len).sum::<usize>());
            // Names by number, as the root's entries give them.
            let mut names = vec![leaves.root(); rows.len()];
            for entry in &rows[0] {
                let place = leaves.find(leaves.root(), entry.symbol).unwrap();
                names[entry.next as usize] = leaves.step(place).1;
            }
            for (row, &name) in rows.iter().zip(&names) {
                for slot in 0..=u16::MAX {
                    let expected = row.partition_point(|e| e.start <= slot) - 1;
                    let (entry, size) = leaves.at(name, slot);
                    let end = row.get(expected + 1).map_or(0, |e| e.start);
                    assert_eq!((entry.symbol, entry.start), (row[expected].symbol, row[expected].start));
                    assert_eq!(
                        (size, entry.next),
                        (end.wrapping_sub(entry.start), names[row[expected].next as usize])
                    );
                }
                for symbol in 0..SYMBOLS as u16 {
                    let expected = row.iter().find(|e| e.symbol == symbol);
                    let found = leaves.find(name, symbol).map(|place| leaves.step(place));
                    assert_eq!(
                        found.map(|f| (f.0.start, f.1)),
                        expected.map(|e| (e.start, names[e.next as usize]))
                    );
                }
                let escape = leaves.escape_place(name).map(|place| leaves.step(place).0.start);
                assert_eq!(escape, row.last().filter(|e| e.symbol == ESCAPE).map(|e| e.start));
            }
            order.reverse();
        }
    }

    #[test]
    fn who_only_decodes_has_no_places() {
        // After 'x' come many symbols.
        let documents: ByteStrings =
            (0..4000u32).map(|i| [b'x', 32 + (i % 60) as u8, 48 + (i / 60 % 16) as u8, b'y']).collect();
        let merges = Merges::default();
        let knowledge = Knowledge::train(&documents, &merges, &Options::default(), &Silent).unwrap();
        let (mut section, mut scratch, mut payload) = (Vec::new(), Scratch::new(), Vec::new());
        knowledge.write(&mut section);
        let read = Knowledge::read(&section, &merges, &Limits::default()).unwrap();
        encode(&knowledge, &mut scratch, b"x!:yx!:y", &mut payload);
        let mut document = Vec::new();
        decode(&read, &mut scratch, 0, &payload, &mut document, 100).unwrap();
        assert!(document == b"x!:yx!:y" && read.rows.places.get().is_none());
        let mut again = Vec::new();
        encode(&read, &mut scratch, b"x!:yx!:y", &mut again);
        assert!(again == payload && read.rows.places.get().is_some());
    }
}
