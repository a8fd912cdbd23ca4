//! Any base: divide and conquer on the fraction, without a division.
//!
//! The first half of the digits comes from the fraction's first bits, the second half from the fraction times
//! base^half, less its whole part: one product a level, and all of them shrink with the digits. Where the base is
//! 2^v · odd, only odd^half is multiplied with and the low bits that would be zeros are never there (after R. Brent
//! and P. Zimmermann, *Modern Computer Arithmetic*, 2010, section 1.7, turned round: from fractions, not integers).

use std::sync::Arc;

use unsaid_core::{Error, ErrorKind, Progress, Result, Workers};

use super::leaf::{Chunk, can_be_trusted};
use super::size;
use crate::crew::{Crew, Relay};
use crate::number::Natural;
use crate::{Base, Fraction};

/// Bits of the longest fraction that is converted word by word.
const LEAF_BITS: u64 = 2000;
/// Digits of the longest fraction that one job converts whole.
const WHOLE: u64 = 1 << 16;

/// What does not change while one fraction is converted.
struct Plan<N> {
    base: Base,
    chunk: Chunk,
    /// The base is `odd` · 2^`twos`.
    twos: u64,
    odd: u64,
    /// Limbs behind the last digit that show whether it can be trusted.
    guard: usize,
    /// Digits of a leaf.
    leaf: u64,
    /// odd^(leaf · 2^i).
    powers: Vec<N>,
}

/// A fraction of exactly the bits that its digits need: [`Plan::bits`].
struct Piece<N> {
    number: N,
    at: u64,
    digits: u64,
}

/// What a job gives.
enum Part<N> {
    Power(N),
    Halves([Piece<N>; 2]),
    /// Digits, where they belong, and whether they can be trusted.
    Digits(u64, Vec<u8>, bool),
}

/// The first digits, and whether all of them can be trusted: `guard` limbs of the fraction behind the last one say.
pub(super) fn digits<N: Natural>(
    fraction: &Fraction,
    base: Base,
    count: usize,
    guard: usize,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<(Vec<u8>, bool)> {
    let total = count as u64;
    let levels = levels(base, total);
    let twos = base.get().trailing_zeros();
    let mut plan = Plan {
        base,
        chunk: Chunk::new(base.get()),
        twos: u64::from(twos),
        odd: u64::from(base.get() >> twos),
        guard,
        leaf: total.div_ceil(1 << levels).max(1),
        powers: Vec::new(),
    };
    let units = total.saturating_mul(u64::from(levels) + 2);
    progress.begin(Some(units));
    let mut crew: Crew<'_, Part<N>> = Crew::new(workers, progress, units);
    plan.powers = powers(&plan, levels, &mut crew)?;
    let plan = Arc::new(plan);

    let bits = plan.bits(total);
    let limbs = usize::try_from(bits.div_ceil(64)).unwrap_or(usize::MAX);
    let number = N::from_limbs(fraction.limbs(limbs)).down(limbs as u64 * 64 - bits);
    let mut pieces = vec![Piece { number, at: 0, digits: total }];
    let mut out = vec![0; count];
    let (mut missing, mut trusted) = (total, true);
    while missing > 0 {
        while crew.has_room() {
            let Some(piece) = pieces.pop() else { break };
            let plan = Arc::clone(&plan);
            crew.start(move |relay| plan.step(piece, relay));
        }
        match crew.wait()? {
            // The first half first: its digits are wanted first, and one worker holds few pieces.
            Part::Halves([first, second]) => pieces.extend([second, first]),
            Part::Digits(at, digits, sure) => {
                missing -= digits.len() as u64;
                trusted &= sure;
                if let Some(place) = out.get_mut(at as usize..at as usize + digits.len()) {
                    place.copy_from_slice(&digits);
                }
            }
            Part::Power(_) => return Err(lost()),
        }
    }
    crew.finish()?;
    Ok((out, trusted))
}

/// How often so many digits are halved until a leaf can have them.
pub(super) fn levels(base: Base, count: u64) -> u32 {
    let bits = size::bits(base, count);
    if bits <= LEAF_BITS { 0 } else { (bits.div_ceil(LEAF_BITS)).next_power_of_two().ilog2() }
}

/// odd^leaf, and its squares.
fn powers<N: Natural>(plan: &Plan<N>, levels: u32, crew: &mut Crew<'_, Part<N>>) -> Result<Vec<N>> {
    let mut powers: Vec<N> = Vec::new();
    for level in 0..levels {
        let (odd, leaf) = (plan.odd, plan.leaf);
        // A number that is squared comes back with its square: jobs own what they use.
        let last = powers.last().cloned();
        crew.start(move |relay| {
            relay.advance(leaf << level)?;
            Ok(Part::Power(last.map_or_else(|| power(odd, leaf), |last| last.squared())))
        });
        match crew.wait()? {
            Part::Power(next) => powers.push(next),
            _ => return Err(lost()),
        }
    }
    Ok(powers)
}

/// base^exponent; the exponent is at least 1.
fn power<N: Natural>(base: u64, exponent: u64) -> N {
    let base = N::from_limbs(vec![base]);
    let mut power = base.clone();
    for bit in (0..exponent.max(1).ilog2()).rev() {
        power = power.squared();
        if exponent >> bit & 1 == 1 {
            power = power.times(&base);
        }
    }
    power
}

impl<N: Natural> Plan<N> {
    /// The bits that so many digits are made from.
    fn bits(&self, digits: u64) -> u64 {
        size::bits(self.base, digits) + 64 * self.guard as u64
    }

    /// The work of one job.
    fn step(&self, piece: Piece<N>, relay: &Relay) -> Result<Part<N>> {
        if piece.digits > WHOLE {
            return Ok(Part::Halves(self.halve(piece, relay)?));
        }
        let at = piece.at;
        let mut out = vec![0; piece.digits as usize];
        let trusted = self.convert(piece, &mut out, relay)?;
        Ok(Part::Digits(at, out, trusted))
    }

    /// Two fractions of half the digits. Rounding down takes less than one unit of the lowest guard limb from
    /// what is left behind the last digit.
    fn halve(&self, piece: Piece<N>, relay: &Relay) -> Result<[Piece<N>; 2]> {
        relay.advance(piece.digits)?;
        let Piece { number, at, digits } = piece;
        let level = (digits.div_ceil(self.leaf)).next_power_of_two().ilog2().saturating_sub(1);
        let power = self.powers.get(level as usize).ok_or_else(lost)?;
        let first = self.leaf << level;
        let second = digits - first;
        let bits = self.bits(digits);
        let left = number.top(bits - self.bits(first));
        let rest = bits - self.twos * first;
        let right = number.times(power);
        drop(number);
        let right = right.low(rest).down(rest - self.bits(second));
        Ok([
            Piece { number: left, at, digits: first },
            Piece { number: right, at: at + first, digits: second },
        ])
    }

    /// All digits of a piece, and whether they can be trusted.
    fn convert(&self, piece: Piece<N>, out: &mut [u8], relay: &Relay) -> Result<bool> {
        if piece.digits > self.leaf {
            let [left, right] = self.halve(piece, relay)?;
            let (first, second) = out.split_at_mut(left.digits as usize);
            return Ok(self.convert(left, first, relay)? & self.convert(right, second, relay)?);
        }
        relay.advance(piece.digits)?;
        let bits = self.bits(piece.digits);
        let limbs = bits.div_ceil(64);
        let mut number = piece.number.up(limbs * 64 - bits).into_limbs();
        number.resize(limbs as usize, 0);
        self.chunk
            .digits(&mut number, out, self.guard, |digits| size::bits(self.base, digits as u64) as usize);
        let rest = number.len().saturating_sub(self.guard);
        Ok(can_be_trusted(number.get(rest..).unwrap_or_default()))
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Internal, "a part of the digits of π is lost")
}
