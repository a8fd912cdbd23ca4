//! A decoder that shares nothing with the one under test: its digits are Machin's formula over big integers, its
//! parser splits the text into lines. Slow, and for tests only.
#![allow(dead_code, reason = "every test uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use num_bigint::{BigInt, BigUint};
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_pi::{Base, DigitSource};

/// Bits of the fraction of π that are certain.
const BITS: u64 = 530_000;
const GUARD: u64 = 64;

/// frac(π)·2^([`BITS`] + [`GUARD`]), a few units too small or too large at most.
fn fraction() -> &'static BigUint {
    static FRACTION: OnceLock<BigUint> = OnceLock::new();
    FRACTION.get_or_init(|| {
        let one = BigInt::from(1) << (BITS + GUARD);
        // Machin: π = 16 arctan 1/5 − 4 arctan 1/239.
        let pi: BigInt = arctan(&one, 5) * 16 - arctan(&one, 239) * 4;
        let fraction: BigInt = pi - one * 3;
        fraction.try_into().unwrap()
    })
}

/// one·arctan(1/x), the sum of (−1)^k / ((2k+1)·x^(2k+1)).
fn arctan(one: &BigInt, x: u32) -> BigInt {
    let terms = ((BITS + GUARD) as f64 / (2.0 * f64::from(x).log2())) as u64 + 2;
    let (sum, odds, powers) = split(x, 0, terms);
    // The powers count from x^2: one x too many.
    one * sum * x / (odds * powers)
}

/// The terms from `a` to `b`, times x^2a: a numerator, the product of the odd numbers, and x^2(b−a).
fn split(x: u32, a: u64, b: u64) -> (BigInt, BigInt, BigInt) {
    if b - a == 1 {
        let sign = if a.is_multiple_of(2) { 1 } else { -1 };
        return (sign.into(), (2 * a + 1).into(), (x * x).into());
    }
    let middle = a.midpoint(b);
    let (sum, odds, powers) = split(x, a, middle);
    let (sum2, odds2, powers2) = split(x, middle, b);
    // A term of one is over x^2 already.
    (sum * &odds2 * &powers2 + sum2 * &odds, odds * odds2, powers * powers2)
}

/// How many digits of a base are certain here.
pub(crate) fn certain(base: u32) -> u64 {
    (BITS as f64 / f64::from(base).log2()) as u64 - 1
}

/// So many digits of every base are here.
pub(crate) const EVERY: u64 = 6000;

/// The first digits: [`EVERY`] or more.
pub(crate) fn digits(base: u32) -> Arc<[u8]> {
    static KNOWN: Mutex<Option<HashMap<u32, Arc<[u8]>>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap();
    let known = known.get_or_insert_default();
    let compute = || {
        let most = match base {
            16 => 110_000,
            2 | 3 | 7 | 8 | 10 | 255 | 256 => 65_600,
            _ => EVERY,
        };
        let count = certain(base).min(most) as usize;
        let scaled = (fraction() * BigUint::from(base).pow(count as u32)) >> (BITS + GUARD);
        let digits = scaled.to_radix_be(base);
        let zeros = count - digits.len();
        std::iter::repeat_n(0, zeros).chain(digits).collect()
    };
    Arc::clone(known.entry(base).or_insert_with(compute))
}

/// Those digits as a source. `at_once` bounds what it gives as a prefix, to send the decoder other ways.
pub(crate) struct Source {
    pub(crate) at_once: u64,
}

impl Source {
    pub(crate) const ALL: Source = Source { at_once: u64::MAX };
    pub(crate) const ONE_BY_ONE: Source = Source { at_once: 0 };
}

impl DigitSource for Source {
    fn digits(&self, base: Base, from: u64, out: &mut [u8]) -> Result<()> {
        let digits = digits(base.get().into());
        let wanted = digits.get(from as usize..from as usize + out.len());
        out.copy_from_slice(
            wanted.ok_or_else(|| Error::new(ErrorKind::Limit, "the tests have no such digits"))?,
        );
        Ok(())
    }

    fn prefix(&self, base: Base, count: u64) -> Result<Arc<[u8]>> {
        let digits = digits(base.get().into());
        if count > self.at_once.min(digits.len() as u64) {
            return Err(Error::new(ErrorKind::Limit, "the tests do not give so many digits at once"));
        }
        Ok(digits[..count as usize].into())
    }
}

/// The numerals, as the page lists them.
pub(crate) fn alphabet() -> &'static [Vec<u8>] {
    static ALPHABET: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    ALPHABET.get_or_init(make_alphabet)
}

fn make_alphabet() -> Vec<Vec<u8>> {
    let printable =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    let rest = (0x00..=0x08).chain([0x0B, 0x0C]).chain(0x0E..=0x1A).chain(0x1C..=0x20).chain([0x7F]);
    let single = printable.bytes().chain(0x80..=0xFF).chain(rest).map(|byte| vec![byte]);
    single.chain((b'A'..=b'D').map(|letter| vec![0x1B, letter])).collect()
}

/// A number in a write base.
pub(crate) fn numeral(base: u32, mut number: u64) -> Vec<u8> {
    let alphabet = alphabet();
    let mut numerals = Vec::new();
    while number > 0 || numerals.is_empty() {
        numerals.push(alphabet[(number % u64::from(base)) as usize].clone());
        number /= u64::from(base);
    }
    numerals.into_iter().rev().flatten().collect()
}

fn number(base: u32, text: &[u8]) -> Option<u64> {
    let alphabet = alphabet();
    let mut value = BigUint::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let matches = |numeral: &Vec<u8>| {
            let caseless = base <= 36 && rest[0].eq_ignore_ascii_case(&numeral[0]);
            rest.starts_with(numeral) || caseless
        };
        let digit = alphabet.iter().take(base as usize).position(matches)?;
        value = value * base + digit;
        rest = &rest[alphabet[digit].len()..];
    }
    if text.is_empty() { None } else { value.try_into().ok() }
}

fn base(name: &[u8]) -> Option<u32> {
    match name {
        b"Bin" => Some(2),
        b"Oct" => Some(8),
        b"Dec" => Some(10),
        b"Hex" => Some(16),
        _ => {
            let number = std::str::from_utf8(name).ok()?.parse().ok()?;
            (name[0].is_ascii_digit() && name.len() < 4 && (2..=256).contains(&number)).then_some(number)
        }
    }
}

/// What an archive stands for, and whether its last line was there; `None` where it is refused. Metadata are not
/// looked at. Positions end at `limit`.
pub(crate) fn unpack(archive: &[u8], limit: u64) -> Option<(Vec<u8>, bool)> {
    let whole = archive.ends_with(b"\n");
    let mut lines: Vec<&[u8]> = archive.split(|&byte| byte == b'\n').collect();
    // What is after the last LF is no line.
    let after = lines.pop()?;
    let mut header = lines.first()?.split(|&byte| byte == b'\t');
    if header.next()? != b"PiZ" {
        return None;
    }
    let write = header.next().map_or(Some(10), base)?;
    let calc = header.next().map_or(Some(write), base)?;
    if header.next().is_some() {
        return None;
    }
    let mut body = lines[1..].iter().skip_while(|line| line.first() == Some(&b'\t'));
    let pi = digits(calc);
    let per_byte = (1..).find(|&d| calc.pow(d) >= 256)? as usize;
    let (mut size, mut out) = (0_u64, Vec::new());
    loop {
        match body.next() {
            None if whole && after.is_empty() => return Some((out, false)),
            None => return None,
            Some([]) => return Some((out, true)),
            Some([b'\t', position @ ..]) => {
                let from = number(write, position)?;
                let bytes: u64 = size.div_ceil(per_byte as u64);
                let end = from.checked_add(bytes.checked_mul(per_byte as u64)?)?;
                if bytes > 0 && end > limit {
                    return None;
                }
                for nth in 0..bytes as usize {
                    let at = from as usize + nth * per_byte;
                    let value = pi[at..at + per_byte].iter().fold(0, |v, &digit| v * calc + u32::from(digit));
                    out.push(u8::try_from(value).ok()?);
                }
            }
            Some(line) => size = number(write, line)?,
        }
    }
}
