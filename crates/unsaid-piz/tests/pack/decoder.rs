//! A slow decoder that shares nothing with the library but the digits.

use unsaid_pi::{Base, DigitSource};

use crate::digits::pi;

/// The data of an archive; panics where it is no archive.
pub(crate) fn decode(archive: &[u8]) -> Vec<u8> {
    let mut lines = archive.split(|&byte| byte == b'\n');
    let mut names = lines.next().unwrap().split(|&byte| byte == b'\t');
    assert_eq!(names.next(), Some(&b"PiZ"[..]));
    let write = names.next().map_or(10, base);
    let calc = names.next().map_or(write, base);
    assert_eq!(names.next(), None);
    let per_byte = (1..).find(|&d| u64::from(calc).pow(d) >= 256).unwrap() as usize;
    let mut lines = lines.skip_while(|line| line.first() == Some(&b'\t')).peekable();
    let mut out = Vec::new();
    loop {
        let size = lines.next().unwrap();
        if size.is_empty() {
            // Our packer writes nothing behind the end.
            assert_eq!(lines.collect::<Vec<_>>(), [b""]);
            return out;
        }
        let bytes = number(size, write).div_ceil(per_byte);
        while let Some(line) = lines.next_if(|line| line.first() == Some(&b'\t')) {
            let mut digits = vec![0; bytes * per_byte];
            pi().digits(Base::new(calc).unwrap(), number(&line[1..], write) as u64, &mut digits).unwrap();
            for byte in digits.chunks(per_byte) {
                let value = byte.iter().fold(0, |value, &digit| value * calc + u32::from(digit));
                out.push(u8::try_from(value).unwrap());
            }
        }
    }
}

fn base(name: &[u8]) -> u32 {
    match name {
        b"Bin" => 2,
        b"Oct" => 8,
        b"Dec" => 10,
        b"Hex" => 16,
        number => std::str::from_utf8(number).unwrap().parse().unwrap(),
    }
}

/// The numerals, in order of their values.
static NUMERALS: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(numerals);

fn numerals() -> Vec<Vec<u8>> {
    let mut bytes: Vec<u8> = (b'0'..=b'9').chain(b'A'..=b'Z').chain(b'a'..=b'z').collect();
    bytes.extend((b'!'..=b'~').filter(|byte| !byte.is_ascii_alphanumeric()));
    bytes.extend(0x80..=0xFF_u8);
    bytes.extend((0..=b' ').filter(|byte| !b"\t\n\r\x1b".contains(byte)));
    bytes.push(0x7F);
    let mut all: Vec<Vec<u8>> = bytes.into_iter().map(|byte| vec![byte]).collect();
    all.extend((b'A'..=b'D').map(|letter| vec![0x1B, letter]));
    assert_eq!(all.len(), 256);
    all
}

fn number(mut text: &[u8], base: u32) -> usize {
    let numerals = &NUMERALS;
    assert!(!text.is_empty());
    let mut value = 0;
    while !text.is_empty() {
        let digit = numerals[..base as usize].iter().position(|numeral| text.starts_with(numeral)).unwrap();
        text = &text[numerals[digit].len()..];
        value = value * base as usize + digit;
    }
    value
}
