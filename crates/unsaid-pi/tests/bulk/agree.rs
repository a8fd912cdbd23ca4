//! A million digits in ten bases, by another formula and in the other direction.
//!
//! π is computed a second time by the arithmetic-geometric mean (C. F. Gauss; E. Salamin and R. Brent, 1976): no
//! series, no splitting. Digits are converted back: they are right exactly where the integer that they write is
//! the whole part of π's fraction times base^count.

use dashu_int::UBig;
use dashu_int::ops::SquareRoot;
use unsaid_core::{Inline, Limits, Silent};
use unsaid_pi::{Base, bulk, convert};

use crate::table;

const COUNT: u64 = 1_000_000;
/// Behind the million: what the table shows.
const MORE: u64 = 10;

/// frac(π) · 2^bits, rounded down, by the arithmetic-geometric mean.
fn mean(bits: usize) -> UBig {
    // Each step is wrong by some units in the last place, and there are fewer than 40.
    let point = bits + 64;
    let mut a = UBig::ONE << point;
    let mut b = (UBig::ONE << (2 * point - 1)).sqrt();
    let mut t = UBig::ONE << (point - 2);
    for step in 0.. {
        let next: UBig = (&a + &b) >> 1;
        b = (&a * &b).sqrt();
        let apart = &a - &next;
        if apart < UBig::from(1u64 << 16) {
            break;
        }
        t -= (apart.sqr() << step) >> point;
        a = next;
    }
    let pi: UBig = (((&a + &b).sqr() >> 2) / t) >> 64;
    pi & ((UBig::ONE << bits) - UBig::ONE)
}

/// The integer that these digits write.
fn written(digits: &[u8], base: u32, powers: &[UBig]) -> UBig {
    if digits.len() <= 6 {
        return UBig::from(digits.iter().fold(0u64, |sum, &digit| sum * u64::from(base) + u64::from(digit)));
    }
    let level = (digits.len() - 1).ilog2() as usize;
    let (high, low) = digits.split_at(digits.len() - (1 << level));
    written(high, base, powers) * &powers[level] + written(low, base, powers)
}

#[test]
fn a_million_digits_in_ten_bases_are_those_of_another_formula_and_of_the_published_table() {
    let limits = Limits::default();
    let bits = convert::bits(Base::BYTE, COUNT + MORE) + 128;
    let fraction = bulk::fraction(bits, &limits, &Inline, &Silent).unwrap();
    let bits = fraction.bits() as usize;
    let other = mean(bits);
    let ours = UBig::from_be_bytes(fraction.bytes());
    assert!(ours == other, "the two formulas give other bits");

    for (number, first, last) in table::rows() {
        let base = Base::new(number).unwrap();
        let digits = convert::digits(&fraction, base, COUNT + MORE, &limits, &Inline, &Silent).unwrap();
        assert_eq!(digits.len() as u64, COUNT + MORE);
        assert_eq!(&digits[..20], first, "base {number} at 0");
        assert_eq!(&digits[COUNT as usize..], last, "base {number} at {COUNT}");
        assert!(digits.iter().all(|&digit| u32::from(digit) < number), "base {number}");

        let mut powers = vec![UBig::from(number)];
        while powers.len() < 20 {
            let next = powers[powers.len() - 1].sqr();
            powers.push(next);
        }
        // number^count, from the powers.
        let power = (0..20)
            .filter(|bit| (COUNT + MORE) >> bit & 1 == 1)
            .fold(UBig::ONE, |power, bit| power * &powers[bit as usize]);
        let expected: UBig = (&other * power) >> bits;
        assert!(written(&digits, number, &powers) == expected, "base {number}: a million digits");
    }
}
