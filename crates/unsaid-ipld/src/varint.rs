//! Unsigned LEB128 numbers of at most 64 bits, in their shortest form: those of CIDs, of CAR and of protobuf.

use unsaid_core::{Error, Result};

/// The longest form.
pub(crate) const MAX_BYTES: usize = 10;

/// Reads a number from the front of `bytes`.
pub(crate) fn read(bytes: &mut &[u8]) -> Result<u64> {
    let mut value = Value::default();
    loop {
        let (&byte, rest) =
            bytes.split_first().ok_or_else(|| Error::truncated("the bytes end within a number"))?;
        *bytes = rest;
        if let Some(value) = value.push(byte)? {
            return Ok(value);
        }
    }
}

/// A number of which the bytes come one by one.
#[derive(Default)]
pub(crate) struct Value {
    value: u64,
    bytes: usize,
}

impl Value {
    /// Takes a byte, and gives the number when it was the last.
    pub(crate) fn push(&mut self, byte: u8) -> Result<Option<u64>> {
        let bits = u64::from(byte & 0x7f);
        if self.bytes == MAX_BYTES - 1 && byte > 1 {
            return Err(Error::corrupt("a number has more than 64 bits"));
        }
        if byte == 0 && self.bytes > 0 {
            return Err(Error::corrupt("a number is not in its shortest form"));
        }
        self.value |= bits << (7 * self.bytes);
        self.bytes += 1;
        Ok((byte < 0x80).then_some(self.value))
    }

    /// How many bytes were taken.
    pub(crate) fn len(&self) -> usize {
        self.bytes
    }
}

/// Appends a number.
pub(crate) fn write(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
