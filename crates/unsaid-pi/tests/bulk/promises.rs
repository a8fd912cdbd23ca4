//! What holds for every fraction, base and pair of hands.

use dashu_int::UBig;
use proptest::prelude::*;
use unsaid_core::{ErrorKind, Inline, Limits, Silent};
use unsaid_pi::{Base, Fraction, Library, bulk, convert};

use crate::pools::Pool;

fn base(number: u32) -> Base {
    Base::new(number).unwrap()
}

fn digits(fraction: &Fraction, number: u32, count: u64) -> Vec<u8> {
    convert::digits(fraction, base(number), count, &Limits::default(), &Inline, &Silent).unwrap()
}

/// A fraction that is not π, of enough bits for so many digits.
fn noise(number: u32, count: u64, seed: u64) -> Fraction {
    let mut state = seed | 1;
    let bytes = (0..convert::bits(base(number), count).div_ceil(8)).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    });
    Fraction::from_bytes(bytes.collect())
}

/// By divisions: the integer floor(fraction · base^count), digit by digit from its end.
fn divided(fraction: &Fraction, number: u32, count: u64) -> Vec<u8> {
    let bits = fraction.bits() as usize;
    let whole = UBig::from_be_bytes(fraction.bytes()) * UBig::from(number).pow(count as usize);
    let mut whole: UBig = whole >> bits;
    // By the thousand digits first, as every division goes through the whole number.
    let thousand = UBig::from(number).pow(1000);
    let mut digits = Vec::new();
    while (digits.len() as u64) < count {
        let mut part = &whole % &thousand;
        whole /= &thousand;
        for _ in 0..1000.min(count - digits.len() as u64) {
            digits.push((&part % number) as u8);
            part /= number;
        }
    }
    digits.reverse();
    digits
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_fraction_in_any_base_has_the_digits_that_divisions_give(
        number in 2u32..=256, count in 0u64..4000, seed: u64
    ) {
        let fraction = noise(number, count, seed);
        prop_assert_eq!(digits(&fraction, number, count), divided(&fraction, number, count));
    }

    #[test]
    fn fewer_digits_are_the_beginning_of_more(number in 2u32..=256, few in 0u64..3000, more in 0u64..3000) {
        let fraction = noise(number, few + more, u64::from(number));
        let all = digits(&fraction, number, few + more);
        prop_assert_eq!(&all[..few as usize], digits(&fraction, number, few));
    }

    #[test]
    fn fewer_bits_of_pi_are_the_beginning_of_more(few in 1u64..20_000, more in 1u64..20_000) {
        let limits = Limits::default();
        let long = bulk::fraction(few + more, &limits, &Inline, &Silent).unwrap();
        let short = bulk::fraction(few, &limits, &Inline, &Silent).unwrap();
        prop_assert!(short.bits() >= few && short.bits() < few + 64);
        prop_assert!(long.bytes().starts_with(short.bytes()));
    }

    #[test]
    fn a_slice_is_the_digits_from_its_place_on(power in 1u32..=8, from in 0u64..500, count in 0usize..500) {
        let number = 1 << power;
        let fraction = noise(number, 1000, 7);
        let mut out = vec![0; count];
        convert::slice(&fraction, base(number), from, &mut out).unwrap();
        prop_assert_eq!(&digits(&fraction, number, 1000)[from as usize..from as usize + count], out);
    }
}

#[test]
fn every_number_of_workers_gives_the_same_bits_and_digits() {
    // Enough for all levels that are jobs.
    let (limits, count) = (Limits::default(), 150_000);
    let bits = convert::bits(base(10), count);
    let fraction = bulk::fraction(bits, &limits, &Inline, &Silent).unwrap();
    let digits = digits(&fraction, 10, count);
    assert_eq!(&digits[..5], [1, 4, 1, 5, 9]);
    for threads in [1, 2, 3, 8] {
        let pool = Pool::new(threads);
        assert_eq!(bulk::fraction(bits, &limits, &pool, &Silent).unwrap(), fraction, "{threads}");
        assert_eq!(convert::digits(&fraction, base(10), count, &limits, &pool, &Silent).unwrap(), digits);
    }
}

#[test]
fn both_libraries_give_the_same_bits_and_digits() {
    // Without the feature or the processor for it the portable one stands in.
    let limits = Limits::default();
    for bits in [1, 64, 65, 5000, 400_000] {
        let by = |library| bulk::fraction_by(library, bits, &limits, &Inline, &Silent).unwrap();
        assert_eq!(by(Library::Portable), by(Library::Fast), "{bits} bits");
    }
    for number in [3, 10, 100, 254, 255] {
        let fraction = noise(number, 40_000, 3);
        let by = |library| {
            convert::digits_by(library, &fraction, base(number), 40_000, &limits, &Inline, &Silent).unwrap()
        };
        assert_eq!(by(Library::Portable), by(Library::Fast), "base {number}");
    }
}

/// numerator / 10 + 2^-place, rounded down to so many bits.
fn tenth(numerator: u32, place: usize, bits: usize) -> Fraction {
    let number = (UBig::from(numerator) << bits) / UBig::from(10u32) + (UBig::ONE << (bits - place));
    Fraction::from_bytes(number.to_be_bytes().to_vec())
}

#[test]
fn a_digit_that_hangs_on_far_bits_is_found_with_more_of_them() {
    // Cut after 81 bits, three tenths and a little are 0.29999….
    assert_eq!(digits(&tenth(3, 120, 1024), 10, 5), [3, 0, 0, 0, 0]);
}

#[test]
fn digits_that_the_bits_do_not_tell_are_refused() {
    let fraction = Fraction::from_bytes(vec![0xff; 64]);
    let error = convert::digits(&fraction, base(10), 5, &Limits::default(), &Inline, &Silent).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal, "{error}");
}
