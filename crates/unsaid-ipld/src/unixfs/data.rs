//! What the data of a node says: a message of eight fields.

use unsaid_core::{Error, ErrorKind, Result};

use crate::dagpb::{Field, Fields, Node, write_bytes, write_number};
use crate::varint;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes of a file.
    Raw,
    /// A directory.
    Directory,
    /// A file, or a part of one.
    File,
    /// Something about a file; nobody writes it.
    Metadata,
    /// A symbolic link.
    Symlink,
    /// A directory, or a part of one, sorted by the hashes of its names.
    Shard,
}

const KINDS: [Kind; 6] = [Kind::Raw, Kind::Directory, Kind::File, Kind::Metadata, Kind::Symlink, Kind::Shard];

/// The data of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Data {
    pub(super) kind: Kind,
    pub(super) bytes: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    /// The bytes of the file below each link.
    pub(super) sizes: Vec<u64>,
    pub(super) hash: Option<u64>,
    pub(super) fanout: Option<u64>,
}

impl Data {
    pub(super) fn new(kind: Kind) -> Data {
        Data { kind, bytes: None, size: None, sizes: Vec::new(), hash: None, fanout: None }
    }

    pub(super) fn of(node: &Node) -> Result<Data> {
        let bytes =
            node.data.as_ref().ok_or_else(|| Error::corrupt("a node without data is no part of UnixFS"))?;
        Data::decode(bytes)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Data> {
        let mut data = Data::new(Kind::Raw);
        let mut seen = 0u32;
        let mut fields = Fields::new(bytes);
        while let Some((number, field)) = fields.next()? {
            if !(1..=8).contains(&number) {
                return Err(Error::new(ErrorKind::NewerVersion, "UnixFS with an unknown field")
                    .found(number)
                    .expected("1 to 8"));
            }
            let bit = 1 << number;
            // Only sizes may be there several times.
            if seen & bit != 0 && number != 4 {
                return Err(Error::corrupt("UnixFS with a field twice").found(number));
            }
            seen |= bit;
            match (number, field) {
                (1, Field::Number(n)) => data.kind = kind(n)?,
                (2, Field::Bytes(bytes)) => data.bytes = Some(bytes.to_vec()),
                (3, Field::Number(n)) => data.size = Some(n),
                (4, Field::Number(n)) => data.sizes.push(n),
                (4, Field::Bytes(mut packed)) => {
                    while !packed.is_empty() {
                        data.sizes.push(varint::read(&mut packed)?);
                    }
                }
                (5, Field::Number(n)) => data.hash = Some(n),
                (6, Field::Number(n)) => data.fanout = Some(n),
                // Mode and time: not used.
                (7, Field::Number(_)) | (8, Field::Bytes(_)) => {}
                (number, _) => {
                    return Err(Error::corrupt("a UnixFS field of another kind").found(number));
                }
            }
        }
        if seen & 2 == 0 {
            return Err(Error::corrupt("UnixFS that does not say what it is"));
        }
        Ok(data)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        write_number(&mut out, 1, KINDS.iter().position(|kind| *kind == self.kind).unwrap_or(0) as u64);
        if let Some(bytes) = &self.bytes {
            write_bytes(&mut out, 2, bytes);
        }
        if let Some(size) = self.size {
            write_number(&mut out, 3, size);
        }
        for size in &self.sizes {
            write_number(&mut out, 4, *size);
        }
        if let Some(hash) = self.hash {
            write_number(&mut out, 5, hash);
        }
        if let Some(fanout) = self.fanout {
            write_number(&mut out, 6, fanout);
        }
        out
    }

    /// Bytes of the file from this node on: its own and those below its `links` links.
    pub(super) fn file_size(&self, links: usize) -> Result<u64> {
        if self.sizes.len() != links {
            return Err(Error::corrupt("a part of a file does not say how long its parts are")
                .found(format!("{} sizes", self.sizes.len()))
                .expected(format!("{links}, one for each link")));
        }
        let own = self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        let sum = self.sizes.iter().try_fold(own, |sum, size| sum.checked_add(*size));
        // Old writers left the size out where there are no parts.
        match (sum, self.size) {
            (Some(sum), Some(size)) if sum == size => Ok(sum),
            (Some(sum), None) if links == 0 => Ok(sum),
            (sum, size) => Err(Error::corrupt("the sizes of a file do not add up")
                .found(sum.map_or("more than 64 bits".to_owned(), |sum| sum.to_string()))
                .expected(size.map_or("a size".to_owned(), |size| size.to_string()))),
        }
    }
}

fn kind(n: u64) -> Result<Kind> {
    let kind = usize::try_from(n).ok().and_then(|n| KINDS.get(n).copied());
    kind.ok_or_else(|| {
        Error::new(ErrorKind::NewerVersion, "a UnixFS node of an unknown kind").found(n).expected("0 to 5")
    })
}
