//! What training assumes before it has seen anything: documents come that are unlike those it sees,
//! and what they reach must not say "one half".

use super::end::END_MAPS;
use super::flag::{BY_AGREEMENT, BY_HITS, BY_QUALITY, FLAG_MAPS};
use super::matches::LEAST_LENGTH;
use super::predict::{BYTE_MAPS, MAPS, MATCH_MAPS};
use crate::state::NEXT;

/// Of `yes` in `all`, with four tenths of each added, in 65536ths.
fn share(yes: u32, all: u32) -> u16 {
    ((65536 * (10 * yes + 4)) / (10 * all + 8)).clamp(1, 65535) as u16
}

/// The probability of 1 after each history: by the counts on the shortest way to it.
fn states() -> [u16; 256] {
    let mut counts = [None; 256];
    counts[0] = Some((0, 0));
    let mut todo = std::collections::VecDeque::from([0u8]);
    while let Some(state) = todo.pop_front() {
        let (zeros, ones) = counts[usize::from(state)].unwrap_or_default();
        for (bit, next) in NEXT.iter().enumerate() {
            let next = next[usize::from(state)];
            let place = &mut counts[usize::from(next)];
            if place.is_none() {
                *place = Some(if bit == 0 { (zeros + 1, ones) } else { (zeros, ones + 1) });
                todo.push_back(next);
            }
        }
    }
    counts.map(|count| count.map_or(32768, |(zeros, ones)| share(ones, zeros + ones)))
}

/// The probability that a match of this quality is right.
fn quality(quality: usize) -> u16 {
    let (length, misses) = (LEAST_LENGTH[quality >> 2 & 15], (quality & 3) as u32);
    share(length, length + misses)
}

/// For the evidence about bits.
pub(super) fn maps() -> Vec<u16> {
    let states = states();
    (0..MAPS)
        .map(|i| match i {
            0..MATCH_MAPS => states[i % 256],
            MATCH_MAPS..BYTE_MAPS => quality((i - MATCH_MAPS) % 64),
            _ => [32768, 50000, 60000, 64000][i % 4],
        })
        .collect()
}

/// For the evidence about flags.
pub(super) fn flags() -> Vec<u16> {
    let states = states();
    (0..FLAG_MAPS)
        .map(|i| match i {
            0..BY_QUALITY => states[i % 256],
            BY_QUALITY..BY_HITS => quality((i - BY_QUALITY) % 64),
            BY_HITS..BY_AGREEMENT => share((i as u8).count_ones(), 8),
            _ => quality((i - BY_AGREEMENT) / 9 * 4),
        })
        .collect()
}

/// For the end of the document.
pub(super) fn ends() -> Vec<u16> {
    vec![1 << 11; END_MAPS]
}
