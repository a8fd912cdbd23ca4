//! The series, as data: formulas for π whose terms are powers of 2 over odd numbers.
//!
//! * F. Bellard, "A new formula to compute the n'th binary digit of pi" (1997), 4 (2 arctan 1/2 - arctan 1/7):
//!   π = 2^-6 Σ (-1)^n 2^-10n (-2^5/(4n+1) - 1/(4n+3) + 2^8/(10n+1) - 2^6/(10n+3) - 2^2/(10n+5) - 2^2/(10n+7)
//!   + 1/(10n+9)): 0.7 terms a bit.
//! * C. Hutton (1776), 4 (2 arctan 1/3 + arctan 1/7), where arctan 1/3 and arctan 1/7 are the imaginary parts of
//!   -ln(1 - (1+i)/4) and -ln(1 - (1+i)/8):
//!   π = Σ (-1)^n 2^-6n (2/(4n+1) + ½/(2n+1) + ¼/(4n+3)) + Σ (-1)^n 2^-10n (½/(4n+1) + 2^-4/(2n+1) + 2^-6/(4n+3)):
//!   0.8 terms a bit.
//!
//! For the bits of π after the first `b`, every term of 2^b·π is ±2^e/m with m odd, and only its fraction
//! counts: 2^e mod m where e is not negative.

/// One formula: the sum of its parts.
#[derive(Debug)]
pub(super) struct Formula {
    /// The terms with odd n have the other sign.
    pub(super) alternating: bool,
    pub(super) parts: &'static [Part],
}

/// Σ over n of ±(±1)^n 2^(shift - step·n) / (factor·n + first).
#[derive(Debug)]
pub(super) struct Part {
    /// Bits that one n is further than the one before.
    pub(super) step: u64,
    pub(super) negative: bool,
    pub(super) shift: i64,
    pub(super) factor: u64,
    pub(super) first: u64,
}

const fn part(step: u64, negative: bool, shift: i64, factor: u64, first: u64) -> Part {
    Part { step, negative, shift, factor, first }
}

/// 0.7 terms a bit.
pub(super) const BELLARD: Formula = Formula {
    alternating: true,
    parts: &[
        part(10, true, -1, 4, 1),
        part(10, true, -6, 4, 3),
        part(10, false, 2, 10, 1),
        part(10, true, 0, 10, 3),
        part(10, true, -4, 10, 5),
        part(10, true, -4, 10, 7),
        part(10, false, -6, 10, 9),
    ],
};

/// 0.8 terms a bit.
pub(super) const HUTTON: Formula = Formula {
    alternating: true,
    parts: &[
        part(6, false, 1, 4, 1),
        part(6, false, -1, 2, 1),
        part(6, false, -2, 4, 3),
        part(10, false, -1, 4, 1),
        part(10, false, -4, 2, 1),
        part(10, false, -6, 4, 3),
    ],
};

/// D. Bailey, P. Borwein, S. Plouffe, "On the rapid computation of various polylogarithmic constants" (1997), the
/// powers of 2 taken out of the denominators: π = Σ 2^-4n (4/(8n+1) - ½/(2n+1) - 1/(8n+5) - ½/(4n+3)). One term a
/// bit: for tests, which hold the other two against it.
#[cfg(test)]
pub(super) const BAILEY_BORWEIN_PLOUFFE: Formula = Formula {
    alternating: false,
    parts: &[
        part(4, false, 2, 8, 1),
        part(4, true, -1, 2, 1),
        part(4, true, 0, 8, 5),
        part(4, true, -1, 4, 3),
    ],
};

impl Formula {
    /// At least as many terms as there are above 2^-`bits`.
    pub(super) fn terms(&self, bits: u64) -> u64 {
        self.parts.iter().map(|part| bits / part.step + 2).sum()
    }
}

impl Part {
    /// The exponent of 2 in the term n of 2^bits·π.
    pub(super) fn exponent(&self, bits: u64, n: u64) -> i64 {
        bits as i64 + self.shift - (self.step * n) as i64
    }

    /// How many terms have an exponent that is at least `least`; it is no larger than 0.
    pub(super) fn count(&self, bits: u64, least: i64) -> u64 {
        let room = self.exponent(bits, 0) - least;
        u64::try_from(room).map_or(0, |room| room / self.step + 1)
    }

    pub(super) fn modulus(&self, n: u64) -> u64 {
        self.factor * n + self.first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_formula_is_pi() {
        for formula in [&BELLARD, &HUTTON, &BAILEY_BORWEIN_PLOUFFE] {
            let mut sum = 0.0;
            for n in 0..20 {
                for part in formula.parts {
                    let negative = part.negative != (formula.alternating && n % 2 == 1);
                    let size = 2f64.powi(part.exponent(0, n) as i32) / part.modulus(n) as f64;
                    sum += if negative { -size } else { size };
                }
            }
            assert!((sum - std::f64::consts::PI).abs() < 1e-15, "{sum}");
        }
    }

    #[test]
    fn every_modulus_is_odd_and_counts_end_at_the_exponent_asked() {
        for formula in [&BELLARD, &HUTTON, &BAILEY_BORWEIN_PLOUFFE] {
            for part in formula.parts {
                assert!((0..100).all(|n| part.modulus(n) % 2 == 1));
                for (bits, least) in [(0, 0), (3, 0), (1000, 0), (1000, -128), (0, -64)] {
                    let count = part.count(bits, least);
                    assert!(part.exponent(bits, count) < least);
                    assert!(count == 0 || part.exponent(bits, count - 1) >= least);
                }
            }
        }
    }
}
