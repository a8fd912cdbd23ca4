//! Which symbol follows which context, counted over the training documents.
//!
//! A shorter context is only asked when the longer one has failed, so it counts each symbol once for
//! every longer context that has it (R. Kneser and H. Ney, 1995), and fully where none has.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::build::Builder;
use super::weights::{DEPTHS, Discounts};

/// How the rows are chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Symbols of the longest context.
    pub(crate) depth: usize,
    /// A context is kept if it was met this often: `[length 1, 2, 3...]`.
    pub(crate) least: [u32; DEPTHS],
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
    rows: HashMap<u64, (usize, usize), BuildHasherDefault<Mixed>>,
}

/// The number of the context without symbols.
const NOTHING: u64 = 0x1234_5678_9abc_def1;

/// The number of a context that goes on with `symbol`. Two contexts with one number would only be
/// foretold badly.
fn longer(context: u64, symbol: u16) -> u64 {
    let h = (context ^ u64::from(symbol)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    h ^ h >> 29
}

/// Numbers of contexts are mixed already.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |h, &b| h << 8 | u64::from(b));
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

impl Counter<'_> {
    /// Counts the row of the context of `length` symbols that all `places` share, after its longer
    /// contexts; adds what it passes on to the counts of the shorter one.
    fn row(&mut self, places: &mut [u32], length: usize) {
        // Longer contexts: none beyond the start of the document.
        let stop = length > 0 && self.tokens[places[0] as usize - length] == self.end;
        if length < self.shape.depth && !stop {
            let tokens = self.tokens;
            places.sort_by_key(|&p| tokens[p as usize - length - 1]);
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
            self.add(length - 1, symbol, count.min(1));
            self.entries[i].1 = rounded(count);
        }
        self.entries[start..].sort_unstable_by_key(|&(s, c)| (std::cmp::Reverse(c), s));
        let at = places[0] as usize;
        let context = self.tokens[at - length..at].iter().fold(NOTHING, |h, &s| longer(h, s));
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
        rows: HashMap::default(),
    };
    let mut places: Vec<u32> = (1..tokens.len() as u32).collect();
    if places.is_empty() {
        return Tables { root: vec![0; symbols], root_children: vec![false; symbols], ..Tables::default() };
    }
    counter.row(&mut places, 0);
    let root: Vec<u32> = counter.dense[0].0.iter().map(|&c| if c == 0 { 0 } else { rounded(c) }).collect();
    let mut tables = Tables { root, ..Tables::default() };
    // From the shortest context on, those that the entries before lead to.
    let mut queue: Vec<(u64, usize)> = Vec::new();
    for symbol in 0..symbols as u16 {
        let context = longer(NOTHING, symbol);
        let child = tables.root[usize::from(symbol)] > 0 && counter.rows.contains_key(&context);
        tables.root_children.push(child);
        if child {
            queue.push((context, 1));
        }
    }
    let mut at = 0;
    while let Some(&(context, length)) = queue.get(at) {
        at += 1;
        let Some(&(start, stop)) = counter.rows.get(&context) else { continue };
        for &(symbol, count) in &counter.entries[start..stop] {
            let after = longer(context, symbol);
            let child = length < shape.depth && counter.rows.contains_key(&after);
            if child {
                queue.push((after, length + 1));
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
