//! A folder of blocks, one file each, that many processes use at once.
//!
//! ```text
//! BASE/blocks/v1/                   versioned: another layout gets another number
//!     cy/afkrei...cya               two letters of the name, then the whole: base32 of the multihash
//!     damaged/afkrei...cya          a file that was not its block, kept for whoever wants to know why
//!     swept                         when unfinished files were last removed
//!     lock                          empty: what is locked while blocks are added, or removed as garbage
//! ```
//!
//! A file appears whole or not at all, and whoever comes second finds it there. What does not look like
//! this is ignored. Every read is hashed: bit rot and malice make a block absent, never wrong. All of this
//! needs no locks, so it holds over NFS too; there the worst is work done twice. The lock is for whoever wants
//! to pin what he adds while others collect garbage: see [`Own`](crate::Own).

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use cid::Cid;
use unsaid_core::fs::{Conflict, Draft, Lock, PublishOptions, Waiting, find_private, make_private};
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::{Block, BlockSource};

use crate::name::{self, Letters};
use crate::store::BlockStore;
use crate::{file, sweep};

const BELOW: &[&str] = &["blocks", "v1"];
const DAMAGED: &str = "damaged";
const LOCK: &str = "lock";

/// Whether a block that was put must survive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Yes: every put waits for the disk.
    Synced,
    /// No: what a power cut spoils is found by its hash and fetched again.
    Cached,
}

/// A folder of blocks.
#[derive(Debug)]
pub struct Disk {
    base: PathBuf,
    durability: Durability,
    swept: AtomicBool,
    notes: Mutex<Vec<String>>,
}

impl Disk {
    /// The store in `base/blocks/v1`; nothing is made or read yet.
    pub fn at(base: impl Into<PathBuf>, durability: Durability) -> Disk {
        Disk { base: base.into(), durability, swept: AtomicBool::new(false), notes: Mutex::default() }
    }

    /// Where the blocks are, or will be.
    pub fn folder(&self) -> PathBuf {
        BELOW.iter().fold(self.base.clone(), |path, name| path.join(name))
    }

    /// Keeps whoever collects garbage away until the lock is dropped; the folder is made where it is not there.
    pub(crate) fn lock_to_add(&self, waiting: &Waiting<'_>) -> Result<Lock> {
        // Where it cannot be made, nothing can be put either, which says why.
        let folder = match make_private(&self.base, BELOW) {
            Err(e) if e.io_source().is_some() => self.folder(),
            folder => folder?,
        };
        Lock::shared(&folder.join(LOCK), waiting)
    }

    /// Keeps whoever adds away; nothing where there is nothing to remove.
    pub(crate) fn lock_to_remove(&self, waiting: &Waiting<'_>) -> Result<Option<Lock>> {
        let Some(folder) = find_private(&self.base, BELOW)? else { return Ok(None) };
        Lock::exclusive(&folder.join(LOCK), waiting).map(Some)
    }

    /// What a reader should hear of: blocks that were damaged and set aside since the last call.
    pub fn take_notes(&self) -> Vec<String> {
        self.notes.lock().map(|mut notes| std::mem::take(&mut *notes)).unwrap_or_default()
    }

    fn note(&self, text: String) {
        if let Ok(mut notes) = self.notes.lock() {
            notes.push(text);
        }
    }

    /// The path of a block, and the folder it is in where that is there and ours.
    fn place(&self, cid: &Cid) -> Result<Option<PathBuf>> {
        let (shard, name) = name::of(cid, Letters::Lower);
        let below: Vec<&str> = BELOW.iter().copied().chain([&*shard]).collect();
        Ok(find_private(&self.base, &below)?.map(|folder| folder.join(name)))
    }

    /// As [`place`](Self::place), and makes the folder.
    fn make_place(&self, cid: &Cid) -> Result<PathBuf> {
        let (shard, name) = name::of(cid, Letters::Lower);
        let below: Vec<&str> = BELOW.iter().copied().chain([&*shard]).collect();
        let path = make_private(&self.base, &below)?.join(name);
        if !self.swept.swap(true, Ordering::Relaxed) {
            sweep::now_and_then(&self.folder());
        }
        Ok(path)
    }

    /// Sets a file aside that is not the block it is called, unless it was replaced meanwhile.
    fn set_aside(&self, path: &Path, opened: &file::Opened, why: &Error) {
        let aside = || -> io::Result<()> {
            let below: Vec<&str> = BELOW.iter().copied().chain([DAMAGED]).collect();
            let folder = make_private(&self.base, &below).map_err(io::Error::from)?;
            if !is_still(path, opened) {
                return Ok(());
            }
            fs::rename(path, folder.join(path.file_name().unwrap_or_default()))
        };
        let done = match aside() {
            Ok(()) => String::from("it was set aside"),
            Err(e) => format!("setting it aside failed: {e}"),
        };
        self.note(format!("'{}' is damaged ({why}); {done}", path.display()));
    }

    /// Removes the files that were set aside; how many bytes they had.
    pub(crate) fn forget_damaged(&self) -> Result<u64> {
        let below: Vec<&str> = BELOW.iter().copied().chain([DAMAGED]).collect();
        let Some(folder) = find_private(&self.base, &below)? else { return Ok(0) };
        let mut bytes = 0;
        for name in sorted(&folder)? {
            let path = folder.join(name);
            // What cannot be removed costs room, nothing else.
            let size = fs::symlink_metadata(&path).map_or(0, |metadata| metadata.len());
            bytes += if fs::remove_file(&path).is_ok() { size } else { 0 };
        }
        Ok(bytes)
    }

    fn write(&self, path: &Path, block: &Block, conflict: Conflict) -> Result<()> {
        let sync = self.durability == Durability::Synced;
        let mut draft = Draft::beside(path, &PublishOptions { conflict, sync })?;
        draft.write_all(block.data()).map_err(|e| Error::io("writing a block", e).in_file(path))?;
        draft.publish()
    }

    /// The names of the files that are called like blocks, with their sizes, shard by shard.
    pub(crate) fn files(&self, each: &mut dyn FnMut(Cid, &Path) -> Result<()>) -> Result<()> {
        let Some(top) = find_private(&self.base, BELOW)? else { return Ok(()) };
        for shard in sorted(&top)? {
            // Not a folder of ours, or gone meanwhile: nothing of ours is in it.
            let path = top.join(&shard);
            if shard.len() != 2 || !fs::symlink_metadata(&path).is_ok_and(|m| m.is_dir()) {
                continue;
            }
            for name in sorted(&path)? {
                if let Some(cid) = name::parse(&shard, &name, Letters::Lower) {
                    each(cid, &path.join(name))?;
                }
            }
        }
        Ok(())
    }

    /// Reads every block, sets the damaged ones aside and names them with `each`; how many were whole.
    ///
    /// # Errors
    /// `Environment`, and what `each` returns, which ends it.
    pub fn verify(&self, each: &mut dyn FnMut(Cid, bool) -> Result<()>) -> Result<u64> {
        let mut whole = 0;
        self.files(&mut |cid, _| {
            let good = self.get(&cid)?.is_some();
            whole += u64::from(good);
            each(cid, good)
        })?;
        Ok(whole)
    }
}

impl BlockSource for Disk {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        if let Some(block) = Block::of_name(cid)? {
            return Ok(Some(block));
        }
        let Some(path) = self.place(cid)? else { return Ok(None) };
        let Some(opened) = file::open(&path)? else { return Ok(None) };
        match Block::verify(*cid, file::read(&opened, &path)?) {
            Ok(block) => Ok(Some(block)),
            Err(why) => {
                self.set_aside(&path, &opened, &why);
                Ok(None)
            }
        }
    }
}

impl BlockStore for Disk {
    fn put(&self, block: &Block) -> Result<bool> {
        if Block::of_name(block.cid())?.is_some() {
            return Ok(false);
        }
        let path = self.make_place(block.cid())?;
        match self.write(&path, block, Conflict::Refuse) {
            // Whoever was first, now or while this was written, had the same bytes in mind.
            Err(e) if e.kind() == ErrorKind::Exists => {}
            done => return done.map(|()| true),
        }
        match file::open(&path) {
            Ok(Some(opened)) if file::read(&opened, &path)? == block.data() => {
                // Young again: whoever collects garbage leaves alone what somebody just put.
                let _ = opened.file.set_modified(SystemTime::now());
                Ok(false)
            }
            _ => self.write(&path, block, Conflict::Replace).map(|()| true),
        }
    }

    fn has(&self, cid: &Cid) -> Result<bool> {
        if Block::of_name(cid)?.is_some() {
            return Ok(true);
        }
        let Some(path) = self.place(cid)? else { return Ok(false) };
        Ok(fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()))
    }

    fn list(&self, each: &mut dyn FnMut(Cid) -> Result<()>) -> Result<()> {
        self.files(&mut |cid, _| each(cid))
    }

    fn remove(&self, cid: &Cid) -> Result<bool> {
        let Some(path) = self.place(cid)? else { return Ok(false) };
        match fs::remove_file(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            done => done.map(|()| true).map_err(|e| Error::io("removing a block", e).in_file(&path)),
        }
    }
}

/// The names in a folder that are text, in order; none where it is gone.
pub(crate) fn sorted(folder: &Path) -> Result<Vec<String>> {
    let failed = |e| Error::io("listing blocks", e).in_file(folder);
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.map_err(failed)?.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}

#[cfg(unix)]
fn is_still(path: &Path, opened: &file::Opened) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::symlink_metadata(path)
        .is_ok_and(|now| (now.dev(), now.ino()) == (opened.metadata.dev(), opened.metadata.ino()))
}

#[cfg(not(unix))]
fn is_still(_: &Path, _: &file::Opened) -> bool {
    true
}
