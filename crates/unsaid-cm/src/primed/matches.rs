//! What followed the last time the same bytes were seen, in the training text and in the document.

use std::ops::Range;

use super::text::Text;
use crate::prefetch::prefetch;

/// Matches that are followed at a time: training text by a long context, by a short one, document.
pub(crate) const MATCHES: usize = 3;

/// Bytes of the contexts that are looked up, for each match.
const LOOKED_UP: [usize; MATCHES] = [12, 5, 4];

/// A training match is looked up again at every byte while it is shorter than this.
const SETTLED: [usize; 2] = [16, 8];

/// No longer match is told apart.
const LONGEST: usize = 32;

/// The training text, and where each context was seen last.
#[derive(Clone, Debug)]
pub(crate) struct Corpus {
    /// More may be there than was learned: no match leads into that.
    pub(crate) text: Text,
    /// Documents that were learned.
    learned: usize,
    /// For the long and the short context: the position after it plus one, 0 for none.
    places: [Vec<u32>; 2],
}

/// Selects sixteen places by all bytes of a context but the last, 3 to 11 of them: they can be asked
/// for before the last is known.
#[inline(always)]
fn hash(before: &[u8]) -> u32 {
    let n = before.len();
    let first = before.first_chunk().map_or(0, |&first| u64::from_le_bytes(first));
    let last = match before.last_chunk() {
        Some(&last) => u32::from_le_bytes(last),
        None => before.iter().rev().fold(0, |sum, &b| sum << 8 | u32::from(b)),
    };
    debug_assert!((3..12).contains(&n));
    let first = first.wrapping_mul(FACTOR);
    ((first ^ first >> 32 ^ u64::from(last)).wrapping_mul(FACTOR) >> 32) as u32
}

const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// Which of the places, of a number that `mask` says, is that of the whole context.
#[inline(always)]
fn entry(hash: u32, last: u8, mask: usize) -> usize {
    let which = hash >> 16 ^ u32::from(last ^ last >> 4);
    (hash & !15 | which & 15) as usize & mask
}

/// Places for a text of `bytes`.
fn places(bytes: usize) -> usize {
    bytes.next_power_of_two().clamp(1 << 10, 1 << 20)
}

impl Corpus {
    /// Nothing of the text learned, which will have `bytes`.
    pub(crate) fn new(text: Text, bytes: usize) -> Self {
        let places = || vec![0; places(bytes)];
        Corpus { text, learned: 0, places: [places(), places()] }
    }

    /// Bytes of memory for a text of `bytes` in `documents`.
    pub(crate) fn memory(bytes: usize, documents: usize) -> u64 {
        bytes as u64 + 4 * documents as u64 + 8 * places(bytes) as u64
    }

    /// Where the document is that is learned next.
    pub(crate) fn next(&self) -> Option<Range<usize>> {
        self.text.range(self.learned)
    }

    /// From now on matches lead into the next document too.
    pub(crate) fn learn_next(&mut self) {
        let Some(place) = self.next() else { return };
        let (start, document) = (place.start, &self.text.bytes()[place]);
        self.learned += 1;
        for (places, n) in self.places.iter_mut().zip(LOOKED_UP) {
            let mask = places.len() - 1;
            for (i, context) in document.windows(n).enumerate() {
                places[entry(hash(&context[..n - 1]), context[n - 1], mask)] = (start + i + n + 1) as u32;
            }
        }
    }

    /// Where the last bytes of `history` were seen last.
    #[inline]
    fn find(&self, history: &[u8], which: usize, hash: u32, current: &Followed) -> Option<Followed> {
        let n = LOOKED_UP[which];
        let context = history.get(history.len().checked_sub(n)?..)?;
        let places = &self.places[which];
        let place = (places[entry(hash, context[n - 1], places.len() - 1)] as usize).checked_sub(1)?;
        // Most often it is the place that is followed anyway.
        if (current.length > 0 && place == current.at)
            || self.text.bytes().get(place.checked_sub(n)?..place)? != context
        {
            return None;
        }
        let Range { start, end } = self.text.around(place);
        let length = common(&self.text.bytes()[start..place], history);
        (length >= n).then_some(Followed { at: place, end, length, misses: 0 })
    }
}

/// How many bytes `a` and `b` end with in common, up to [`LONGEST`].
fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take(LONGEST).take_while(|(x, y)| x == y).count()
}

/// One match.
#[derive(Clone, Copy, Debug, Default)]
struct Followed {
    /// The byte that comes next in what is followed.
    at: usize,
    /// Where the training document that is followed ends.
    end: usize,
    /// Bytes in common so far; 0 is no match.
    length: usize,
    /// Recent surprises.
    misses: usize,
}

/// The matches of one document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matches {
    followed: [Followed; MATCHES],
    /// Of the contexts that are looked up next, without the byte that comes.
    hashes: [u32; MATCHES],
    /// For the document's own contexts: the position after them, 0 for none.
    places: Vec<u32>,
    mask: usize,
}

impl Matches {
    /// A new document; `size` is a power of two.
    pub(crate) fn reset(&mut self, size: usize) {
        self.followed = Default::default();
        self.hashes = Default::default();
        self.places.clear();
        self.places.resize(size, 0);
        self.mask = size - 1;
    }

    pub(crate) fn memory(&self) -> usize {
        self.places.capacity() * size_of::<u32>()
    }

    /// The byte that a match expects next.
    #[inline(always)]
    pub(crate) fn expected(&self, which: usize, corpus: &Corpus, history: &[u8]) -> Option<u8> {
        let f = &self.followed[which];
        match (f.length, which) {
            (0, _) => None,
            (_, 2) => history.get(f.at).copied(),
            _ if f.at < f.end => corpus.text.bytes().get(f.at).copied(),
            _ => None,
        }
    }

    /// The byte that a match expects after the next.
    #[inline(always)]
    pub(crate) fn after(&self, which: usize, corpus: &Corpus, history: &[u8]) -> Option<u8> {
        let f = &self.followed[which];
        let text = if which == 2 { history } else { corpus.text.bytes() };
        text.get(f.at + 1).copied()
    }

    /// Whether the training document that is followed ends here.
    pub(crate) fn at_end(&self, which: usize) -> bool {
        let f = &self.followed[which];
        f.length > 0 && f.at == f.end
    }

    /// Bytes in common so far.
    #[inline(always)]
    pub(crate) fn length(&self, which: usize) -> usize {
        self.followed[which].length
    }

    /// How long (0..16) and how reliable (0..4) a match is, in one number.
    #[inline(always)]
    pub(crate) fn quality(&self, which: usize) -> usize {
        let f = &self.followed[which];
        BUCKET[f.length.min(LONGEST)] as usize * 4 + f.misses.min(3)
    }

    /// Whether a training match is looked up after the next byte, as far as is known.
    #[inline(always)]
    fn unsettled(&self, which: usize) -> bool {
        // The short context matters only where the long one says nothing certain.
        self.followed[which].length < SETTLED[which] && !(which == 1 && self.followed[0].length >= SETTLED[0])
    }

    /// Asks for what [`advance`](Self::advance) will need; the next byte is not known.
    #[inline(always)]
    pub(crate) fn prepare(&mut self, corpus: &Corpus, history: &[u8]) {
        for (which, n) in LOOKED_UP.into_iter().enumerate() {
            if let Some(from) = history.len().checked_sub(n - 1) {
                self.hashes[which] = hash(&history[from..]);
                let places = corpus.places.get(which).unwrap_or(&self.places);
                // A match that is settled now may end here: then it is late.
                if which == 2 || self.unsettled(which) {
                    prefetch(places, entry(self.hashes[which], 0, places.len() - 1));
                }
            }
        }
    }

    /// The document has one more byte, the last of `history`; `expected` is what the matches said.
    #[inline]
    pub(crate) fn advance(&mut self, corpus: &Corpus, history: &[u8], expected: &[Option<u8>; MATCHES]) {
        let byte = history.last().copied();
        for (f, &expected) in self.followed.iter_mut().zip(expected) {
            if f.length > 0 {
                if expected == byte {
                    f.at += 1;
                    f.length += 1;
                    if f.length % 16 == 0 {
                        f.misses = f.misses.saturating_sub(1);
                    }
                } else {
                    f.length = 0;
                    f.misses += 1;
                }
            }
        }
        for which in 0..SETTLED.len() {
            if self.unsettled(which) {
                let f = self.followed[which];
                if let Some(found) = corpus.find(history, which, self.hashes[which], &f) {
                    if found.length > f.length {
                        self.followed[which] = Followed { misses: f.misses, ..found };
                    }
                }
            }
        }
        let n = LOOKED_UP[2];
        if history.len() >= n {
            let slot = entry(self.hashes[2], history[history.len() - 1], self.mask);
            let place = std::mem::replace(&mut self.places[slot], history.len() as u32) as usize;
            let f = &mut self.followed[2];
            if f.length == 0 && place > 0 {
                let length = common(&history[..place], history);
                if length >= n {
                    *f = Followed { at: place, end: 0, length, misses: f.misses };
                }
            }
        }
    }
}

/// Lengths that are told apart.
static BUCKET: [u8; LONGEST + 1] = [
    0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 7, 8, 8, 9, 9, 10, 10, 10, 10, 11, 11, 11, 11, 12, 12, 12, 12, 13, 13, 13,
    13, 14, 15,
];

/// The least length in each of the sixteen buckets.
pub(crate) static LEAST_LENGTH: [u32; 16] = [0, 1, 4, 5, 6, 7, 8, 9, 11, 13, 15, 19, 23, 27, 31, 32];
