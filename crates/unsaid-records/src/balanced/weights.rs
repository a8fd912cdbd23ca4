//! From counts to sizes: how much of a row's total each symbol gets, and how much is left to escape.
//!
//! A count overstates how likely its symbol is to come again, the more so the smaller it is. Each
//! count is therefore discounted by an amount measured on documents that were held back
//! (absolute discounting: H. Ney, U. Essen, R. Kneser, 1994), and the escape gets the discounts.

use super::rans::TOTAL;

/// Longest context, in symbols.
pub(crate) const DEPTHS: usize = 6;
/// Classes of how many symbols a row has.
pub(crate) const WIDTHS: usize = 4;
/// Classes of a count.
pub(crate) const COUNTS: usize = 10;

/// Class of a row with this many symbols.
pub(crate) fn width_class(width: usize) -> usize {
    match width {
        0 | 1 => 0,
        2..=3 => 1,
        4..=11 => 2,
        _ => 3,
    }
}

/// Class of a count.
pub(crate) fn count_class(count: u32) -> usize {
    match count {
        0..=5 => count.max(1) as usize - 1,
        6..=8 => 5,
        9..=14 => 6,
        15..=29 => 7,
        30..=99 => 8,
        _ => 9,
    }
}

/// What is taken from each count, in 64ths: `[depth][width][count]`, 1 to 255 and less than the count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Discounts(pub(crate) [[[u8; COUNTS]; WIDTHS]; DEPTHS + 1]);

impl Default for Discounts {
    fn default() -> Self {
        let row = [44, 56, 60, 60, 62, 64, 64, 64, 64, 64];
        Discounts([[row; WIDTHS]; DEPTHS + 1])
    }
}

impl Discounts {
    /// 64ths to take from `count` in a row of this depth and width.
    pub(crate) fn of(&self, depth: usize, width: usize, count: u32) -> u32 {
        let d = self.0[depth.min(DEPTHS)][width_class(width)][count_class(count)];
        u32::from(d).clamp(1, count * 64 - 1)
    }
}

/// The sizes of a row's symbols, in the order of `counts` (each 1 or more, at most 32,768 of them).
/// What is left of [`TOTAL`], at least 1, belongs to the escape.
pub(crate) fn sizes(discounts: &Discounts, depth: usize, counts: &[u32], out: &mut Vec<u16>) {
    out.clear();
    let total: u64 = counts.iter().map(|&c| u64::from(c) * 64).sum();
    let free = u64::from(TOTAL) - 1 - counts.len() as u64;
    for &count in counts {
        let weight = u64::from(count * 64 - discounts.of(depth, counts.len(), count));
        out.push((1 + weight * free / total.max(1)) as u16);
    }
}

/// The sizes of the row without context, which has every symbol and no escape. Counts may be 0.
pub(crate) fn root_sizes(counts: &[u32]) -> Vec<u16> {
    let n = counts.len() as u64;
    let unseen = counts.iter().filter(|&&c| c == 0).count() as u64;
    let seen = n - unseen;
    let total: u64 = counts.iter().map(|&c| u64::from(c) * 64).sum();
    // Half of each symbol seen is what the unseen ones share.
    let left = if unseen == 0 { 0 } else { (seen * 32).min(total / 2).max(1) };
    let free = u64::from(TOTAL) - n - 1;
    let mut sizes: Vec<u16> = counts
        .iter()
        .map(|&c| {
            let share = if c == 0 {
                left * free / unseen.max(1)
            } else {
                (u64::from(c) * 64 - if left == 0 { 0 } else { left / seen.max(1) }) * free
            };
            (1 + share / total.max(1)) as u16
        })
        .collect();
    let used: u64 = sizes.iter().map(|&s| u64::from(s)).sum();
    let rest = u64::from(TOTAL) - used;
    if let Some(largest) = sizes.iter_mut().max_by_key(|s| **s) {
        *largest = (u64::from(*largest) + rest).min(u64::from(TOTAL) - 1) as u16;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b13_c6_every_symbol_and_every_escape_has_a_size_whatever_the_counts_and_discounts() {
        let mut harsh = Discounts::default();
        harsh.0.iter_mut().flatten().flatten().for_each(|d| *d = 255);
        let mut none = Discounts::default();
        none.0.iter_mut().flatten().flatten().for_each(|d| *d = 0);
        for discounts in [Discounts::default(), harsh, none] {
            for width in [1, 2, 3, 5, 12, 300, 32_002] {
                for count in [1, 2, 9, 1 << 24] {
                    let mut counts = vec![1; width];
                    counts[0] = count;
                    let mut out = Vec::new();
                    sizes(&discounts, 2, &counts, &mut out);
                    assert!(out.iter().all(|&s| s > 0));
                    assert!(out.iter().map(|&s| u32::from(s)).sum::<u32>() < TOTAL, "{width} {count}");
                }
            }
        }
    }

    #[test]
    fn b13_the_row_without_context_fills_the_total_and_leaves_nobody_out() {
        for n in [16, 45, 258, 32_002] {
            for counts in [vec![0; n], vec![1; n], vec![1 << 24; n], {
                let mut one = vec![0; n];
                one[n / 2] = 1 << 24;
                one
            }] {
                let sizes = root_sizes(&counts);
                assert!(sizes.iter().all(|&s| s > 0));
                assert_eq!(sizes.iter().map(|&s| u32::from(s)).sum::<u32>(), TOTAL, "{n} {}", counts[0]);
            }
        }
    }
}
