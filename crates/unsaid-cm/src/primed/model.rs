//! From the evidence to the next bit, and from one document to bits and back.

use super::flag::{self, DIRECT_MAPS, FLAG_MAPS, FLAG_PAIRS, HELD, Hits, OWN};
use super::context::{self, Context, FROZEN, LOCAL};
use super::logistic::{LIMIT, squash};
use super::matches::{Corpus, MATCHES, Matches};
use super::mixer::{self, INPUTS, Inputs, SELECTED, Set};
use super::tables::{self, Frozen, Local, Slot};
use crate::state::NEXT;

/// Pieces of evidence about a bit; each gives two inputs.
pub(crate) const PAIRS: usize = INPUTS / 2;
const MATCH_AT: usize = FROZEN + LOCAL;
const _: () = assert!(MATCH_AT + MATCHES + 1 == PAIRS);

/// Where the maps of matches start, and that of the expected byte.
const MATCH_MAPS: usize = MATCH_AT * 256;
const EXPECTED_MAPS: usize = MATCH_MAPS + MATCHES * 64;
pub(crate) const MAPS: usize = EXPECTED_MAPS + 256 * 4;

/// Weight sets: by partial byte, by matches, by orders found.
pub(crate) const SETS: usize = 256 + SET_MATCH + SET_ORDER;
const SET_MATCH: usize = 16 * 9;
const SET_ORDER: usize = 8 * 16;

pub(crate) const ENDS: usize = 256 + 4096 + 256 + 1024;
pub(crate) const END_INPUTS: usize = 4;

/// What training has found out.
#[derive(Clone, Debug)]
pub(crate) struct Learned {
    /// Stretched probability and its distance from one half.
    pub(crate) maps: Vec<[i16; 2]>,
    pub(crate) weights: Vec<Set>,
    pub(crate) flag_maps: Vec<[i16; 2]>,
    pub(crate) flag_weights: Vec<Set>,
    pub(crate) may_end: [bool; 256],
    pub(crate) ends: Vec<i16>,
    pub(crate) end_weights: [[i16; END_INPUTS]; 4],
}

impl Learned {
    pub(crate) fn new() -> Self {
        let mut weights = vec![[0i16; INPUTS]; SETS];
        for w in &mut weights[..256] {
            for i in 0..PAIRS {
                w[2 * i] = 3000;
            }
        }
        Learned {
            maps: vec![[0; 2]; MAPS],
            weights,
            flag_maps: vec![[0; 2]; FLAG_MAPS],
            flag_weights: flag::first_weights(),
            may_end: [false; 256],
            ends: vec![-1024; ENDS],
            end_weights: [[16384 / 4; END_INPUTS]; 4],
        }
    }
}

/// Who looks at every prediction: nobody in coding, the trainer in training.
pub(crate) trait Mind {
    const TRAINS: bool;
    fn learned(&self) -> &Learned;
    fn bit(&mut self, seen: &Seen, bit: u32, p: u32, weights: &mut [Set]);
    fn flag(&mut self, seen: &FlagSeen, hit: bool, p: u32, weights: &mut [Set]);
    fn end(&mut self, index: &[usize; END_INPUTS], set: usize, p: u32, ended: bool);
}

/// One prediction.
pub(crate) struct Seen {
    pub(crate) index: [u16; PAIRS],
    /// For the matches, the bit they expect; 2 for none.
    pub(crate) expected: [u8; MATCHES + 1],
    pub(crate) inputs: Inputs,
    pub(crate) sets: [usize; SELECTED],
    pub(crate) d: i32,
}

pub(crate) struct FlagSeen {
    pub(crate) index: [u16; FLAG_PAIRS],
    pub(crate) inputs: Inputs,
    pub(crate) sets: [usize; SELECTED],
}

impl Mind for &Learned {
    const TRAINS: bool = false;
    #[inline(always)]
    fn learned(&self) -> &Learned {
        self
    }
    #[inline(always)]
    fn bit(&mut self, seen: &Seen, bit: u32, p: u32, weights: &mut [Set]) {
        let error = (bit << 16) as i32 - p as i32;
        let gain = (error * weights_rate()) >> 10;
        for set in seen.sets {
            mixer::learn(&seen.inputs, &mut weights[set], gain);
        }
    }
    #[inline(always)]
    fn flag(&mut self, seen: &FlagSeen, hit: bool, p: u32, weights: &mut [Set]) {
        let error = (i32::from(hit) << 16) - p as i32;
        let gain = (error * weights_rate()) >> 10;
        for set in seen.sets {
            mixer::learn(&seen.inputs, &mut weights[set], gain);
        }
    }
    #[inline(always)]
    fn end(&mut self, _: &[usize; END_INPUTS], _: usize, _: u32, _: bool) {}
}

fn weights_rate() -> i32 {
    static R: std::sync::OnceLock<i32> = std::sync::OnceLock::new();
    *R.get_or_init(|| super::env("RT", 20))
}

/// Codes one bit, or finds out which it was.
pub(crate) trait Coder {
    fn bit(&mut self, bit: u32, p: u32) -> u32;
    /// Whether to go on.
    fn whole(&self) -> bool;
}

/// What belongs to one document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    weights: Vec<Set>,
    flag_weights: Vec<Set>,
    own: [Hits; OWN],
    hits: u32,
    local: [Local; LOCAL],
    matches: Matches,
    pub(crate) history: Vec<u8>,
    context: Context,
}

impl Scratch {
    pub(crate) fn reset(&mut self, learned: &Learned, size: usize) {
        self.weights.clone_from(&learned.weights);
        self.flag_weights.clone_from(&learned.flag_weights);
        for own in &mut self.own {
            own.reset(size);
        }
        self.hits = 0;
        for local in &mut self.local {
            local.reset(size);
        }
        self.matches.reset(size);
        self.history.clear();
        self.context = Context::default();
    }
}

/// The training text as the model sees it.
#[derive(Clone, Debug)]
pub(crate) struct Prior {
    pub(crate) tables: Vec<Frozen>,
    pub(crate) hits: Vec<Hits>,
    pub(crate) corpus: Corpus,
}

pub(crate) enum Length {
    Known(usize),
    Marked,
}

/// Codes one document; `source` is empty in decoding. The document is `scratch.history` at the end.
pub(crate) fn document<M: Mind, C: Coder>(
    prior: &Prior,
    mind: &mut M,
    scratch: &mut Scratch,
    coder: &mut C,
    source: &[u8],
    length: Length,
    most: usize,
) -> bool {
    loop {
        let at = scratch.history.len();
        match length {
            Length::Known(n) if at == n => return true,
            Length::Known(_) => {}
            Length::Marked => {
                if at > 0 && mind.learned().may_end[(scratch.context.last & 255) as usize] {
                    let ended = end(prior, mind, scratch, coder, at == source.len());
                    if ended {
                        return true;
                    }
                }
            }
        }
        if at >= most || !coder.whole() {
            return false;
        }
        let before = scratch.context.frozen();
        let guess = scratch.matches.best(&prior.corpus, &scratch.history);
        let byte = byte(prior, mind, scratch, coder, source.get(at).copied().unwrap_or(0));
        if let Some(e) = guess {
            let hit = e == byte;
            scratch.hits = scratch.hits << 1 | u32::from(hit);
            for i in 0..OWN {
                scratch.own[i].learn(before[flag::own_chosen(i)], e, hit);
            }
        }
        scratch.history.push(byte);
        scratch.context.push(byte);
        scratch.matches.advance(&prior.corpus, &scratch.history);
    }
}

#[inline(always)]
fn end<M: Mind, C: Coder>(prior: &Prior, mind: &mut M, scratch: &Scratch, coder: &mut C, ended: bool) -> bool {
    let last = (scratch.context.last & 255) as usize;
    let ats = usize::from(scratch.matches.at_end(0)) + 2 * usize::from(scratch.matches.at_end(1));
    let log = (usize::BITS - scratch.history.len().leading_zeros()).min(15) as usize;
    let index = [
        last,
        256 + (scratch.context.ending() >> 20) as usize,
        256 + 4096 + ats * 64 + scratch.matches.quality(0),
        256 + 4096 + 256 + log * 64 + scratch.context.column().min(63) as usize,
    ];
    let learned = mind.learned();
    let mut sum = 0i32;
    for i in 0..END_INPUTS {
        sum = sum.wrapping_add(i32::from(learned.ends[index[i]]) * i32::from(learned.end_weights[ats][i]));
    }
    let p = squash(sum >> 14);
    let _ = prior;
    let ended = coder.bit(u32::from(ended), p) == 1;
    mind.end(&index, ats, p, ended);
    ended
}

/// Codes whether the byte is the expected one, where that is nearly certain.
#[allow(clippy::too_many_arguments)]
#[inline(always)]
fn flagged<M: Mind, C: Coder>(
    prior: &Prior,
    mind: &mut M,
    scratch: &mut Scratch,
    coder: &mut C,
    byte: u8,
    e: u8,
    hashes: &[u32; FROZEN],
    expected: &[Option<u8>; MATCHES],
    quality: &[usize; MATCHES],
    best: usize,
) -> Option<bool> {
    let learned = mind.learned();
    let mut seen = FlagSeen { index: [0; FLAG_PAIRS], inputs: [0; INPUTS], sets: [0; SELECTED] };
    for i in 0..HELD {
        seen.index[i] = (i * 256) as u16 + u16::from(prior.hits[i].get(hashes[flag::chosen(i)], e));
    }
    for i in 0..OWN {
        seen.index[HELD + i] =
            ((HELD + i) * 256) as u16 + u16::from(scratch.own[i].get(hashes[flag::own_chosen(i)], e));
    }
    let mut agree = 0;
    for j in 1..MATCHES {
        agree = agree * 3 + expected[j].map_or(0, |x| if x == e { 1 } else { 2 });
    }
    let q = quality[best];
    let at = HELD + OWN;
    seen.index[at] = (DIRECT_MAPS + best * 64 + q) as u16;
    seen.index[at + 1] = (DIRECT_MAPS + 256 + (scratch.hits & 255) as usize) as u16;
    seen.index[at + 2] = (DIRECT_MAPS + 512 + (q >> 2) * 9 + agree) as u16;
    for i in 0..FLAG_PAIRS {
        let pair = learned.flag_maps[seen.index[i] as usize];
        seen.inputs[2 * i] = pair[0];
        seen.inputs[2 * i + 1] = pair[1];
    }
    seen.sets = [best * 64 + q, 256 + e as usize, 512 + (scratch.context.last & 255) as usize];
    let w = &mut scratch.flag_weights;
    let d = mixer::dot(&seen.inputs, &w[seen.sets[0]], &w[seen.sets[1]], &w[seen.sets[2]]);
    let p = squash(d);
    let used = d >= threshold();
    let hit = if used { Some(coder.bit(u32::from(byte == e), p) == 1) } else { None };
    // Where it was not asked, both sides know the answer a little later: the trainer learns from it
    // all the same, the document's own part does not.
    if used || M::TRAINS {
        let hit = hit.unwrap_or(byte == e);
        mind.flag(&seen, hit, p, w);
    }
    hit
}

fn threshold() -> i32 {
    static R: std::sync::OnceLock<i32> = std::sync::OnceLock::new();
    *R.get_or_init(|| super::env("TH", 700))
}

#[inline(always)]
fn byte<M: Mind, C: Coder>(prior: &Prior, mind: &mut M, scratch: &mut Scratch, coder: &mut C, byte: u8) -> u8 {
    let mut frozen_hash = scratch.context.frozen();
    let mut expected = [None; MATCHES];
    let mut quality = [0; MATCHES];
    for i in 0..MATCHES {
        expected[i] = scratch.matches.expected(i, &prior.corpus, &scratch.history);
        quality[i] = if expected[i].is_some() { scratch.matches.quality(i) } else { 0 };
    }
    // The byte most believed in, and how much.
    let best = if expected[0].is_some() { 0 } else if expected[1].is_some() { 1 } else { 2 };
    let mut excluded = 512;
    if let Some(e) = expected[best] {
        match flagged(prior, mind, scratch, coder, byte, e, &frozen_hash, &expected, &quality, best) {
            Some(true) => return e,
            Some(false) => {
                for x in &mut expected {
                    if *x == Some(e) {
                        *x = None;
                    }
                }
                excluded = u32::from(e) | 256;
            }
            None => {}
        }
    }
    let Scratch { weights, local, context, .. } = scratch;
    for i in 0..FROZEN {
        prior.tables[i].prefetch(frozen_hash[i]);
    }
    let mut local_hash = context.local();

    if let Some(e) = expected[0].or(expected[1]) {
        let nibble = u32::from(e >> 4) | 16;
        for i in 0..FROZEN {
            prior.tables[i].prefetch(tables::second(frozen_hash[i], nibble));
        }
    }
    let best = if expected[0].is_some() { 0 } else if expected[1].is_some() { 1 } else { 2 };
    let strength = match quality[best] >> 2 { 0 => 0, 1..=4 => 1, 5..=9 => 2, _ => 3 };
    let last = context.last as u8;

    let mut frozen: [Slot; FROZEN] = [[0; 16]; FROZEN];
    let mut near: [Slot; LOCAL] = [[0; 16]; LOCAL];
    let mut near_at = [0; LOCAL];
    let mut c0 = 1u32;
    let mut seen = Seen { index: [0; PAIRS], expected: [2; MATCHES + 1], inputs: [0; INPUTS], sets: [0; SELECTED], d: 0 };
    let mut order_set = 0;
    for half in 0..2 {
        if half == 1 {
            for h in &mut frozen_hash {
                *h = tables::second(*h, c0);
            }
            for h in &mut local_hash {
                *h = tables::second(*h, c0);
            }
        }
        for i in 0..FROZEN {
            frozen[i] = prior.tables[i].get(frozen_hash[i]);
        }
        for i in 0..LOCAL {
            near_at[i] = local[i].find(local_hash[i]);
            near[i] = *local[i].slot(near_at[i]);
        }
        // How long a context the training text knows, seven orders, and the kind of the last byte.
        let known = frozen[..7].iter().filter(|s| s[1] != 0).count();
        order_set = 256 + SET_MATCH + known * 16 + context::class(last) as usize;
        let mut node = 1usize;
        for shift in [3u32, 2, 1, 0] {
            let learned = mind.learned();
            for i in 0..FROZEN {
                let index = i * 256 + frozen[i][node & 15] as usize;
                seen.index[i] = index as u16;
                let pair = learned.maps[index];
                seen.inputs[2 * i] = pair[0];
                seen.inputs[2 * i + 1] = pair[1];
            }
            for j in 0..LOCAL {
                let i = FROZEN + j;
                let index = i * 256 + near[j][node & 15] as usize;
                seen.index[i] = index as u16;
                let pair = learned.maps[index];
                seen.inputs[2 * i] = pair[0];
                seen.inputs[2 * i + 1] = pair[1];
            }
            let position = if half == 0 { 4 + shift } else { shift };
            let mut agree = 0;
            for j in 0..=MATCHES {
                let i = MATCH_AT + j;
                let which = if j == MATCHES { best } else { j };
                let mut pair = [0, 0];
                let mut e = 2;
                if let Some(x) = expected[which] {
                    let x = u32::from(x) | 256;
                    if x >> (position + 1) == c0 {
                        e = x >> position & 1;
                        let index = if j == MATCHES {
                            EXPECTED_MAPS + (x & 255) as usize * 4 + strength
                        } else {
                            MATCH_MAPS + j * 64 + quality[j]
                        };
                        seen.index[i] = index as u16;
                        pair = learned.maps[index];
                        if e == 0 {
                            pair = [-pair[0], -pair[1]];
                        }
                    }
                }
                seen.expected[j] = e as u8;
                seen.inputs[2 * i] = pair[0];
                seen.inputs[2 * i + 1] = pair[1];
                if j == 1 || j == 2 {
                    agree = agree * 3 + e as usize;
                }
            }
            let q = if seen.expected[0] == 2 { 0 } else { quality[0] >> 2 };
            seen.sets = [c0 as usize, 256 + q * 9 + agree, order_set];
            let sets = seen.sets;
            let d = mixer::dot(&seen.inputs, &weights[sets[0]], &weights[sets[1]], &weights[sets[2]]);
            seen.d = d.clamp(-LIMIT, LIMIT);
            let p = squash(d);
            let bit = if position == 0 && c0 == excluded >> 1 {
                excluded & 1 ^ 1
            } else {
                coder.bit(u32::from(byte) >> position & 1, p)
            };
            mind.bit(&seen, bit, p, weights);
            for slot in &mut near {
                slot[node & 15] = NEXT[bit as usize & 1][slot[node & 15] as usize];
            }
            node = node << 1 | bit as usize;
            c0 = c0 << 1 | bit;
        }
        for i in 0..LOCAL {
            local[i].put(near_at[i], near[i]);
        }
    }
    let _ = order_set;
    c0 as u8
}

impl Prior {
    /// `matches` is reset.
    pub(crate) fn learn(&mut self, document: &[u8], matches: &mut Matches) {
        matches.reset((document.len() * 2).next_power_of_two().clamp(256, 1 << 17));
        let mut context = Context::default();
        let mut hashes = Vec::with_capacity(document.len());
        let mut guesses = Vec::with_capacity(document.len());
        for (at, &byte) in document.iter().enumerate() {
            hashes.push(context.frozen());
            guesses.push(matches.best(&self.corpus, &document[..at]));
            context.push(byte);
            matches.advance(&self.corpus, &document[..at + 1]);
        }
        for (i, table) in self.tables.iter_mut().enumerate() {
            for (at, &byte) in document.iter().enumerate() {
                if let Some(next) = hashes.get(at + 8) {
                    table.prefetch(next[i]);
                }
                table.learn(hashes[at][i], byte);
            }
        }
        for (i, table) in self.hits.iter_mut().enumerate() {
            for (at, &byte) in document.iter().enumerate() {
                if let Some(e) = guesses[at] {
                    table.learn(hashes[at][flag::chosen(i)], e, e == byte);
                }
            }
        }
        self.corpus.push(document);
    }
}
