//! What encoder and decoder share bit for bit: the state that grows with every byte, and the one
//! way to code a byte against it.
//!
//! A byte is coded as a flag (is it what LZP predicts?) and, where it is not, as eight bits from
//! the top, each predicted by a chain of eleven contexts. [`Model::code`] is written once and
//! compiled twice, for a [`BitCoder`] that writes and one that reads.

use crate::logistic::squash;
use crate::lzp::Lzp;
use crate::mixer::{Weights, chain};
use crate::slots::Slots;
use crate::state::NEXT;
use crate::state_map::{self, StateMap};

use super::params::Level;

/// Codes decisions one way or the other.
pub(super) trait BitCoder {
    /// Codes one decision whose probability of 1 is `p` 4096ths. An encoder codes `bit` and gives
    /// it back; a decoder gives the bit it read.
    fn code(&mut self, bit: bool, p: u32) -> bool;
}

/// Contexts that index a table directly: the bytes four, three, two and one back.
const DIRECT: usize = 4;
/// Contexts that go through the hash table: orders 2, 3, 4 and 6 or so, two of words, see [`Model::keys`].
const HASHED: usize = 7;
const CONTEXTS: usize = DIRECT + HASHED;

const MIXERS: usize = CONTEXTS - 1;

/// The constant first input of the refinements of a literal bit.
const CONSTANT: i32 = 512;

type ByteRows = [[u8; 256]; 256];

/// The state of the whole stream; it lives as long as an archive.
#[derive(Debug)]
pub(super) struct Model {
    lzp: Lzp,
    slots: Slots,
    direct: Box<[ByteRows]>,
    maps: Box<[StateMap<256>; CONTEXTS]>,
    /// By whether the bits so far agree with the byte that LZP predicted, then by bit history.
    mixers: Box<[[[Weights; 256]; 2]; MIXERS]>,
    refine: [Box<[Weights]>; 3],
}

impl Model {
    /// The model before the first byte. The caller has checked that its memory may be taken.
    pub(super) fn new(level: Level) -> Self {
        let sizes = level.sizes();
        let refine = || vec![Weights::REFINE; 1 << 16].into_boxed_slice();
        Model {
            lzp: Lzp::new(sizes.ring, sizes.index),
            slots: Slots::new(sizes.slots),
            direct: vec![[[0; 256]; 256]; DIRECT].into_boxed_slice(),
            maps: Box::new([state_map::new(); CONTEXTS]),
            mixers: Box::new([[[Weights::AVERAGE; 256]; 2]; MIXERS]),
            refine: [refine(), refine(), refine()],
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

    /// The contexts of one nibble; `c0` is the bits so far with a leading 1.
    fn keys(&self, c0: u32, guess: u32) -> [u32; HASHED] {
        let Lzp { h1, h2: c4, word0, word1, .. } = self.lzp;
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

    fn literal<C: BitCoder>(&mut self, coder: &mut C, byte: u8, expected: Option<u8>) -> u8 {
        let guess = expected.map_or(-1, i32::from);
        let c4 = self.lzp.h2;
        let back = [c4 >> 24, c4 >> 16 & 255, c4 >> 8 & 255, c4 & 255];
        let mut at = [0; HASHED];
        let mut c0 = 1usize;
        let mut nibble = 1usize;
        for bit in 0..8 {
            let mut guess = guess;
            let agrees = (guess + 256) >> (8 - bit) == c0 as i32;
            if bit & 3 == 0 {
                guess = if agrees { guess } else { 0 };
                for (at, key) in at.iter_mut().zip(self.keys(c0 as u32, guess as u32)) {
                    *at = self.slots.find(key);
                }
                nibble = 1;
            }
            let set = usize::from(agrees);

            let mut s = [0u8; CONTEXTS];
            for i in 0..DIRECT {
                s[i] = self.direct[i][back[i] as usize][c0 & 255];
            }
            for i in 0..HASHED {
                s[DIRECT + i] = self.slots.states(at[i])[nibble & 15];
            }
            let mut x0 = [0; MIXERS];
            let mut x1 = [0; MIXERS];
            let mut out = [0; MIXERS];
            let mut pr = self.maps[0][usize::from(s[0])].stretched();
            for i in 0..MIXERS {
                let state = usize::from(s[i + 1]);
                x0[i] = pr;
                x1[i] = self.maps[i + 1][state].stretched();
                out[i] = self.mixers[i][set][state].mix(x0[i], x1[i]);
                pr = chain(pr, out[i]);
            }
            let contexts = [
                (c0 as i32).wrapping_add(guess << 8) as usize & 0xffff,
                (c4 as usize & 0xff) << 8 | c0,
                (c4 as usize * 3 + c0) & 0xffff,
            ];
            let mut r0 = [0; 3];
            let mut rout = [0; 3];
            for i in 0..3 {
                r0[i] = pr.wrapping_mul(2);
                rout[i] = self.refine[i][contexts[i]].mix(CONSTANT, r0[i]);
                pr = chain(pr, rout[i]);
            }

            let y = coder.code(byte >> (7 - bit) & 1 != 0, squash(pr) as u32);
            let y1 = u32::from(y);
            let next = &NEXT[usize::from(y)];
            for i in 0..CONTEXTS {
                self.maps[i][usize::from(s[i])].update(y1);
            }
            for i in 0..MIXERS {
                self.mixers[i][set][usize::from(s[i + 1])].update(x0[i], x1[i], out[i], y1);
            }
            for i in 0..3 {
                self.refine[i][contexts[i]].update(CONSTANT, r0[i], rout[i], y1);
            }
            for i in 0..DIRECT {
                self.direct[i][back[i] as usize][c0 & 255] = next[usize::from(s[i])];
            }
            for i in 0..HASHED {
                // Not from `s`: two contexts may have come to share a slot, and then both count.
                let state = &mut self.slots.states(at[i])[nibble & 15];
                *state = next[usize::from(*state)];
            }
            c0 = c0 << 1 | usize::from(y);
            nibble = nibble << 1 | usize::from(y);
        }
        c0 as u8
    }
}
