//! DAG-CBOR, strictly: one way to write each value, so that one value has one name.
//!
//! Three gates, one after the other. [`check`] reads the items without recursion and knows every rule of the
//! format. The library's reader makes the value. The value is written again and must give the same bytes,
//! which closes whatever a type would let pass (a null for what may be left out, for instance).
//!
//! Source: <https://ipld.io/specs/codecs/dag-cbor/spec/>.

use ::cid::Cid;
use serde::Serialize;
use serde::de::DeserializeOwned;
use unsaid_core::{Error, ErrorKind, Result};

use crate::block::MAX_READ;
use crate::cbor::{Item, LINK, MAX_DEPTH, Reader, too_deep};

pub use ipld_core::ipld::Ipld;

/// How much a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Its bytes. [`MAX_READ`].
    pub bytes: usize,
    /// Lists and maps in each other; more than [`MAX_DEPTH`], the default, is not possible.
    pub depth: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { bytes: MAX_READ, depth: MAX_DEPTH }
    }
}

/// Whether these bytes are one value of DAG-CBOR.
///
/// # Errors
/// `Truncated` where the bytes end too early; `Limit` above the bounds; `Corrupt` for all else that the
/// format does not allow: what [`Reader::item`] refuses, keys that are no text, not sorted or there twice,
/// tags but links, links that [`cid::read`](crate::cid::read) refuses, bytes behind the value.
pub fn check(bytes: &[u8], bounds: &Bounds) -> Result<()> {
    scan(bytes, bounds, &mut |_| Ok(()))
}

/// Calls `link` with the links of a value, in the order in which they are written.
///
/// # Errors
/// As [`check`], and what `link` returns, which ends it.
pub fn scan(bytes: &[u8], bounds: &Bounds, link: &mut dyn FnMut(Cid) -> Result<()>) -> Result<()> {
    if bytes.len() > bounds.bytes {
        return Err(Error::new(ErrorKind::Limit, "DAG-CBOR is too large")
            .found(format!("{} bytes", bytes.len()))
            .expected(format!("at most {}", bounds.bytes)));
    }
    let depth = bounds.depth.min(MAX_DEPTH);
    let mut reader = Reader::new(bytes);
    // The lists and maps that are open, the innermost last.
    let mut open: Vec<Open<'_>> = Vec::new();
    loop {
        let mut at = reader.offset();
        let mut item = reader.item()?;
        if let Some(Open { key: Some(last), .. }) = open.last_mut() {
            *last = Some(key(*last, item).map_err(|e| e.at(at))?);
            at = reader.offset();
            item = reader.item()?;
        }
        let inner = match item {
            Item::List(items) => Some(Open { left: items, key: None }),
            Item::Map(pairs) => Some(Open { left: pairs, key: Some(None) }),
            Item::Tag(LINK) => {
                link(reader.link_after_tag()?)?;
                None
            }
            Item::Tag(other) => {
                return Err(Error::corrupt("a tag in DAG-CBOR")
                    .found(other)
                    .expected("links only, tag 42")
                    .at(at));
            }
            _ => None,
        };
        if let Some(inner) = inner {
            if open.len() >= depth {
                return Err(too_deep(at));
            }
            open.push(inner);
        } else if let Some(around) = open.last_mut() {
            around.left -= 1;
        }
        // A list that is complete was an item of the one around it.
        while open.last().is_some_and(|around| around.left == 0) {
            open.pop();
            if let Some(around) = open.last_mut() {
                around.left -= 1;
            }
        }
        if open.is_empty() {
            return reader.end();
        }
    }
}

/// A list or map that is not complete.
struct Open<'a> {
    /// Items or pairs to come.
    left: u64,
    /// For a map: its last key, where there was one.
    key: Option<Option<&'a str>>,
}

fn key<'a>(last: Option<&'a str>, item: Item<'a>) -> Result<&'a str> {
    let Item::Text(key) = item else {
        return Err(Error::corrupt("a key in DAG-CBOR").found(item.name()).expected("a text"));
    };
    let order = |key: &'a str| (key.len(), key.as_bytes());
    match last {
        Some(last) if order(last) == order(key) => {
            Err(Error::corrupt("a key in DAG-CBOR is there twice").found(format!("'{}'", short(key))))
        }
        Some(last) if order(last) > order(key) => Err(Error::corrupt("keys in DAG-CBOR are not sorted")
            .found(format!("'{}' after '{}'", short(key), short(last)))
            .expected("shorter keys first, then by bytes")),
        _ => Ok(key),
    }
}

/// A key as an error shows it.
fn short(key: &str) -> String {
    key.chars().take(40).collect()
}

/// Reads a value. [`Ipld`] takes every value; a type of one's own takes its shape only.
///
/// # Errors
/// As [`check`], and `Corrupt` for a value of another shape.
pub fn decode<T: DeserializeOwned + Serialize>(bytes: &[u8], bounds: &Bounds) -> Result<T> {
    check(bytes, bounds)?;
    let value: T = serde_ipld_dagcbor::from_slice(bytes)
        .map_err(|e| Error::corrupt("DAG-CBOR of another shape").found(e))?;
    let again = serde_ipld_dagcbor::to_vec(&value)
        .map_err(|e| Error::corrupt("DAG-CBOR of another shape").found(e))?;
    if again != bytes {
        let same = bytes.iter().zip(&again).take_while(|(a, b)| a == b).count();
        return Err(Error::corrupt("DAG-CBOR of another shape")
            .found("something that would be written otherwise")
            .at(same as u64));
    }
    Ok(value)
}

/// Writes a value.
///
/// # Errors
/// `Usage` for what DAG-CBOR cannot say: infinite floats and NaN, keys that are no text, numbers of more
/// than 64 bits; `Limit` below [`MAX_DEPTH`].
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let bytes = serde_ipld_dagcbor::to_vec(value)
        .map_err(|e| Error::new(ErrorKind::Usage, "writing DAG-CBOR").found(e))?;
    match check(&bytes, &Bounds { bytes: usize::MAX, ..Bounds::default() }) {
        Err(e) if e.kind() == ErrorKind::Limit => Err(e),
        Err(e) => Err(Error::new(ErrorKind::Usage, "a value that DAG-CBOR cannot say").found(e)),
        Ok(()) => Ok(bytes),
    }
}
