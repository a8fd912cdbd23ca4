//! Many digits at once: the bits of π by Chudnovsky's series with binary splitting.
//!
//! π = 426880 · √10005 · Q / (13591409 · Q + T), where Q and T are over the terms 1, 2, …:
//! P(a) = (6a-5)(2a-1)(6a-1), Q(a) = a³ · 640320³/24, T(a) = (-1)^a · P(a) · (13591409 + 545140134a), and for
//! neighbouring ranges P = P1·P2, Q = Q1·Q2, T = T1·Q2 + P1·T2 (D. and G. Chudnovsky, *Approximations and
//! complex multiplication according to Ramanujan*, 1988; B. Haible and T. Papanikolaou, *Fast multiprecision
//! evaluation of series of rational numbers*, 1998). A term gives 47.11 bits.

mod cost;
mod split;
mod terms;
mod tree;

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Workers};

pub use cost::needs;

use crate::Fraction;
use crate::crew::Crew;
use crate::number::{Library, Natural, with};
use tree::{Part, Tree};

/// More bits have terms whose number does not fit what [`terms`] computes with: 25 gigabytes of π.
const MOST_BITS: u64 = 200_000_000_000;

/// The first bits of π after the point, at least `bits` and the next multiple of 64: all of them certain.
///
/// By the fastest library that is built in, with as many workers as the memory allows. `progress` begins with
/// units of work, not bytes.
///
/// # Errors
/// [`ErrorKind::Limit`], before any work, where it takes more memory than allowed;
/// [`ErrorKind::Interrupted`] where `progress` says so.
pub fn fraction(
    bits: u64,
    limits: &Limits,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<Fraction> {
    fraction_by(Library::best(), bits, limits, workers, progress)
}

/// [`fraction`] by this library, or by the portable one where this one is not here.
///
/// # Errors
/// As [`fraction`].
pub fn fraction_by(
    library: Library,
    bits: u64,
    limits: &Limits,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<Fraction> {
    if bits > MOST_BITS {
        return Err(Error::new(ErrorKind::Limit, "so many bits of π cannot be computed at once")
            .found(bits)
            .expected(format!("at most {MOST_BITS}")));
    }
    let one = cost::memory(library, bits, 1);
    limits.check_memory(one, "computing that many digits of π")?;
    let wanted = workers.count().max(1);
    let hands = (1..=wanted.min(cost::MOST_HANDS))
        .rev()
        .find(|&hands| cost::memory(library, bits, hands) <= limits.memory)
        .unwrap_or(1);
    if hands < wanted.min(cost::MOST_HANDS) {
        progress.note(&format!("{hands} of {wanted} threads compute digits of π: the memory allows no more"));
    }
    let crew = Hands { workers, hands: if hands < cost::MOST_HANDS { hands } else { wanted } };
    with!(library, N => certain::<N>(bits, &crew, progress))
}

/// Fewer workers than there are.
struct Hands<'a> {
    workers: &'a dyn Workers,
    hands: usize,
}

impl Workers for Hands<'_> {
    fn count(&self) -> usize {
        self.hands
    }

    fn spawn(&self, job: unsaid_core::workers::Job) {
        self.workers.spawn(job);
    }
}

/// Computes with more guard bits until they show that none of the others can be wrong.
fn certain<N: Natural>(bits: u64, workers: &dyn Workers, progress: &dyn Progress) -> Result<Fraction> {
    let limbs = bits.div_ceil(64);
    let mut guard = 1;
    loop {
        let number = pi::<N>((limbs + guard) * 64, workers, progress)?;
        let mut found = number.low((limbs + guard) * 64).into_limbs();
        // Zeros at the top: none for π, whose first bits are 001, but the length must hold.
        found.resize((limbs + guard) as usize, 0);
        let (low, high) = found.split_at(guard as usize);
        if can_be_trusted(low) {
            return Ok(Fraction::from_limbs(high));
        }
        guard *= 2;
    }
}

/// Whether an error of a few units in the lowest of these limbs cannot carry out of the highest.
fn can_be_trusted(guard: &[u64]) -> bool {
    const ERROR: u64 = 16;
    let Some((lowest, higher)) = guard.split_first() else { return false };
    let near_zero = *lowest < ERROR && higher.iter().all(|&limb| limb == 0);
    let near_one = *lowest > u64::MAX - ERROR && higher.iter().all(|&limb| limb == u64::MAX);
    !near_zero && !near_one
}

/// π · 2^bits, wrong by at most 2.
///
/// The series ends below one unit. The root rounded down takes away less than 0.04, the quotient less than 1. Q and
/// T are cut to 64 bits more than the result has, which changes it by less than 2^-60.
fn pi<N: Natural>(bits: u64, workers: &dyn Workers, progress: &dyn Progress) -> Result<N> {
    let terms = (bits * 1000).div_ceil(47_110) + 2;
    let units = cost::units(terms);
    progress.begin(Some(units));
    let mut crew: Crew<'_, Part<N>> = Crew::new(workers, progress, units);
    let root = move || N::from_limbs(vec![10_005]).up(2 * bits).root();
    let (sum, root) = Tree::new(terms, root).run(&mut crew)?;
    crew.start(move |relay| {
        let keep = bits + 64;
        let whole = sum.q.times(&N::from_limbs(vec![13_591_409])).up(sum.shift);
        let whole = whole.minus(sum.t);
        let cut = |number: N| {
            let over = number.bits().saturating_sub(keep);
            (number.down(over), over)
        };
        let (below, below_cut) = cut(whole);
        let (q, q_cut) = cut(sum.q);
        relay.advance(0)?;
        let above = q.times(&N::from_limbs(vec![426_880])).times(&root);
        drop((q, root));
        let up = q_cut + sum.shift;
        let above = if up >= below_cut { above.up(up - below_cut) } else { above.down(below_cut - up) };
        relay.advance(0)?;
        Ok(Part::Root(above.over(below)))
    });
    match crew.wait()? {
        Part::Root(number) => {
            crew.finish()?;
            Ok(number)
        }
        _ => Err(Error::new(ErrorKind::Internal, "the quotient of π is lost")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Portable;
    use unsaid_core::{Inline, Silent};

    #[test]
    fn a_carry_that_could_reach_the_result_is_seen() {
        assert!(can_be_trusted(&[17]) && can_be_trusted(&[u64::MAX - 17]));
        assert!(!can_be_trusted(&[3]) && !can_be_trusted(&[u64::MAX - 3]) && !can_be_trusted(&[]));
        assert!(can_be_trusted(&[3, 1]) && can_be_trusted(&[u64::MAX, 0]));
        assert!(!can_be_trusted(&[3, 0]) && !can_be_trusted(&[u64::MAX, u64::MAX]));
    }

    #[test]
    fn the_error_stays_within_two_units() {
        let long = pi::<Portable>(64 * 40, &Inline, &Silent).unwrap();
        for limbs in [1, 2, 3, 7, 20, 39] {
            let short = pi::<Portable>(64 * limbs, &Inline, &Silent).unwrap().into_limbs();
            let exact = long.clone().down(64 * (40 - limbs)).into_limbs();
            let apart = exact[0].wrapping_sub(short[0]).wrapping_add(2);
            assert!(apart <= 4 && exact[1..] == short[1..], "{limbs} limbs: {exact:x?} {short:x?}");
        }
    }
}
