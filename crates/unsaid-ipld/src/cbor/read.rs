//! The next item.

use ::cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};

use super::{Item, LINK, MAX_DEPTH};
use crate::cid;

/// Reads items from front to back. After an error it stands where it stood before.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    /// How many bytes were read.
    pub fn offset(&self) -> u64 {
        self.at as u64
    }

    /// What was not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next item.
    ///
    /// # Errors
    /// `Truncated` where the bytes end, also where a list or a map claims more items than bytes are left;
    /// `Corrupt` for numbers that are not in their shortest form, indefinite lengths, text that is not
    /// UTF-8, floats of fewer than 64 bits, infinite or NaN, and all other simple values.
    pub fn item(&mut self) -> Result<Item<'a>> {
        let start = self.at;
        let item = self.read();
        if item.is_err() {
            self.at = start;
        }
        item.map_err(|e| e.at(start as u64))
    }

    fn read(&mut self) -> Result<Item<'a>> {
        let first = self.take(1)?[0];
        let (major, info) = (first >> 5, first & 31);
        if major == 7 {
            return self.simple(info);
        }
        let n = self.argument(info)?;
        Ok(match major {
            0 => Item::Uint(n),
            1 => Item::Nint(n),
            2 => Item::Bytes(self.string(n)?),
            3 => {
                let start = self.at;
                Item::Text(std::str::from_utf8(self.string(n)?).map_err(|e| {
                    Error::corrupt("a text in CBOR is not UTF-8")
                        .found(e)
                        .at((start + e.valid_up_to()) as u64)
                })?)
            }
            4 => Item::List(self.count(n, 1)?),
            5 => Item::Map(self.count(n, 2)?),
            _ => Item::Tag(n),
        })
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let taken = self.rest().get(..n).ok_or_else(|| {
            Error::truncated("CBOR ends within an item")
                .found(format!("{} bytes", self.rest().len()))
                .expected(format!("{n} more"))
        })?;
        self.at += n;
        Ok(taken)
    }

    fn argument(&mut self, info: u8) -> Result<u64> {
        let (n, least) = match info {
            0..=23 => return Ok(info.into()),
            24..=27 => {
                let mut n = 0u64;
                for &byte in self.take(1 << (info - 24))? {
                    n = n << 8 | u64::from(byte);
                }
                // What the next shorter form cannot say.
                (n, [24, 1 << 8, 1 << 16, 1 << 32][usize::from(info - 24)])
            }
            31 => {
                return Err(Error::corrupt("CBOR of indefinite length").expected("a length before the items"));
            }
            _ => return Err(Error::corrupt("a CBOR head that means nothing").found(format!("length {info}"))),
        };
        if n < least {
            return Err(Error::corrupt("a number in CBOR is not in its shortest form").found(n));
        }
        Ok(n)
    }

    fn string(&mut self, n: u64) -> Result<&'a [u8]> {
        self.take(usize::try_from(n).unwrap_or(usize::MAX))
    }

    /// Every item takes a byte: a claim beyond that is known to be wrong before anything is made for it.
    fn count(&self, n: u64, each: u64) -> Result<u64> {
        let left = self.rest().len() as u64;
        if n.checked_mul(each).is_none_or(|least| least > left) {
            return Err(Error::truncated("a list or map in CBOR is longer than what is left")
                .found(format!("{left} bytes"))
                .expected(format!("{n} entries")));
        }
        Ok(n)
    }

    fn simple(&mut self, info: u8) -> Result<Item<'a>> {
        match info {
            20 | 21 => Ok(Item::Bool(info == 21)),
            22 => Ok(Item::Null),
            27 => {
                let mut bits = [0; 8];
                bits.copy_from_slice(self.take(8)?);
                let value = f64::from_be_bytes(bits);
                if !value.is_finite() {
                    return Err(Error::corrupt("a float in CBOR is no number").found(value));
                }
                Ok(Item::Float(value))
            }
            25 | 26 => Err(Error::corrupt("a float in CBOR is not of 64 bits")),
            23 => Err(Error::corrupt("an undefined value in CBOR")),
            _ => Err(Error::corrupt("a simple value in CBOR that means nothing").found(info)),
        }
    }

    /// Skips one item with all that it holds.
    ///
    /// # Errors
    /// As [`item`](Self::item), and `Limit` below [`MAX_DEPTH`].
    pub fn skip(&mut self) -> Result<()> {
        // How many items are still to come, for each list, map and tag that is open.
        let mut open = [0u64; MAX_DEPTH + 1];
        let (mut depth, mut left) = (0, 1u64);
        while left > 0 || depth > 0 {
            if left == 0 {
                depth -= 1;
                left = open[depth];
                continue;
            }
            left -= 1;
            let at = self.offset();
            let inner = match self.item()? {
                Item::List(n) => n,
                // It was compared with the bytes that are left.
                Item::Map(n) => n * 2,
                Item::Tag(_) => 1,
                _ => 0,
            };
            if inner > 0 {
                if depth == MAX_DEPTH {
                    return Err(too_deep(at));
                }
                open[depth] = left;
                depth += 1;
                left = inner;
            }
        }
        Ok(())
    }

    /// Says that nothing may follow.
    ///
    /// # Errors
    /// `Corrupt` where something does.
    pub fn end(&self) -> Result<()> {
        match self.rest().len() {
            0 => Ok(()),
            n => Err(Error::corrupt("something follows CBOR")
                .found(format!("{n} bytes"))
                .expected("the end")
                .at(self.offset())),
        }
    }

    /// A map, of which the number of pairs is given.
    ///
    /// # Errors
    /// As [`item`](Self::item), and `Corrupt` for anything else.
    pub fn map(&mut self) -> Result<u64> {
        self.wanted("a map", |item| if let Item::Map(n) = item { Some(n) } else { None })
    }

    /// A list, of which the length is given.
    ///
    /// # Errors
    /// As [`map`](Self::map).
    pub fn list(&mut self) -> Result<u64> {
        self.wanted("a list", |item| if let Item::List(n) = item { Some(n) } else { None })
    }

    /// A text.
    ///
    /// # Errors
    /// As [`map`](Self::map).
    pub fn text(&mut self) -> Result<&'a str> {
        self.wanted("a text", |item| if let Item::Text(text) = item { Some(text) } else { None })
    }

    /// Bytes.
    ///
    /// # Errors
    /// As [`map`](Self::map).
    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        self.wanted("bytes", |item| if let Item::Bytes(bytes) = item { Some(bytes) } else { None })
    }

    /// A number from 0.
    ///
    /// # Errors
    /// As [`map`](Self::map).
    pub fn uint(&mut self) -> Result<u64> {
        self.wanted("a number", |item| if let Item::Uint(n) = item { Some(n) } else { None })
    }

    /// A link.
    ///
    /// # Errors
    /// As [`map`](Self::map), and as [`cid::read`].
    pub fn link(&mut self) -> Result<Cid> {
        self.wanted("a link (tag 42)", |item| (item == Item::Tag(LINK)).then_some(()))?;
        self.link_after_tag()
    }

    /// The link of a [`Item::Tag`] of [`LINK`] that was just read.
    ///
    /// # Errors
    /// As [`link`](Self::link).
    pub fn link_after_tag(&mut self) -> Result<Cid> {
        let at = self.offset();
        match self.bytes()?.split_first() {
            // The multibase prefix of bytes as they are.
            Some((0, bytes)) => cid::read(bytes).map_err(|e| e.at(at)),
            other => Err(Error::corrupt("a link in CBOR does not begin with 0")
                .found(other.map_or("nothing".to_owned(), |(first, _)| format!("0x{first:02x}")))
                .at(at)),
        }
    }

    fn wanted<T>(&mut self, what: &str, pick: impl FnOnce(Item<'a>) -> Option<T>) -> Result<T> {
        let start = self.at;
        let item = self.item()?;
        pick(item).ok_or_else(|| {
            self.at = start;
            Error::corrupt("CBOR of another shape").found(item.name()).expected(what).at(start as u64)
        })
    }
}

pub(crate) fn too_deep(at: u64) -> Error {
    Error::new(ErrorKind::Limit, "CBOR is nested too deep")
        .expected(format!("at most {MAX_DEPTH} lists and maps in each other"))
        .at(at)
}
