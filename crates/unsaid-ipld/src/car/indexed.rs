//! Any block of a CAR file, in any order.

use std::cmp::Ordering;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use ::cid::Cid;
use unsaid_core::{Error, ErrorKind, Limits, Result};

use super::read::Place;
use super::{Bounds, Reader};
use crate::{Block, BlockSource, cid};

/// A CAR file as a source of blocks. What it gives is verified each time, as the file may have changed.
///
/// A block is found by its hash: whether a name says that the bytes are raw or DAG-CBOR does not matter.
pub struct Indexed<R> {
    input: Mutex<R>,
    roots: Vec<Cid>,
    index: Index,
}

impl<R: Read + Seek> Indexed<R> {
    /// Reads the heads of all sections. Blocks are not verified now. The index takes about 60 bytes of the memory
    /// for each section, of which `held` bytes are taken already.
    ///
    /// # Errors
    /// As [`Reader::new`] and [`Reader::next_block`], but for the hashes; `Limit` before the index takes more than the
    /// memory allowed.
    pub fn open(mut input: R, bounds: &Bounds, limits: &Limits, held: u64) -> Result<Self> {
        let io = |e| Error::io("reading a CAR", e);
        let size = input.seek(SeekFrom::End(0)).map_err(io)?;
        input.rewind().map_err(io)?;
        let mut reader = Reader::new(input, bounds)?;
        let mut index = Index::default();
        while let Some(place) = reader.next_place(size)? {
            index.push(&place, limits, held)?;
        }
        index.sort();
        let roots = reader.roots().to_vec();
        Ok(Indexed { input: Mutex::new(reader.into_inner()), roots, index })
    }

    /// The names that the file is about.
    pub fn roots(&self) -> &[Cid] {
        &self.roots
    }

    /// The names of the blocks, each once, sorted by hash.
    pub fn cids(&self) -> impl Iterator<Item = Cid> {
        self.index.entries.iter().filter_map(|entry| self.index.cid(entry))
    }

    /// Whether the file claims to have the block.
    pub fn has(&self, cid: &Cid) -> bool {
        self.index.find(cid).is_some()
    }

    /// Bytes of memory that the index takes.
    pub fn memory(&self) -> u64 {
        self.index.memory()
    }
}

impl<R: Read + Seek + Send> BlockSource for Indexed<R> {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        let Some(place) = self.index.find(cid) else { return Ok(None) };
        let mut data = Vec::new();
        {
            // A reader that panicked elsewhere left nothing behind but its position.
            let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
            let io = |e| Error::io("reading a CAR", e).at(place.at);
            input.seek(SeekFrom::Start(place.at)).map_err(io)?;
            (&mut *input).take(place.length).read_to_end(&mut data).map_err(io)?;
        }
        Block::verify(*cid, data).map(Some).map_err(|e| e.at(place.at))
    }
}

/// Where blocks lie, sorted by hash, one for each. Names are kept as bytes: as [`Cid`] each would take 96.
#[derive(Default)]
struct Index {
    names: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    /// Where the bytes of the block begin.
    at: u64,
    /// How many these are.
    length: u32,
    /// Where the name begins.
    name: u32,
    /// Bytes of the name.
    size: u8,
    /// Bytes of the name before the hash.
    head: u8,
}

/// Entries that there is room for at least.
const FEW: usize = 64;

impl Index {
    fn push(&mut self, place: &Place, limits: &Limits, held: u64) -> Result<()> {
        let name = place.cid.to_bytes();
        let hash = place.cid.hash().to_bytes().len();
        let entry = || -> Option<Entry> {
            Some(Entry {
                at: place.at,
                length: place.length.try_into().ok()?,
                name: self.names.len().try_into().ok()?,
                size: name.len().try_into().ok()?,
                head: name.len().checked_sub(hash)?.try_into().ok()?,
            })
        };
        // Names have 80 bytes at most and blocks far fewer than 4 GiB, so that there are too many names.
        let entry = entry().ok_or_else(|| {
            Error::new(ErrorKind::Limit, "the index of a CAR is too large").expected("at most 4 GiB of names")
        })?;
        // While they grow, what was and what will be are both there.
        let check = |now: u64, new: usize| {
            let bytes = held.saturating_add(now).saturating_add(new as u64);
            limits.check_memory(bytes, "the index of a CAR")
        };
        if self.entries.len() == self.entries.capacity() {
            let more = (self.entries.len() / 2).max(FEW);
            check(self.memory(), (self.entries.len() + more) * size_of::<Entry>())?;
            self.entries.reserve_exact(more);
        }
        if self.names.capacity() - self.names.len() < name.len() {
            let more = (self.names.len() / 2).max(FEW * cid::MAX_BYTES);
            check(self.memory(), self.names.len() + more)?;
            self.names.reserve_exact(more);
        }
        self.names.extend_from_slice(&name);
        self.entries.push(entry);
        Ok(())
    }

    fn memory(&self) -> u64 {
        (self.entries.capacity() * size_of::<Entry>() + self.names.capacity()) as u64
    }

    /// Of equal blocks the first in the file stays.
    fn sort(&mut self) {
        let names = &self.names;
        self.entries.sort_unstable_by(|a, b| hash(names, a).cmp(hash(names, b)).then(a.at.cmp(&b.at)));
        self.entries.dedup_by(|a, b| hash(names, a) == hash(names, b));
    }

    /// Always one: it was read before it was kept.
    fn cid(&self, entry: &Entry) -> Option<Cid> {
        cid::read(self.names.get(entry.name as usize..)?.get(..entry.size.into())?).ok()
    }

    fn find(&self, cid: &Cid) -> Option<Place> {
        let wanted = cid.hash().to_bytes();
        let order = |entry: &Entry| -> Ordering { hash(&self.names, entry).cmp(&wanted) };
        let found = self.entries.binary_search_by(order).ok()?;
        let entry = self.entries.get(found)?;
        Some(Place { cid: *cid, at: entry.at, length: entry.length.into() })
    }
}

fn hash<'n>(names: &'n [u8], entry: &Entry) -> &'n [u8] {
    names
        .get(entry.name as usize..)
        .and_then(|n| n.get(entry.head.into()..entry.size.into()))
        .unwrap_or_default()
}
