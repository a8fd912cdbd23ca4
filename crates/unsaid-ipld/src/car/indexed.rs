//! Any block of a CAR file, in any order.

use std::io::{Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use ::cid::Cid;
use unsaid_core::{Error, Result};

use super::read::Place;
use super::{Bounds, Reader};
use crate::{Block, BlockSource};

/// A CAR file as a source of blocks. What it gives is verified each time, as the file may have changed.
///
/// A block is found by its hash: whether a name says that the bytes are raw or DAG-CBOR does not matter.
pub struct Indexed<R> {
    input: Mutex<R>,
    roots: Vec<Cid>,
    /// Sorted by hash, one for each.
    places: Vec<Place>,
}

impl<R: Read + Seek> Indexed<R> {
    /// Reads the heads of all sections. Blocks are not verified now.
    ///
    /// # Errors
    /// As [`Reader::new`] and [`Reader::next_block`], but for the hashes.
    pub fn open(mut input: R, bounds: &Bounds) -> Result<Self> {
        let io = |e| Error::io("reading a CAR", e);
        let size = input.seek(SeekFrom::End(0)).map_err(io)?;
        input.rewind().map_err(io)?;
        let mut reader = Reader::new(input, bounds)?;
        let mut places = Vec::new();
        while let Some(place) = reader.next_place(size)? {
            places.push(place);
        }
        places.sort_by_key(|place: &Place| *place.cid.hash());
        places.dedup_by_key(|place| *place.cid.hash());
        let roots = reader.roots().to_vec();
        Ok(Indexed { input: Mutex::new(reader.into_inner()), roots, places })
    }

    /// The names that the file is about.
    pub fn roots(&self) -> &[Cid] {
        &self.roots
    }

    /// The names of the blocks, each once, sorted by hash.
    pub fn cids(&self) -> impl ExactSizeIterator<Item = &Cid> {
        self.places.iter().map(|place| &place.cid)
    }

    /// Whether the file claims to have the block.
    pub fn has(&self, cid: &Cid) -> bool {
        self.place(cid).is_some()
    }

    fn place(&self, cid: &Cid) -> Option<&Place> {
        let found = self.places.binary_search_by_key(cid.hash(), |place| *place.cid.hash()).ok()?;
        self.places.get(found)
    }
}

impl<R: Read + Seek + Send> BlockSource for Indexed<R> {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        let Some(place) = self.place(cid) else { return Ok(None) };
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
