//! Digits of π for the tests, by a short method of their own.
//!
//! Chudnovsky's series with binary splitting gives the fraction; digits are split off by halves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use dashu_int::{
    IBig, UBig,
    ops::{DivRem, SquareRoot},
};
use unsaid_core::Result;
use unsaid_pi::{Base, DigitSource};

/// Gives the first digits and remembers them.
#[derive(Default)]
pub(crate) struct Pi {
    known: Mutex<HashMap<u16, Arc<[u8]>>>,
    /// The longest fraction so far and its bits.
    fraction: Mutex<(UBig, usize)>,
}

impl DigitSource for Pi {
    fn digits(&self, base: Base, from: u64, out: &mut [u8]) -> Result<()> {
        let all = self.prefix(base, from + out.len() as u64)?;
        out.copy_from_slice(&all[from as usize..from as usize + out.len()]);
        Ok(())
    }

    fn prefix(&self, base: Base, count: u64) -> Result<Arc<[u8]>> {
        let mut known = self.known.lock().unwrap();
        if let Some(digits) = known.get(&base.get()).filter(|digits| digits.len() as u64 >= count) {
            return Ok(Arc::clone(digits));
        }
        let digits: Arc<[u8]> = self.compute(base.get(), count as usize).into();
        known.insert(base.get(), Arc::clone(&digits));
        Ok(digits)
    }
}

/// One source for all tests, so that nothing is computed twice.
pub(crate) fn pi() -> &'static Pi {
    static PI: std::sync::LazyLock<Pi> = std::sync::LazyLock::new(Pi::default);
    &PI
}

impl Pi {
    fn compute(&self, base: u16, count: usize) -> Vec<u8> {
        // Powers of two are cut out of the bits: what is asked for next is there already.
        let count = if base.is_power_of_two() { count.next_power_of_two() } else { count };
        let bits = (count as f64 * f64::from(base).log2()).ceil() as usize + 64;
        let mut known = self.fraction.lock().unwrap();
        if known.1 < bits {
            let bits = bits.next_power_of_two();
            *known = (fraction(bits), bits);
        }
        let cut = &known.0 >> (known.1 - bits);
        if base.is_power_of_two() {
            return slice(&known.0, known.1, base.trailing_zeros() as usize, count);
        }
        let mut out = vec![0; count];
        spread(cut * UBig::from(base).pow(count) >> bits, base, &mut out);
        out
    }
}

fn slice(fraction: &UBig, bits: usize, width: usize, count: usize) -> Vec<u8> {
    let bytes = fraction.to_le_bytes();
    let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1);
    let digit = |nth: usize| (0..width).fold(0, |digit, at| digit << 1 | u8::from(bit(bits - 1 - nth * width - at)));
    (0..count).map(digit).collect()
}

fn fraction(bits: usize) -> UBig {
    let (_, q, t) = split(0, bits as u64 / 47 + 2);
    let root = (UBig::from(10_005_u32) << (2 * bits)).sqrt();
    let pi = UBig::try_from(q * IBig::from(426_880) * IBig::from(root) / t).unwrap();
    pi - (UBig::from(3_u32) << bits)
}

fn split(from: u64, to: u64) -> (IBig, IBig, IBig) {
    if to - from > 1 {
        let middle = from.midpoint(to);
        let ((p1, q1, t1), (p2, q2, t2)) = (split(from, middle), split(middle, to));
        let t = &t1 * &q2 + &p1 * t2;
        return (p1 * p2, q1 * q2, t);
    }
    if from == 0 {
        return (IBig::ONE, IBig::ONE, IBig::from(13_591_409));
    }
    let a = i128::from(from);
    let p = IBig::from(-(6 * a - 5) * (2 * a - 1) * (6 * a - 1));
    let t = &p * IBig::from(13_591_409 + 545_140_134 * a);
    (p, IBig::from(10_939_058_860_032_000_i128 * a) * IBig::from(a * a), t)
}

/// The digits of a number, as many as there is room for.
fn spread(number: UBig, base: u16, out: &mut [u8]) {
    if out.len() <= 8 {
        let mut number = u128::try_from(number).unwrap();
        for digit in out.iter_mut().rev() {
            *digit = (number % u128::from(base)) as u8;
            number /= u128::from(base);
        }
        return;
    }
    let (high, low) = out.split_at_mut(out.len() / 2);
    let (first, second) = number.div_rem(UBig::from(base).pow(low.len()));
    spread(first, base, high);
    spread(second, base, low);
}

#[test]
fn they_are_the_published_digits() {
    let first = |base, count| pi().prefix(Base::new(base).unwrap(), count).unwrap()[..count as usize].to_vec();
    assert_eq!(first(10, 20), [1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6]);
    assert_eq!(first(16, 10), [2, 4, 3, 15, 6, 10, 8, 8, 8, 5]);
    assert_eq!(first(255, 8), [36, 27, 15, 226, 9, 75, 70, 52]);
    assert_eq!(first(7, 100_003)[..12], [0, 6, 6, 3, 6, 5, 1, 4, 3, 2, 0, 3]);
    assert_eq!(pi().prefix(Base::HEX, 1_000_010).unwrap()[999_999..1_000_006], [2, 6, 12, 6, 5, 14, 5]);
}
