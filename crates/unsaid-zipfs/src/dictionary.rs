//! A dictionary: segments, those of shorter codes first.

use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_ipld::cbor::{Item, write, write_link};
use unsaid_ipld::{Block, Codec, MAX_WRITTEN};
use unsaid_lexicon::ByteStrings;

use crate::form::{head_size, put_text};
use crate::lengths::Lengths;
use crate::root::{Content, PartRef, Root, put_map};

/// Bytes of a part, unless told otherwise: small enough that a file fetches little that it does not use.
pub const PART_SIZE: usize = 64 << 10;
/// Bytes of a part before its list: the map and the key.
const PART_FRAME: usize = 1 + 9;
/// More segments are in no dictionary: each has an index of 32 bits, and there is the escape.
pub const MAX_SEGMENTS: u64 = u32::MAX as u64 - 2;

/// A dictionary with all its segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dictionary {
    name: String,
    description: Option<String>,
    segments: ByteStrings,
    lengths: Option<Lengths>,
}

impl Dictionary {
    /// A new one, with codes of these lengths or of none: files are then in the profile *canonical* or
    /// *unary*.
    ///
    /// # Errors
    /// `Usage` for an empty segment and for lengths of another number of segments.
    pub fn new(
        name: impl Into<String>,
        description: Option<String>,
        segments: ByteStrings,
        lengths: Option<Lengths>,
    ) -> Result<Self> {
        if let Some(index) = segments.iter().position(<[u8]>::is_empty) {
            return Err(Error::new(ErrorKind::Usage, "a segment of a new dictionary")
                .found(format!("number {index} is empty"))
                .expected("at least one byte"));
        }
        if segments.len() as u64 > MAX_SEGMENTS {
            return Err(Error::new(ErrorKind::Limit, "a dictionary with too many segments")
                .found(segments.len())
                .expected(format!("at most {MAX_SEGMENTS}")));
        }
        if let Some(lengths) = lengths.as_ref().filter(|l| l.segments() as usize != segments.len()) {
            return Err(Error::new(ErrorKind::Usage, "lengths of codes for another dictionary")
                .found(format!("{} codes", lengths.segments()))
                .expected(segments.len()));
        }
        Ok(Self::of_parts(name.into(), description, segments, lengths))
    }

    /// What was read and checked already. An empty segment may be in it, which no code may use.
    pub(crate) fn of_parts(
        name: String,
        description: Option<String>,
        segments: ByteStrings,
        lengths: Option<Lengths>,
    ) -> Self {
        Dictionary { name, description, segments, lengths }
    }

    /// Reads a dictionary in one block.
    ///
    /// # Errors
    /// `Corrupt` or `Truncated` for what is none, `Missing` for the root of one in many blocks, which
    /// [`Root`] reads, `Limit`.
    pub fn read(block: &Block, limits: &Limits) -> Result<Self> {
        let Root { name, description, lengths, content } = Root::read(block, limits)?;
        match content {
            Content::Segments(segments) => Ok(Self::of_parts(name, description, segments, lengths)),
            Content::Parts(parts) => {
                Err(Error::new(ErrorKind::Missing, "a dictionary in many blocks, given without its parts")
                    .found(format!("a root of {} parts", parts.len()))
                    .expected("a dictionary in one block")
                    .hint("give a CAR of the root and its parts, or the CID of the root"))
            }
        }
    }

    /// The dictionary as one block.
    ///
    /// # Errors
    /// `Limit` above a mebibyte.
    pub fn to_block(&self) -> Result<Block> {
        let size: usize = self.segments.iter().map(encoded_size).sum();
        let head = size.saturating_add(self.name.len() + self.description.as_ref().map_or(0, String::len));
        let too_large = |size: usize| {
            Error::new(ErrorKind::Limit, "this dictionary does not fit into one block")
                .found(format!("{size} bytes"))
                .expected(format!("at most {MAX_WRITTEN}"))
                .hint("write it in many blocks: --blocks multi, or unsaid zipfs dict split")
        };
        if head > MAX_WRITTEN {
            return Err(too_large(head));
        }
        let mut out = Vec::with_capacity(size + 256);
        put_map(&mut out, &self.name, self.lengths.as_ref(), self.description.as_deref(), false, |out| {
            put_segments(out, self.segments.iter());
        });
        let size = out.len();
        Block::new(Codec::DagCbor, out).map_err(|_| too_large(size))
    }

    /// The dictionary as a root and its parts, each of at most `part_size` bytes where its segments
    /// allow. Files have the same Data as with the dictionary in one block.
    ///
    /// # Errors
    /// `Usage` for parts above a mebibyte, `Limit` where a segment or the root would not fit into one.
    pub fn to_multi(&self, part_size: usize) -> Result<(Block, Vec<Block>)> {
        if part_size > MAX_WRITTEN {
            return Err(Error::new(ErrorKind::Usage, "the size of a dictionary's parts")
                .found(part_size)
                .expected(format!("at most {MAX_WRITTEN}")));
        }
        let (mut parts, mut refs) = (Vec::new(), Vec::new());
        let (mut first, mut size) = (0, PART_FRAME);
        for (index, segment) in self.segments.iter().enumerate() {
            let more = encoded_size(segment);
            let count = (index - first + 1) as u64;
            if index > first && size + head_size(count) + more > part_size {
                self.push_part(first..index, &mut parts, &mut refs)?;
                (first, size) = (index, PART_FRAME);
            }
            size += more;
        }
        if first < self.segments.len() {
            self.push_part(first..self.segments.len(), &mut parts, &mut refs)?;
        }
        let mut out = Vec::new();
        put_map(&mut out, &self.name, self.lengths.as_ref(), self.description.as_deref(), true, |out| {
            put_refs(out, &refs);
        });
        let root = Block::new(Codec::DagCbor, out).map_err(|e| {
            e.hint(format!("{} parts are too many for one root: choose larger parts", refs.len()))
        })?;
        Ok((root, parts))
    }

    fn push_part(
        &self,
        segments: std::ops::Range<usize>,
        parts: &mut Vec<Block>,
        refs: &mut Vec<PartRef>,
    ) -> Result<()> {
        let first = segments.start;
        let count = segments.len() as u64;
        let bodies = || segments.clone().map(|index| self.segments.get(index).unwrap_or_default());
        let block = Block::new(Codec::DagCbor, part_bytes(bodies()))
            .map_err(|e| e.hint(format!("segment {first} alone is larger than a block may be")))?;
        refs.push(PartRef {
            part: *block.cid(),
            count,
            bytes: bodies().map(|s| s.len() as u64).sum(),
            size: block.data().len() as u64,
        });
        parts.push(block);
        Ok(())
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its maker says about it.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Its segments, by index.
    pub fn segments(&self) -> &ByteStrings {
        &self.segments
    }

    /// The lengths of its codes, where it has any.
    pub fn lengths(&self) -> Option<&Lengths> {
        self.lengths.as_ref()
    }
}

fn encoded_size(segment: &[u8]) -> usize {
    head_size(segment.len() as u64) + segment.len()
}

/// A part's block.
pub(crate) fn part_bytes<'a>(segments: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, Item::Map(1));
    put_text(&mut out, "Segments");
    put_segments(&mut out, segments);
    out
}

pub(crate) fn put_segments<'a>(out: &mut Vec<u8>, segments: impl ExactSizeIterator<Item = &'a [u8]>) {
    write(out, Item::List(segments.len() as u64));
    for segment in segments {
        write(out, Item::Bytes(segment));
    }
}

pub(crate) fn put_refs(out: &mut Vec<u8>, refs: &[PartRef]) {
    write(out, Item::List(refs.len() as u64));
    for part in refs {
        write(out, Item::List(4));
        write_link(out, &part.part);
        for number in [part.count, part.bytes, part.size] {
            write(out, Item::Uint(number));
        }
    }
}
