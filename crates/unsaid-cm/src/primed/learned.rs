//! What training has found out: small, and the same for every document.

use unsaid_core::{Error, ErrorKind, Result};

use super::end::{END_INPUTS, END_SETS};
use super::flag::{FLAG_MAPS, FLAG_PAIRS, FLAG_SETS};
use super::guess;
use super::logistic::stretch;
use super::mixer::{FlagSet, Set};
use super::predict::{MAPS, PAIRS, SETS};

/// Pairs of inputs; more room than is used, so that an index needs a mask and no check.
pub(crate) type Pairs = [[i16; 2]; PAIRS_ROOM];
pub(crate) const PAIRS_ROOM: usize = 1 << 13;
const _: () = assert!(MAPS <= PAIRS_ROOM && FLAG_MAPS <= PAIRS_ROOM);

/// Version of the serialised form.
const VERSION: u8 = 1;

/// Probabilities and weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Learned {
    /// The two inputs that each history (or quality of a match) gives.
    pub(crate) maps: Box<Pairs>,
    pub(crate) weights: Vec<Set>,
    pub(crate) flag_maps: Box<Pairs>,
    pub(crate) flag_weights: Vec<FlagSet>,
    /// Bytes that documents end with.
    pub(crate) may_end: [bool; 256],
    pub(crate) end_maps: Vec<[i16; 2]>,
    pub(crate) end_weights: [[i16; END_INPUTS]; END_SETS],
    /// The probabilities that the maps are made from, as they are written.
    pub(crate) probabilities: [Vec<u16>; 3],
}

/// The two inputs of a probability in 65536ths: stretched, and how far it is from one half.
pub(crate) fn pair(p: u16) -> [i16; 2] {
    [stretch(u32::from(p)) as i16, ((i32::from(p) - 32768) >> 6) as i16]
}

/// Sets whose first `equal` share `weight` among their stretched inputs, the others nothing.
fn first_sets<const N: usize>(sets: usize, equal: usize, pairs: usize, weight: i16) -> Vec<[i16; N]> {
    let mut all = vec![[0; N]; sets];
    for set in &mut all[..equal] {
        for pair in set[..2 * pairs].chunks_exact_mut(2) {
            pair[0] = weight;
        }
    }
    all
}

impl Learned {
    /// Before training.
    pub(crate) fn new() -> Self {
        let mut learned = Learned {
            maps: crate::boxed([0; 2]),
            weights: first_sets(SETS, 256, PAIRS, 3000),
            flag_maps: crate::boxed([0; 2]),
            flag_weights: first_sets(FLAG_SETS, 256, FLAG_PAIRS, 2500),
            may_end: [false; 256],
            end_maps: Vec::new(),
            end_weights: [[1 << 12; END_INPUTS]; END_SETS],
            probabilities: [guess::maps(), guess::flags(), guess::ends()],
        };
        learned.refresh();
        learned
    }

    /// Makes the inputs from the probabilities.
    pub(crate) fn refresh(&mut self) {
        let [maps, flags, ends] = &self.probabilities;
        self.maps.iter_mut().zip(maps).for_each(|(to, &p)| *to = pair(p));
        self.flag_maps.iter_mut().zip(flags).for_each(|(to, &p)| *to = pair(p));
        self.end_maps = ends.iter().map(|&p| pair(p)).collect();
    }

    /// Appends the serialised form.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        for eight in self.may_end.chunks_exact(8) {
            out.push(eight.iter().rev().fold(0, |bits, &bit| bits << 1 | u8::from(bit)));
        }
        for p in self.probabilities.iter().flatten() {
            out.extend_from_slice(&p.to_le_bytes());
        }
        for w in self.end_weights.iter().flatten() {
            out.extend_from_slice(&w.to_le_bytes());
        }
        self.weights.iter().for_each(|set| write_set(set, out));
        self.flag_weights.iter().for_each(|set| write_set(set, out));
    }

    /// Reads the serialised form, all of `bytes`.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let mut input = Input { bytes, at: 0 };
        let version = input.take(1)?[0];
        if version != VERSION {
            return Err(Error::new(ErrorKind::NewerVersion, "the weights of the level small")
                .found(format!("version {version}"))
                .expected(VERSION)
                .hint("use a newer release"));
        }
        let mut learned = Learned::new();
        for eight in learned.may_end.chunks_exact_mut(8) {
            let bits = input.take(1)?[0];
            eight.iter_mut().enumerate().for_each(|(i, bit)| *bit = bits >> i & 1 == 1);
        }
        for probabilities in &mut learned.probabilities {
            for p in probabilities {
                *p = input.number()? as u16;
                if *p == 0 {
                    return Err(
                        Error::corrupt("a probability of the level small is 0").at(input.at as u64 - 2)
                    );
                }
            }
        }
        for w in learned.end_weights.iter_mut().flatten() {
            *w = input.number()?;
        }
        for set in &mut learned.weights {
            input.set(set)?;
        }
        for set in &mut learned.flag_weights {
            input.set(set)?;
        }
        if input.at != bytes.len() {
            return Err(Error::corrupt("bytes after the weights of the level small").at(input.at as u64));
        }
        learned.refresh();
        Ok(learned)
    }
}

/// A set without a weight takes one byte.
fn write_set(set: &[i16], out: &mut Vec<u8>) {
    let used = set.iter().any(|&w| w != 0);
    out.push(u8::from(used));
    if used {
        set.iter().for_each(|w| out.extend_from_slice(&w.to_le_bytes()));
    }
}

/// A slice that is read from its start.
struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at + n).ok_or_else(|| {
            Error::new(ErrorKind::Truncated, "the weights of the level small end early")
                .at(self.bytes.len() as u64)
        })?;
        self.at += n;
        Ok(taken)
    }

    fn number(&mut self) -> Result<i16> {
        let b = self.take(2)?;
        Ok(i16::from_le_bytes([b[0], b[1]]))
    }

    fn set(&mut self, set: &mut [i16]) -> Result<()> {
        match self.take(1)?[0] {
            0 => set.fill(0),
            1 => {
                for w in set {
                    *w = self.number()?;
                }
            }
            other => {
                return Err(Error::corrupt("a set of weights of the level small")
                    .found(other)
                    .expected("0 or 1")
                    .at(self.at as u64 - 1));
            }
        }
        Ok(())
    }
}
