//! The eight bits of a byte, each predicted from histories and matches.

use super::context::{FROZEN, LOCAL, class};
use super::document::{Coder, Mind};
use super::learned::PAIRS_ROOM;
use super::logistic::squash;
use super::matches::MATCHES;
use super::mixer::{self, INPUTS, SELECTED};
use super::prior::Prior;
use super::scratch::Scratch;
use super::tables::{Slot, second};
use crate::state::NEXT;

/// Pieces of evidence about a bit; each gives two inputs.
pub(crate) const PAIRS: usize = FROZEN + LOCAL + MATCHES + 1;
/// The first piece of evidence that is a match.
pub(crate) const BY_MATCH: usize = FROZEN + LOCAL;
const _: () = assert!(2 * PAIRS <= INPUTS);

pub(crate) const MATCH_MAPS: usize = BY_MATCH * 256;
pub(crate) const BYTE_MAPS: usize = MATCH_MAPS + MATCHES * 64;
pub(crate) const MAPS: usize = BYTE_MAPS + 256 * 4;

const SETS_BY_MATCH: usize = 256;
const SETS_BY_ORDER: usize = SETS_BY_MATCH + 16 * 9;
/// Sets of weights: by the bits of the byte so far, by matches, by orders known.
pub(crate) const SETS: usize = SETS_BY_ORDER + 8 * 16;

/// Frozen contexts that are whole orders, in rising order.
const ORDERS: usize = 5;

/// One prediction.
pub(crate) struct Seen {
    pub(crate) index: [u16; PAIRS],
    /// The bit that each match expects, 2 for none.
    pub(crate) expected: [u8; MATCHES + 1],
    pub(crate) inputs: [i16; INPUTS],
    pub(crate) sets: [usize; SELECTED],
}

impl Seen {
    #[inline(always)]
    fn set(&mut self, i: usize, index: usize, pair: [i16; 2]) {
        self.index[i] = index as u16;
        self.inputs[2 * i] = pair[0];
        self.inputs[2 * i + 1] = pair[1];
    }
}

/// What the matches say about a byte.
pub(crate) struct Guesses {
    pub(crate) expected: [Option<u8>; MATCHES],
    pub(crate) quality: [usize; MATCHES],
    /// The match that is believed in.
    pub(crate) best: usize,
    /// A byte that it is not.
    pub(crate) excluded: Option<u8>,
}

/// Codes `byte`, or finds out which it was.
#[inline(always)]
pub(crate) fn byte<M: Mind, C: Coder>(
    prior: &Prior,
    mind: &mut M,
    scratch: &mut Scratch,
    coder: &mut C,
    mut hashes: [u32; FROZEN],
    guesses: &Guesses,
    byte: u8,
) -> u8 {
    let Scratch { weights, local, context, .. } = scratch;
    let Guesses { expected, quality, best, excluded } = guesses;
    let mut local_hashes = context.local();
    if let Some(guess) = expected[*best] {
        for (table, &hash) in prior.tables.iter().zip(&hashes) {
            table.prefetch(second(hash, u32::from(guess >> 4) | 1 << 4));
        }
    }
    let strength = match quality[*best] >> 2 {
        0 => 0,
        1..=4 => 1,
        5..=9 => 2,
        _ => 3,
    };
    let excluded = excluded.map_or(0, |e| u32::from(e) | 256);
    let last = class(context.last as u8) as usize;

    let mut frozen: [Slot; FROZEN] = [[0; 16]; FROZEN];
    let mut near: [Slot; LOCAL] = [[0; 16]; LOCAL];
    let mut near_at = [0; LOCAL];
    let mut seen =
        Seen { index: [0; PAIRS], expected: [2; MATCHES + 1], inputs: [0; INPUTS], sets: [0; SELECTED] };
    // The bits so far, with a leading 1.
    let mut c0 = 1u32;
    for half in [4u32, 0] {
        if half == 0 {
            hashes = hashes.map(|h| second(h, c0));
            for (table, &hash) in prior.tables.iter().zip(&hashes) {
                table.prefetch(hash);
            }
            local_hashes = local_hashes.map(|h| second(h, c0));
        }
        // The document's own tables are near: meanwhile the others arrive.
        for i in 0..LOCAL {
            near_at[i] = local[i].find(local_hashes[i]);
            near[i] = *local[i].slot(near_at[i]);
        }
        for i in 0..FROZEN {
            frozen[i] = prior.tables[i].get(hashes[i]);
        }
        let known = frozen[..ORDERS].iter().filter(|slot| slot[1] != 0).count();
        let order_set = SETS_BY_ORDER + known * 16 + last;
        let mut node = 1usize;
        for shift in [3u32, 2, 1, 0] {
            let position = half + shift;
            let learned = mind.learned();
            for (i, slot) in frozen.iter().enumerate() {
                let index = i * 256 + slot[node & 15] as usize;
                seen.set(i, index, learned.maps[index & (PAIRS_ROOM - 1)]);
            }
            for (i, slot) in (FROZEN..).zip(&near) {
                let index = i * 256 + slot[node & 15] as usize;
                seen.set(i, index, learned.maps[index & (PAIRS_ROOM - 1)]);
            }
            let mut agreement = 0;
            // The match that is believed in speaks twice, the second time with the byte it expects.
            for (j, which) in [0, 1, 2, *best].into_iter().enumerate() {
                let i = BY_MATCH + j;
                let mut pair = [0; 2];
                let mut bit = 2;
                if let Some(e) =
                    expected[which].map(|e| u32::from(e) | 256).filter(|e| e >> (position + 1) == c0)
                {
                    bit = e >> position & 1;
                    let index = if j == MATCHES {
                        BYTE_MAPS + (e & 255) as usize * 4 + strength
                    } else {
                        MATCH_MAPS + j * 64 + quality[which]
                    };
                    seen.index[i] = index as u16;
                    pair = learned.maps[index & (PAIRS_ROOM - 1)];
                    if bit == 0 {
                        pair = pair.map(|x| -x);
                    }
                }
                seen.expected[j] = bit as u8;
                seen.inputs[2 * i] = pair[0];
                seen.inputs[2 * i + 1] = pair[1];
                if j == 1 || j == 2 {
                    agreement = agreement * 3 + bit as usize;
                }
            }
            let sure = if seen.expected[0] == 2 { 0 } else { quality[0] >> 2 };
            let sets = [c0 as usize & 255, SETS_BY_MATCH + sure * 9 + agreement, order_set];
            seen.sets = sets;
            let d = mixer::dot(&seen.inputs, &weights[sets[0]], &weights[sets[1]], &weights[sets[2]]);
            let p = squash(d);
            // The last bit is known where all before it are those of the byte that it is not.
            let bit = if position == 0 && c0 == excluded >> 1 {
                (excluded & 1) ^ 1
            } else {
                coder.bit(u32::from(byte) >> position & 1, p)
            };
            mind.bit(&seen, bit, p, weights);
            let next = &NEXT[bit as usize & 1];
            for slot in &mut near {
                slot[node & 15] = next[slot[node & 15] as usize];
            }
            node = node << 1 | bit as usize;
            c0 = c0 << 1 | bit;
        }
        for i in 0..LOCAL {
            local[i].put(near_at[i], near[i]);
        }
    }
    c0 as u8
}
