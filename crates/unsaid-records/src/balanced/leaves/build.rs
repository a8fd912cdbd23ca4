//! How do rows get their places?

use std::sync::OnceLock;

use super::{Entry, FLAT, HEAD, LINE, Leaves, Line, NONE, START_BITS, TABLE};
use crate::balanced::rows::{self, ESCAPE};

/// The logarithm of the fewest and the most places of a table.
const FEWEST: u32 = 4;
const MOST: u32 = 10;
impl Leaves {
    /// Takes in rows: for each its number, and its entries, which name the number of the
    /// row that follows. The last entry goes up to the end. Row 0 is the one without context,
    /// which has each of the `symbols`.
    pub(crate) fn new<'a>(
        symbols: usize,
        rows: impl Iterator<Item = (u32, &'a [rows::Entry])> + Clone,
    ) -> Self {
        let mut all = Leaves {
            lines: Vec::new(),
            tables: Vec::new(),
            root: 0,
            root_places: vec![0; symbols],
            long: Vec::new(),
            places: OnceLock::new(),
            entries: 0,
        };
        let (mut names, mut used) = (Vec::new(), 0);
        for (number, row) in rows {
            let name = all.add(row, &mut used);
            let number = number as usize;
            names.resize(names.len().max(number + 1), 0);
            names[number] = name;
            if number == 0 {
                all.root = name;
                let first = all.first(name) as u32;
                for (entry, place) in row.iter().zip(first..) {
                    if let Some(slot) = all.root_places.get_mut(usize::from(entry.symbol)) {
                        *slot = place;
                    }
                }
            } else if name & TABLE != 0 {
                all.long.push(name);
            }
        }
        // What lies behind the last row starts as a row does.
        all.push(Entry { symbol: ESCAPE, start: 0, next: 0 }, &mut used);
        for entry in all.lines.iter_mut().flat_map(|line| &mut line.0) {
            entry.next = names.get(entry.next as usize).copied().unwrap_or(all.root);
        }
        all
    }

    /// Puts an entry behind the `used` ones that there are.
    fn push(&mut self, entry: Entry, used: &mut usize) {
        if *used % LINE == 0 {
            self.lines.push(Line([Entry { symbol: ESCAPE, start: 0, next: 0 }; LINE]));
        }
        if let Some(line) = self.lines.last_mut() {
            line.0[*used % LINE] = entry;
        }
        *used += 1;
    }

    /// Adds a row; returns its name.
    fn add(&mut self, row: &[rows::Entry], used: &mut usize) -> u32 {
        self.entries += row.len();
        if *used % LINE + row.len() > LINE && (row.len() <= LINE || row.len() > FLAT) {
            // What is left of the line starts as a row does.
            *used = self.lines.len() * LINE;
        }
        let place = *used as u32;
        for entry in row {
            self.push(Entry { symbol: entry.symbol, start: entry.start, next: entry.next }, used);
        }
        if row.len() <= FLAT {
            return place;
        }
        let escape = match row.last() {
            Some(last) if last.symbol == ESCAPE => *used as u32 - 1,
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
}
