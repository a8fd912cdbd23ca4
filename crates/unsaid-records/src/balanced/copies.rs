//! Copies inside the document: how a place and a length become classes and plain bits.
//!
//! A place is named in one of three ways: the distance of the copy before, the number of earlier
//! places that follow the same two bytes (as in ROLZ codecs), or a distance.

use super::weights;

/// Classes of lengths.
pub(crate) const LENGTHS: usize = 16;
/// First length and number of plain bits of each class.
pub(crate) const LENGTH: [(u32, u32); LENGTHS] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 1),
    (10, 1),
    (12, 2),
    (16, 3),
    (24, 3),
    (32, 4),
    (48, 4),
    (64, 6),
    (128, 7),
    (256, 10),
    (1280, 15),
];
/// Shortest copy.
pub(crate) const SHORTEST: usize = 3;
/// Longest copy.
pub(crate) const LONGEST: usize = 1280 + (1 << 15) - 1;
/// Furthest copy.
pub(crate) const FURTHEST: usize = (1 << 17) - 1;
/// Bytes back in which places that follow the same two bytes are numbered.
pub(crate) const WINDOW: usize = 1 << 14;
/// Most such places.
pub(crate) const RANKS: u32 = 63;

/// How the place is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// As far back as the copy before.
    Again,
    /// The first (1) to the last ([`RANKS`]) place back that follows the same two bytes.
    Rank(u32),
    /// So many bytes back.
    Back(u32),
}

/// First class of ranks: they are classed as distances are, from 1 on.
const RANK: usize = 0;
/// First class of distances, less 1.
const BACK: usize = 11;
/// Classes of places.
pub(crate) const PLACES: usize = BACK + 34;

impl Place {
    /// Class, number of plain bits and plain bits.
    pub(crate) fn class(self) -> (usize, u32, u32) {
        let (base, n) = match self {
            Place::Again => return (0, 0, 0),
            Place::Rank(n) => (RANK, n.max(1)),
            Place::Back(n) => (BACK, n.max(1)),
        };
        let log = n.ilog2();
        if log == 0 {
            return (base + 1, 0, 0);
        }
        let class = 2 * log + (n >> (log - 1) & 1);
        (base + class as usize, log - 1, n & ((1 << (log - 1)) - 1))
    }

    /// The first place of a class, and its number of plain bits.
    pub(crate) fn of(class: usize) -> (Place, u32) {
        if class == 0 {
            return (Place::Again, 0);
        }
        let within = if class > BACK { class - BACK } else { class };
        let (first, bits) = if within < 2 {
            (1, 0)
        } else {
            let log = within as u32 / 2;
            (1 << log | (within as u32 & 1) << (log - 1), log - 1)
        };
        (if class > BACK { Place::Back(first) } else { Place::Rank(first) }, bits)
    }

    /// The table of lengths that goes with it.
    pub(crate) fn kind(self) -> usize {
        match self {
            Place::Again => 0,
            Place::Rank(_) => 1,
            Place::Back(_) => 2,
        }
    }
}

/// Class and plain bits of a length.
pub(crate) fn length_class(length: usize) -> (usize, u32) {
    let class = LENGTH.iter().rposition(|&(first, _)| first as usize <= length).unwrap_or(0);
    (class, length as u32 - LENGTH[class].0)
}

/// How often each class came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) places: [u32; PLACES],
    /// By [`Place::kind`].
    pub(crate) lengths: [[u32; LENGTHS]; 3],
}

impl Default for Counts {
    fn default() -> Self {
        Counts { places: [0; PLACES], lengths: [[0; LENGTHS]; 3] }
    }
}

/// Where each class starts in the total.
pub(crate) struct Starts {
    pub(crate) places: Classes<PLACES>,
    /// By [`Place::kind`].
    pub(crate) lengths: [Classes<LENGTHS>; 3],
}

/// Parts of the total whose first class is known.
const KNOWN: usize = 256;

/// The intervals of some classes.
pub(crate) struct Classes<const N: usize> {
    starts: [u16; N],
    /// Of each part of the total: the class that holds where it starts.
    known: [u8; KNOWN],
}

impl Starts {
    pub(crate) fn new(counts: &Counts) -> Self {
        Starts { places: Classes::new(&counts.places), lengths: counts.lengths.map(|c| Classes::new(&c)) }
    }
}

impl<const N: usize> Classes<N> {
    fn new(counts: &[u32; N]) -> Self {
        let sizes = weights::root_sizes(counts);
        let mut next = 0u16;
        let starts = std::array::from_fn(|i| {
            let start = next;
            next = next.wrapping_add(sizes[i]);
            start
        });
        let known = std::array::from_fn(|part| {
            let slot = (part << 8) as u16;
            starts.iter().rposition(|&start| start <= slot).unwrap_or(0) as u8
        });
        Classes { starts, known }
    }

    /// Start and size of the interval of a class.
    #[inline]
    pub(crate) fn interval(&self, class: usize) -> (u16, u16) {
        let end = self.starts.get(class + 1).copied().unwrap_or(0);
        (self.starts[class], end.wrapping_sub(self.starts[class]))
    }

    /// The class whose interval holds this slot.
    #[inline]
    pub(crate) fn at(&self, slot: u16) -> usize {
        let mut class = usize::from(self.known[usize::from(slot >> 8)]);
        while self.starts.get(class + 1).is_some_and(|&start| start <= slot) {
            class += 1;
        }
        class
    }
}

/// Where the `rank`th place back from `at` starts that follows the same two bytes.
pub(crate) fn ranked(text: &[u8], at: usize, rank: u32) -> Option<usize> {
    let &[.., first, second] = text.get(..at)? else { return None };
    let mut left = rank.checked_sub(1)? as usize;
    // Places `place` (in the loop: its second byte before, `place - 1`) from `at - 1` down to 2.
    let low = at.saturating_sub(WINDOW).max(2);
    let mut high = at;
    const STEP: usize = 128;
    while high > low {
        let from = high.saturating_sub(STEP).max(low);
        let (a, b) = (&text[from - 2..high - 2], &text[from - 1..high - 1]);
        let here: u8 = a.iter().zip(b).map(|(&a, &b)| u8::from((a == first) & (b == second))).sum();
        if usize::from(here) > left {
            for place in (from..high).rev() {
                if text[place - 2] == first && text[place - 1] == second {
                    if left == 0 {
                        return Some(place);
                    }
                    left -= 1;
                }
            }
            return None;
        }
        left -= usize::from(here);
        high = from;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_and_length_comes_back_from_its_class() {
        let back = (1..=FURTHEST as u32).map(Place::Back);
        for place in back.chain((1..=RANKS).map(Place::Rank)).chain([Place::Again]) {
            let (class, bits, plain) = place.class();
            let (first, more) = Place::of(class);
            assert_eq!((bits, place.kind()), (more, first.kind()), "{place:?}");
            let again = match first {
                Place::Again => first,
                Place::Rank(n) => Place::Rank(n + plain),
                Place::Back(n) => Place::Back(n + plain),
            };
            assert_eq!(again, place);
        }
        for length in SHORTEST..=LONGEST {
            let (class, plain) = length_class(length);
            assert!(plain < 1 << LENGTH[class].1 && LENGTH[class].0 + plain == length as u32, "{length}");
        }
    }

    #[test]
    fn ranks_count_places_behind_the_same_two_bytes_from_the_nearest_on() {
        let text = b"ab1ab2ab3xab";
        let ranks: Vec<_> = (1..5).map(|rank| ranked(text, text.len(), rank)).collect();
        assert_eq!(ranks, [Some(8), Some(5), Some(2), None]);
        assert_eq!(ranked(b"a", 1, 1), None);
        assert_eq!(ranked(text, text.len(), 0), None);
        let long = [b'z'; 40_000];
        assert_eq!(ranked(&long, 40_000, 1 << 14), Some(40_000 - WINDOW));
        assert_eq!(ranked(&long, 40_000, (1 << 14) + 1), None);
    }
}
