//! The specification's choice of segments: for each in the dictionary's order, its occurrences from left
//! to right over bytes that are still free.
//!
//! Taken as written that is a pass over the text for every segment. Here every place of the text waits
//! with the first segment that fits the free bytes there; the first of all places is next. When a place
//! comes and something took its bytes, it waits again with a later segment. So the order is the same, and the work is that of
//! finding the segments once, and again where something was in the way.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_lexicon::Matcher;

/// Bytes of memory for a byte of text: 8 a place that waits, 4 for what is chosen there, one bit.
const MEMORY: u64 = 13;

/// A segment of the text, or none.
pub(crate) const NONE: u32 = u32::MAX;

/// For each place of the text, the segment that begins there, or [`NONE`].
///
/// # Errors
/// `Limit` for a text of 4 GiB or one that takes more memory than allowed.
pub(crate) fn choose(matcher: &Matcher, text: &[u8], limits: &Limits) -> Result<Vec<u32>> {
    limits.check_memory(MEMORY * text.len() as u64, "choosing segments by the seed's rule")?;
    let length = u32::try_from(text.len()).map_err(|_| {
        Error::new(ErrorKind::Limit, "choosing segments by the seed's rule")
            .found(format!("{} bytes", text.len()))
            .expected("less than 4 GiB")
    })?;
    let mut chosen = vec![NONE; text.len()];
    let mut taken = Taken { bits: vec![0; text.len() / 64 + 1], length: text.len() };
    let mut waiting: BinaryHeap<Reverse<(u32, u32)>> = (0..length)
        .filter_map(|at| first(matcher, text, at, text.len()).map(|(id, _)| Reverse((id, at))))
        .collect();
    while let Some(Reverse((id, at))) = waiting.pop() {
        let free = taken.free_from(at as usize, matcher.longest());
        match first(matcher, text, at, free) {
            Some((now, length)) if now == id => {
                taken.take(at as usize, length);
                if let Some(place) = chosen.get_mut(at as usize) {
                    *place = id;
                }
            }
            Some((later, _)) => waiting.push(Reverse((later, at))),
            None => {}
        }
    }
    Ok(chosen)
}

/// The first segment of the dictionary at this place of at most `free` bytes, and its length.
fn first(matcher: &Matcher, text: &[u8], at: u32, free: usize) -> Option<(u32, usize)> {
    let mut best: Option<(u32, usize)> = None;
    let free = text.len().min(at as usize + free);
    matcher.for_each_match(text.get(..free)?, at as usize, |id, length| {
        if best.is_none_or(|(least, _)| id < least) {
            best = Some((id, length));
        }
    });
    best
}

/// Which bytes are taken, a bit each.
struct Taken {
    bits: Vec<u64>,
    length: usize,
}

impl Taken {
    /// How many bytes from `at` on are free, up to `most`.
    fn free_from(&self, at: usize, most: usize) -> usize {
        let most = most.min(self.length - at.min(self.length));
        let mut free = 0;
        while free < most {
            let place = at + free;
            let here = self.bits.get(place / 64).map_or(0, |word| word >> (place % 64));
            let run = here.trailing_zeros() as usize;
            let known = 64 - place % 64;
            if run < known {
                return (free + run).min(most);
            }
            free += known;
        }
        most
    }

    fn take(&mut self, at: usize, length: usize) {
        for place in at..at + length {
            if let Some(word) = self.bits.get_mut(place / 64) {
                *word |= 1 << (place % 64);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unsaid_lexicon::ByteStrings;

    /// The rule as the specification writes it down.
    fn plainly(segments: &ByteStrings, text: &[u8]) -> Vec<u32> {
        let mut chosen = vec![NONE; text.len()];
        let mut free = vec![true; text.len()];
        for (id, segment) in segments.iter().enumerate().filter(|(_, s)| !s.is_empty()) {
            let mut at = 0;
            while at + segment.len() <= text.len() {
                if text[at..].starts_with(segment) && free[at..at + segment.len()].iter().all(|&f| f) {
                    free[at..at + segment.len()].fill(false);
                    chosen[at] = id as u32;
                    at += segment.len();
                } else {
                    at += 1;
                }
            }
        }
        chosen
    }

    proptest::proptest! {
        #[test]
        fn the_choice_is_that_of_the_rule_as_written(
            segments in proptest::collection::vec("[ab]{0,5}|[a-c]{1,70}", 0..12),
            text in "[abc]{0,200}",
        ) {
            let segments: ByteStrings = segments.iter().collect();
            let matcher = Matcher::new(&segments).unwrap();
            let chosen = choose(&matcher, text.as_bytes(), &Limits::default()).unwrap();
            proptest::prop_assert_eq!(chosen, plainly(&segments, text.as_bytes()));
        }
    }

    #[test]
    fn a_segment_that_contains_an_earlier_one_is_never_used() {
        let segments: ByteStrings = ["a", "alt", "xay"].iter().collect();
        let matcher = Matcher::new(&segments).unwrap();
        let chosen = choose(&matcher, b"altxayalt", &Limits::default()).unwrap();
        assert!(chosen.iter().all(|&id| id == 0 || id == NONE));
    }

    #[test]
    fn h6_one_byte_again_and_again_takes_time_in_proportion() {
        let segments: ByteStrings = (1..300).rev().map(|n| vec![b'a'; n]).collect();
        let matcher = Matcher::new(&segments).unwrap();
        let text = vec![b'a'; 100_000];
        let chosen = choose(&matcher, &text, &Limits::default()).unwrap();
        assert_eq!(chosen.iter().filter(|&&id| id == 0).count(), 100_000 / 299);
    }
}
