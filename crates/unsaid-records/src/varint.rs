//! Numbers of seven bits a byte, the lowest first; the last byte has its high bit clear.

use unsaid_core::{Error, Result};

/// The longest number.
pub(crate) const MAX_BYTES: usize = 10;

pub(crate) fn write(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads a number and what follows it. Each has one form: neither a last byte of zero nor more than
/// 64 bits are taken.
///
/// # Errors
/// `Truncated`, `Corrupt`.
pub(crate) fn read<'a>(bytes: &'a [u8], what: &str) -> Result<(u64, &'a [u8])> {
    let mut number = 0u64;
    for (i, &byte) in bytes.iter().take(MAX_BYTES).enumerate() {
        let bits = u64::from(byte & 0x7f);
        if i == MAX_BYTES - 1 && bits > 1 {
            break;
        }
        number |= bits << (7 * i);
        if byte < 0x80 {
            if byte == 0 && i > 0 {
                break;
            }
            return Ok((number, &bytes[i + 1..]));
        }
        if i == MAX_BYTES - 1 {
            break;
        }
        if i + 1 == bytes.len() {
            return Err(Error::truncated(what));
        }
    }
    match bytes.is_empty() {
        true => Err(Error::truncated(what)),
        false => Err(Error::corrupt(format!("{what}: a number that is not in its one form"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unsaid_core::ErrorKind;

    #[test]
    fn b10_numbers_at_every_edge_have_one_form() {
        let edges = (0..64).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        for number in edges.chain([u64::MAX]) {
            let mut bytes = Vec::new();
            write(number, &mut bytes);
            assert!(bytes.len() <= MAX_BYTES);
            for cut in 0..bytes.len() {
                assert_eq!(read(&bytes[..cut], "n").unwrap_err().kind(), ErrorKind::Truncated);
            }
            bytes.push(7);
            assert_eq!(read(&bytes, "n").unwrap(), (number, &[7][..]));
        }
        for bad in [&[0x80, 0][..], &[0xff; 10], &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]] {
            assert_eq!(read(bad, "n").unwrap_err().kind(), ErrorKind::Corrupt);
        }
    }
}
