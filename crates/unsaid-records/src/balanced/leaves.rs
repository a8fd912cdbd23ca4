//! The rows as they are read: a step touches few cache lines.
//!
//! What a decoder waits for is memory. Rows therefore lie packed, a short one within one cache line, and each before the
//! row that most likely follows it. Over the lines of a long row are nodes, as in a B-tree: a line more to
//! touch instead of all those before.

use super::index::Index;
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
/// Rows up to this many entries are searched for a symbol one by one.
const SCANNED: usize = 6;
/// The name of a row without table is the place of its first entry. That of another one is [`TABLE`], the
/// logarithm of the places in its table above [`START_BITS`], and where the table starts, in [`HEAD`]s.
const TABLE: u32 = 1 << 31;
const START_BITS: u32 = 27;
/// Before the places of a table: the place of the first entry and of the escape, lower half first.
const HEAD: usize = 4;
/// The logarithm of the fewest and the most places of a table.
const FEWEST: u32 = 4;
const MOST: u32 = 10;
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
    /// Places in the other rows.
    index: Index,
    entries: usize,
}

impl Leaves {
    /// Takes in rows: for each its number, and its entries, which name the number of the
    /// row that follows. The last entry goes up to the end. Row 0 is the one without context,
    /// which has each of the `symbols`.
    pub(crate) fn new<'a>(
        symbols: usize,
        rows: impl Iterator<Item = (u32, &'a [super::rows::Entry])> + Clone,
    ) -> Self {
        let mut all = Leaves {
            lines: Vec::new(),
            tables: Vec::new(),
            root: 0,
            root_places: vec![0; symbols],
            index: Index::new(),
            entries: 0,
        };
        let mut names = Vec::new();
        // What lies behind the last row starts as a row does, and so does what is between.
        let mut entries: Vec<Entry> = Vec::new();
        for (number, row) in rows.clone() {
            let number = number as usize;
            names.resize(names.len().max(number + 1), 0);
            names[number] = all.add(row, &mut entries);
        }
        all.root = names.first().copied().unwrap_or(0);
        let blank = Entry { symbol: ESCAPE, start: 0, next: all.root };
        entries.push(blank);
        entries.resize(entries.len().next_multiple_of(LINE), blank);
        for entry in &mut entries {
            entry.next = names.get(entry.next as usize).copied().unwrap_or(all.root);
        }
        for (number, row) in rows {
            let name = names.get(number as usize).copied().unwrap_or(all.root);
            let symbols = row.iter().map(|entry| entry.symbol).enumerate().filter(|(_, s)| *s != ESCAPE);
            if name == all.root {
                let first = all.first(name) as u32;
                for (i, symbol) in symbols {
                    if let Some(place) = all.root_places.get_mut(usize::from(symbol)) {
                        *place = first + i as u32;
                    }
                }
            } else if row.len() > SCANNED {
                symbols.for_each(|(i, symbol)| all.index.insert(name, symbol, i));
            }
        }
        all.lines =
            entries.chunks_exact(LINE).map(|chunk| Line(chunk.try_into().unwrap_or([blank; LINE]))).collect();
        all
    }

    /// Adds a row; returns its name.
    fn add(&mut self, row: &[super::rows::Entry], entries: &mut Vec<Entry>) -> u32 {
        self.entries += row.len();
        let within = entries.len() % LINE;
        if within + row.len() > LINE && (row.len() <= LINE || row.len() > FLAT) {
            let blank = Entry { symbol: ESCAPE, start: 0, next: 0 };
            entries.resize(entries.len().next_multiple_of(LINE), blank);
        }
        let place = entries.len() as u32;
        entries.extend(row.iter().map(|e| Entry { symbol: e.symbol, start: e.start, next: e.next }));
        if row.len() <= FLAT {
            return place;
        }
        let escape = match row.last() {
            Some(last) if last.symbol == ESCAPE => entries.len() as u32 - 1,
            _ => NONE,
        };
        let bits = ((row.len() / 2).max(1).ilog2() + 1).clamp(FEWEST, MOST);
        let start = self.tables.len();
        self.tables.extend([place as u16, (place >> 16) as u16, escape as u16, (escape >> 16) as u16]);
        let mut at = 0;
        for slot in (0..1u32 << bits).map(|i| i << (16 - bits)) {
            while row.get(at + 1).is_some_and(|following| u32::from(following.start) <= slot) {
                at += 1;
            }
            self.tables.push(at as u16);
        }
        TABLE | bits << START_BITS | (start / HEAD) as u32
    }

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

    /// The place of this symbol in this row, if it is there.
    #[inline]
    pub(crate) fn find(&self, row: u32, symbol: u16) -> Option<usize> {
        if row == self.root {
            return self.root_places.get(usize::from(symbol)).map(|&place| place as usize);
        }
        if row & TABLE == 0 {
            let mut place = row as usize;
            for _ in 0..SCANNED {
                if self.entry(place).symbol == symbol {
                    return Some(place);
                }
                place += 1;
                if self.entry(place).start == 0 {
                    return None;
                }
            }
        }
        self.index.find(row, symbol).map(|offset| self.first(row) + offset)
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

    /// The steps that code `symbol` after `row`; returns the row that follows.
    pub(crate) fn code(&self, mut row: u32, symbol: u16, steps: &mut Vec<Step>) -> Option<u32> {
        loop {
            let found = self.find(row, symbol);
            let (step, next) = self.step(found.or_else(|| self.escape_place(row))?);
            steps.push(step);
            if found.is_some() {
                return Some(next);
            }
            row = next;
        }
    }
}
