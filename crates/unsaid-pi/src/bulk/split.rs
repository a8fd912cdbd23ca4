//! Binary splitting: the sum over a range of terms from the sums over its halves.

use unsaid_core::Result;

use super::terms;
use crate::crew::Relay;
use crate::number::Natural;

/// Terms that are summed limb by limb rather than by splitting.
const RUN: u64 = 24;

/// Over a range of terms: the products P and Q = `q` · 2^`shift`, and the sum T, which has the sign of the range's
/// first term.
pub(super) struct Pqt<N> {
    /// Left out where nothing stands to the right of the range.
    pub(super) p: Option<N>,
    pub(super) q: N,
    pub(super) t: N,
    pub(super) shift: u64,
}

/// The terms `first..last` (1 <= first < last <= 2^32), with P only where it is wanted.
///
/// # Errors
/// Where the relay says that nobody wants the result.
pub(super) fn split<N: Natural>(first: u64, last: u64, with_p: bool, relay: &Relay) -> Result<Pqt<N>> {
    if last - first <= RUN {
        relay.advance(last - first)?;
        let run = terms::run(first, last);
        let p = with_p.then(|| N::from_limbs(run.p));
        return Ok(Pqt { p, q: N::from_limbs(run.q), t: N::from_limbs(run.t), shift: run.shift });
    }
    let middle = first.midpoint(last);
    let left = split(first, middle, true, relay)?;
    let right = split(middle, last, with_p, relay)?;
    relay.advance(last - first)?;
    Ok(merge(left, right, middle - first))
}

/// A range from its halves, the left one of `terms` terms. Numbers are dropped as soon as they are used.
fn merge<N: Natural>(left: Pqt<N>, right: Pqt<N>, terms: u64) -> Pqt<N> {
    let shift = left.shift + right.shift;
    let one = left.t.times(&right.q);
    drop(left.t);
    let q = left.q.times(&right.q);
    drop((left.q, right.q));
    // The left half always has its P: it was asked for.
    let left_p = left.p.unwrap_or_else(|| N::from_limbs(vec![1]));
    let two = left_p.times(&right.t);
    drop(right.t);
    let p = right.p.map(|right_p| left_p.times(&right_p));
    drop(left_p);
    Pqt { p, q, t: combine(one, two, right.shift, terms), shift }
}

/// T from the products T1 · q2 and P1 · T2: signs alternate from term to term, so the right sum is added where its
/// first term has the sign of the left one's.
pub(super) fn combine<N: Natural>(one: N, two: N, right_shift: u64, left_terms: u64) -> N {
    let one = one.up(right_shift);
    if left_terms.is_multiple_of(2) { one.plus(two) } else { one.minus(two) }
}
