//! A place below the computer of digits where what was computed lasts: a folder, for instance.

use unsaid_core::Result;

use crate::Base;

/// What is kept: always from the first digit after the point on, a byte a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kept {
    /// The binary fraction, eight bits a byte, the first bit the highest: the digits in every base that is a
    /// power of two, and what all others are converted from. The unit is eight bits.
    Bits,
    /// The digits in this base, one a byte. The unit is a digit. Never a power of two: those are in the bits.
    Digits(Base),
}

/// Keeps digits between runs. What it gives is believed: it checks what it reads, and what is damaged, or not
/// of this kind, it does not have.
///
/// Several processes may keep in one place. A longer prefix replaces a shorter one, never the other way round.
pub trait Keep: Sync {
    /// How many units there are; 0 where there is nothing, or nothing usable. Cheap: no more than a header is read.
    fn length(&self, what: Kept) -> u64;

    /// Fills `out` with the units at `from`, `from + 1`, … and says whether it could. Reads what it must and no
    /// more: a table of millions of digits is not read for ten of them.
    ///
    /// `false` where there are not so many, or where what would have to be read is damaged; `out` holds anything then.
    fn get(&self, what: Kept, from: u64, out: &mut [u8]) -> bool;

    /// Keeps this prefix, if it is longer than what there is.
    ///
    /// # Errors
    /// What the system says. The digits are good all the same: nobody fails because of it.
    fn put(&self, what: Kept, units: &[u8]) -> Result<()>;
}
