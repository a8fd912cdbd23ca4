//! One document, byte for byte: does it end, is it what a match expects, or else its eight bits.

use super::context::FROZEN;
use super::end::Ending;
use super::flag::{self, Flag, HELD, OWN};
use super::learned::Learned;
use super::matches::MATCHES;
use super::mixer::{self, FlagSet, Set};
use super::predict::{self, Guesses, Seen};
use super::prior::Prior;
use super::scratch::Scratch;

/// How fast the weights follow a document.
const RATE: i32 = 160;

/// The quality of a match below which the tables are asked for at once: speed alone depends on it.
const UNSURE: usize = 10 * 4;

/// The quality of a match from which the byte after the next is prepared: speed alone depends on it.
const LIKELY: usize = 5 * 4;

/// Who looks at every prediction: in coding the weights of the document alone, in training the trainer.
pub(crate) trait Mind {
    /// Whether it also learns from what is not coded.
    const TRAINS: bool;
    fn learned(&self) -> &Learned;
    fn bit(&mut self, seen: &Seen, bit: u32, p: u32, weights: &mut [Set]);
    fn flag(&mut self, flag: &Flag, hit: bool, weights: &mut [FlagSet]);
    fn end(&mut self, ending: &Ending, ended: bool);
}

impl Mind for &Learned {
    const TRAINS: bool = false;

    #[inline(always)]
    fn learned(&self) -> &Learned {
        self
    }

    #[inline(always)]
    fn bit(&mut self, seen: &Seen, bit: u32, p: u32, weights: &mut [Set]) {
        let gain = mixer::gain(bit, p, RATE);
        for set in seen.sets {
            mixer::learn(&seen.inputs, &mut weights[set], gain);
        }
    }

    #[inline(always)]
    fn flag(&mut self, flag: &Flag, hit: bool, weights: &mut [FlagSet]) {
        let gain = mixer::gain(u32::from(hit), flag.p, RATE);
        for set in flag.sets {
            mixer::learn(&flag.inputs, &mut weights[set], gain);
        }
    }

    #[inline(always)]
    fn end(&mut self, _: &Ending, _: bool) {}
}

/// Codes one decision, or finds out which it was.
pub(crate) trait Coder {
    /// The bit that was coded; `p` is the probability of 1 in 65536ths. A decoder ignores `bit`.
    fn bit(&mut self, bit: u32, p: u32) -> u32;
    /// Whether what was decoded still means something.
    fn whole(&self) -> bool;
}

/// How the end of a document is known.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Length {
    Known(usize),
    Marked,
}

/// How the coding of a document ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Whole,
    /// There would be more than `most` bytes.
    TooLong,
    Starved,
}

/// Codes `source`, which is empty in decoding. `scratch` was reset and holds the document at the end.
pub(crate) fn code<M: Mind, C: Coder>(
    prior: &Prior,
    mind: &mut M,
    scratch: &mut Scratch,
    coder: &mut C,
    source: &[u8],
    length: Length,
    most: usize,
) -> Outcome {
    loop {
        let at = scratch.history.len();
        match length {
            Length::Known(n) if at == n => return Outcome::Whole,
            Length::Known(_) => {}
            Length::Marked => {
                if let Some(ending) = Ending::asked(mind.learned(), scratch) {
                    let ended = coder.bit(u32::from(at == source.len()), ending.p) == 1;
                    mind.end(&ending, ended);
                    if ended {
                        return if coder.whole() { Outcome::Whole } else { Outcome::Starved };
                    }
                }
            }
        }
        if !coder.whole() {
            return Outcome::Starved;
        }
        if at >= most {
            return Outcome::TooLong;
        }
        let byte = source.get(at).copied().unwrap_or(0);
        next(prior, mind, scratch, coder, byte);
    }
}

/// Asks for the histories of the next four bits.
#[inline(always)]
fn ask(prior: &Prior, hashes: &[u32; FROZEN]) {
    for (table, &hash) in prior.tables.iter().zip(hashes) {
        table.prefetch(hash);
    }
}

/// Codes one byte and takes it into the history.
#[inline(always)]
fn next<M: Mind, C: Coder>(prior: &Prior, mind: &mut M, scratch: &mut Scratch, coder: &mut C, byte: u8) {
    let hashes = scratch.hashes;
    scratch.matches.prepare(&prior.corpus, &scratch.history);
    let expected: [Option<u8>; MATCHES] =
        [0, 1, 2].map(|which| scratch.matches.expected(which, &prior.corpus, &scratch.history));
    let best = flag::best(&expected);
    let guess = best.and_then(|which| expected[which]);
    let mut hit = None;
    // Most likely the guess is right: where we are then, and what will be asked there.
    let quality = best.map_or(0, |best| scratch.matches.quality(best));
    let mut ahead = None;
    if let (Some(best), Some(guess), true) = (best, guess, quality >= LIKELY) {
        let mut context = scratch.context.clone();
        context.push(guess);
        let hashes = context.frozen();
        if let Some(then) = scratch.matches.after(best, &prior.corpus, &scratch.history) {
            for i in 0..HELD {
                prior.hits[i].prefetch(hashes[flag::held(i)], then);
            }
        }
        ahead = Some((context, hashes));
    }
    if let (Some(best), Some(guess)) = (best, guess) {
        let flag = Flag::new(prior, mind.learned(), scratch, &hashes, &expected, best, guess);
        if flag.used {
            hit = Some(coder.bit(u32::from(byte == guess), flag.p) == 1);
        }
        if flag.used || M::TRAINS {
            mind.flag(&flag, hit.unwrap_or(byte == guess), &mut scratch.flag_weights);
        }
    }
    let byte = match (hit, guess) {
        (Some(true), Some(guess)) => guess,
        _ => {
            let missed = if hit.is_some() { guess } else { None };
            let left = expected.map(|e| e.filter(|_| e != missed));
            let quality = [0, 1, 2].map(|i| if left[i].is_some() { scratch.matches.quality(i) } else { 0 });
            let best = flag::best(&left).unwrap_or(MATCHES - 1);
            let guesses = Guesses { expected: left, quality, best, excluded: missed };
            if !scratch.asked {
                ask(prior, &hashes);
            }
            predict::byte(prior, mind, scratch, coder, hashes, &guesses, byte)
        }
    };
    if let Some(guess) = guess {
        let hit = guess == byte;
        scratch.hits = scratch.hits << 1 | u32::from(hit);
        for i in 0..OWN {
            scratch.own[i].learn(hashes[flag::own(i)], guess, hit);
        }
    }
    scratch.history.push(byte);
    match ahead {
        Some((context, hashes)) if guess == Some(byte) => {
            scratch.context = context;
            scratch.hashes = hashes;
        }
        _ => {
            scratch.context.push(byte);
            scratch.hashes = scratch.context.frozen();
        }
    }
    // A match that is long enough makes it likely that the tables are not needed.
    scratch.asked = quality < UNSURE || guess != Some(byte);
    if scratch.asked {
        ask(prior, &scratch.hashes);
    }
    scratch.matches.advance(&prior.corpus, &scratch.history, &expected);
}
