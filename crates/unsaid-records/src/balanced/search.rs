//! Finds earlier places of a document that start with the same bytes: hash chains.

use super::copies::{self, Place};

/// Chains are followed this far.
const CHAIN: usize = 6;
/// Places that follow the same two bytes are looked at up to this many, others with the hash included.
const RANKED: usize = 12;
/// Slots for two bytes.
const PAIRS: usize = 1 << 10;

/// Working memory of the search.
#[derive(Default)]
pub(crate) struct Search {
    /// By a hash of the four bytes at a place: the last one, and from each the one before.
    heads: Vec<u32>,
    before: Vec<u32>,
    /// The same by the two bytes before a place.
    pairs: Vec<u32>,
    before_pair: Vec<u32>,
    mask: usize,
    done: usize,
}

const NONE: u32 = u32::MAX;

impl Search {
    /// A new document.
    pub(crate) fn start(&mut self, text: &[u8]) {
        let size = text.len().next_power_of_two().clamp(64, 1 << 16);
        self.heads.clear();
        self.heads.resize(size, NONE);
        self.pairs.clear();
        self.pairs.resize(PAIRS, NONE);
        // What is left from the document before is never reached.
        if self.before.len() < text.len() {
            self.before.resize(text.len(), NONE);
            self.before_pair.resize(text.len(), NONE);
        }
        self.mask = size - 1;
        self.done = 0;
    }

    #[inline]
    fn hash(&self, text: &[u8], at: usize) -> Option<usize> {
        let word = text.get(at..)?.first_chunk::<4>()?;
        Some((u32::from_le_bytes(*word).wrapping_mul(0x9e37_79b1) >> 15) as usize & self.mask)
    }

    #[inline]
    fn pair(text: &[u8], at: usize) -> usize {
        let pair = u32::from(text[at - 2]) | u32::from(text[at - 1]) << 8;
        (pair.wrapping_mul(0x9e37_79b1) >> 22) as usize & (PAIRS - 1)
    }

    /// All places before `at` can be found from now on.
    #[inline]
    pub(crate) fn advance(&mut self, text: &[u8], at: usize) {
        while self.done < at {
            let place = self.done;
            if let Some(h) = self.hash(text, place) {
                self.before[place] = std::mem::replace(&mut self.heads[h], place as u32);
            }
            if place >= 2 {
                let h = Self::pair(text, place);
                self.before_pair[place] = std::mem::replace(&mut self.pairs[h], place as u32);
            }
            self.done += 1;
        }
    }

    /// Calls `each` with place, distance and length of copies that may be worth it.
    #[inline]
    pub(crate) fn each(&self, text: &[u8], at: usize, last: u32, mut each: impl FnMut(Place, u32, usize)) {
        let most = (text.len() - at).min(copies::LONGEST);
        if most < copies::SHORTEST {
            return;
        }
        if last != 0 && (last as usize) <= at {
            let length = common(text, at - last as usize, at, most);
            if length >= copies::SHORTEST {
                each(Place::Again, last, length);
            }
        }
        let mut longest = copies::SHORTEST - 1;
        if at >= 2 {
            let mut place = self.pairs[Self::pair(text, at)];
            let mut rank = 0;
            for _ in 0..RANKED {
                if place == NONE || at - place as usize > copies::WINDOW {
                    break;
                }
                let from = place as usize;
                if text[from - 1] == text[at - 1] && text[from - 2] == text[at - 2] {
                    rank += 1;
                    if rank > copies::RANKS {
                        break;
                    }
                    let end = longest.min(most - 1);
                    if text[from] == text[at] && text[from + end] == text[at + end] {
                        let length = common(text, from, at, most);
                        if length > longest {
                            longest = length;
                            each(Place::Rank(rank), (at - from) as u32, length);
                            if length >= most {
                                return;
                            }
                        }
                    }
                }
                place = self.before_pair[from];
            }
        }
        let Some(h) = self.hash(text, at) else { return };
        let mut place = self.heads[h];
        for _ in 0..CHAIN {
            if place == NONE || at - place as usize > copies::FURTHEST {
                break;
            }
            let from = place as usize;
            let end = longest.min(most - 1);
            if text[from] == text[at] && text[from + end] == text[at + end] {
                let length = common(text, from, at, most);
                if length > longest {
                    longest = length;
                    let distance = (at - from) as u32;
                    each(Place::Back(distance), distance, length);
                    if length >= most {
                        break;
                    }
                }
            }
            place = self.before[from];
        }
    }
}

/// How many bytes, up to `most`, are the same from `a` and from `b` on.
fn common(text: &[u8], a: usize, b: usize, most: usize) -> usize {
    let (x, y) = (&text[a..], &text[b..b + most]);
    let mut n = 0;
    for (p, q) in x.chunks_exact(8).zip(y.chunks_exact(8)) {
        let p = u64::from_le_bytes(p.try_into().unwrap_or([0; 8]));
        let q = u64::from_le_bytes(q.try_into().unwrap_or([0; 8]));
        if p != q {
            return n + ((p ^ q).trailing_zeros() / 8) as usize;
        }
        n += 8;
    }
    n + x[n..].iter().zip(&y[n..]).take_while(|(a, b)| a == b).count()
}
