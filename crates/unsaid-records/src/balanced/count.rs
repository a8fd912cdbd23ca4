//! Which symbol follows which context, counted over the training documents.
//!
//! A shorter context is only asked when the longer one has failed, so it counts each symbol once for
//! every longer context that has it (R. Kneser and H. Ney, 1995), and fully where none has.

use std::collections::HashMap;

use super::rows::Builder;
use super::weights::{DEPTHS, Discounts};

/// How the rows are chosen.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Symbols of the longest context.
    pub depth: usize,
    /// A context is kept if it was met this often: `[length 1, 2, 3...]`.
    pub least: [u32; DEPTHS],
    /// Most that a longer context's symbol counts in the shorter one.
    pub pass: u32,
}

/// One symbol of a counted row: symbol, count, whether a longer context follows.
pub(crate) type Counted = (u16, u32, bool);

/// The rows in the order of the model file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tables {
    /// Of every symbol, without context.
    pub(crate) root: Vec<u32>,
    pub(crate) root_children: Vec<bool>,
    /// Of all other rows, back to back.
    pub(crate) entries: Vec<Counted>,
    /// Where each row ends.
    pub(crate) ends: Vec<usize>,
}

/// A count as the model file keeps it: exact up to 16, then its four highest bits.
pub(crate) fn rounded(count: u32) -> u32 {
    let drop = count.max(1).ilog2().saturating_sub(3);
    (count >> drop << drop).clamp(1, 1 << 24)
}

struct Counter<'a> {
    tokens: &'a [u16],
    end: u16,
    shape: Shape,
    /// Of each depth: what a symbol counts so far, and which have a count.
    dense: Vec<(Vec<u32>, Vec<u16>)>,
    entries: Vec<(u16, u32)>,
    /// By context (as a number): start and end of its entries.
    rows: HashMap<u64, (usize, usize)>,
}

/// The context that grows from `context` by the next symbol on its right, or left.
fn name(symbols: impl Iterator<Item = u16>) -> u64 {
    symbols.fold(0x1234_5678_9abc_def1, |h, s| {
        let h = (h ^ u64::from(s)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        h ^ h >> 29
    })
}

impl Counter<'_> {
    fn context(&self, at: u32, length: usize) -> impl Iterator<Item = u16> {
        let at = at as usize;
        self.tokens[at - length..at].iter().copied()
    }

    /// Counts the row of the context of `length` symbols that all `places` share, after its longer
    /// contexts; adds what it passes on to the counts of the shorter one.
    fn row(&mut self, places: &mut [u32], length: usize) {
        let at = |place: u32| self.tokens[place as usize - length - 1];
        // Longer contexts: none beyond the start of the document.
        let stop = length > 0 && self.tokens[places[0] as usize - length] == self.end;
        if length < self.shape.depth && !stop {
            places.sort_by_key(|&p| at(p));
            let mut from = 0;
            while from < places.len() {
                let symbol = self.tokens[places[from] as usize - length - 1];
                let mut to = from + 1;
                while to < places.len() && self.tokens[places[to] as usize - length - 1] == symbol {
                    to += 1;
                }
                if (to - from) as u32 >= self.shape.least[length] {
                    self.row(&mut places[from..to], length + 1);
                } else {
                    for &p in &places[from..to] {
                        let symbol = self.tokens[p as usize];
                        self.add(length, symbol, 1);
                    }
                }
                from = to;
            }
        } else {
            for &p in places.iter() {
                let symbol = self.tokens[p as usize];
                self.add(length, symbol, 1);
            }
        }
        if length == 0 {
            return;
        }
        let start = self.entries.len();
        let (counts, mut seen) = std::mem::take(&mut self.dense[length]);
        let mut counts = counts;
        for &s in &seen {
            self.entries.push((s, std::mem::take(&mut counts[usize::from(s)])));
        }
        seen.clear();
        self.dense[length] = (counts, seen);
        for i in start..self.entries.len() {
            let (symbol, count) = self.entries[i];
            self.add(length - 1, symbol, count.min(self.shape.pass));
            self.entries[i].1 = rounded(count);
        }
        self.entries[start..].sort_unstable_by_key(|&(s, c)| (std::cmp::Reverse(c), s));
        let context = name(self.context(places[0], length));
        self.rows.insert(context, (start, self.entries.len()));
    }

    fn add(&mut self, depth: usize, symbol: u16, count: u32) {
        let (counts, seen) = &mut self.dense[depth];
        let slot = &mut counts[usize::from(symbol)];
        if *slot == 0 {
            seen.push(symbol);
        }
        *slot += count;
    }
}

/// Counts `tokens`: documents back to back, each ended by `end`, and one `end` before the first.
/// There are `symbols` symbols.
pub(crate) fn count(tokens: &[u16], symbols: usize, end: u16, shape: Shape) -> Tables {
    let mut counter = Counter {
        tokens,
        end,
        shape,
        dense: vec![(vec![0; symbols], Vec::new()); shape.depth + 1],
        entries: Vec::new(),
        rows: HashMap::new(),
    };
    let mut places: Vec<u32> = (1..tokens.len() as u32).collect();
    if places.is_empty() {
        return Tables { root: vec![0; symbols], root_children: vec![false; symbols], ..Tables::default() };
    }
    counter.row(&mut places, 0);
    let root: Vec<u32> = counter.dense[0].0.iter().map(|&c| if c == 0 { 0 } else { rounded(c) }).collect();
    let mut tables = Tables { root, ..Tables::default() };
    // From the shortest context on, those that the entries before lead to.
    let mut queue: Vec<Vec<u16>> = Vec::new();
    for symbol in 0..symbols as u16 {
        let child = tables.root[usize::from(symbol)] > 0 && counter.rows.contains_key(&name([symbol].into_iter()));
        tables.root_children.push(child);
        if child {
            queue.push(vec![symbol]);
        }
    }
    let mut at = 0;
    while at < queue.len() {
        let context = std::mem::take(&mut queue[at]);
        at += 1;
        let Some(&(start, stop)) = counter.rows.get(&name(context.iter().copied())) else { continue };
        for &(symbol, count) in &counter.entries[start..stop] {
            let longer = || context.iter().copied().chain([symbol]);
            let child = context.len() < shape.depth && counter.rows.contains_key(&name(longer()));
            if child {
                queue.push(longer().collect());
            }
            tables.entries.push((symbol, count, child));
        }
        tables.ends.push(tables.entries.len());
    }
    tables
}

impl Tables {
    pub(crate) fn builder(&self, discounts: &Discounts) -> Builder {
        let mut builder = Builder::new(discounts.clone(), &self.root, &self.root_children);
        let mut start = 0;
        for &end in &self.ends {
            builder.add(&self.entries[start..end]);
            start = end;
        }
        builder
    }
}
