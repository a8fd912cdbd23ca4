//! Natural numbers of millions of bits: what bulk digits ask of a library, and which library answers.
//!
//! Everything above this module is written once, for [`Natural`]. `dashu-int` is permissive and always
//! there. With the feature `fast`, `malachite-nz` (LGPL-3.0-only) takes its place where the processor has AVX2 and
//! FMA: there its multiplication is five to eight times as fast, without them it is more than twice as slow.

mod dashu;
#[cfg(feature = "fast")]
mod malachite;

pub(crate) use dashu::Portable;
#[cfg(feature = "fast")]
pub(crate) use malachite::Fast;

/// A natural number. A limb is 64 bits; limbs stand lowest first.
pub(crate) trait Natural: Clone + Send + Sync + 'static {
    /// The number with these limbs; zeros at the top are allowed.
    fn from_limbs(limbs: Vec<u64>) -> Self;
    /// Its limbs, none of them a zero at the top.
    fn into_limbs(self) -> Vec<u64>;
    /// Bits without zeros at the top; 0 for zero.
    fn bits(&self) -> u64;
    /// The product.
    fn times(&self, other: &Self) -> Self;
    /// The product with itself.
    fn squared(&self) -> Self;
    /// The sum.
    fn plus(self, other: Self) -> Self;
    /// The difference; `other` is not the larger one.
    fn minus(self, other: Self) -> Self;
    /// Times 2^bits.
    fn up(self, bits: u64) -> Self;
    /// Over 2^bits, rounded down.
    fn down(self, bits: u64) -> Self;
    /// As [`Natural::down`], of a number that is still used.
    fn top(&self, bits: u64) -> Self;
    /// The remainder by 2^bits.
    fn low(self, bits: u64) -> Self;
    /// The square root, rounded down.
    fn root(self) -> Self;
    /// The quotient, rounded down; `divisor` is not zero.
    fn over(self, divisor: Self) -> Self;
}

/// Which library computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// `dashu-int`: MIT or Apache-2.0, the same speed on every processor.
    Portable,
    /// `malachite-nz`: LGPL-3.0-only, only built with the feature `fast`.
    Fast,
}

impl Library {
    /// The faster one of those that are built in, on this processor.
    pub fn best() -> Library {
        if Library::Fast.is_here() { Library::Fast } else { Library::Portable }
    }

    /// Whether it is built in and of use on this processor.
    pub fn is_here(self) -> bool {
        match self {
            Library::Portable => true,
            Library::Fast => cfg!(feature = "fast") && has_wide_floats(),
        }
    }
}

/// What the fast library's Fourier transform needs: without them it multiplies 17 times as slowly.
#[cfg(target_arch = "x86_64")]
fn has_wide_floats() -> bool {
    std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_wide_floats() -> bool {
    false
}

/// Runs a generic function with the number of a [`Library`]: `with!(library, N => expression of N)`.
macro_rules! with {
    ($library:expr, $N:ident => $run:expr) => {
        match $library {
            #[cfg(feature = "fast")]
            $crate::number::Library::Fast if $crate::number::Library::Fast.is_here() => {
                type $N = $crate::number::Fast;
                $run
            }
            _ => {
                type $N = $crate::number::Portable;
                $run
            }
        }
    };
}
pub(crate) use with;

#[cfg(test)]
mod tests {
    use super::*;

    fn arithmetic_holds<N: Natural>() {
        let n = |limbs: &[u64]| N::from_limbs(limbs.to_vec());
        let a = n(&[7, 0, 1 << 40, 0]);
        assert_eq!(a.bits(), 128 + 41);
        assert_eq!(a.clone().into_limbs(), [7, 0, 1 << 40]);
        assert_eq!(n(&[]).into_limbs(), [0u64; 0]);
        assert_eq!(a.times(&n(&[3])).into_limbs(), [21, 0, 3 << 40]);
        assert_eq!(n(&[u64::MAX]).squared().into_limbs(), [1, u64::MAX - 1]);
        assert_eq!(n(&[u64::MAX]).plus(n(&[1])).into_limbs(), [0, 1]);
        assert_eq!(n(&[0, 1]).minus(n(&[1])).into_limbs(), [u64::MAX]);
        assert_eq!(n(&[5]).up(130).into_limbs(), [0, 0, 20]);
        assert_eq!(n(&[0, 0, 23]).down(130).into_limbs(), [5]);
        assert_eq!(n(&[1, 1, 23]).low(130).into_limbs(), [1, 1, 3]);
        assert_eq!(n(&[1, 1, 23]).low(1000).into_limbs(), [1, 1, 23]);
        assert_eq!(n(&[0, 1]).root().into_limbs(), [1 << 32]);
        assert_eq!(n(&[0, 1]).minus(n(&[1])).root().into_limbs(), [(1 << 32) - 1]);
        assert_eq!(n(&[5, 10]).over(n(&[10])).into_limbs(), [0, 1]);
    }

    #[test]
    fn every_library_that_is_here_computes_what_its_methods_say() {
        arithmetic_holds::<Portable>();
        with!(Library::best(), N => arithmetic_holds::<N>());
    }

    #[test]
    fn the_fast_library_is_used_only_where_it_is_built_and_fast() {
        assert_eq!(Library::Fast.is_here(), cfg!(feature = "fast") && has_wide_floats());
        assert!(Library::Portable.is_here());
    }
}
