//! From front to back: each block verified before anyone sees it.

use std::collections::HashSet;
use std::io::{self, BufReader, Read, Seek};

use ::cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};

use super::Bounds;
use crate::cbor::Reader as Cbor;
use crate::{Block, cid, dagcbor, varint};

/// Reads blocks in the order of the file. It ends after an error.
pub struct Reader<R> {
    input: BufReader<R>,
    bounds: Bounds,
    at: u64,
    /// Where the sections end, in version 2.
    end: Option<u64>,
    version: u64,
    roots: Vec<Cid>,
    absent: HashSet<Cid>,
    blocks: u64,
    done: bool,
}

/// Where the bytes of a block lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) cid: Cid,
    pub(super) at: u64,
    pub(super) length: u64,
}

/// The bytes of version 2 between its first header and the earliest place of its version 1.
const FRAME: usize = 40;

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// `NotThisFormat` for what does not begin as a CAR does, `NewerVersion` for one of another version, `Truncated`,
    /// `Limit` above the bounds, `Corrupt`.
    pub fn new(input: R, bounds: &Bounds) -> Result<Self> {
        let mut reader = Reader {
            input: BufReader::new(input),
            bounds: *bounds,
            at: 0,
            end: None,
            version: 1,
            roots: Vec::new(),
            absent: HashSet::new(),
            blocks: 0,
            done: false,
        };
        let (version, roots) = reader.header()?;
        reader.roots = roots;
        if version == 2 {
            reader.version = 2;
            reader.frame()?;
            let at = reader.at;
            let (version, roots) = reader.header()?;
            if version != 1 {
                return Err(Error::corrupt("the CAR within a CAR of version 2")
                    .found(format!("version {version}"))
                    .expected("version 1")
                    .at(at));
            }
            reader.roots = roots;
        }
        reader.absent = reader.roots.iter().copied().collect();
        Ok(reader)
    }

    /// The names that the file is about. It may lack their blocks: see [`absent_roots`](Self::absent_roots).
    pub fn roots(&self) -> &[Cid] {
        &self.roots
    }

    /// 1 or 2.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How many bytes of the file were read: between blocks, where the next section begins.
    pub fn offset(&self) -> u64 {
        self.at
    }

    /// The roots whose blocks did not come yet. At the end of a whole CAR there are none, but for roots
    /// that carry their own data.
    pub fn absent_roots(&self) -> Vec<Cid> {
        self.roots.iter().filter(|root| self.absent.contains(root)).copied().collect()
    }

    /// The next block, or `None` at the end.
    ///
    /// # Errors
    /// `Truncated` within a section, `Limit` above the bounds, `Corrupt` for bytes that do not have the hash
    /// of their CID or a CID that is not followed; with the offset of the section.
    pub fn next_block(&mut self) -> Result<Option<Block>> {
        if self.done {
            return Ok(None);
        }
        let at = self.at;
        let next = self.section().and_then(|place| {
            let Some((place, mut data)) = place else { return Ok(None) };
            self.fill(&mut data, place.length)?;
            Block::verify(place.cid, data).map(Some)
        });
        self.done = !matches!(next, Ok(Some(_)));
        if let Ok(Some(block)) = &next {
            self.absent.remove(block.cid());
        }
        next.map_err(|e| e.at(at))
    }

    /// Reads the head of a section; also gives the bytes of the block that were read with it.
    fn section(&mut self) -> Result<Option<(Place, Vec<u8>)>> {
        let Some(length) = self.number()? else { return Ok(None) };
        self.blocks += 1;
        if self.blocks > self.bounds.blocks {
            return Err(limit("a CAR has too many blocks", self.blocks, self.bounds.blocks)
                .hint("if you trust it, allow more: --max-entries N"));
        }
        let most = self.bounds.block as u64 + cid::MAX_BYTES as u64;
        if length > most {
            return Err(limit("a section of a CAR is too large", length, most));
        }
        let mut data = Vec::new();
        self.fill(&mut data, length.min(cid::MAX_BYTES as u64))?;
        let (cid, used) = cid::read_prefix(&data)?;
        data.drain(..used);
        let length = length - used as u64;
        if length > self.bounds.block as u64 {
            return Err(limit("a block of a CAR is too large", length, self.bounds.block as u64));
        }
        let at = self.at - data.len() as u64;
        Ok(Some((Place { cid, at, length }, data)))
    }

    /// Reads until `data` has `length` bytes.
    fn fill(&mut self, data: &mut Vec<u8>, length: u64) -> Result<()> {
        let missing = length.saturating_sub(data.len() as u64);
        if self.end.is_some_and(|end| missing > end.saturating_sub(self.at)) {
            return Err(Error::corrupt("a section of a CAR goes beyond the data of version 2"));
        }
        let read =
            (&mut self.input).take(missing).read_to_end(data).map_err(|e| Error::io("reading a CAR", e))?
                as u64;
        self.at += read;
        if read < missing {
            return Err(Error::truncated("a CAR ends within a section")
                .found(format!("{read} bytes"))
                .expected(missing));
        }
        Ok(())
    }

    /// The number in front of a header or section; `None` where the file ends before it.
    fn number(&mut self) -> Result<Option<u64>> {
        let mut value = varint::Value::default();
        loop {
            if self.end == Some(self.at) {
                if value.len() == 0 {
                    return Ok(None);
                }
                return Err(Error::corrupt("a section of a CAR goes beyond the data of version 2"));
            }
            let mut byte = [0];
            match self.input.read(&mut byte) {
                Ok(0) if value.len() == 0 && self.end.is_none() => return Ok(None),
                Ok(0) => return Err(Error::truncated("a CAR ends before its end")),
                Ok(_) => self.at += 1,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(Error::io("reading a CAR", e)),
            }
            if let Some(value) = value.push(byte[0])? {
                return Ok(Some(value));
            }
        }
    }

    /// A header: version and roots.
    fn header(&mut self) -> Result<(u64, Vec<Cid>)> {
        let start = self.at;
        self.read_header().map_err(|e| e.at(start))
    }

    fn read_header(&mut self) -> Result<(u64, Vec<Cid>)> {
        let not_a_car = || {
            Error::new(ErrorKind::NotThisFormat, "this is no CAR").expected("a header of CAR version 1 or 2")
        };
        let length = self.number()?.ok_or_else(|| Error::truncated("a CAR has no header"))?;
        let mut bytes = Vec::new();
        // Every header is a map of one or two, so that other files are known after two bytes.
        self.fill(&mut bytes, length.min(1))?;
        if !matches!(bytes.first(), Some(0xa1 | 0xa2)) {
            return Err(not_a_car());
        }
        if length > self.bounds.header as u64 {
            return Err(limit("the header of a CAR is too large", length, self.bounds.header as u64));
        }
        self.fill(&mut bytes, length)?;
        dagcbor::check(&bytes, &dagcbor::Bounds::default())?;
        let mut cbor = Cbor::new(&bytes);
        let (mut version, mut roots) = (None, None);
        for _ in 0..cbor.map()? {
            match cbor.text()? {
                "version" => version = Some(cbor.uint()?),
                "roots" => {
                    let mut list = Vec::new();
                    for _ in 0..cbor.list()? {
                        list.push(cbor.link()?);
                    }
                    roots = Some(list);
                }
                _ => return Err(not_a_car()),
            }
        }
        match (version, roots) {
            (Some(1), Some(roots)) => Ok((1, roots)),
            (Some(2), None) => Ok((2, Vec::new())),
            (Some(version), _) if version > 2 => {
                Err(Error::new(ErrorKind::NewerVersion, "a CAR of another version")
                    .found(version)
                    .expected("1 or 2"))
            }
            _ => Err(not_a_car()),
        }
    }

    /// The frame of version 2, up to the version 1 within.
    fn frame(&mut self) -> Result<()> {
        let start = self.at;
        let mut bytes = Vec::new();
        self.fill(&mut bytes, FRAME as u64)?;
        let number = |at: usize| {
            let mut number = [0; 8];
            number.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(number)
        };
        // The first 16 bytes tell about the index.
        let (data, size, index) = (number(16), number(24), number(32));
        let end = data.checked_add(size);
        let Some(end) = end.filter(|&end| data >= self.at && size > 0 && (index == 0 || index >= end)) else {
            return Err(Error::corrupt("the parts of a CAR of version 2 overlap")
                .found(format!("data at {data}, {size} bytes, index at {index}"))
                .expected(format!("data from {}, then the index", self.at))
                .at(start));
        };
        let padding = data - self.at;
        let skipped = io::copy(&mut (&mut self.input).take(padding), &mut io::sink())
            .map_err(|e| Error::io("reading a CAR", e))?;
        self.at += skipped;
        if skipped < padding {
            return Err(Error::truncated("a CAR ends before its data").expected(format!("data at {data}")));
        }
        self.end = Some(end);
        Ok(())
    }
}

impl<R: Read + Seek> Reader<R> {
    /// Where the next block lies, which is not read; `size` is that of the file.
    pub(super) fn next_place(&mut self, size: u64) -> Result<Option<Place>> {
        let at = self.at;
        let next = self.section().and_then(|section| {
            let Some((place, _)) = section else { return Ok(None) };
            let end = place.at + place.length;
            if self.end.is_some_and(|limit| end > limit) {
                return Err(Error::corrupt("a section of a CAR goes beyond the data of version 2"));
            }
            if end > size {
                return Err(Error::truncated("a CAR ends within a section")
                    .found(format!("{size} bytes"))
                    .expected(end));
            }
            self.input
                .seek_relative(end as i64 - self.at as i64)
                .map_err(|e| Error::io("reading a CAR", e))?;
            self.at = end;
            self.absent.remove(&place.cid);
            Ok(Some(place))
        });
        next.map_err(|e| e.at(at))
    }

    pub(super) fn into_inner(self) -> R {
        self.input.into_inner()
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Block>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_block().transpose()
    }
}

fn limit(what: &str, found: u64, most: u64) -> Error {
    Error::new(ErrorKind::Limit, what).found(found).expected(format!("at most {most}"))
}
