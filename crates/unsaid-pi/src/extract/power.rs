//! Digits in a base that is a power of two.

use unsaid_core::workers::Workers;
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};

use super::engine::Engine;
use super::evaluate::{error, evaluate, work};
use super::formula::{BELLARD, Formula, HUTTON};
use crate::{Base, Cost};

/// Limbs of one evaluation at most: beyond, more digits at once are no longer cheaper a digit.
const LIMBS: usize = 64;

/// Bits beyond the error that make it likely (63 of 64) that the digits asked for come out certain.
const MARGIN: u32 = 6;

/// Bits that the second evaluation begins earlier: no multiple of a step of the formulas, nor of a limb, so that
/// no exponent of a common modulus, no quotient and no limb is that of the first.
const OVERLAP: u64 = 1;

/// Positions in bits below this: moduli stay below 2^60, exponents far below 2^63.
const BITS_BELOW: u64 = 1 << 56;

/// What [`power_of_two`] takes with the fastest engine of this machine.
pub fn needs(base: Base, from: u64, count: u64) -> Cost {
    needs_with(Engine::detected(), base, from, count)
}

fn needs_with(engine: Engine, base: Base, from: u64, count: u64) -> Cost {
    let width = u64::from(base.bits().unwrap_or(8));
    let end = from.saturating_add(count).saturating_mul(width).min(BITS_BELOW);
    let bits = count.saturating_mul(width);
    let most = digits_at_once(end, width as u32) as u64;
    let times = count.div_ceil(most);
    let limbs = if times == 1 { limbs_for(&BELLARD, bits, end) } else { LIMBS };
    // Pieces under way and done, each with its sums in up to 16 lanes.
    let memory = (1 << 20) + count;
    // Where there are many evaluations they are at positions up to the last: half-way on average, if all are asked for.
    let middle = if times == 1 { end } else { end - bits.min(end) / 2 };
    let once = work(&BELLARD, middle, limbs, engine).saturating_add(work(&HUTTON, middle, limbs, engine));
    Cost { memory, work: once.saturating_mul(times) }
}

/// Fills `out` with the digits at `from`, `from + 1`, …, one a byte. Computed by Bellard's series and, to be
/// sure, from another place on by Hutton's: see [the module](crate::extract) for what that proves.
///
/// Progress counts the unit of [`Cost::work`].
///
/// # Errors
/// [`ErrorKind::Usage`] where the base is no power of two. [`ErrorKind::Limit`], before any work, where digits,
/// memory or work are above `limits`. What `progress` says. [`ErrorKind::Internal`] where the two evaluations
/// differ.
pub fn power_of_two(
    base: Base,
    from: u64,
    out: &mut [u8],
    limits: &Limits,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<()> {
    power_of_two_with(Engine::detected(), base, from, out, limits, workers, progress)
}

/// [`power_of_two`] with a chosen engine: the same digits, slower or faster.
///
/// # Errors
/// As [`power_of_two`].
pub fn power_of_two_with(
    engine: Engine,
    base: Base,
    from: u64,
    out: &mut [u8],
    limits: &Limits,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<()> {
    compute(engine, true, base, from, out, limits, workers, progress)
}

/// What [`power_of_two_with`] gives, from its first evaluation alone: certain, if the machine makes no mistake and
/// this library none. For whoever compares it with programs that compute once.
///
/// # Errors
/// As [`power_of_two`], but for the comparison.
pub fn power_of_two_once(
    engine: Engine,
    base: Base,
    from: u64,
    out: &mut [u8],
    limits: &Limits,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<()> {
    compute(engine, false, base, from, out, limits, workers, progress)
}

#[allow(clippy::too_many_arguments, reason = "those of the public functions and one more")]
fn compute(
    engine: Engine,
    twice: bool,
    base: Base,
    from: u64,
    out: &mut [u8],
    limits: &Limits,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<()> {
    let width = base.bits().ok_or_else(|| {
        Error::new(ErrorKind::Usage, "digits without those before them")
            .found(base)
            .expected("a power of two")
    })?;
    let end = from.saturating_add(out.len() as u64);
    limits.check_digits(end, "the digits asked for")?;
    let end = end.saturating_mul(u64::from(width));
    if end >= BITS_BELOW {
        return Err(Error::new(ErrorKind::Limit, "the position of a digit")
            .found(from)
            .expected(format!("below {}", BITS_BELOW / u64::from(width))));
    }
    let cost = needs_with(engine, base, from, out.len() as u64);
    cost.check(limits, "digits without those before them")?;
    progress.begin(Some(cost.work));
    let at_once = digits_at_once(end, width);
    let both = Both { formulas: [&BELLARD, &HUTTON], twice, engine, workers, progress };
    for (i, part) in out.chunks_mut(at_once).enumerate() {
        both.digits(width, from + (i * at_once) as u64, part)?;
    }
    Ok(())
}

/// How many limbs make `bits` bits certain, most likely. Even, as the wide kernel wants it.
fn limbs_for(formula: &Formula, bits: u64, end: u64) -> usize {
    let margin = u64::from(64 - error(formula, end, LIMBS).leading_zeros() + MARGIN);
    let limbs = bits.saturating_add(margin).div_ceil(64) * 2;
    usize::try_from(limbs).unwrap_or(usize::MAX)
}

/// How many digits one evaluation gives where bits before `end` are asked for.
fn digits_at_once(end: u64, width: u32) -> usize {
    let margin = u64::from(64 - error(&HUTTON, end, LIMBS).leading_zeros() + MARGIN);
    ((32 * LIMBS as u64 - margin - OVERLAP) / u64::from(width)) as usize
}

/// The same digits twice.
struct Both<'a> {
    formulas: [&'static Formula; 2],
    twice: bool,
    engine: Engine,
    workers: &'a dyn Workers,
    progress: &'a dyn Progress,
}

impl Both<'_> {
    fn digits(&self, width: u32, from: u64, out: &mut [u8]) -> Result<()> {
        let bits = from * u64::from(width);
        self.once(self.formulas[0], width, bits, 0, out)?;
        if !self.twice {
            return Ok(());
        }
        let mut again = vec![0; out.len()];
        self.once(self.formulas[1], width, bits, OVERLAP.min(bits), &mut again)?;
        match out.iter().zip(&again).position(|(a, b)| a != b) {
            None => Ok(()),
            Some(i) => {
                Err(Error::new(ErrorKind::Internal, "two computations of the same digits of π differ")
                    .found(format!("{} and {} at position {}", out[i], again[i], from + i as u64)))
            }
        }
    }

    /// Digits of `width` bits from the bit `bits` on, computed from `before` bits earlier on.
    fn once(
        &self,
        formula: &'static Formula,
        width: u32,
        bits: u64,
        before: u64,
        out: &mut [u8],
    ) -> Result<()> {
        let start = bits - before;
        let wanted = out.len() as u64 * u64::from(width) + before;
        let least = limbs_for(formula, wanted, start);
        // Every two limbs more leave a chance of 2^-64 of the one before; the bound is for the compiler's peace.
        for limbs in (least..least + 32).step_by(2) {
            let mut value = evaluate(formula, start, limbs, self.engine, self.workers, self.progress)?;
            value.sum.skip_bits(before as u32);
            if value.sum.certain_digits(value.error << before, 1 << width, out) == out.len() {
                return Ok(());
            }
        }
        Err(Error::new(ErrorKind::Internal, "digits of π that do not become certain")
            .found(format!("bit {bits}")))
    }
}

#[cfg(test)]
mod tests {
    use unsaid_core::progress::Silent;
    use unsaid_core::workers::Inline;

    use super::*;
    use crate::extract::formula::{BAILEY_BORWEIN_PLOUFFE, Part};

    #[test]
    fn three_formulas_give_the_same_digits_at_every_place() {
        for (width, from) in [(4, 0), (4, 77), (1, 1001), (8, 5000), (4, 250_000)] {
            let all = [&BELLARD, &HUTTON, &BAILEY_BORWEIN_PLOUFFE].map(|formula| {
                let both = Both {
                    formulas: [formula, formula],
                    twice: true,
                    engine: Engine::detected(),
                    workers: &Inline,
                    progress: &Silent,
                };
                let mut out = [0; 40];
                both.digits(width, from, &mut out).unwrap();
                out
            });
            assert!(all[0] == all[1] && all[1] == all[2], "{width} bits a digit, from {from}");
        }
    }

    #[test]
    fn two_formulas_that_differ_are_an_error_not_digits() {
        // One sign.
        const WRONG: Formula = Formula {
            alternating: true,
            parts: &[
                Part { step: 6, negative: false, shift: 1, factor: 4, first: 1 },
                Part { step: 6, negative: false, shift: -1, factor: 2, first: 1 },
                Part { step: 6, negative: false, shift: -2, factor: 4, first: 3 },
                Part { step: 10, negative: false, shift: -1, factor: 4, first: 1 },
                Part { step: 10, negative: false, shift: -4, factor: 2, first: 1 },
                Part { step: 10, negative: true, shift: -6, factor: 4, first: 3 },
            ],
        };
        for formulas in [[&BELLARD, &WRONG], [&WRONG, &BELLARD]] {
            let both = Both {
                formulas,
                twice: true,
                engine: Engine::portable(),
                workers: &Inline,
                progress: &Silent,
            };
            assert_eq!(both.digits(4, 1000, &mut [0; 10]).unwrap_err().kind(), ErrorKind::Internal);
        }
    }
}
