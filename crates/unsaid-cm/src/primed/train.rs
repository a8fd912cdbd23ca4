//! Training: every document is predicted from the ones before it, and what would have predicted it
//! better is remembered.

use super::flag::{FLAG_MAPS, FLAG_PAIRS};
use super::logistic::stretch;
use super::mixer::{INPUTS, Set};
use super::model::{Coder, FlagSeen, END_INPUTS, ENDS, Learned, Length, MAPS, Mind, PAIRS, Prior, SETS, Scratch, Seen};
use super::context::FROZEN;
use super::context::LOCAL;

pub(crate) struct Trainer {
    pub(crate) learned: Learned,
    /// Probability in the high 22 bits, count in the low ten.
    maps: Vec<u32>,
    ends: Vec<u32>,
    wide: Vec<[i32; INPUTS]>,
    flag_maps: Vec<u32>,
    flag_wide: Vec<[i32; INPUTS]>,
    pub(crate) rate: i32,
    stretched: Vec<i16>,
    rates: Vec<u32>,
}

const COUNT_LIMIT: u32 = 400;

fn update(entry: &mut u32, bit: u32, rates: &[u32], limit: u32) {
    let count = *entry & 1023;
    let p = (*entry >> 10) as i64;
    let target = if bit == 1 { (1 << 22) - 1 } else { 0 };
    let next = p + (target - p) * i64::from(rates[count as usize]) / 65536;
    *entry = (next as u32) << 10 | (count + 1).min(limit);
}

impl Trainer {
    pub(crate) fn new() -> Self {
        let learned = Learned::new();
        let wide = learned.weights.iter().map(|set| set.map(|w| i32::from(w) << 14)).collect();
        let learned_flags = learned.flag_weights.iter().map(|set| set.map(|w| i32::from(w) << 14)).collect();
        Trainer {
            learned,
            maps: vec![1 << 31; MAPS],
            ends: vec![1 << 27; ENDS],
            wide,
            flag_maps: vec![1 << 31; FLAG_MAPS],
            flag_wide: learned_flags,
            rate: 400,
            stretched: (0..65536).map(|p| stretch(p.max(1)) as i16).collect(),
            rates: (0..1024u32).map(|n| 65536 * 2 / (2 * n + 3)).collect(),
        }
    }

    pub(crate) fn document(&mut self, prior: &Prior, scratch: &mut Scratch, cost: &mut Cost, document: &[u8]) {
        if document.is_empty() {
            return;
        }
        scratch.reset(&self.learned, super::local_slots(document.len()));
        self.learned.may_end[document[document.len() - 1] as usize] = true;
        super::model::document(prior, self, scratch, cost, document, Length::Marked, usize::MAX);
    }
}

impl Mind for Trainer {
    const TRAINS: bool = true;

    fn learned(&self) -> &Learned {
        &self.learned
    }

    fn bit(&mut self, seen: &Seen, bit: u32, p: u32, weights: &mut [Set]) {
        let error = (bit << 16) as i32 - p as i32;
        let gain = (error * self.rate) >> 10;
        for set in seen.sets {
            for i in 0..INPUTS {
                // inputs 2^8, gain; a weight has 14 more bits here.
                let w = &mut self.wide[set][i];
                *w = w.saturating_add((i32::from(seen.inputs[i]) * gain) >> 2);
                let narrow = ((*w + (1 << 13)) >> 14).clamp(-32768, 32767) as i16;
                weights[set][i] = narrow;
                self.learned.weights[set][i] = narrow;
            }
        }
        for i in 0..PAIRS {
            let mut b = bit;
            if i >= FROZEN + LOCAL {
                let e = seen.expected[i - FROZEN - LOCAL];
                if e == 2 {
                    continue;
                }
                b = u32::from(u32::from(e) == bit);
            }
            let index = seen.index[i] as usize;
            let entry = &mut self.maps[index];
            update(entry, b, &self.rates, COUNT_LIMIT);
            let p = *entry >> 16;
            self.learned.maps[index] = [self.stretched[p as usize], ((p as i32 - 32768) >> 6) as i16];
        }
    }

    fn flag(&mut self, seen: &FlagSeen, hit: bool, p: u32, weights: &mut [Set]) {
        let error = (i32::from(hit) << 16) - p as i32;
        let gain = (error * self.rate) >> 10;
        for set in seen.sets {
            for i in 0..2 * FLAG_PAIRS {
                let w = &mut self.flag_wide[set][i];
                *w = w.saturating_add((i32::from(seen.inputs[i]) * gain) >> 2);
                let narrow = ((*w + (1 << 13)) >> 14).clamp(-32768, 32767) as i16;
                weights[set][i] = narrow;
                self.learned.flag_weights[set][i] = narrow;
            }
        }
        for i in 0..FLAG_PAIRS {
            let index = seen.index[i] as usize;
            let entry = &mut self.flag_maps[index];
            update(entry, u32::from(hit), &self.rates, COUNT_LIMIT);
            let p = *entry >> 16;
            self.learned.flag_maps[index] = [self.stretched[p as usize], ((p as i32 - 32768) >> 6) as i16];
        }
    }

    fn end(&mut self, index: &[usize; END_INPUTS], set: usize, p: u32, ended: bool) {
        let error = (i32::from(ended) << 16) - p as i32;
        for i in 0..END_INPUTS {
            let st = i32::from(self.learned.ends[index[i]]);
            let w = &mut self.learned.end_weights[set][i];
            *w = (i32::from(*w) + ((st * (error >> 2) + (1 << 15)) >> 16)).clamp(-32768, 32767) as i16;
            let entry = &mut self.ends[index[i]];
            update(entry, u32::from(ended), &self.rates, 255);
            self.learned.ends[index[i]] = self.stretched[(*entry >> 16) as usize];
        }
    }
}

/// A coder that writes nothing.
#[derive(Debug, Default)]
pub(crate) struct Cost {
}

impl Coder for Cost {
    fn bit(&mut self, bit: u32, _: u32) -> u32 {
        bit
    }
    fn whole(&self) -> bool {
        true
    }
}

const _: () = assert!(SETS > 0);
