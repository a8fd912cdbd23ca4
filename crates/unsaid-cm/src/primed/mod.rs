//! Context mixing for small documents: primed on a training text, frozen, with a small local part.
#![allow(missing_docs)]

mod context;
mod flag;
mod logistic;
mod matches;
mod mixer;
mod model;
mod tables;
mod train;

use model::{Coder, Learned, Length, Prior, Scratch};
use unsaid_entropy::fine::{Decoder, Encoder, Ending};

pub(crate) fn local_slots(length: usize) -> usize {
    (2 * length).next_power_of_two().clamp(1 << 8, 1 << 17)
}

pub(crate) fn env(name: &str, default: i32) -> i32 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

pub struct Weights(Learned);

pub struct Primed {
    prior: Prior,
    learned: Learned,
}

fn prior(bytes: usize) -> Prior {
    let slots = (bytes / 2).next_power_of_two().clamp(1 << 12, 1 << 18);
    Prior {
        tables: (0..context::FROZEN).map(|_| tables::Frozen::new(slots)).collect(),
        hits: (0..flag::HELD).map(|_| flag::Hits::new((bytes / 2).next_power_of_two().clamp(1 << 14, 1 << 19))).collect(),
        corpus: matches::Corpus::new(bytes),
    }
}

pub fn train<'a>(documents: impl Iterator<Item = &'a [u8]> + Clone) -> Weights {
    let bytes: usize = documents.clone().map(<[u8]>::len).sum();
    let mut trainer = train::Trainer::new();
    let mut scratch = Scratch::default();
    let mut cost = train::Cost::default();
    let mut found = matches::Matches::default();
    let passes = (6_000_000 / bytes.max(1)).clamp(1, env("PASSES", 4) as usize);
    let total = bytes * passes;
    let mut done = 0;
    for _ in 0..passes {
        let mut prior = prior(bytes);
        for d in documents.clone() {
            let left = ((total - done) as u64 * 1000 / total as u64) as i32;
            trainer.rate = env("R1", 12) + (left * left / 1000) * env("R0", 60) / 1000;
            trainer.document(&prior, &mut scratch, &mut cost, d);
            prior.learn(d, &mut found);
            done += d.len();
        }
    }
    Weights(trainer.learned)
}

struct Enc<'a>(Encoder<'a>);
impl Coder for Enc<'_> {
    #[inline(always)]
    fn bit(&mut self, bit: u32, p: u32) -> u32 {
        self.0.encode(bit == 1, p);
        bit
    }
    #[inline(always)]
    fn whole(&self) -> bool {
        true
    }
}
struct Dec<'a>(Decoder<'a>);
impl Coder for Dec<'_> {
    #[inline(always)]
    fn bit(&mut self, _: u32, p: u32) -> u32 {
        u32::from(self.0.decode(p))
    }
    #[inline(always)]
    fn whole(&self) -> bool {
        !self.0.starved()
    }
}

#[derive(Default)]
pub struct Buffers(Scratch);

fn class(length: usize) -> u8 {
    (0..8).find(|&c| length <= 512 << (2 * c)).unwrap_or(7)
}

impl Primed {
    pub fn new<'a>(documents: impl Iterator<Item = &'a [u8]> + Clone, weights: &Weights) -> Self {
        let bytes: usize = documents.clone().map(<[u8]>::len).sum();
        let mut prior = prior(bytes);
        let mut found = matches::Matches::default();
        for d in documents {
            prior.learn(d, &mut found);
        }
        Primed { prior, learned: weights.0.clone() }
    }

    pub fn encode(&self, buffers: &mut Buffers, document: &[u8], out: &mut Vec<u8>) -> u8 {
        let class = class(document.len());
        let scratch = &mut buffers.0;
        scratch.reset(&self.learned, local_slots(512 << (2 * class)));
        let marked = document.last().is_some_and(|&b| self.learned.may_end[b as usize]);
        let length = if marked {
            Length::Marked
        } else {
            let mut n = document.len();
            while n > 127 {
                out.push(n as u8 | 128);
                n >>= 7;
            }
            out.push(n as u8);
            Length::Known(document.len())
        };
        let mut coder = Enc(Encoder::new(out));
        model::document(&self.prior, &mut &self.learned, scratch, &mut coder, document, length, usize::MAX);
        coder.0.finish();
        class << 5 | u8::from(!marked) << 4
    }

    pub fn decode(&self, buffers: &mut Buffers, flags: u8, payload: &[u8], out: &mut Vec<u8>, most: usize) -> bool {
        let class = flags >> 5;
        let scratch = &mut buffers.0;
        scratch.reset(&self.learned, local_slots(512 << (2 * class)));
        let mut payload = payload;
        let length = if flags & 16 == 0 {
            Length::Marked
        } else {
            let mut n = 0;
            let mut shift = 0;
            while let Some((&b, rest)) = payload.split_first() {
                payload = rest;
                n |= ((b & 127) as usize) << shift;
                shift += 7;
                if b < 128 { break; }
            }
            Length::Known(n)
        };
        let mut coder = Dec(Decoder::new(payload));
        let ok = model::document(&self.prior, &mut &self.learned, scratch, &mut coder, &[], length, most);
        out.extend_from_slice(&scratch.history);
        ok && coder.0.finish() == Ending::Exact
    }
}
