//! How often will new documents use a segment? Good and Turing's answer, by leaving one document out.

use super::log::log2;

/// Uses are estimated in this fraction of one.
pub(super) const USE: u64 = 1 << 10;

const DOCUMENTS: usize = 9;
const LENGTHS: usize = 10;
const USES: usize = 10;

fn documents(n: u32) -> usize {
    match n { 0..=2 => 0, 3 => 1, 4 => 2, 5 => 3, 6..=7 => 4, 8..=10 => 5, 11..=15 => 6, 16..=31 => 7, _ => 8 }
}
fn length(n: usize) -> usize {
    match n { 0..=1 => 0, 2 => 1, 3 => 2, 4 => 3, 5..=6 => 4, 7..=8 => 5, 9..=12 => 6, 13..=20 => 7, 21..=40 => 8, _ => 9 }
}
fn uses(n: u32) -> usize {
    match n { 0..=5 => n as usize, 6..=8 => 6, 9..=13 => 7, 14..=30 => 8, _ => 9 }
}

/// Counts of one class.
#[derive(Clone, Copy, Default)]
struct Class { uses: u64, known: u64, members: u64 }

pub(super) struct Classes { classes: Vec<Class>, rates: Vec<u64>, pub total: u64 }

fn index(docs: u32, len: usize, used: u32) -> usize {
    // What is in two documents only never shows its uses.
    let used = if docs <= 2 { 0 } else { used };
    (documents(docs) * USES + uses(used)) * LENGTHS + length(len)
}

impl Classes {
    pub(super) fn new() -> Self {
        Classes { classes: vec![Class::default(); DOCUMENTS * LENGTHS * USES], rates: vec![], total: 0 }
    }
    /// A candidate in so many documents and so many uses.
    pub(super) fn member(&mut self, docs: u32, len: usize, used: u32) {
        let c = &mut self.classes[index(docs, len, used)];
        c.members += 1;
        c.known += u64::from(used);
    }
    /// A document used it `n` times; others, `docs` of them, had used it `used` times.
    pub(super) fn uses(&mut self, docs: u32, len: usize, used: u32, n: u32) {
        self.classes[index(docs, len, used)].uses += u64::from(n);
        self.total += u64::from(n);
    }
    pub(super) fn settle(&mut self, prior: u64) {
        self.rates = vec![0; self.classes.len()];
        for row in 0..DOCUMENTS * USES {
            let row_range = row * LENGTHS..(row + 1) * LENGTHS;
            let all = self.classes[row_range.clone()].iter().fold(Class::default(), |a, c| Class { uses: a.uses + c.uses, known: a.known + c.known, members: a.members + c.members });
            let used = row % USES;
            for i in row_range {
                let c = self.classes[i];
                self.rates[i] = if used <= 5 {
                    // Uses of one.
                    let parent = (all.uses * USE) / all.members.max(1);
                    (c.uses * USE + prior * parent) / (c.members + prior).max(1)
                } else {
                    // Uses for each use.
                    let p = prior * 8;
                    let parent = (all.uses * USE) / all.known.max(1);
                    (c.uses * USE + p * parent) / (c.known + p).max(1)
                };
            }
        }
    }
    /// In [`USE`]s.
    pub(super) fn estimate(&self, docs: u32, len: usize, used: u32) -> u64 {
        let rate = self.rates[index(docs, len, used)];
        if docs <= 2 || used <= 5 { rate } else { rate * u64::from(used) }
    }
    pub(super) fn cost(&self, docs: u32, len: usize, used: u32, floor: u64) -> u32 {
        let e = self.estimate(docs, len, used).max(floor);
        log2(self.total * USE).saturating_sub(log2(e)).max(1)
    }
    pub(super) fn show(&self) {
        for d in 0..DOCUMENTS {
            for u in 0..USES {
                let r: Vec<String> = (0..LENGTHS).map(|l| { let i = (d * USES + u) * LENGTHS + l; format!("{}/{}={}", self.classes[i].uses, self.classes[i].members, self.rates[i]) }).collect();
                eprintln!("d{d} u{u}: {}", r.join(" "));
            }
        }
    }
}
