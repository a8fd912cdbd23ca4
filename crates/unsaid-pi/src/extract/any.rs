//! Digits in any base, without those before them: slow, in little memory.
//!
//! F. Bellard, "Computation of the n'th digit of pi in any base in O(n^2)" (1997), after S. Plouffe (1996): of
//! π + 3 = Σ k·2^k/C(2k, k) the part that has a power of the prime p below the line is a number modulo that power,
//! p^v at most 2·terms. Multiplied by base^position modulo p^v it gives its share of the digits, and all shares
//! added modulo 1 are the fraction of base^position·π. Nothing but one number is kept.
//!
//! The terms of a prime beyond the square root repeat with its period ([`super::residue`]): a quarter of the
//! multiplications of the paper.

use unsaid_core::workers::Workers;
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};

use super::fixed::Fixed;
use super::gather::gather;
use super::modulo::MODULI_BELOW;
use super::primes::odd_primes;
use super::residue::Residue;
use crate::{Base, Cost};

/// Limbs of one evaluation at most. More bits at once cost little: one more term each.
const LIMBS: usize = 64;

/// Bits beyond the error that make it likely that the digits asked for come out certain.
const MARGIN: u64 = 8;

/// Nanoseconds, an hour: nobody who asks for a digit far away expects more, and the time grows with the square of
/// the position.
const MOST_WORK: u64 = 3_600_000_000_000;

/// What [`any_base`] takes.
pub fn needs(base: Base, from: u64, count: u64) -> Cost {
    let plan = Plan::new(base, from.saturating_add(count), count);
    let times = count.div_ceil(plan.at_once.max(1) as u64);
    Cost { memory: (1 << 20) + count, work: plan.work().saturating_mul(times) }
}

/// Fills `out` with the digits at `from`, `from + 1`, …, one a byte: only such as the bound of the error leaves no
/// doubt about.
///
/// The time grows with the square of the position: on one core about a quarter of a second at decimal position
/// 10^4, a hundred times that at 10^5. Progress counts the unit of [`Cost::work`].
///
/// # Errors
/// [`ErrorKind::Limit`], before any work, where digits, memory or work are above `limits`; where these have no limit
/// on work, it is an hour on one core. What `progress` says.
pub fn any_base(
    base: Base,
    from: u64,
    out: &mut [u8],
    limits: &Limits,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<()> {
    let end = from.saturating_add(out.len() as u64);
    limits.check_digits(end, "the digits asked for")?;
    let plan = Plan::new(base, end, out.len() as u64);
    if plan.terms >= MODULI_BELOW / 2 {
        return Err(Error::new(ErrorKind::Limit, "the position of a digit is too far for this method")
            .found(from)
            .hint("in bases that are powers of two, and with more memory, there are faster ones"));
    }
    let cost = needs(base, from, out.len() as u64);
    let mut bounded = limits.clone();
    bounded.work = limits.work.or(Some(MOST_WORK));
    cost.check(&bounded, "digits without those before them")?;
    progress.begin(Some(cost.work));
    for (i, part) in out.chunks_mut(plan.at_once.max(1)).enumerate() {
        digits(base, from + (i * plan.at_once) as u64, part, workers, progress)?;
    }
    Ok(())
}

/// Sizes of one evaluation.
struct Plan {
    limbs: usize,
    /// Digits that one evaluation gives.
    at_once: usize,
    terms: u64,
}

impl Plan {
    /// For `count` digits before `end`.
    fn new(base: Base, end: u64, count: u64) -> Plan {
        // base^15 < 2^bits.
        let bits = u128::from(128 - u128::from(base.get()).pow(15).leading_zeros());
        let bits_of = |digits: u64| u64::try_from(u128::from(digits) * bits / 15 + 1).unwrap_or(u64::MAX);
        let before = bits_of(end);
        // Each prime may be off by one unit.
        let margin = MARGIN + u64::from(64 - before.leading_zeros()) + 2;
        let most = (32 * LIMBS as u64 - margin) * 15 / bits as u64;
        let at_once = count.min(most);
        let limbs = (bits_of(at_once) + margin).div_ceil(32);
        // What the terms left out add is below terms^1.5·4·2^-terms·base^position: below one unit.
        let terms = before.saturating_add(32 * limbs + 2 * u64::from(64 - before.leading_zeros()) + 16);
        Plan { limbs: limbs as usize, at_once: at_once as usize, terms }
    }

    /// About: primes, times the terms that each takes.
    fn work(&self) -> u64 {
        let terms = u128::from(self.terms);
        let primes = 2 * terms * 100 / (69 * u128::from(64 - self.terms.leading_zeros()));
        (primes * (terms + 400 + 8 * self.limbs as u128)).try_into().unwrap_or(u64::MAX)
    }
}

fn digits(
    base: Base,
    from: u64,
    out: &mut [u8],
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<()> {
    let first = Plan::new(base, from + out.len() as u64, out.len() as u64);
    // Every limb more leaves a chance of 2^-32 of the one before; the bound is for the compiler's peace.
    for limbs in first.limbs..first.limbs + 32 {
        let terms = first.terms + 32 * (limbs - first.limbs) as u64;
        let plan = Plan { limbs, terms, ..first };
        let sum = fraction(base, from, &plan, workers, progress)?;
        if sum.certain_digits(plan.terms + 2, u32::from(base.get()), out) == out.len() {
            return Ok(());
        }
    }
    Err(Error::new(ErrorKind::Internal, "digits of π that do not become certain")
        .found(format!("position {from}")))
}

/// The fraction of base^from·π, too small by at most one unit a prime and one for the terms left out.
fn fraction(
    base: Base,
    from: u64,
    plan: &Plan,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<Fixed> {
    let (terms, limbs) = (plan.terms, plan.limbs);
    let last = 2 * terms;
    // Some milliseconds each.
    let piece = ((1 << 26) / terms).clamp(16, 1 << 16);
    let work = plan.work() / last.div_ceil(piece);
    let pieces = (0..last.div_ceil(piece)).map(|i| {
        let sum = move || {
            let mut sum = Fixed::zero(limbs);
            let mut share = vec![0; limbs];
            for prime in odd_primes(i * piece, ((i + 1) * piece - 1).min(last)) {
                let Residue { modulo, residue } = Residue::of(prime, terms);
                let mut rest = residue * modulo.power(u64::from(base.get()), from) % modulo.m;
                for limb in share.iter_mut().rev() {
                    *limb = (rest << 32) / modulo.m;
                    rest = (rest << 32) % modulo.m;
                }
                sum.add(share.iter().copied());
            }
            sum
        };
        (work, sum)
    });
    let mut sum = Fixed::zero(limbs);
    gather(pieces, workers, progress, |part| sum.merge(&part))?;
    Ok(sum)
}
