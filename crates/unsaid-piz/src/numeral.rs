//! Numbers as an archive writes them, in any base from 2 to 256.
//!
//! A numeral is one byte, but for the last four of base 256. None of them has a tab, a line feed or a carriage
//! return in it, so that lines stay lines whatever the base is.

use unsaid_pi::Base;

const ESCAPE: u8 = 0x1B;
/// Numerals of one byte. Those from here on are [`ESCAPE`] and a letter from `A` on.
const SINGLE: usize = 252;
/// Bases in which letters mean the same in both cases.
const CASELESS: u16 = 36;

/// The byte of every numeral below [`SINGLE`]: digits, capitals, small letters, the other printable ASCII, the upper
/// half, and what is left (control characters, space, DEL) but for tab, LF, CR and ESC.
const BYTES: [u8; SINGLE] = bytes();

const fn bytes() -> [u8; SINGLE] {
    let mut out = [0; SINGLE];
    let mut count = 0;
    let mut class = 0;
    while class < 6 {
        let mut byte = 0;
        while byte < 256 {
            if class_of(byte as u8) == class {
                out[count] = byte as u8;
                count += 1;
            }
            byte += 1;
        }
        class += 1;
    }
    out
}

const fn class_of(byte: u8) -> usize {
    match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        b'a'..=b'z' => 2,
        b'!'..=b'~' => 3,
        0x80.. => 4,
        b'\t' | b'\n' | b'\r' | ESCAPE => 6,
        _ => 5,
    }
}

const NONE: u16 = u16::MAX;

/// The numerals of one base.
#[derive(Clone, Debug)]
pub struct Numerals {
    base: Base,
    /// The value of a byte that is a numeral of this base, else [`NONE`].
    values: [u16; 256],
}

/// Why a text is no number. `at` is the byte that shows it, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The byte.
    pub at: usize,
    /// What is wrong with it.
    pub why: Why,
}

/// What can be wrong with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is no numeral at all.
    Empty,
    /// This byte is no numeral of this base (or, after ESC, no second half of one).
    NotANumeral(u8),
    /// The text ends in the middle of a numeral of two bytes.
    Cut,
    /// The number is larger than the type holds.
    TooLarge,
}

impl Numerals {
    /// Those of this base.
    pub fn new(base: Base) -> Self {
        let mut values = [NONE; 256];
        for (value, &byte) in (0_u16..).zip(&BYTES).take(base.get().into()) {
            values[usize::from(byte)] = value;
            if base.get() <= CASELESS {
                values[usize::from(byte.to_ascii_lowercase())] = value;
            }
        }
        Numerals { base, values }
    }

    /// The base.
    pub fn base(&self) -> Base {
        self.base
    }

    /// Appends the number, most significant numeral first, without leading zeros; 0 is `0`.
    pub fn write(&self, number: impl Into<u128>, out: &mut Vec<u8>) {
        let base = u128::from(self.base.get());
        let mut rest = number.into();
        // Base 2 needs most.
        let mut values = [0_u8; 128];
        let mut first = values.len();
        loop {
            first -= 1;
            values[first] = (rest % base) as u8;
            rest /= base;
            if rest == 0 {
                break;
            }
        }
        for &value in &values[first..] {
            self.write_numeral(value, out);
        }
    }

    fn write_numeral(&self, value: u8, out: &mut Vec<u8>) {
        match BYTES.get(usize::from(value)) {
            Some(&byte) => out.push(byte),
            None => out.extend_from_slice(&[ESCAPE, b'A' + (value - SINGLE as u8)]),
        }
    }

    /// How many bytes [`Numerals::write`] appends.
    pub fn width(&self, number: impl Into<u128>) -> usize {
        let base = u128::from(self.base.get());
        let mut rest = number.into();
        let mut width = 0;
        loop {
            width += if rest % base < SINGLE as u128 { 1 } else { 2 };
            rest /= base;
            if rest == 0 {
                return width;
            }
        }
    }

    /// The value of the numeral that `text` begins with, and its length in bytes.
    fn numeral(&self, text: &[u8]) -> Result<(u16, usize), Unreadable> {
        let Some(&byte) = text.first() else { return Err(Unreadable { at: 0, why: Why::Empty }) };
        let value = self.values[usize::from(byte)];
        if value != NONE {
            return Ok((value, 1));
        }
        if byte != ESCAPE || usize::from(self.base.get()) <= SINGLE {
            return Err(Unreadable { at: 0, why: Why::NotANumeral(byte) });
        }
        match text.get(1) {
            None => Err(Unreadable { at: 1, why: Why::Cut }),
            Some(&letter) => match letter.checked_sub(b'A').map(|nth| SINGLE as u16 + u16::from(nth)) {
                Some(value) if value < self.base.get() => Ok((value, 2)),
                _ => Err(Unreadable { at: 1, why: Why::NotANumeral(letter) }),
            },
        }
    }

    /// Reads a number that is the whole text. Leading zeros are allowed.
    ///
    /// # Errors
    /// [`Unreadable`]. A byte that is no numeral is reported rather than the overflow that comes before it.
    pub fn read(&self, text: &[u8]) -> Result<u64, Unreadable> {
        let number = self.read_u128(text)?;
        u64::try_from(number).map_err(|_| Unreadable { at: 0, why: Why::TooLarge })
    }

    /// As [`Numerals::read`], for larger numbers.
    ///
    /// # Errors
    /// As [`Numerals::read`].
    pub fn read_u128(&self, text: &[u8]) -> Result<u128, Unreadable> {
        if text.is_empty() {
            return Err(Unreadable { at: 0, why: Why::Empty });
        }
        let base = u128::from(self.base.get());
        let mut number = Some(0_u128);
        let mut at = 0;
        while at < text.len() {
            let (value, length) =
                self.numeral(&text[at..]).map_err(|e| Unreadable { at: at + e.at, why: e.why })?;
            number = number.and_then(|n| n.checked_mul(base)?.checked_add(value.into()));
            at += length;
        }
        number.ok_or(Unreadable { at: 0, why: Why::TooLarge })
    }

    /// The value of a byte that is a numeral on its own; `None` for every other.
    pub(crate) fn value(&self, byte: u8) -> Option<u8> {
        u8::try_from(self.values[usize::from(byte)]).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numerals(base: u32) -> Numerals {
        Numerals::new(Base::new(base).unwrap())
    }

    fn text(base: u32, number: u128) -> Vec<u8> {
        let mut out = Vec::new();
        numerals(base).write(number, &mut out);
        out
    }

    #[test]
    fn no_numeral_is_a_tab_or_a_line_end_and_no_two_are_alike() {
        let mut seen = std::collections::HashSet::new();
        for value in 0..256_u128 {
            let numeral = text(256, value);
            assert!(!numeral.iter().any(|byte| b"\t\n\r".contains(byte)), "{value}");
            assert_eq!(numeral.len(), if value < 252 { 1 } else { 2 });
            assert!(seen.insert(numeral));
        }
    }

    #[test]
    fn numerals_stand_in_the_order_of_the_page() {
        let known: [(u128, &[u8]); 18] = [
            (0, b"0"),
            (9, b"9"),
            (10, b"A"),
            (35, b"Z"),
            (36, b"a"),
            (61, b"z"),
            (62, b"!"),
            (76, b"/"),
            (77, b":"),
            (84, b"["),
            (93, b"~"),
            (94, b"\x80"),
            (221, b"\xff"),
            (222, b"\0"),
            (231, b"\x0b"),
            (251, b"\x7f"),
            (252, b"\x1bA"),
            (255, b"\x1bD"),
        ];
        for (value, numeral) in known {
            assert_eq!(text(256, value), numeral, "{value}");
        }
    }

    #[test]
    fn hexadecimal_is_written_in_capitals_and_read_in_both() {
        assert_eq!(text(16, 0xBEEF), b"BEEF");
        for same in ["BEEF", "beef", "bEeF", "0000beef"] {
            assert_eq!(numerals(16).read(same.as_bytes()), Ok(0xBEEF));
        }
        // From base 37 on, small letters are numerals of their own.
        assert_eq!((numerals(36).read(b"z"), numerals(37).read(b"a")), (Ok(35), Ok(36)));
        assert_eq!(numerals(37).read(b"b"), Err(Unreadable { at: 0, why: Why::NotANumeral(b'b') }));
    }

    #[test]
    fn what_is_no_number_is_told_with_its_place() {
        let dec = numerals(10);
        for (bad, at, why) in [
            ("", 0, Why::Empty),
            ("-5", 0, Why::NotANumeral(b'-')),
            ("+5", 0, Why::NotANumeral(b'+')),
            ("12 ", 2, Why::NotANumeral(b' ')),
            ("12\r", 2, Why::NotANumeral(b'\r')),
            ("1A", 1, Why::NotANumeral(b'A')),
            ("99999999999999999999999999999999999999999999x", 44, Why::NotANumeral(b'x')),
            ("18446744073709551616", 0, Why::TooLarge),
            ("\u{661}", 0, Why::NotANumeral(0xD9)),
        ] {
            assert_eq!(dec.read(bad.as_bytes()), Err(Unreadable { at, why }), "{bad}");
        }
        assert_eq!(dec.read(b"18446744073709551615"), Ok(u64::MAX));
        assert_eq!(dec.read_u128(b"340282366920938463463374607431768211455"), Ok(u128::MAX));
        let too_large = Err(Unreadable { at: 0, why: Why::TooLarge });
        assert_eq!(dec.read_u128(b"340282366920938463463374607431768211456"), too_large);
    }

    #[test]
    fn a_numeral_of_two_bytes_is_whole_and_of_its_base() {
        let cut = Unreadable { at: 2, why: Why::Cut };
        assert_eq!(numerals(256).read(b"1\x1b"), Err(cut));
        assert_eq!(numerals(256).read(b"\x1bE"), Err(Unreadable { at: 1, why: Why::NotANumeral(b'E') }));
        assert_eq!(numerals(253).read(b"\x1bA"), Ok(252));
        assert_eq!(numerals(253).read(b"\x1bB"), Err(Unreadable { at: 1, why: Why::NotANumeral(b'B') }));
        assert_eq!(numerals(252).read(b"\x1bA"), Err(Unreadable { at: 0, why: Why::NotANumeral(0x1b) }));
    }

    proptest! {
        #[test]
        fn every_number_comes_back_in_every_base(number: u128, base in 2_u32..=256, small: bool) {
            let number = if small { number >> 90 } else { number };
            let mut out = text(base, number);
            prop_assert_eq!(numerals(base).read_u128(&out), Ok(number));
            prop_assert_eq!(numerals(base).width(number), out.len());
            prop_assert_eq!(numerals(base).read(&out).ok(), u64::try_from(number).ok());
            out.insert(0, b'0');
            prop_assert_eq!(numerals(base).read_u128(&out), Ok(number));
        }
    }
}
