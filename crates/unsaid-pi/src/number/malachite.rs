//! Numbers of `malachite-nz`: only with the feature `fast`.

use malachite_base::num::arithmetic::traits::{FloorSqrt, ModPowerOf2Assign, Square};
use malachite_base::num::logic::traits::SignificantBits;
use malachite_nz::natural::Natural as Number;

use super::Natural;

/// A number of the fast library.
#[derive(Clone)]
pub(crate) struct Fast(Number);

impl Natural for Fast {
    fn from_limbs(limbs: Vec<u64>) -> Self {
        Fast(Number::from_owned_limbs_asc(limbs))
    }

    fn into_limbs(self) -> Vec<u64> {
        self.0.into_limbs_asc()
    }

    fn bits(&self) -> u64 {
        self.0.significant_bits()
    }

    fn times(&self, other: &Self) -> Self {
        Fast(&self.0 * &other.0)
    }

    fn squared(&self) -> Self {
        Fast((&self.0).square())
    }

    fn plus(self, other: Self) -> Self {
        Fast(self.0 + other.0)
    }

    fn minus(self, other: Self) -> Self {
        Fast(self.0 - other.0)
    }

    fn up(self, bits: u64) -> Self {
        Fast(self.0 << bits)
    }

    fn down(self, bits: u64) -> Self {
        Fast(self.0 >> bits)
    }

    fn top(&self, bits: u64) -> Self {
        Fast(&self.0 >> bits)
    }

    fn low(mut self, bits: u64) -> Self {
        self.0.mod_power_of_2_assign(bits);
        self
    }

    fn root(self) -> Self {
        Fast(self.0.floor_sqrt())
    }

    fn over(self, divisor: Self) -> Self {
        Fast(self.0 / divisor.0)
    }
}
