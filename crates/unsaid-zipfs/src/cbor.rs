//! The little CBOR that the formats need, in its strict form: shortest heads, definite lengths.
//!
//! One pass over the bytes, straight into what is made of them: a dictionary of millions of segments
//! never exists as a tree of values.

use unsaid_core::{Error, Result};
use unsaid_ipld::{Cid, cid};

/// Major types.
pub(crate) const UNSIGNED: u8 = 0;
pub(crate) const BYTES: u8 = 2;
pub(crate) const TEXT: u8 = 3;
pub(crate) const LIST: u8 = 4;
pub(crate) const MAP: u8 = 5;
pub(crate) const TAG: u8 = 6;

/// The tag of a link.
const LINK: u64 = 42;

/// Reads items one after another.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes, at: 0 }
    }

    /// Where the next item begins.
    pub(crate) fn at(&self) -> u64 {
        self.at as u64
    }

    /// The major type of the next item, if there is one.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).map(|byte| byte >> 5)
    }

    /// The number in the head of an item of this major type.
    ///
    /// # Errors
    /// `Corrupt` for another type or a head that is not in its shortest form, `Truncated`.
    pub(crate) fn head(&mut self, major: u8, what: &str) -> Result<u64> {
        let start = self.at as u64;
        let first = *self.take(1, what)?.first().unwrap_or(&0);
        if first >> 5 != major {
            return Err(Error::corrupt(what).found(kind(first >> 5)).expected(kind(major)).at(start));
        }
        let info = first & 31;
        let width = match info {
            0..24 => return Ok(info.into()),
            24..28 => 1_usize << (info - 24),
            _ => {
                return Err(Error::corrupt(what)
                    .found("a length that is left open or reserved")
                    .expected("a definite one")
                    .at(start));
            }
        };
        let value = self.take(width, what)?.iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
        // One byte is for 24 and above, more bytes for what does not fit into half as many.
        let least = if width == 1 { 24 } else { 1_u64 << (4 * width) };
        if value < least {
            return Err(Error::corrupt(what)
                .found(format!("{value} in {width} bytes"))
                .expected("its shortest form")
                .at(start));
        }
        Ok(value)
    }

    /// A byte string.
    ///
    /// # Errors
    /// As [`head`](Self::head).
    pub(crate) fn bytes(&mut self, what: &str) -> Result<&'a [u8]> {
        let length = self.head(BYTES, what)?;
        self.take_claimed(length, what)
    }

    /// A text.
    ///
    /// # Errors
    /// As [`head`](Self::head); `Corrupt` where it is no UTF-8.
    pub(crate) fn text(&mut self, what: &str) -> Result<&'a str> {
        let start = self.at as u64;
        let length = self.head(TEXT, what)?;
        let bytes = self.take_claimed(length, what)?;
        std::str::from_utf8(bytes)
            .map_err(|_| Error::corrupt(what).found("bytes that are no UTF-8").expected("a text").at(start))
    }

    /// A link.
    ///
    /// # Errors
    /// As [`head`](Self::head); `Corrupt` for another tag and for what is no CID that is followed.
    pub(crate) fn link(&mut self, what: &str) -> Result<Cid> {
        let start = self.at as u64;
        let tag = self.head(TAG, what)?;
        if tag != LINK {
            return Err(Error::corrupt(what)
                .found(format!("tag {tag}"))
                .expected("tag 42, a link")
                .at(start));
        }
        match self.bytes(what)?.split_first() {
            Some((0, cid)) => cid::read(cid).map_err(|e| e.at(start)),
            _ => Err(Error::corrupt(what)
                .found("a link that does not begin with 00")
                .expected("00 and a CID")
                .at(start)),
        }
    }

    /// Checks that nothing follows.
    ///
    /// # Errors
    /// `Corrupt` where something does.
    pub(crate) fn end(&self, what: &str) -> Result<()> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            more => Err(Error::corrupt(format!("the end of {what}"))
                .found(format!("{more} bytes more"))
                .expected("nothing")
                .at(self.at as u64)),
        }
    }

    fn take_claimed(&mut self, length: u64, what: &str) -> Result<&'a [u8]> {
        self.take(usize::try_from(length).unwrap_or(usize::MAX), what)
    }

    fn take(&mut self, length: usize, what: &str) -> Result<&'a [u8]> {
        let left = &self.bytes[self.at..];
        let taken = left.get(..length).ok_or_else(|| {
            Error::truncated(what)
                .found(format!("{} bytes", left.len()))
                .expected(length)
                .at(self.bytes.len() as u64)
        })?;
        self.at += length;
        Ok(taken)
    }
}

fn kind(major: u8) -> &'static str {
    match major {
        UNSIGNED => "an integer",
        1 => "a negative integer",
        BYTES => "a byte string",
        TEXT => "a text",
        LIST => "a list",
        MAP => "a map",
        TAG => "a tag",
        _ => "a float or another simple value",
    }
}

/// Writes the shortest head.
pub(crate) fn put_head(out: &mut Vec<u8>, major: u8, number: u64) {
    let major = major << 5;
    let bytes = number.to_be_bytes();
    match number {
        0..24 => out.push(major | number as u8),
        24..0x100 => out.extend_from_slice(&[major | 24, bytes[7]]),
        0x100..0x1_0000 => {
            out.push(major | 25);
            out.extend_from_slice(&bytes[6..]);
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 26);
            out.extend_from_slice(&bytes[4..]);
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&bytes);
        }
    }
}

/// How many bytes [`put_head`] writes.
pub(crate) fn head_size(number: u64) -> usize {
    match number {
        0..24 => 1,
        24..0x100 => 2,
        0x100..0x1_0000 => 3,
        0x1_0000..0x1_0000_0000 => 5,
        _ => 9,
    }
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_head(out, BYTES, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_head(out, TEXT, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

pub(crate) fn put_link(out: &mut Vec<u8>, cid: &Cid) {
    put_head(out, TAG, LINK);
    let cid = cid.to_bytes();
    put_head(out, BYTES, 1 + cid.len() as u64);
    out.push(0);
    out.extend_from_slice(&cid);
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

#[cfg(test)]
mod tests {
    use super::*;
    use unsaid_core::ErrorKind;

    #[test]
    fn heads_are_read_in_their_shortest_form_only() {
        for (number, size) in [
            (0, 1),
            (23, 1),
            (24, 2),
            (255, 2),
            (256, 3),
            (65_535, 3),
            (65_536, 5),
            (u64::from(u32::MAX), 5),
            (1 << 32, 9),
            (u64::MAX, 9),
        ] {
            let mut out = Vec::new();
            put_head(&mut out, UNSIGNED, number);
            assert_eq!((out.len(), head_size(number)), (size, size));
            let mut cursor = Cursor::new(&out);
            assert_eq!(cursor.head(UNSIGNED, "x").unwrap(), number);
            cursor.end("x").unwrap();
            for cut in 0..out.len() {
                let e = Cursor::new(&out[..cut]).head(UNSIGNED, "x").unwrap_err();
                assert_eq!(e.kind(), ErrorKind::Truncated);
            }
        }
        let longer: [&[u8]; 4] =
            [&[24, 23], &[25, 0, 255], &[26, 0, 0, 255, 255], &[27, 0, 0, 0, 0, 255, 255, 255, 255]];
        for bytes in longer {
            let e = Cursor::new(bytes).head(UNSIGNED, "x").unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Corrupt, "{bytes:?}");
        }
        for open in [0x1c, 0x1d, 0x1e, 0x1f] {
            assert!(Cursor::new(&[open; 9]).head(UNSIGNED, "x").is_err());
        }
    }

    #[test]
    fn d2_a_claimed_length_is_compared_and_never_allocated() {
        let mut claim = Vec::new();
        put_head(&mut claim, BYTES, 1 << 63);
        assert_eq!(Cursor::new(&claim).bytes("x").unwrap_err().kind(), ErrorKind::Truncated);
    }
}
