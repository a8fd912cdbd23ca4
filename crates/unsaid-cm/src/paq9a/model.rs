//! What encoder and decoder share bit for bit: the state that grows with every byte, and the one
//! way to code a byte against it.
//!
//! A byte is coded as a flag (is it what LZP predicts?) and, where it is not, as eight bits from
//! the top, each predicted by a chain of eleven contexts. [`Model::code`] is written once and
//! compiled twice, for a [`BitCoder`] that writes and one that reads.

use crate::logistic::squash;
#[cfg(target_arch = "x86_64")]
use crate::chain::Avx2;
use crate::chain::{CONTEXTS, Chain, Kernel, Portable, Question};
use crate::lzp::Lzp;
use crate::slots::Slots;
use crate::state::NEXT;

use super::params::Level;

/// Codes decisions one way or the other.
pub(super) trait BitCoder {
    /// Codes one decision whose probability of 1 is `p` 4096ths. An encoder codes `bit` and gives
    /// it back; a decoder gives the bit it read.
    fn code(&mut self, bit: bool, p: u32) -> bool;
}

/// Contexts that index a table directly: the bytes four, three, two and one back.
const DIRECT: usize = 4;
/// Contexts that go through the hash table, see [`keys`].
const HASHED: usize = CONTEXTS - DIRECT;

type ByteRows = [[u8; 256]; 256];

/// The state of the whole stream; it lives as long as an archive.
#[derive(Debug)]
pub(super) struct Model {
    lzp: Lzp,
    slots: Slots,
    direct: Box<[ByteRows; DIRECT]>,
    chain: Chain,
    #[cfg(target_arch = "x86_64")]
    avx2: bool,
}

impl Model {
    /// The model before the first byte. The caller has checked that its memory may be taken.
    pub(super) fn new(level: Level) -> Self {
        let sizes = level.sizes();
        Model {
            lzp: Lzp::new(sizes.ring, sizes.index),
            slots: Slots::new(sizes.slots),
            direct: crate::boxed([[0; 256]; 256]),
            chain: Chain::new(),
            #[cfg(target_arch = "x86_64")]
            avx2: is_x86_feature_detected!("avx2"),
        }
    }

    /// Codes one byte and learns it. An encoder passes the byte, a decoder anything.
    pub(super) fn code<C: BitCoder>(&mut self, coder: &mut C, byte: u8) -> u8 {
        let expected = self.lzp.predicted();
        let p = match expected {
            Some(c) => squash(self.lzp.confidence(c)) as u32,
            None => 0,
        };
        let hit = coder.code(expected == Some(byte), p);
        let byte = match expected {
            Some(c) if hit => c,
            _ => self.literal(coder, byte, expected),
        };
        self.lzp.update(byte, expected);
        byte
    }

    fn literal<C: BitCoder>(&mut self, coder: &mut C, byte: u8, expected: Option<u8>) -> u8 {
        #[cfg(target_arch = "x86_64")]
        if self.avx2 {
            #[allow(unsafe_code, reason = "the processor was asked when the model was made")]
            // SAFETY: `avx2` says that this processor has AVX2.
            return unsafe { self.literal_avx2(coder, byte, expected) };
        }
        self.literal_with::<Portable, C>(coder, byte, expected)
    }

    #[cfg(target_arch = "x86_64")]
    #[allow(unsafe_code, reason = "calling it needs a processor with AVX2")]
    #[target_feature(enable = "avx2")]
    unsafe fn literal_avx2<C: BitCoder>(&mut self, coder: &mut C, byte: u8, expected: Option<u8>) -> u8 {
        self.literal_with::<Avx2, C>(coder, byte, expected)
    }

    #[inline(always)]
    fn literal_with<K: Kernel, C: BitCoder>(&mut self, coder: &mut C, byte: u8, expected: Option<u8>) -> u8 {
        let guess = expected.map_or(-1, i32::from);
        let c4 = self.lzp.h2;
        let [d0, d1, d2, d3] = &mut *self.direct;
        let back = c4.to_be_bytes().map(usize::from);
        let mut rows = [&mut d0[back[0]], &mut d1[back[1]], &mut d2[back[2]], &mut d3[back[3]]];
        let mut at = [0; HASHED];
        let mut c0 = 1usize;
        let mut nibble = 1usize;
        for bit in 0..8 {
            let mut guess = guess;
            let agrees = (guess + 256) >> (8 - bit) == c0 as i32;
            if bit & 3 == 0 {
                guess = if agrees { guess } else { 0 };
                for (at, key) in at.iter_mut().zip(keys(&self.lzp, c0 as u32, guess as u32)) {
                    *at = self.slots.find(key);
                }
                nibble = 1;
            }
            let mut q = Question {
                flag: agrees,
                refine: [
                    (c0 as i32).wrapping_add(guess << 8) as u16,
                    ((c4 & 0xff) << 8 | c0 as u32) as u16,
                    c4.wrapping_mul(3).wrapping_add(c0 as u32) as u16,
                ],
                ..Question::default()
            };
            let (direct, hashed) = q.states.split_at_mut(DIRECT);
            for (state, row) in direct.iter_mut().zip(&rows) {
                *state = row[c0 & 255];
            }
            for (state, &at) in hashed.iter_mut().zip(&at) {
                *state = self.slots.states(at)[nibble & 15];
            }
            let (pr, step) = K::predict(&self.chain, &q);
            let y = coder.code(byte >> (7 - bit) & 1 != 0, squash(pr) as u32);
            K::learn(&mut self.chain, &q, step, y);
            let next = &NEXT[usize::from(y)];
            for row in &mut rows {
                row[c0 & 255] = next[usize::from(row[c0 & 255])];
            }
            for &at in &at {
                // Not from `q`: two contexts may have come to share a slot, and then both count.
                let state = &mut self.slots.states(at)[nibble & 15];
                *state = next[usize::from(*state)];
            }
            c0 = c0 << 1 | usize::from(y);
            nibble = nibble << 1 | usize::from(y);
        }
        c0 as u8
    }
}

/// The contexts of one nibble; `c0` is the bits so far with a leading 1.
#[inline(always)]
fn keys(lzp: &Lzp, c0: u32, guess: u32) -> [u32; HASHED] {
    let Lzp { h1, h2: c4, word0, word1, .. } = *lzp;
    let c8 = (h1 << 4).wrapping_sub(1);
    let s = c4 << 8;
    let plus = |a: u32, k: u32| a.wrapping_add(c0).wrapping_add(guess.wrapping_mul(k));
    [
        (s & 0x00ff_ff00).wrapping_sub(c0),
        plus((s & 0xffff_ff00).wrapping_mul(3), 0),
        plus(c4.wrapping_mul(7), 0),
        plus(c8.wrapping_mul(5) & 0x00ff_fffc, 0),
        plus(c8.wrapping_mul(11) & 0x0fff_fff0, 13),
        plus(word0.wrapping_mul(5), 17),
        plus(word1.wrapping_mul(7).wrapping_add(word0.wrapping_mul(11)), 37),
    ]
}
