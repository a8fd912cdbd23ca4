//! A file that the user gave: a CAR with blocks, or a single block.

use std::fs::File;
use std::path::{Path, PathBuf};

use cid::Cid;
use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_ipld::car::{Bounds, Indexed, Reader};
use unsaid_ipld::{Block, BlockSource, Codec, MAX_READ};

use crate::file;

/// The blocks of a file.
pub struct Given {
    path: PathBuf,
    content: Content,
}

enum Content {
    Car(Indexed<File>),
    Block(Vec<u8>),
}

impl Given {
    /// Opens a CAR, or takes what is none for the bytes of one block. Blocks are verified when they are
    /// asked for. The index of a CAR takes about 60 bytes of the memory for each block, of which `held` bytes are taken
    /// already, by other files that were given.
    ///
    /// # Errors
    /// `Missing` where there is no such file, `Usage` for a folder or a pipe, `Limit` for what is no CAR and too long for
    /// a block, and as [`Indexed::open`] with [`Bounds::of`] the limits.
    pub fn open(path: &Path, limits: &Limits, held: u64) -> Result<Given> {
        let Some(opened) = open(path)? else {
            return Err(Error::new(ErrorKind::Missing, "there is no such file").in_file(path));
        };
        let bounds = &Bounds::of(limits);
        let again = || opened.file.try_clone().map_err(|e| Error::io("opening a file", e).in_file(path));
        // The header decides: what begins as a CAR and goes on as none is a damaged CAR.
        let content = match Reader::new(again()?, bounds) {
            Ok(_) => {
                Content::Car(Indexed::open(again()?, bounds, limits, held).map_err(|e| e.in_file(path))?)
            }
            Err(e)
                if matches!(e.kind(), ErrorKind::NotThisFormat | ErrorKind::Truncated)
                    && is_short(&opened) =>
            {
                rewind(&opened.file, path)?;
                Content::Block(file::read(&opened, path)?)
            }
            Err(e) => return Err(e.in_file(path)),
        };
        Ok(Given { path: path.to_owned(), content })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of memory that it takes.
    pub fn memory(&self) -> u64 {
        match &self.content {
            Content::Car(car) => car.memory(),
            Content::Block(data) => data.capacity() as u64,
        }
    }

    /// Whether it is a CAR.
    pub fn is_car(&self) -> bool {
        matches!(self.content, Content::Car(_))
    }

    /// What the file is about: the roots of a CAR; or the block, taken for DAG-CBOR.
    ///
    /// # Errors
    /// `Limit` for a single block that is too large to be named.
    pub fn roots(&self) -> Result<Vec<Cid>> {
        match &self.content {
            Content::Car(car) => Ok(car.roots().to_vec()),
            Content::Block(data) => {
                let block = Block::new(Codec::DagCbor, data.clone()).map_err(|e| e.in_file(&self.path))?;
                Ok(vec![*block.cid()])
            }
        }
    }

    /// The names of its blocks; a single block is taken for DAG-CBOR.
    ///
    /// # Errors
    /// As [`roots`](Self::roots).
    pub fn cids(&self) -> Result<Vec<Cid>> {
        match &self.content {
            Content::Car(car) => Ok(car.cids().collect()),
            Content::Block(_) => self.roots(),
        }
    }
}

impl BlockSource for Given {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        match &self.content {
            Content::Car(car) => car.get(cid).map_err(|e| e.in_file(&self.path)),
            Content::Block(data) => Ok(Block::verify(*cid, data.clone()).ok()),
        }
    }
}

/// The user named it, so a link is followed; a pipe is not waited for.
fn open(path: &Path) -> Result<Option<file::Opened>> {
    match path.canonicalize() {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        real => {
            let real = real.map_err(|e| Error::io("looking for a file", e).in_file(path))?;
            // It is the user's and no part of a store: nobody is told to move it.
            match real.metadata() {
                Ok(metadata) if !metadata.is_file() => Err(not_a_file(path, metadata.is_dir())),
                _ => file::open(&real),
            }
        }
    }
}

fn not_a_file(path: &Path, is_folder: bool) -> Error {
    let what = if is_folder { "this is a folder" } else { "this is no plain file" };
    Error::new(ErrorKind::Usage, what)
        .expected("the file of a block, as a dictionary is, or a CAR")
        .in_file(path)
}

fn is_short(opened: &file::Opened) -> bool {
    opened.metadata.len() <= MAX_READ as u64
}

fn rewind(mut file: &File, path: &Path) -> Result<()> {
    use std::io::Seek;
    file.rewind().map_err(|e| Error::io("reading a file", e).in_file(path))
}
