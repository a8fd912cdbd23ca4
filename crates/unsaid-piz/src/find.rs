//! The first position of one long chunk.
//!
//! Digits are gone through once, w at a time as one number (w as large as 64 bits hold), which is moved on by one
//! digit a step; where it equals the chunk's first w digits, the rest is compared.

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};
use unsaid_pi::{Base, DigitSource};

use crate::expect::Expected;
use crate::spell::spell;

/// How many digits are looked at first. The next round looks at four times as many.
const FIRST_ROUND: u64 = 1 << 20;

/// How many digits pass between two looks at whether the caller wants to stop.
const STEP: usize = 1 << 20;

/// The first position of `bytes` (not empty) among the digits that the limit allows.
///
/// # Errors
/// [`ErrorKind::Limit`] where it is not there, with the position and the time to expect; what `source` says.
pub fn find(
    base: Base,
    bytes: &[u8],
    source: &dyn DigitSource,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<u64> {
    find_within(base, bytes, limits.digits, source, progress)?
        .ok_or_else(|| not_found(base, bytes.len() as u64, limits))
}

/// As [`find`], among the first `reach` digits; [`None`] where it is not there.
pub(crate) fn find_within(
    base: Base,
    bytes: &[u8],
    reach: u64,
    source: &dyn DigitSource,
    progress: &dyn Progress,
) -> Result<Option<u64>> {
    if digits_of(base, bytes.len() as u64) > reach {
        return Ok(None);
    }
    let mut wanted = Vec::new();
    spell(base, bytes, &mut wanted);
    let (mut from, mut count) = (0, FIRST_ROUND.max(2 * wanted.len() as u64));
    loop {
        count = count.min(reach);
        let digits = source.prefix(base, count)?;
        let known = usize::try_from(count).unwrap_or(usize::MAX).min(digits.len());
        while from + wanted.len() <= known {
            let end = known.min(from + STEP + wanted.len() - 1);
            if let Some(at) = scan(base, &wanted, digits.get(from..end).unwrap_or_default()) {
                return Ok(Some((from + at) as u64));
            }
            from = end + 1 - wanted.len();
            progress.advance(0, 0)?;
        }
        if count == reach {
            return Ok(None);
        }
        count = count.saturating_mul(4);
    }
}

/// How many digits so many bytes are.
pub(crate) fn digits_of(base: Base, bytes: u64) -> u64 {
    bytes.saturating_mul(u64::from(base.digits_per_byte()))
}

fn scan(base: Base, wanted: &[u8], digits: &[u8]) -> Option<usize> {
    let number = u64::from(base.get());
    let mut width = 1;
    let mut top = 1_u64;
    while width < wanted.len() && top.checked_mul(number).is_some_and(|t| t.checked_mul(number).is_some()) {
        top *= number;
        width += 1;
    }
    let fold = |digits: &[u8]| digits.iter().fold(0, |key: u64, &digit| key * number + u64::from(digit));
    let first = fold(wanted.get(..width)?);
    let mut key = fold(digits.get(..width - 1)?);
    let mut places = digits.get(width - 1..)?.iter().zip(digits).enumerate();
    places.find_map(|(place, (&new, &old))| {
        // Below base^width, which 64 bits hold.
        let whole = key * number + u64::from(new);
        key = whole - u64::from(old) * top;
        (whole == first && digits.get(place..)?.starts_with(wanted)).then_some(place)
    })
}

/// What is said where a chunk of `bytes` bytes is not among the digits that the limit allows.
pub(crate) fn not_found(base: Base, bytes: u64, limits: &Limits) -> Error {
    let expected = Expected::new(base, bytes);
    let error = Error::new(ErrorKind::Limit, format!("these {bytes} bytes as one chunk"))
        .found(format!("nothing like them in the first {} digits of π in base {base}", limits.digits))
        .expected(expected.to_string());
    match expected.worth_trying() {
        Some(digits) => error.hint(format!("search further: --max-digits {digits}, or split: -b 2")),
        None => error.hint("split: leave -F out, or say -b 2"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use unsaid_core::Silent;

    struct Given(Vec<u8>);

    impl DigitSource for Given {
        fn digits(&self, _: Base, from: u64, out: &mut [u8]) -> Result<()> {
            out.copy_from_slice(&self.0[from as usize..from as usize + out.len()]);
            Ok(())
        }
        fn prefix(&self, _: Base, count: u64) -> Result<Arc<[u8]>> {
            Ok(self.0[..count as usize].into())
        }
    }

    fn limits(digits: u64) -> Limits {
        let mut limits = Limits::default();
        limits.digits = digits;
        limits
    }

    #[test]
    fn the_first_of_several_places_is_found_in_every_base() {
        for number in [2, 3, 7, 10, 16, 100, 255, 256_u32] {
            let base = Base::new(number).unwrap();
            let mut rng = unsaid_testkit::Rng::new(u64::from(number));
            let mut digits: Vec<u8> = (0..3_000_000).map(|_| rng.below(u64::from(number)) as u8).collect();
            let bytes = b"first of several";
            let mut wanted = Vec::new();
            spell(base, bytes, &mut wanted);
            let all = digits.len() as u64;
            assert_eq!(
                find(base, bytes, &Given(digits.clone()), &limits(all), &Silent).unwrap_err().kind(),
                ErrorKind::Limit
            );
            // On both sides of where a step, and where a round, ends.
            for place in [2_999_000, 2_000_000, (1 << 20) - 1, (1 << 20) - wanted.len(), 5, 0] {
                digits[place..place + wanted.len()].copy_from_slice(&wanted);
                let found = find(base, bytes, &Given(digits.clone()), &limits(all), &Silent).unwrap();
                assert_eq!(found, place as u64, "base {number}");
            }
        }
    }

    #[test]
    fn nothing_beyond_the_limit_is_looked_at() {
        let digits: Vec<u8> = (0..=255).collect();
        let source = Given(digits);
        assert_eq!(find(Base::BYTE, &[9, 10], &source, &limits(11), &Silent).unwrap(), 9);
        let error = find(Base::BYTE, &[9, 10], &source, &limits(10), &Silent).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.to_string().contains("65536"), "{error}");
        let error = find(Base::BYTE, &[7; 300], &source, &limits(256), &Silent).unwrap_err();
        assert!(error.to_string().contains("256^300"), "{error}");
    }
}
