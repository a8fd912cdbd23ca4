//! One evaluation of one formula at one place.

use unsaid_core::workers::Workers;
use unsaid_core::{Progress, Result};

use super::engine::Engine;
use super::fixed::{Fixed, long_division};
use super::formula::{Formula, Part};
use super::gather::gather;
use super::narrow::Span;

/// Terms of one piece of work: some milliseconds. Even, so that the first n of a piece is.
const PIECE: u64 = 1 << 16;

/// An approximation of the fraction of 2^bits·π and how many units of its last place it may be away.
pub(super) struct Value {
    pub(super) sum: Fixed,
    pub(super) error: u64,
}

/// How far the sum of all terms may be away, in units of 2^-32K, when each is rounded down.
pub(super) fn error(formula: &Formula, bits: u64, limbs: usize) -> u64 {
    // Less than one unit a term, and all that are left out together less than one a part.
    formula.terms(bits + 32 * limbs as u64) + formula.parts.len() as u64
}

/// The nanoseconds that an evaluation takes on one core, roughly.
pub(super) fn work(formula: &Formula, bits: u64, limbs: usize, engine: Engine) -> u64 {
    piece_work(formula.terms(bits), bits, limbs, engine) + tail_work(formula, limbs)
}

fn piece_work(terms: u64, bits: u64, limbs: usize, engine: Engine) -> u64 {
    let squarings = u64::from(64 - bits.leading_zeros());
    // Moduli are about as large as the number of bits; from 2^30 on they are for the wide kernel.
    let picoseconds = match (bits >> 30 == 0, engine.is_vector()) {
        (true, true) => 1000 + 200 * squarings + 200 * limbs as u64,
        (true, false) => 2500 + 500 * squarings + 500 * limbs as u64,
        (false, _) => 15_000 + 1800 * squarings + 1500 * limbs as u64,
    };
    (u128::from(terms) * u128::from(picoseconds) / 1000).try_into().unwrap_or(u64::MAX)
}

fn tail_work(formula: &Formula, limbs: usize) -> u64 {
    formula.terms(32 * limbs as u64) * limbs as u64 * 3
}

/// The fraction of 2^bits·π by `formula`, with an even number of limbs.
pub(super) fn evaluate(
    formula: &'static Formula,
    bits: u64,
    limbs: usize,
    engine: Engine,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<Value> {
    let main = formula.parts.iter().flat_map(|part| {
        let count = part.count(bits, 0);
        (0..count.div_ceil(PIECE)).map(move |i| Piece {
            formula,
            part,
            bits,
            limbs,
            first: i * PIECE,
            count: PIECE.min(count - i * PIECE),
        })
    });
    let pieces = main.map(|piece| {
        let work = piece_work(piece.count, bits, limbs, engine);
        (work, Box::new(move || piece.sum(engine)) as Box<dyn FnOnce() -> Fixed + Send>)
    });
    let tail: Box<dyn FnOnce() -> Fixed + Send> = Box::new(move || tail(formula, bits, limbs));
    let mut sum = Fixed::zero(limbs);
    let all = pieces.chain(std::iter::once((tail_work(formula, limbs), tail)));
    gather(all, workers, progress, |piece| sum.merge(&piece))?;
    Ok(Value { sum, error: error(formula, bits, limbs) })
}

/// Terms `first`, `first + 1`, … of one part, with exponents that are not negative.
struct Piece {
    formula: &'static Formula,
    part: &'static Part,
    bits: u64,
    limbs: usize,
    first: u64,
    count: u64,
}

impl Piece {
    fn sum(&self, engine: Engine) -> Fixed {
        let exponent = self.part.exponent(self.bits, self.first);
        let span = Span {
            modulus: self.part.modulus(self.first),
            factor: self.part.factor,
            exponent: exponent as u64 + 32 * (self.limbs as u64 - 1),
            step: self.part.step,
            count: self.count,
        };
        let sum = engine.sum(&span, self.formula.alternating, self.limbs);
        if !self.part.negative {
            return sum;
        }
        let mut negative = Fixed::zero(self.limbs);
        negative.subtract(sum.sums());
        negative
    }
}

/// The terms with negative exponents down to one unit: divided limb by limb.
fn tail(formula: &Formula, bits: u64, limbs: usize) -> Fixed {
    let one = 32 * limbs as i64;
    let mut sum = Fixed::zero(limbs);
    let mut term = vec![0u64; limbs];
    for part in formula.parts {
        for n in part.count(bits, 0)..part.count(bits, -one) {
            term.fill(0);
            let exponent = (one + part.exponent(bits, n)) as u64;
            long_division(exponent, part.modulus(n), limbs, |k, q| term[k] = u64::from(q));
            let negative = part.negative != (formula.alternating && n % 2 == 1);
            let limbs = term.iter().copied();
            if negative { sum.subtract(limbs) } else { sum.add(limbs) }
        }
    }
    sum
}
