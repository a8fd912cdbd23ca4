//! The block that a file names: a dictionary, or the root of one in many blocks.

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};
use unsaid_ipld::cbor::{Item, Reader, write};
use unsaid_ipld::{Block, BlockSource, Cid, Codec, MAX_READ};
use unsaid_lexicon::ByteStrings;

use crate::dictionary::{Dictionary, MAX_SEGMENTS, part_bytes, put_refs, put_segments};
use crate::form::{put_text, same, short};
use crate::lengths::{Lengths, MAX_BITS};

/// What a root says about one part, before it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartRef {
    /// Its name.
    pub part: Cid,
    /// Its segments.
    pub count: u64,
    /// Bytes of its segments.
    pub bytes: u64,
    /// Bytes of its block.
    pub size: u64,
}

/// Where a dictionary's segments are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// In the block itself.
    Segments(ByteStrings),
    /// In other blocks, one part after the other.
    Parts(Vec<PartRef>),
}

/// The block that files name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// What the dictionary is called.
    pub name: String,
    /// What its maker says about it.
    pub description: Option<String>,
    /// The lengths of its codes, where it has any.
    pub lengths: Option<Lengths>,
    /// Its segments or its parts.
    pub content: Content,
}

impl Root {
    /// Reads a dictionary in one block or the root of one in many.
    ///
    /// # Errors
    /// `Corrupt` or `Truncated` for what is neither, or not in its one form; `Limit` for more memory
    /// than allowed.
    pub fn read(block: &Block, limits: &Limits) -> Result<Self> {
        dag_cbor(block.cid(), "a dictionary")?;
        // The segments, where each of them ends, and what they are compared with.
        limits.check_memory(10 * block.data().len() as u64, "reading a dictionary")?;
        let root = Self::parse(block.data())?;
        same(block.data(), &root.to_bytes(), "the dictionary")?;
        Ok(root)
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let keys = reader.map()?;
        let (mut name, mut description, mut lengths, mut content) = (None, None, None, None);
        for _ in 0..keys {
            let at = reader.offset();
            // A key that comes twice or not in its place is found when the bytes are compared.
            match reader.text()? {
                "Name" => name = Some(reader.text()?.to_owned()),
                "Description" => description = Some(reader.text()?.to_owned()),
                "Lengths" => lengths = Some(read_lengths(&mut reader)?),
                "Segments" if content.is_none() => {
                    content = Some(Content::Segments(read_segments(&mut reader)?));
                }
                "Parts" if content.is_none() => content = Some(Content::Parts(read_refs(&mut reader)?)),
                other => {
                    return Err(Error::corrupt("a key of a dictionary")
                        .found(short(other))
                        .expected("Name, Lengths, Description, and either Segments or Parts")
                        .at(at));
                }
            }
        }
        reader.end()?;
        let absent = |key: &str| Error::corrupt("a dictionary").found(format!("no {key}"));
        let name = name.ok_or_else(|| absent("Name"))?;
        let content = content.ok_or_else(|| absent("Segments and no Parts"))?;
        let root = Root { name, description, lengths, content };
        let count = root.count();
        if count > MAX_SEGMENTS {
            return Err(Error::corrupt("the number of a dictionary's segments")
                .found(count)
                .expected(format!("at most {MAX_SEGMENTS}")));
        }
        if let Some(lengths) = root.lengths.as_ref().filter(|l| u64::from(l.segments()) != count) {
            return Err(Error::corrupt("the lengths of a dictionary's codes")
                .found(format!("{} codes", lengths.segments()))
                .expected(format!("{count}, one a segment")));
        }
        Ok(root)
    }

    /// The bytes of the block.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let multi = matches!(self.content, Content::Parts(_));
        put_map(&mut out, &self.name, self.lengths.as_ref(), self.description.as_deref(), multi, |out| {
            match &self.content {
                Content::Segments(segments) => put_segments(out, segments.iter()),
                Content::Parts(parts) => put_refs(out, parts),
            }
        });
        out
    }

    /// How many segments the dictionary has. Parts that together claim more than a number holds have
    /// the greatest number.
    pub fn count(&self) -> u64 {
        match &self.content {
            Content::Segments(segments) => segments.len() as u64,
            Content::Parts(parts) => parts.iter().fold(0, |sum, part| sum.saturating_add(part.count)),
        }
    }

    /// The parts that it names; none for a dictionary in one block.
    pub fn parts(&self) -> &[PartRef] {
        match &self.content {
            Content::Segments(_) => &[],
            Content::Parts(parts) => parts,
        }
    }

    /// The whole dictionary, its parts from `source`.
    ///
    /// # Errors
    /// `Missing` with the CIDs of parts that are not there; `Corrupt` for a part that is not what the
    /// root says; `Limit`; those of the source and of `progress`.
    pub fn dictionary(
        self,
        source: &dyn BlockSource,
        limits: &Limits,
        progress: &dyn Progress,
    ) -> Result<Dictionary> {
        let segments = match self.content {
            Content::Segments(segments) => segments,
            Content::Parts(ref parts) => {
                let all: Vec<usize> = (0..parts.len()).collect();
                let fetched = crate::fetch::parts(parts, &all, source, limits, progress)?;
                let mut segments = ByteStrings::new();
                for part in fetched.into_values() {
                    segments.extend(part.iter());
                }
                segments
            }
        };
        Ok(Dictionary::of_parts(self.name, self.description, segments, self.lengths))
    }
}

impl PartRef {
    /// Reads the block of this part.
    ///
    /// # Errors
    /// `Corrupt` where it is no part, not in its one form, or not of the size, the number of segments or
    /// the number of bytes that the root says.
    pub fn read(&self, block: &Block) -> Result<ByteStrings> {
        let what = || format!("part {} of a dictionary", self.part);
        let compare = |of: &str, found: u64, expected: u64| {
            if found == expected {
                return Ok(());
            }
            Err(Error::corrupt(format!("{}: {of}", what()))
                .found(found)
                .expected(format!("{expected}, as the root says")))
        };
        compare("bytes of the block", block.data().len() as u64, self.size)?;
        let mut reader = Reader::new(block.data());
        let keys = reader.map()?;
        let at = reader.offset();
        if keys != 1 || reader.text()? != "Segments" {
            return Err(Error::corrupt(what()).expected("a map of Segments alone").at(at));
        }
        let segments = read_segments(&mut reader)?;
        reader.end()?;
        same(block.data(), &part_bytes(segments.iter()), &what())?;
        compare("its segments", segments.len() as u64, self.count)?;
        compare("the bytes of its segments", segments.bytes().len() as u64, self.bytes)?;
        Ok(segments)
    }
}

/// Writes the map of a dictionary or of a root, in DAG-CBOR's order of keys.
pub(crate) fn put_map(
    out: &mut Vec<u8>,
    name: &str,
    lengths: Option<&Lengths>,
    description: Option<&str>,
    multi: bool,
    content: impl Fn(&mut Vec<u8>),
) {
    write(out, Item::Map(2 + u64::from(lengths.is_some()) + u64::from(description.is_some())));
    put_text(out, "Name");
    put_text(out, name);
    if multi {
        put_text(out, "Parts");
        content(out);
    }
    if let Some(lengths) = lengths {
        put_text(out, "Lengths");
        write(out, Item::List(lengths.counts().len() as u64));
        for &count in lengths.counts() {
            write(out, Item::Uint(count.into()));
        }
    }
    if !multi {
        put_text(out, "Segments");
        content(out);
    }
    if let Some(description) = description {
        put_text(out, "Description");
        put_text(out, description);
    }
}

fn read_segments(reader: &mut Reader<'_>) -> Result<ByteStrings> {
    let mut segments = ByteStrings::new();
    for _ in 0..reader.list()? {
        segments.push(reader.bytes()?);
    }
    Ok(segments)
}

fn read_lengths(reader: &mut Reader<'_>) -> Result<Lengths> {
    let at = reader.offset();
    let mut counts = Vec::new();
    for _ in 0..reader.list()? {
        counts.push(reader.uint()?);
        if counts.len() > MAX_BITS as usize {
            break;
        }
    }
    Lengths::new(&counts).map_err(|e| e.at(at))
}

fn read_refs(reader: &mut Reader<'_>) -> Result<Vec<PartRef>> {
    let mut parts = Vec::new();
    for _ in 0..reader.list()? {
        let at = reader.offset();
        let fields = reader.list()?;
        if fields != 4 {
            return Err(Error::corrupt("a part").found(format!("{fields} fields")).expected(4).at(at));
        }
        let part = reader.link()?;
        dag_cbor(&part, "a part")?;
        let (count, bytes, size) = (reader.uint()?, reader.uint()?, reader.uint()?);
        let least = count.saturating_add(bytes).saturating_add(11);
        if count == 0 || least > size || size > MAX_READ as u64 {
            return Err(Error::corrupt("what a root says about a part")
                .found(format!("{count} segments of {bytes} bytes in {size}"))
                .expected(format!("what a block of at most {MAX_READ} bytes can hold"))
                .at(at));
        }
        parts.push(PartRef { part, count, bytes, size });
    }
    Ok(parts)
}

/// Refuses the CID of another codec.
///
/// # Errors
/// `Corrupt`.
pub(crate) fn dag_cbor(cid: &Cid, what: &str) -> Result<()> {
    match Codec::of(cid)? {
        Codec::DagCbor => Ok(()),
        other => Err(Error::corrupt(format!("{what} is a block of DAG-CBOR"))
            .found(format!("{other:?}, in {cid}"))
            .expected("dag-cbor (0x71)")),
    }
}

/// The error about blocks that no source has.
pub(crate) fn missing(what: &str, cids: &[Cid]) -> Error {
    let named: Vec<String> = cids.iter().take(8).map(Cid::to_string).collect();
    let more = match cids.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Error::new(ErrorKind::Missing, what.to_owned())
        .found(format!("nothing for {}{more}", named.join(", ")))
        .hint("name a source that has them: a CAR, a repository, a peer or a gateway")
}
