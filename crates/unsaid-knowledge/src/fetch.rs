//! How does one come from IPFS, and under which CID does it go there?

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use unsaid_core::check::Hash;
use unsaid_core::{Error, Limits, Progress, Result};
use unsaid_ipld::unixfs::{self, Added};
use unsaid_ipld::walk::Budget;
use unsaid_ipld::{Block, BlockSource, Cid};

use crate::Files;
use crate::bytes::{Hashing, copy, hash_of};

/// Bytes of a file that is fetched, at most, unless [`Limits::output`] says otherwise: as many as the memory that a
/// reader may use by default. 2 GiB.
pub const MOST: u64 = 2 << 30;

/// What was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name here.
    pub hash: Hash,
    /// Its name for everyone.
    pub cid: Cid,
    /// Its bytes.
    pub size: u64,
    /// Whether it is new here.
    pub added: bool,
}

impl Files {
    /// Keeps the UnixFS file `cid`. It is read twice, for its hash and to be written, so `blocks` should hold on
    /// to what it fetched. One that is kept under this CID is not fetched again. How long it is, is known from its
    /// first block, before others are asked for; it may have [`Limits::output`] bytes, or [`MOST`].
    ///
    /// # Errors
    /// As [`unixfs::cat`] and [`put_with`](Self::put_with): `Missing` where a block cannot be had, `Limit` where the
    /// file is too long, or has more blocks than [`Budget::of`] these limits.
    pub fn fetch(
        &self,
        cid: &Cid,
        blocks: &dyn BlockSource,
        limits: &Limits,
        progress: &dyn Progress,
    ) -> Result<Kept> {
        let _adding = self.adding(progress)?;
        if let Some(hash) = self.find_cid(cid)? {
            // What is written down may be wrong or old: only what has this name counts.
            match self.name(&hash, &mut |_| Ok(())) {
                Ok(found) if found.cid == *cid => {
                    return Ok(Kept { hash, cid: *cid, size: found.size, added: false });
                }
                _ => {}
            }
        }
        let mut limits = limits.clone();
        limits.output.get_or_insert(MOST);
        limits.check_output(unixfs::info(blocks, cid)?.size, "a file to be fetched")?;
        let budget = Budget::of(&limits);
        let cat = |out: &mut dyn Write| unixfs::cat(blocks, cid, &budget, out).map(drop);
        let mut all = Hashing::new(io::sink());
        cat(&mut all)?;
        let (hash, size) = all.finish();
        let added = self.put_with(&hash, &cat, progress)?;
        Ok(Kept { hash, cid: *cid, size, added })
    }

    /// Keeps a copy of a file, and finds out its CID. The file is read three times, a piece at a time.
    ///
    /// # Errors
    /// `Environment`; `Corrupt` where the file changes meanwhile; and as [`put_with`](Self::put_with).
    pub fn keep(&self, path: &Path, progress: &dyn Progress) -> Result<Kept> {
        let _adding = self.adding(progress)?;
        let open = || File::open(path).map_err(|e| Error::io("opening the file to keep", e).in_file(path));
        let (hash, size) = hash_of(open()?, progress).map_err(|e| e.in_file(path))?;
        let write = |out: &mut dyn Write| copy(open()?, out, progress).map_err(|e| e.in_file(path));
        let added = self.put_with(&hash, &write, progress)?;
        let cid = self.name(&hash, &mut |_| Ok(()))?.cid;
        Ok(Kept { hash, cid, size, added })
    }

    /// Cuts what is kept into blocks, as `ipfs add --cid-version=1 --raw-leaves` does, and gives them to `each`.
    ///
    /// # Errors
    /// As [`Files::open`], and what `each` returns.
    pub fn name(&self, hash: &Hash, each: &mut dyn FnMut(Block) -> Result<()>) -> Result<Added> {
        unixfs::write(&mut self.open(hash)?, &unixfs::Options::default(), each)
    }
}
