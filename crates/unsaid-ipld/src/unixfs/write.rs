//! A file becomes blocks while it is read.

use std::io::{self, Read};

use ::cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};

use super::data::{Data, Kind};
use crate::dagpb::{Link, Node};
use crate::{Block, Codec, MAX_WRITTEN};

/// Bytes of a chunk.
pub const CHUNK: usize = 262_144;
/// Links of a node.
pub const LINKS: usize = 174;

/// The shape of the tree. Another one than the default gives other names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes of a chunk: 1 to [`MAX_WRITTEN`]; [`CHUNK`].
    pub chunk: usize,
    /// Links of a node: 2 to 8,192; [`LINKS`].
    pub links: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { chunk: CHUNK, links: LINKS }
    }
}

/// A file that became blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// Its name.
    pub cid: Cid,
    /// Its bytes.
    pub size: u64,
    /// Bytes of all its blocks.
    pub total: u64,
    /// Its blocks, equal ones as often as they come.
    pub blocks: u64,
}

/// A finished part of the tree.
struct Part {
    cid: Cid,
    size: u64,
    total: u64,
}

/// Takes the bytes of a file and gives its blocks, parts before the whole. Keeps one chunk, and the links of one
/// node a level.
pub struct Writer<F> {
    options: Options,
    emit: F,
    chunk: Vec<u8>,
    /// Parts that wait for their node, the chunks first.
    levels: Vec<Vec<Part>>,
    blocks: u64,
}

impl<F: FnMut(Block) -> Result<()>> Writer<F> {
    /// Gives every block to `emit`.
    ///
    /// # Errors
    /// `Usage` for a shape that is not possible.
    pub fn new(options: &Options, emit: F) -> Result<Self> {
        if !(1..=MAX_WRITTEN).contains(&options.chunk) || !(2..=8192).contains(&options.links) {
            return Err(Error::new(ErrorKind::Usage, "the shape of a UnixFS file")
                .found(format!("chunks of {} bytes, {} links", options.chunk, options.links))
                .expected(format!("1 to {MAX_WRITTEN} bytes, 2 to 8192 links")));
        }
        Ok(Writer { options: *options, emit, chunk: Vec::new(), levels: Vec::new(), blocks: 0 })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// What `emit` returns.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(self.options.chunk - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
            if self.chunk.len() == self.options.chunk {
                self.leaf()?;
            }
        }
        Ok(())
    }

    /// The file is complete.
    ///
    /// # Errors
    /// What `emit` returns.
    pub fn finish(mut self) -> Result<Added> {
        if !self.chunk.is_empty() || self.levels.is_empty() {
            self.leaf()?;
        }
        let mut level = 0;
        loop {
            let parts = self.levels.get_mut(level).map(std::mem::take).unwrap_or_default();
            match <[Part; 1]>::try_from(parts) {
                Ok([root]) if level + 1 == self.levels.len() => {
                    return Ok(Added {
                        cid: root.cid,
                        size: root.size,
                        total: root.total,
                        blocks: self.blocks,
                    });
                }
                Ok([single]) => self.node(level, vec![single])?,
                Err(parts) => self.node(level, parts)?,
            }
            level += 1;
        }
    }

    fn leaf(&mut self) -> Result<()> {
        let data = std::mem::take(&mut self.chunk);
        let size = data.len() as u64;
        let cid = self.block(Codec::Raw, data)?;
        self.add(0, Part { cid, size, total: size })
    }

    /// Puts a part beside those of its level; where these are a node's, they become one first.
    fn add(&mut self, level: usize, part: Part) -> Result<()> {
        if level == self.levels.len() {
            self.levels.push(Vec::new());
        }
        let Some(parts) = self.levels.get_mut(level) else {
            return Err(Error::new(ErrorKind::Internal, "a level of a UnixFS file is missing"));
        };
        let full = (parts.len() == self.options.links).then(|| std::mem::take(parts));
        parts.push(part);
        match full {
            Some(full) => self.node(level, full),
            None => Ok(()),
        }
    }

    /// Makes a node of these parts of a level. It calls `add` for the level above: as deep as the tree.
    fn node(&mut self, level: usize, parts: Vec<Part>) -> Result<()> {
        let mut data = Data::new(Kind::File);
        data.sizes = parts.iter().map(|part| part.size).collect();
        let size = data.sizes.iter().sum();
        data.size = Some(size);
        let mut total: u64 = parts.iter().map(|part| part.total).sum();
        let links = parts
            .iter()
            .map(|part| Link { cid: part.cid, name: Some(String::new()), size: Some(part.total) })
            .collect();
        let bytes = Node { links, data: Some(data.encode()) }.encode();
        total += bytes.len() as u64;
        let cid = self.block(Codec::DagPb, bytes)?;
        self.add(level + 1, Part { cid, size, total })
    }

    fn block(&mut self, codec: Codec, data: Vec<u8>) -> Result<Cid> {
        let block = Block::new(codec, data)?;
        let cid = *block.cid();
        self.blocks += 1;
        (self.emit)(block)?;
        Ok(cid)
    }
}

/// Reads a file to its end and gives its blocks.
///
/// # Errors
/// What the file says, and as [`Writer`].
pub fn write(
    file: &mut dyn Read,
    options: &Options,
    emit: &mut dyn FnMut(Block) -> Result<()>,
) -> Result<Added> {
    let mut writer = Writer::new(options, emit)?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return writer.finish(),
            Ok(n) => writer.push(buffer.get(..n).unwrap_or_default())?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::io("reading a file", e)),
        }
    }
}
