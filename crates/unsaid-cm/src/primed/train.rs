//! Training: every document is predicted from the ones before it, and what would have predicted it
//! better is remembered.

use unsaid_core::{Limits, Progress, Result};

use super::document::{self, Coder, Length, Mind};
use super::end::Ending;
use super::flag::{FLAG_PAIRS, FLAG_SETS, Flag};
use super::learned::Learned;
use super::logistic::stretch;
use super::mixer::{self, FLAG_INPUTS, FlagSet, INPUTS, Set};
use super::predict::{BY_MATCH, PAIRS, SETS, Seen};
use super::prior::{Prior, Work};
use super::scratch::Scratch;
use super::text::Text;

/// Texts are gone through again until this many bytes were seen, at most [`PASSES`] times.
const ENOUGH: usize = 4 << 20;
const PASSES: usize = 2;

/// Learning rate of the weights at the end, and how much more it is at the start.
const LAST_RATE: i32 = 50;
const FIRST_RATE_MORE: i32 = 160;

/// Where the counts of the adaptive probabilities stop.
const COUNT_LIMIT: u32 = 400;

/// The bits of an adaptive probability that hold its count; the high 22 are the probability.
const COUNT_MASK: u32 = 1023;

/// Bits that a weight has more in training.
const FINER: i32 = 14;

/// What training finds out from `documents`, an iterator that can be started again.
///
/// # Errors
/// As [`Prior::check`], and `Interrupted` where `progress` says so.
pub(crate) fn train<'a>(
    documents: impl Iterator<Item = &'a [u8]> + Clone,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Learned> {
    let (count, bytes) = super::measure(documents.clone());
    Prior::check(bytes, count, limits)?;
    let passes = (ENOUGH / bytes.max(1)).clamp(1, PASSES);
    let mut trainer = Trainer::new();
    let mut scratch = Scratch::new();
    let mut work = Work::default();
    let (mut done, total) = (0u64, (bytes * passes) as u64);
    for _ in 0..passes {
        let mut prior = Prior::new(Text::with_room(bytes, count), bytes);
        for document in documents.clone() {
            // The square of what is left, so that the end is slow.
            let left = ((total - done) * 1000 / total.max(1)) as i32;
            trainer.rate = LAST_RATE + left * left / 1000 * FIRST_RATE_MORE / 1000;
            trainer.document(&prior, &mut scratch, document);
            prior.learn(document, &mut work)?;
            done += document.len() as u64;
            progress.advance(document.len() as u64, 0)?;
        }
    }
    Ok(trainer.learned())
}

/// What was learned so far, finer than it is kept.
struct Trainer {
    learned: Learned,
    maps: Vec<u32>,
    flag_maps: Vec<u32>,
    end_maps: Vec<u32>,
    wide: Vec<[i32; INPUTS]>,
    flag_wide: Vec<[i32; FLAG_INPUTS]>,
    rate: i32,
    /// `stretch` of every probability.
    stretched: Vec<i16>,
    /// How far the n-th update goes, in 65536ths.
    rates: Vec<u32>,
}

/// Moves an adaptive probability towards `bit`, and gives it in 65536ths.
fn update(entry: &mut u32, bit: bool, rates: &[u32]) -> u16 {
    let count = *entry & COUNT_MASK;
    let p = i64::from(*entry >> 10);
    let target = if bit { (1 << 22) - 1 } else { 0 };
    let next = p + (target - p) * i64::from(rates[count as usize]) / 65536;
    *entry = (next as u32) << 10 | (count + 1).min(COUNT_LIMIT);
    (next >> 6).max(1) as u16
}

/// Adaptive probabilities that start as these, as if seen once.
fn counted(probabilities: &[u16]) -> Vec<u32> {
    probabilities.iter().map(|&p| u32::from(p) << 16 | 1).collect()
}

fn widened<const N: usize>(sets: &[[i16; N]]) -> Vec<[i32; N]> {
    sets.iter().map(|set| set.map(|w| i32::from(w) << FINER)).collect()
}

/// Moves a fine weight set against the error and rounds it.
fn learn<const N: usize>(wide: &mut [i32; N], inputs: &[i16; N], gain: i32, narrow: &mut [i16; N]) {
    for i in 0..N {
        wide[i] = wide[i].saturating_add((i32::from(inputs[i]) * gain) >> (16 - FINER));
        narrow[i] = (wide[i].saturating_add(1 << (FINER - 1)) >> FINER).clamp(-32768, 32767) as i16;
    }
}

impl Trainer {
    fn new() -> Self {
        let learned = Learned::new();
        Trainer {
            maps: counted(&learned.probabilities[0]),
            flag_maps: counted(&learned.probabilities[1]),
            end_maps: counted(&learned.probabilities[2]),
            wide: widened(&learned.weights),
            flag_wide: widened(&learned.flag_weights),
            rate: 0,
            stretched: (0..65536).map(|p| stretch(p.max(1)) as i16).collect(),
            rates: (0..=COUNT_LIMIT).map(|n| 65536 * 2 / (2 * n + 3)).collect(),
            learned,
        }
    }

    fn document(&mut self, prior: &Prior, scratch: &mut Scratch, document: &[u8]) {
        let Some(&last) = document.last() else { return };
        self.learned.may_end[usize::from(last)] = true;
        scratch.reset(&self.learned, document.len());
        document::code(prior, self, scratch, &mut Silent, document, Length::Marked, usize::MAX);
        for (to, from) in self.learned.weights.iter_mut().zip(&scratch.weights) {
            *to = *from;
        }
        for (to, from) in self.learned.flag_weights.iter_mut().zip(&scratch.flag_weights) {
            *to = *from;
        }
    }

    fn learned(self) -> Learned {
        let mut learned = self.learned;
        let narrow = |maps: Vec<u32>| maps.into_iter().map(|entry| (entry >> 16).max(1) as u16).collect();
        learned.probabilities = [narrow(self.maps), narrow(self.flag_maps), narrow(self.end_maps)];
        learned.refresh();
        debug_assert!(learned.weights.len() == SETS && learned.flag_weights.len() == FLAG_SETS);
        learned
    }

    fn pair(&self, p: u16) -> [i16; 2] {
        [self.stretched[usize::from(p)], ((i32::from(p) - 32768) >> 6) as i16]
    }
}

impl Mind for Trainer {
    const TRAINS: bool = true;

    fn learned(&self) -> &Learned {
        &self.learned
    }

    fn bit(&mut self, seen: &Seen, bit: u32, p: u32, weights: &mut [Set]) {
        let gain = mixer::gain(bit, p, self.rate);
        for set in seen.sets {
            learn(&mut self.wide[set], &seen.inputs, gain, &mut weights[set]);
        }
        for i in 0..PAIRS {
            let mut said = bit == 1;
            if i >= BY_MATCH {
                match seen.expected[i - BY_MATCH] {
                    2 => continue,
                    expected => said = u32::from(expected) == bit,
                }
            }
            let index = usize::from(seen.index[i]);
            let p = update(&mut self.maps[index], said, &self.rates);
            self.learned.maps[index] = self.pair(p);
        }
    }

    fn flag(&mut self, flag: &Flag, hit: bool, weights: &mut [FlagSet]) {
        let gain = mixer::gain(u32::from(hit), flag.p, self.rate);
        for set in flag.sets {
            learn(&mut self.flag_wide[set], &flag.inputs, gain, &mut weights[set]);
        }
        for i in 0..FLAG_PAIRS {
            let index = usize::from(flag.index[i]);
            let p = update(&mut self.flag_maps[index], hit, &self.rates);
            self.learned.flag_maps[index] = self.pair(p);
        }
    }

    fn end(&mut self, ending: &Ending, ended: bool) {
        let error = (i32::from(ended) << 16) - ending.p as i32;
        for (&i, w) in ending.index.iter().zip(&mut self.learned.end_weights[ending.set]) {
            let step = (i32::from(self.learned.end_maps[i][0]) * (error >> 2) + (1 << 15)) >> 16;
            *w = (i32::from(*w) + step).clamp(-32768, 32767) as i16;
        }
        for &i in &ending.index {
            let p = update(&mut self.end_maps[i], ended, &self.rates);
            self.learned.end_maps[i] = self.pair(p);
        }
    }
}

/// A coder that writes nothing.
struct Silent;

impl Coder for Silent {
    fn bit(&mut self, bit: u32, _: u32) -> u32 {
        bit
    }

    fn whole(&self) -> bool {
        true
    }
}
