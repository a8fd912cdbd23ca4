//! What encoder and decoder share bit for bit: the state that grows with every byte, and the one
//! way to code a byte against it.
//!
//! A byte is coded as a flag (is it what LZP predicts?) and, where it is not, as eight bits from
//! the top, each predicted by a chain of eleven contexts. [`Model::code`] is written once and
//! compiled twice, for a [`BitCoder`] that writes and one that reads.

use std::cell::Cell;

#[cfg(target_arch = "x86_64")]
use crate::chain::Avx2;
use crate::chain::{CONTEXTS, Chain, Kernel, Portable, Question};
use crate::history::History;
use crate::logistic::squash;
use crate::lzp::Lzp;
use crate::slots::{self, Hash, Slots, Table};
use crate::state::NEXT;

use super::params::Level;

/// Codes decisions one way or the other.
pub(super) trait BitCoder {
    /// Whether the byte that [`Model::code`] is given is the one that will be coded.
    const KNOWS_BYTE: bool;

    /// Codes one decision whose probability of 1 is `p` 4096ths. An encoder codes `bit` and gives
    /// it back; a decoder gives the bit it read.
    fn code(&mut self, bit: bool, p: u32) -> bool;

    /// A decoder has read what no encoder writes.
    fn contradiction(&mut self);
}

/// Contexts that index a table directly: the bytes four, three, two and one back.
const DIRECT: usize = 4;
/// Contexts that go through the hash table, see [`keys`].
const HASHED: usize = CONTEXTS - DIRECT;

type ByteRows = [[u8; 256]; 256];

/// The state of the whole stream; it lives as long as an archive.
#[derive(Debug)]
pub(super) struct Model {
    history: History,
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
            history: History::default(),
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
        if !self.lzp.is_sure() {
            for hash in hashes(&self.history, 1, expected) {
                self.slots.prefetch(hash);
            }
        }
        let p = match expected {
            Some(c) => squash(self.lzp.confidence(&self.history, c)) as u32,
            None => 0,
        };
        let hit = coder.code(expected == Some(byte), p);
        let byte = match expected {
            Some(c) if hit => c,
            _ => {
                let literal = self.literal(coder, byte, expected);
                if hit || expected == Some(literal) {
                    coder.contradiction();
                }
                literal
            }
        };
        self.lzp.update(byte, expected);
        self.history.push(byte);
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
        let Model { history, lzp, slots, direct, chain, .. } = self;
        let (history, slots) = (*history, slots.table());
        let prefetch = |hashes: [Hash; HASHED]| hashes.iter().for_each(|&hash| slots.prefetch(hash));
        let [t0, t1, t2, t3] = &mut **direct;
        let back = history.h2.to_be_bytes().map(usize::from);
        let rows = [&mut t0[back[0]], &mut t1[back[1]], &mut t2[back[2]], &mut t3[back[3]]];
        let rows = rows.map(|row| Cell::from_mut(&mut row[..]).as_slice_of_cells());
        let guess = expected.map_or(-1, i32::from);
        let mut c0 = 1usize;
        for half in [4, 0] {
            let hashes_now = hashes(&history, c0 as u32, expected);
            if half == 0 && C::KNOWS_BYTE {
                prefetch_after(history, lzp, slots, byte);
            } else if half == 0 {
                lzp.prefetch_index(c0 as u8 & 15);
            } else if C::KNOWS_BYTE {
                lzp.prefetch_index(byte >> 4);
                prefetch(hashes(&history, 16 | u32::from(byte >> 4), expected));
            }
            let at = hashes_now.map(|hash| slots.find(hash));
            let mut nibble = 1usize;
            for left in [3, 2, 1, 0] {
                let agrees = (guess + 256) >> (half + left + 1) == c0 as i32;
                // Where slots are taken, a byte that is already refuted counts as 0.
                let guess = if left == 3 && !agrees { 0 } else { guess };
                let c4 = history.h2;
                let refine = [
                    (c0 as i32).wrapping_add(guess << 8) as u16,
                    ((c4 & 0xff) << 8 | c0 as u32) as u16,
                    c4.wrapping_mul(3).wrapping_add(c0 as u32) as u16,
                ];
                let [d0, d1, d2, d3] = rows.map(|row| &row[c0 & 255]);
                let [h0, h1, h2, h3, h4, h5, h6] = at.map(|slot| slots::state(slot, nibble));
                let cells = [d0, d1, d2, d3, h0, h1, h2, h3, h4, h5, h6];
                let q = Question { states: cells.map(Cell::get), flag: agrees, refine };
                let (pr, step) = K::predict(chain, &q);
                let y = coder.code(byte >> (half + left) & 1 != 0, squash(pr) as u32);
                if !C::KNOWS_BYTE && left == 0 {
                    // The memory comes while the model learns.
                    let c0 = (c0 << 1) as u32 | u32::from(y);
                    if half == 4 {
                        prefetch(hashes(&history, c0, expected));
                    } else {
                        prefetch_after(history, lzp, slots, c0 as u8);
                    }
                }
                K::learn(chain, &q, step, y);
                let next = &NEXT[usize::from(y)];
                for cell in cells {
                    // Not from `q`: two contexts may have come to share a slot, and then both count.
                    cell.set(next[usize::from(cell.get())]);
                }
                c0 = c0 << 1 | usize::from(y);
                nibble = nibble << 1 | usize::from(y);
            }
        }
        c0 as u8
    }
}

/// Starts to load what the byte after this one will need, if this one is `byte`.
#[inline(always)]
fn prefetch_after(mut history: History, lzp: &mut Lzp, slots: Table<'_>, byte: u8) {
    lzp.prefetch_source(byte);
    history.push(byte);
    // The other contexts depend on what LZP will predict.
    for hash in hashes(&history, 1, None).into_iter().take(4) {
        slots.prefetch(hash);
    }
}

/// The contexts of one nibble: orders 2, 3, 4, 5, and order 6 and two of words with the byte that
/// LZP expects. `c0` is the bits so far with a leading 1.
#[inline(always)]
fn hashes(history: &History, c0: u32, expected: Option<u8>) -> [Hash; HASHED] {
    let History { h1, h2: c4, word0, word1 } = *history;
    let c8 = (h1 << 4).wrapping_sub(1);
    let s = c4 << 8;
    // The bits that c0 has, of the expected byte with a leading 1.
    let known = 31 - c0.leading_zeros();
    let guess = expected.map_or(0, u32::from);
    let guess = if (guess + 256) >> (8 - known) == c0 { guess } else { 0 };
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
    .map(Hash::of)
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use unsaid_testkit::{Kind, bytes};

    use super::*;

    /// Keeps every probability that is asked for.
    struct Record<const KNOWS_BYTE: bool>(Vec<u32>, Vec<bool>);

    impl<const KNOWS_BYTE: bool> BitCoder for Record<KNOWS_BYTE> {
        const KNOWS_BYTE: bool = KNOWS_BYTE;

        fn code(&mut self, bit: bool, p: u32) -> bool {
            self.0.push(p);
            let bit = if KNOWS_BYTE { bit } else { self.1[self.0.len() - 1] };
            if KNOWS_BYTE {
                self.1.push(bit);
            }
            bit
        }

        fn contradiction(&mut self) {
            unreachable!("the input is what was coded");
        }
    }

    /// The probabilities of the worked example in `docs/formats/paq9a.md`.
    #[test]
    fn the_worked_example_of_the_format_page() {
        let mut coder = Record::<true>(Vec::new(), Vec::new());
        Model::new(Level::MIN).code(&mut coder, b'A');
        assert_eq!(coder.0, [0, 2051, 690, 2047, 1480, 1171, 963, 813, 702]);
        let bits: Vec<u8> = coder.1.into_iter().map(u8::from).collect();
        assert_eq!(bits, [0, 0, 1, 0, 0, 0, 0, 0, 1]);
    }

    /// J2, J5: kernel and direction change no probability.
    #[test]
    fn j2_every_kernel_and_both_directions_ask_for_the_same_probabilities() {
        for kind in [Kind::Mixed, Kind::Text] {
            let input = bytes(kind, 9, 20_000);
            let level = Level::MIN;
            let mut model = Model::new(level);
            let mut encoder = Record::<true>(Vec::new(), Vec::new());
            assert!(input.iter().all(|&byte| model.code(&mut encoder, byte) == byte));

            for avx2 in [false, is_x86_feature_detected!("avx2")] {
                let mut model = Model::new(level);
                model.avx2 = avx2;
                let mut decoder = Record::<false>(Vec::new(), encoder.1.clone());
                assert!(input.iter().all(|&byte| model.code(&mut decoder, 0) == byte));
                assert!(decoder.0 == encoder.0);
            }
        }
    }
}
