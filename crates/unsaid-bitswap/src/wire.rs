//! One message: a want list, blocks, and who has what.
//!
//! Source: <https://specs.ipfs.tech/bitswap-protocol/#bitswap-1-2-0-wire-format>, protobuf:
//!
//! ```text
//! message: 1 list { 1 entry*, 2 full }   2 block*   3 payload* { 1 prefix, 2 data }   4 presence* { 1 CID, 2 type }
//! entry:   1 CID, 2 priority, 3 cancel, 4 type (0 block, 1 have), 5 send "don't have"
//! ```
//!
//! Read by hand because the bound on what a message may make us keep is part of reading it: two bytes of
//! protobuf are an entry, four million make 80 MB of them.

use cid::{Cid, Version};
use multihash::Multihash;
use sha2::{Digest, Sha256};
use unsaid_core::{Error, Result};
use unsaid_ipld::MAX_READ;
use unsaid_ipld::cid::{BLAKE3, IDENTITY, MAX_IDENTITY, SHA2_256};

/// The most entries, presences or blocks of one message; others send at most some thousands.
pub(crate) const MAX_ITEMS: usize = 16 << 10;

/// One line of a want list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) cid: Cid,
    pub(crate) priority: i32,
    /// No longer wanted.
    pub(crate) cancel: bool,
    /// Only whether it is there.
    pub(crate) have: bool,
    /// Say so when it is not.
    pub(crate) send_dont_have: bool,
}

/// What one peer says to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// The list stands for all that was wanted before.
    pub(crate) full: bool,
    pub(crate) wants: Vec<Entry>,
    /// Blocks by the name that their bytes have: no other name ever comes with them.
    pub(crate) blocks: Vec<(Cid, Vec<u8>)>,
    /// Blocks whose hash is none that Unsaid follows, or that are too large.
    pub(crate) strange: usize,
    /// What the peer has (`true`) and has not.
    pub(crate) presences: Vec<(Cid, bool)>,
}

impl Message {
    /// Reads one message.
    ///
    /// # Errors
    /// `Corrupt` for what is no protobuf, `Limit` for more than [`MAX_ITEMS`] of a kind.
    pub(crate) fn read(bytes: &[u8]) -> Result<Message> {
        let mut message = Message::default();
        let mut unnamed = 0;
        for field in Fields(bytes) {
            match field? {
                (1, Value::Bytes(list)) => message.read_list(list, &mut unnamed)?,
                (2, Value::Bytes(data)) => message.take(name(&[0, 0x70, 0x12, 0x20], data), data)?,
                (3, Value::Bytes(payload)) => {
                    let (mut prefix, mut data) = (&[][..], &[][..]);
                    for field in Fields(payload) {
                        match field? {
                            (1, Value::Bytes(b)) => prefix = b,
                            (2, Value::Bytes(b)) => data = b,
                            _ => {}
                        }
                    }
                    message.take(name(prefix, data), data)?;
                }
                (4, Value::Bytes(presence)) => {
                    let (mut cid, mut has) = (None, true);
                    for field in Fields(presence) {
                        match field? {
                            (1, Value::Bytes(b)) => cid = Cid::try_from(b).ok(),
                            (2, Value::Number(n)) => has = n == 0,
                            _ => {}
                        }
                    }
                    match cid {
                        Some(cid) => message.presences.push((cid, has)),
                        None => unnamed += 1,
                    }
                    bounded(message.presences.len() + unnamed)?;
                }
                _ => {}
            }
        }
        Ok(message)
    }

    fn read_list(&mut self, list: &[u8], unnamed: &mut usize) -> Result<()> {
        for field in Fields(list) {
            match field? {
                (1, Value::Bytes(entry)) => {
                    match read_entry(entry)? {
                        Some(entry) => self.wants.push(entry),
                        None => *unnamed += 1,
                    }
                    bounded(self.wants.len() + *unnamed)?;
                }
                (2, Value::Number(n)) => self.full = n != 0,
                _ => {}
            }
        }
        Ok(())
    }

    fn take(&mut self, name: Option<Cid>, data: &[u8]) -> Result<()> {
        match name {
            Some(cid) => self.blocks.push((cid, data.to_vec())),
            None => self.strange += 1,
        }
        bounded(self.blocks.len() + self.strange)
    }

    /// The message with its length before it. `old` is version 1.0, which names no blocks.
    pub(crate) fn write(&self, old: bool) -> Vec<u8> {
        let mut body = Vec::new();
        if self.full || !self.wants.is_empty() {
            let mut list = Vec::new();
            for want in &self.wants {
                let mut entry = Vec::new();
                put_bytes(&mut entry, 1, &want.cid.to_bytes());
                // Negative numbers are written as 64 bits, by the rules of protobuf.
                put_number(&mut entry, 2, i64::from(want.priority) as u64);
                put_number(&mut entry, 3, u64::from(want.cancel));
                put_number(&mut entry, 4, u64::from(want.have));
                put_number(&mut entry, 5, u64::from(want.send_dont_have));
                put_bytes(&mut list, 1, &entry);
            }
            put_number(&mut list, 2, u64::from(self.full));
            put_bytes(&mut body, 1, &list);
        }
        for (cid, data) in &self.blocks {
            if old {
                put_bytes(&mut body, 2, data);
            } else {
                let prefix = prefix(cid);
                let length = 2 + prefix.len() + 1 + varint_size(data.len() as u64) + data.len();
                put_varint(&mut body, 3 << 3 | 2);
                put_varint(&mut body, length as u64);
                put_bytes(&mut body, 1, &prefix);
                // Empty blocks too: a reader takes a missing field for one, but a written one is plain.
                put_varint(&mut body, 2 << 3 | 2);
                put_varint(&mut body, data.len() as u64);
                body.extend_from_slice(data);
            }
        }
        for (cid, has) in &self.presences {
            let mut presence = Vec::new();
            put_bytes(&mut presence, 1, &cid.to_bytes());
            put_number(&mut presence, 2, u64::from(!has));
            put_bytes(&mut body, 4, &presence);
        }
        let mut framed = Vec::with_capacity(body.len() + 4);
        put_varint(&mut framed, body.len() as u64);
        framed.extend_from_slice(&body);
        framed
    }

    /// Whether nothing is said.
    pub(crate) fn is_empty(&self) -> bool {
        self.wants.is_empty() && !self.full && self.blocks.is_empty() && self.presences.is_empty()
    }
}

/// A name that is none is passed over: peers may want what other tools name.
fn read_entry(bytes: &[u8]) -> Result<Option<Entry>> {
    let mut cid = None;
    let (mut priority, mut cancel, mut have, mut send_dont_have) = (1, false, false, false);
    for field in Fields(bytes) {
        match field? {
            (1, Value::Bytes(b)) => cid = Cid::try_from(b).ok(),
            (2, Value::Number(n)) => priority = n as i32,
            (3, Value::Number(n)) => cancel = n != 0,
            (4, Value::Number(n)) => have = n == 1,
            (5, Value::Number(n)) => send_dont_have = n != 0,
            _ => {}
        }
    }
    Ok(cid.map(|cid| Entry { cid, priority, cancel, have, send_dont_have }))
}

fn bounded(items: usize) -> Result<()> {
    if items <= MAX_ITEMS {
        return Ok(());
    }
    Err(Error::new(unsaid_core::ErrorKind::Limit, "a message of a peer holds too much")
        .found(format!("more than {MAX_ITEMS} items")))
}

/// The name that `data` has under the function and codec of `prefix`: version, codec, function, length.
fn name(prefix: &[u8], data: &[u8]) -> Option<Cid> {
    let mut rest = prefix;
    let (version, codec) = (varint(&mut rest)?, varint(&mut rest)?);
    let (function, length) = (varint(&mut rest)?, varint(&mut rest)?);
    if !rest.is_empty() || data.len() > MAX_READ {
        return None;
    }
    let hash = match function {
        SHA2_256 if length == 32 => Multihash::wrap(function, &Sha256::digest(data)),
        BLAKE3 if length == 32 => Multihash::wrap(function, blake3::hash(data).as_bytes()),
        IDENTITY if data.len() <= MAX_IDENTITY.min(64) => Multihash::wrap(function, data),
        _ => return None,
    }
    .ok()?;
    match version {
        0 => Cid::new_v0(hash).ok(),
        1 => Some(Cid::new_v1(codec, hash)),
        _ => None,
    }
}

fn prefix(cid: &Cid) -> Vec<u8> {
    let mut prefix = Vec::with_capacity(8);
    put_varint(&mut prefix, u64::from(cid.version() != Version::V0));
    put_varint(&mut prefix, cid.codec());
    put_varint(&mut prefix, cid.hash().code());
    put_varint(&mut prefix, u64::from(cid.hash().size()));
    prefix
}

/// A field of protobuf as far as this format needs it.
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

/// The fields of a protobuf message, in their order. The first error ends it.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field.ok_or_else(|| Error::corrupt("a message of a peer is no protobuf")))
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let key = varint(&mut self.0)?;
        let value = match key & 7 {
            0 => Value::Number(varint(&mut self.0)?),
            1 => {
                self.cut(8)?;
                Value::Other
            }
            2 => {
                let length = usize::try_from(varint(&mut self.0)?).ok()?;
                Value::Bytes(self.cut(length)?)
            }
            5 => {
                self.cut(4)?;
                Value::Other
            }
            _ => return None,
        };
        Some((key >> 3, value))
    }

    fn cut(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if shift == 63 && byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn varint_size(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Zero is what a missing field means.
fn put_number(out: &mut Vec<u8>, field: u64, value: u64) {
    if value != 0 {
        put_varint(out, field << 3);
        put_varint(out, value);
    }
}

fn put_bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_varint(out, field << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests;
