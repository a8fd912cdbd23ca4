//! How far a chunk is to be expected, and how long it takes to get there.

use std::fmt;

use unsaid_pi::Base;

use crate::find::digits_of;

/// Digits a second that the time is reckoned with: a million, about what one core computes.
pub const DIGITS_A_SECOND: u64 = 1_000_000;

/// Digits that somebody may still want to compute; a hint names no more.
const WORTH_TRYING: f64 = 2e9;

/// The expected position of a chunk: base to the power of its length in digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    base: Base,
    digits: u64,
    /// The decimal logarithm of the position.
    log10: f64,
}

impl Expected {
    /// Of a chunk of `bytes` bytes.
    pub fn new(base: Base, bytes: u64) -> Self {
        let digits = digits_of(base, bytes);
        Expected { base, digits, log10: digits as f64 * f64::from(base.get()).log10() }
    }

    /// The decimal logarithm of the position.
    pub fn log10(&self) -> f64 {
        self.log10
    }

    /// The chance that it is among the first `reach` digits, if they were random.
    pub(crate) fn chance(&self, reach: u64) -> f64 {
        (reach as f64 * 10_f64.powf(-self.log10)).min(1.0)
    }

    /// A limit on digits that nineteen of twenty such chunks are found within, where anybody could wait for it.
    pub(crate) fn worth_trying(&self) -> Option<u64> {
        let digits = 3.0 * 10_f64.powf(self.log10);
        (digits <= WORTH_TRYING).then_some(digits.ceil() as u64)
    }
}

/// `about position 16^40 (1.5e48), which takes about 4.6e34 years at a million digits a second`
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "them at about position {}^{} (", self.base, self.digits)?;
        power_of_ten(f, self.log10)?;
        f.write_str("), which takes about ")?;
        let seconds = self.log10 - (DIGITS_A_SECOND as f64).log10();
        let year = (365.25_f64 * 86_400.0).log10();
        match seconds {
            s if s < 120_f64.log10() => write!(f, "{} s", 10_f64.powf(s).ceil())?,
            s if s < 7200_f64.log10() => write!(f, "{:.0} minutes", 10_f64.powf(s) / 60.0)?,
            s if s < 172_800_f64.log10() => write!(f, "{:.0} hours", 10_f64.powf(s) / 3600.0)?,
            s if s < year + 0.3 => write!(f, "{:.0} days", 10_f64.powf(s) / 86_400.0)?,
            s => {
                power_of_ten(f, s - year)?;
                f.write_str(" years")?;
            }
        }
        f.write_str(" at a million digits a second")
    }
}

/// Small numbers whole, large ones as 1.5e48.
fn power_of_ten(f: &mut fmt::Formatter<'_>, log10: f64) -> fmt::Result {
    if log10 < 9.0 {
        return write!(f, "{:.0}", 10_f64.powf(log10));
    }
    let mut exponent = log10.floor();
    let mut mantissa = 10_f64.powf(log10 - exponent);
    // 9.96 would be written as 10.0.
    if mantissa >= 9.95 {
        mantissa = 1.0;
        exponent += 1.0;
    }
    write!(f, "{mantissa:.1}e{exponent:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_is_the_base_to_the_power_of_the_length() {
        for (base, bytes, text) in [
            (Base::HEX, 2, "position 16^4 (65536), which takes about 1 s "),
            (Base::HEX, 4, "position 16^8 (4.3e9), which takes about 72 minutes "),
            (Base::HEX, 5, "position 16^10 (1.1e12), which takes about 13 days "),
            (Base::DEC, 4, "position 10^12 (1.0e12), which takes about 12 days "),
            (Base::HEX, 20, "position 16^40 (1.5e48), which takes about 4.6e34 years "),
            (Base::BIN, 1_000_000, "position 2^8000000 ("),
        ] {
            let expected = Expected::new(base, bytes).to_string();
            assert!(expected.contains(text), "{expected}");
        }
        assert!(Expected::new(Base::HEX, u64::MAX).to_string().contains("years"));
    }

    #[test]
    fn a_limit_is_named_only_where_anybody_could_wait_for_it() {
        assert_eq!(Expected::new(Base::HEX, 3).worth_trying(), Some(3 << 24));
        assert_eq!(Expected::new(Base::HEX, 4).worth_trying(), None);
    }
}
