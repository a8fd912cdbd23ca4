//! Makes the rows, one after the other, as training and the model file give them.

use unsaid_core::Result;

use super::index::Index;
use super::leaves::Leaves;
use super::parse::Log;
use super::rans::{Decoder, Step};
use super::rows::{ESCAPE, Entry, LARGE, LARGE_FROM, Large, PLACES, Rows, SCANNED};
use super::weights::{self, Discounts};

/// Makes [`Rows`] row by row, in the order of the model file: the rows of each length of context in
/// the order of the entries that lead to them.
pub(crate) struct Builder {
    rows: Rows,
    discounts: Discounts,
    /// Of each row: its name.
    names: Vec<u32>,
    /// Of each row: the sum of its counts.
    weights: Vec<u32>,
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
            weights: vec![u32::MAX],
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
        builder.end();
        builder.add_large(0);
        builder
    }

    /// What follows the last row: as if the next one started there.
    fn end(&mut self) {
        self.rows.entries.push(Entry { symbol: ESCAPE, start: 0, next: 0 });
    }

    fn add_large(&mut self, first: usize) {
        let mut places = [0; PLACES];
        let entries = &self.rows.entries[first..];
        let mut at = 0;
        for (i, place) in places.iter_mut().enumerate() {
            while entries.get(at + 1).is_some_and(|e| e.start != 0 && usize::from(e.start) <= i << 9) {
                at += 1;
            }
            *place = at as u16;
        }
        let last = self.rows.entries.len() - 2;
        let escape = (self.rows.entries[last].symbol == ESCAPE).then_some(last as u32);
        self.rows.large.push(Large { first: first as u32, escape, places });
    }

    /// The number of the row to be added next, its suffix and its depth; `None` when all are there.
    pub(crate) fn pending(&self) -> Option<(u32, u8)> {
        self.announced.get(self.names.len()).copied()
    }

    /// Adds the pending row: symbols with counts (1 or more), and whether a longer context follows.
    pub(crate) fn add(&mut self, entries: &[(u16, u32, bool)]) {
        let Some((suffix, depth)) = self.pending() else { return };
        self.counts.clear();
        self.counts.extend(entries.iter().map(|e| e.1));
        weights::sizes(&self.discounts, usize::from(depth), &self.counts, &mut self.sizes);
        self.rows.entries.pop();
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
        self.names.push(name);
        self.weights.push(self.counts.iter().fold(0, |sum: u32, &count| sum.saturating_add(count)));
        self.end();
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
            let Some(place) = self.rows.escape_place(name) else { break };
            row = self.rows.entries[place].next;
        }
        0
    }

    /// The name of the row of this number, which is there.
    fn name(&self, row: u32) -> u32 {
        self.names.get(row as usize).copied().unwrap_or(LARGE)
    }

    /// The entry of `symbol` in the row of this number: its place, and how many entries are before it.
    pub(crate) fn find(&self, row: u32, symbol: u16) -> Option<(usize, usize)> {
        let name = self.name(row);
        let place = self.rows.find(name, symbol)?;
        Some((place, place - self.rows.first(name)))
    }

    /// The number of the row of the shorter context.
    pub(crate) fn suffix(&self, row: u32) -> Option<u32> {
        self.rows.escape_place(self.name(row)).map(|place| self.next(place))
    }

    /// The number of the row that the entry at this place names.
    pub(crate) fn next(&self, place: usize) -> u32 {
        self.rows.entry(place).next
    }

    /// As [`Rows::code`], from the row of this number.
    pub(crate) fn code(&self, mut row: u32, symbol: u16, steps: &mut Vec<Step>) {
        loop {
            let name = self.name(row);
            let found = self.rows.find(name, symbol);
            let Some(place) = found.or_else(|| self.rows.escape_place(name)) else { return };
            let (step, next) = self.rows.step(place);
            steps.push(step);
            if found.is_some() {
                return;
            }
            row = next;
        }
    }

    /// What [`code`](Self::code) costs, in 256ths of a bit.
    pub(crate) fn cost(&self, mut row: u32, symbol: u16, log: &Log) -> u32 {
        let mut cost = 0;
        loop {
            let name = self.name(row);
            let found = self.rows.find(name, symbol);
            let Some(place) = found.or_else(|| self.rows.escape_place(name)) else { return cost };
            let (step, next) = self.rows.step(place);
            cost += log.cost(step.size);
            if found.is_some() {
                return cost;
            }
            row = next;
        }
    }

    /// Reads what [`code`](Self::code) wrote.
    pub(crate) fn decode(&self, mut row: u32, coded: &mut Decoder<'_>) -> Result<u16> {
        loop {
            let (entry, size) = self.rows.at(self.name(row), coded.slot());
            coded.pass(entry.start, size)?;
            if entry.symbol != ESCAPE {
                return Ok(entry.symbol);
            }
            row = entry.next;
        }
    }

    /// All rows, those that are met often first, and each before the one that most likely follows:
    /// caches hold more of them.
    pub(crate) fn finish(self) -> Leaves {
        let Builder { mut rows, names, weights, .. } = self;
        rows.index = Index::new();
        let rows = rows;
        let first = |row: usize| names.get(row).map_or(rows.entries.len() - 1, |&name| rows.first(name));
        let mut hot: Vec<u32> = (0..names.len() as u32).collect();
        hot.sort_by_key(|&row| std::cmp::Reverse(weights[row as usize]));
        let mut order = Vec::with_capacity(hot.len());
        let mut placed = vec![false; names.len()];
        for mut row in hot {
            while placed.get(row as usize) == Some(&false) {
                placed[row as usize] = true;
                order.push(row);
                row = rows.entries[first(row as usize)].next;
            }
        }
        let spans =
            order.iter().map(|&row| (row, &rows.entries[first(row as usize)..first(row as usize + 1)]));
        Leaves::new(rows.root_places.len(), spans)
    }
}
