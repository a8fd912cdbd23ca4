//! DAG-PB: the nodes of UnixFS, data and named links in protobuf.
//!
//! Source: <https://ipld.io/specs/codecs/dag-pb/spec/>. Old writers put the data before the links; a reader takes
//! both, as the name of a node is the hash of its bytes, whatever their order.

use ::cid::Cid;
use unsaid_core::{Error, Result};

use crate::cid;
use crate::varint;

/// A link of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub cid: Cid,
    /// Its name.
    pub name: Option<String>,
    /// What the writer says of the size of all that hangs on it. Never trusted.
    pub size: Option<u64>,
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its links.
    pub links: Vec<Link>,
    /// Its data.
    pub data: Option<Vec<u8>>,
}

/// One field of a protobuf message.
pub(crate) enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message in order: number of the field, and what it holds. Only the two kinds of fields that
/// IPFS uses.
pub(crate) struct Fields<'a> {
    whole: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Fields { whole: bytes, rest: bytes }
    }

    pub(crate) fn next(&mut self) -> Result<Option<(u64, Field<'a>)>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let at = (self.whole.len() - self.rest.len()) as u64;
        self.field().map(Some).map_err(|e| e.at(at))
    }

    fn field(&mut self) -> Result<(u64, Field<'a>)> {
        let key = varint::read(&mut self.rest)?;
        let value = match key & 7 {
            0 => Field::Number(varint::read(&mut self.rest)?),
            2 => {
                let length = varint::read(&mut self.rest)?;
                let left = self.rest.len();
                let (bytes, rest) = usize::try_from(length)
                    .ok()
                    .and_then(|length| self.rest.split_at_checked(length))
                    .ok_or_else(|| {
                        Error::truncated("protobuf ends within a field")
                            .found(format!("{left} bytes"))
                            .expected(length)
                    })?;
                self.rest = rest;
                Field::Bytes(bytes)
            }
            other => {
                return Err(Error::corrupt("a protobuf field of a kind that IPFS does not use").found(other));
            }
        };
        Ok((key >> 3, value))
    }
}

impl Node {
    /// Reads a node.
    ///
    /// # Errors
    /// `Truncated` where the bytes end within a field; `Corrupt` for fields that DAG-PB does not have, in an
    /// order that it does not have, or twice; for links without a CID or with one that
    /// [`cid::read`] refuses, and for names that are not UTF-8.
    pub fn decode(bytes: &[u8]) -> Result<Node> {
        let mut node = Node::default();
        let mut fields = Fields::new(bytes);
        // Whether data came after links: no link may follow then.
        let mut closed = false;
        while let Some((number, field)) = fields.next()? {
            match (number, field) {
                (1, Field::Bytes(data)) if node.data.is_none() => {
                    node.data = Some(data.to_vec());
                    closed = !node.links.is_empty();
                }
                (2, Field::Bytes(link)) if !closed => node.links.push(Link::decode(link)?),
                (number, _) => {
                    return Err(Error::corrupt("a DAG-PB node with a field out of place").found(number));
                }
            }
        }
        Ok(node)
    }

    /// Writes a node: links, then data.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for link in &self.links {
            write_bytes(&mut out, 2, &link.encode());
        }
        if let Some(data) = &self.data {
            write_bytes(&mut out, 1, data);
        }
        out
    }
}

impl Link {
    fn decode(bytes: &[u8]) -> Result<Link> {
        let (mut cid, mut name, mut size) = (None, None, None);
        let mut fields = Fields::new(bytes);
        let mut last = 0;
        while let Some((number, field)) = fields.next()? {
            if number <= last {
                return Err(Error::corrupt("a link in DAG-PB with fields out of order").found(number));
            }
            last = number;
            match (number, field) {
                (1, Field::Bytes(bytes)) => cid = Some(cid::read(bytes)?),
                (2, Field::Bytes(bytes)) => {
                    let text = std::str::from_utf8(bytes)
                        .map_err(|e| Error::corrupt("a name in DAG-PB is not UTF-8").found(e))?;
                    name = Some(text.to_owned());
                }
                (3, Field::Number(n)) => size = Some(n),
                (number, _) => {
                    return Err(Error::corrupt("a link in DAG-PB with an unknown field").found(number));
                }
            }
        }
        let cid = cid.ok_or_else(|| Error::corrupt("a link in DAG-PB leads nowhere").expected("a CID"))?;
        Ok(Link { cid, name, size })
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        write_bytes(&mut out, 1, &self.cid.to_bytes());
        if let Some(name) = &self.name {
            write_bytes(&mut out, 2, name.as_bytes());
        }
        if let Some(size) = self.size {
            write_number(&mut out, 3, size);
        }
        out
    }
}

pub(crate) fn write_bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint::write(out, field << 3 | 2);
    varint::write(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(crate) fn write_number(out: &mut Vec<u8>, field: u64, value: u64) {
    varint::write(out, field << 3);
    varint::write(out, value);
}
