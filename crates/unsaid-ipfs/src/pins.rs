//! Which blocks are kept with all they link to: one empty file each, named by the CID.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use cid::Cid;
use unsaid_core::fs::{find_private, make_private};
use unsaid_core::{Error, Result};

use crate::{disk, name};

const BELOW: &[&str] = &["pins", "v1"];

/// The pins beside a store.
#[derive(Debug)]
pub struct Pins {
    base: PathBuf,
}

impl Pins {
    /// The pins in `base/pins/v1`; nothing is made or read yet.
    pub fn at(base: impl Into<PathBuf>) -> Pins {
        Pins { base: base.into() }
    }

    /// Pins a block; `false` where it was pinned. Whoever does holds the lock for adding blocks: what is pinned was
    /// there, and stays from then on.
    pub(crate) fn add(&self, root: &Cid) -> Result<bool> {
        unsaid_ipld::cid::check(root)?;
        let folder = make_private(&self.base, BELOW)?;
        let path = folder.join(name::of_cid(root));
        let made = File::create_new(&path).and_then(|file| {
            file.sync_all()?;
            // The name must be on the disk too, where the system lets a folder be synced.
            #[cfg(unix)]
            File::open(&folder)?.sync_all()?;
            Ok(())
        });
        match made {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            made => made.map(|()| true).map_err(|e| Error::io("pinning a block", e).in_file(&path)),
        }
    }

    /// Unpins a block; `false` where it was not pinned.
    ///
    /// # Errors
    /// `Environment`.
    pub fn remove(&self, root: &Cid) -> Result<bool> {
        let Some(folder) = find_private(&self.base, BELOW)? else { return Ok(false) };
        let path = folder.join(name::of_cid(root));
        match fs::remove_file(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            done => done.map(|()| true).map_err(|e| Error::io("unpinning a block", e).in_file(&path)),
        }
    }

    /// The pinned blocks, in order of their names. What else lies in the folder is ignored.
    ///
    /// # Errors
    /// `Environment`.
    pub fn list(&self) -> Result<Vec<Cid>> {
        let Some(folder) = find_private(&self.base, BELOW)? else { return Ok(Vec::new()) };
        Ok(disk::sorted(&folder)?.iter().filter_map(|name| name::parse_cid(name)).collect())
    }
}
