//! Finds earlier places of a document that start with the same bytes: hash chains.

use super::copies;

/// Chains are followed this far.
const CHAIN: usize = 16;

/// Working memory of the search.
#[derive(Default)]
pub(crate) struct Search {
    heads: Vec<u32>,
    /// The place before, with the same hash.
    before: Vec<u32>,
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
        self.before.clear();
        self.before.resize(text.len(), NONE);
        self.mask = size - 1;
        self.done = 0;
    }

    fn hash(&self, text: &[u8], at: usize) -> Option<usize> {
        let word = text.get(at..)?.first_chunk::<4>()?;
        Some((u32::from_le_bytes(*word).wrapping_mul(0x9e37_79b1) >> 15) as usize & self.mask)
    }

    /// All places before `at` can be found from now on.
    #[inline]
    pub(crate) fn advance(&mut self, text: &[u8], at: usize) {
        while self.done < at {
            if let Some(h) = self.hash(text, self.done) {
                self.before[self.done] = std::mem::replace(&mut self.heads[h], self.done as u32);
            }
            self.done += 1;
        }
    }

    /// Calls `each` with distance and length of ever longer copies, and of the one at distance `last`.
    #[inline]
    pub(crate) fn each(&self, text: &[u8], at: usize, last: u32, mut each: impl FnMut(u32, usize)) {
        let most = (text.len() - at).min(copies::LONGEST);
        if most < copies::SHORTEST {
            return;
        }
        if last != 0 && (last as usize) <= at {
            let length = common(text, at - last as usize, at, most);
            if length >= copies::SHORTEST {
                each(last, length);
            }
        }
        let Some(h) = self.hash(text, at) else { return };
        let mut place = self.heads[h];
        let mut longest = copies::SHORTEST - 1;
        for _ in 0..CHAIN {
            if place == NONE || at - place as usize > copies::FURTHEST {
                break;
            }
            let from = place as usize;
            if text[from + longest.min(most - 1)] == text[at + longest.min(most - 1)] {
                let length = common(text, from, at, most);
                if length > longest {
                    longest = length;
                    each((at - from) as u32, length);
                    if length >= most {
                        break;
                    }
                }
            }
            place = self.before[from];
        }
    }
}

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
