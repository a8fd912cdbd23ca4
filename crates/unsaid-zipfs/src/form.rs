//! What the formats write in CBOR, and the rule that each of them has one form.

use unsaid_core::{Error, Result};
use unsaid_ipld::cbor::{Item, write};

/// How many bytes the head of an item of so many bytes or items takes.
pub(crate) fn head_size(number: u64) -> usize {
    match number {
        0..24 => 1,
        24..0x100 => 2,
        0x100..0x1_0000 => 3,
        0x1_0000..0x1_0000_0000 => 5,
        _ => 9,
    }
}

/// Writes a key, or another text.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    write(out, Item::Text(text));
}

/// The rule that closes every second spelling at once: what was read, written again, is the same.
///
/// # Errors
/// `Corrupt` where it is not.
pub(crate) fn same(read: &[u8], written: &[u8], what: &str) -> Result<()> {
    if read == written {
        return Ok(());
    }
    let at = read.iter().zip(written).take_while(|(a, b)| a == b).count();
    Err(Error::corrupt(format!("{what} is not in its one form")).at(at as u64))
}

/// A key as an error shows it.
pub(crate) fn short(text: &str) -> String {
    format!("'{}'", text.chars().take(80).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heads_size_is_that_of_what_is_written() {
        for number in [0, 23, 24, 255, 256, 65_535, 65_536, u32::MAX.into(), 1 << 32, u64::MAX] {
            let mut out = Vec::new();
            write(&mut out, Item::List(number));
            assert_eq!(out.len(), head_size(number), "{number}");
        }
    }
}
