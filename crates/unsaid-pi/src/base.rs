//! The bases in which digits are asked for.

use std::fmt;

use unsaid_core::{Error, ErrorKind, Result};

/// A base from 2 to 256. A digit is a `u8` below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Base(u16);

impl Base {
    /// Binary.
    pub const BIN: Base = Base(2);
    /// Octal.
    pub const OCT: Base = Base(8);
    /// Decimal.
    pub const DEC: Base = Base(10);
    /// Hexadecimal.
    pub const HEX: Base = Base(16);
    /// A digit is a byte.
    pub const BYTE: Base = Base(256);

    /// The base with this number.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] below 2 and above 256.
    pub fn new(number: u32) -> Result<Base> {
        match u16::try_from(number) {
            Ok(number @ 2..=256) => Ok(Base(number)),
            _ => Err(Error::new(ErrorKind::Usage, "the base of a number").found(number).expected("2 to 256")),
        }
    }

    /// Its number, 2 to 256.
    pub fn get(self) -> u16 {
        self.0
    }

    /// How many bits a digit is, where the base is a power of two.
    pub fn bits(self) -> Option<u32> {
        self.0.is_power_of_two().then(|| self.0.trailing_zeros())
    }

    /// How many digits a byte takes: the least number d with base^d at least 256.
    pub fn digits_per_byte(self) -> u32 {
        let mut digits = 1;
        let mut values = u32::from(self.0);
        while values < 256 {
            values *= u32::from(self.0);
            digits += 1;
        }
        digits
    }
}

/// The decimal number.
impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_takes_the_least_number_of_digits_that_hold_it() {
        let digits = |number| Base::new(number).map(Base::digits_per_byte).unwrap_or(0);
        for (base, expected) in
            [(2, 8), (3, 6), (6, 4), (7, 3), (8, 3), (10, 3), (15, 3), (16, 2), (255, 2), (256, 1)]
        {
            assert_eq!(digits(base), expected, "base {base}");
        }
    }

    #[test]
    fn bases_below_2_and_above_256_are_refused() {
        for number in [0, 1, 257, 65_538, u32::MAX] {
            assert!(Base::new(number).is_err(), "{number}");
        }
    }
}
