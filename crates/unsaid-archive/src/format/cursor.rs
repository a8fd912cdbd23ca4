//! Reading and writing the fields that heads are made of.

use unsaid_core::{Error, ErrorKind, Result};

/// Reads fields from a slice whose length is already trusted (its CRC32 was right).
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Cursor { rest: bytes, what }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are left: the most items a count may claim.
    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn take(&mut self, length: usize, field: &str) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(|| {
            self.bad(field)
                .found(format!("{} bytes left", self.rest.len()))
                .expected(format!("{length} more"))
        })?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self, field: &str) -> Result<[u8; N]> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N, field)?);
        Ok(out)
    }

    pub(crate) fn byte(&mut self, field: &str) -> Result<u8> {
        Ok(self.array::<1>(field)?[0])
    }

    pub(crate) fn u32(&mut self, field: &str) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array(field)?))
    }

    pub(crate) fn u64(&mut self, field: &str) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array(field)?))
    }

    /// An unsigned LEB128 number in its shortest form.
    pub(crate) fn varint(&mut self, field: &str) -> Result<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte(field)?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(self.bad(field).found("a number of more than 64 bits"));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    return Err(self
                        .bad(field)
                        .found("a number with leading zeros")
                        .expected("the shortest form"));
                }
                return Ok(value);
            }
        }
        Err(self.bad(field).found("a number of more than 10 bytes"))
    }

    /// A length and that many bytes.
    pub(crate) fn bytes(&mut self, field: &str) -> Result<&'a [u8]> {
        let length = self.varint(field)?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX), field)
    }

    /// Refuses anything that is left.
    pub(crate) fn end(self) -> Result<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(self.bad("end").found(format!("{} more bytes", self.rest.len())).expected("nothing"))
    }

    /// An error about a field of this head.
    pub(crate) fn bad(&self, field: &str) -> Error {
        Error::corrupt(format!("{} of the {}", field, self.what))
    }

    /// An error about a value that a later version may define.
    pub(crate) fn newer(&self, field: &str, found: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::NewerVersion, format!("{} of the {}", field, self.what))
            .found(found)
            .expected("a value this version knows")
            .hint("a newer Unsaid may read this archive")
    }
}

pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            let mut cursor = Cursor::new(&bytes, "test");
            assert_eq!(cursor.varint("n").unwrap(), value);
            cursor.end().unwrap();
        }
        let long = [0xff; 11];
        let over = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        for bad in [&[0x80, 0x00][..], &[0x80], &[], &long, &over] {
            assert_eq!(
                Cursor::new(bad, "test").varint("n").unwrap_err().kind(),
                ErrorKind::Corrupt,
                "{bad:x?}"
            );
        }
    }

    #[test]
    fn a_length_beyond_the_head_is_refused_before_anything_is_allocated() {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, u64::MAX);
        assert!(Cursor::new(&bytes, "test").bytes("path").is_err());
    }
}
