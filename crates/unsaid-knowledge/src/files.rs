//! Which files are kept, and are they still what they were?
//!
//! One folder, one file each, named by the 64 digits of its BLAKE3. Beside it may lie what is known
//! [about](crate::about) it, and a pin. Everything is read like any other input: a file whose content is not
//! what its name says is not used. Unknown names are ignored, so that later versions may add some. The folder is the
//! user's alone, or is not used ([`find_private`]). Its file `lock` keeps those who add and those who
//! [collect garbage](crate::gc) apart.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use unsaid_core::check::Hash;
use unsaid_core::fs::{Conflict, Draft, Homes, PublishOptions, find_private, make_private};
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Silent};

use crate::bytes::{Hashing, PIECE, open_file};
use crate::locks::{TO_ADD, TO_COLLECT};

pub use crate::bytes::{copy, hash_of, read_whole};

/// Fewer digits of a hash name nothing: a slip must not choose.
pub const LEAST_DIGITS: usize = 4;

/// The version of the layout is a folder of its own: versions of the program that know different ones can
/// live side by side.
const LAYOUT: &[&str] = &["knowledge", "v1"];

const HOW_TO_LIST: &str = "unsaid knowledge ls lists what is kept";

/// Writes what is to be kept, all of it, each time it is called.
pub type Content<'a> = dyn Fn(&mut dyn Write) -> Result<()> + 'a;

/// A folder of files, each named by its hash.
#[derive(Clone, Debug)]
pub struct Files {
    pub(crate) base: PathBuf,
    pub(crate) below: &'static [&'static str],
    folder: PathBuf,
    pub(crate) to_add: Duration,
    pub(crate) to_collect: Duration,
}

impl Files {
    /// The user's; nothing is made or read yet.
    ///
    /// # Errors
    /// As [`Homes::of_user`].
    pub fn of_user() -> Result<Files> {
        Ok(Files::below(Homes::of_user()?.data, LAYOUT))
    }

    /// In this folder, which is made when the first file comes.
    pub fn at(folder: impl Into<PathBuf>) -> Files {
        Files::below(folder.into(), &[])
    }

    fn below(base: PathBuf, below: &'static [&'static str]) -> Files {
        let folder = below.iter().fold(base.clone(), |path, name| path.join(name));
        Files { base, below, folder, to_add: TO_ADD, to_collect: TO_COLLECT }
    }

    /// Whether the folder is there; an error where it is not the user's alone.
    pub(crate) fn is_there(&self) -> Result<bool> {
        Ok(find_private(&self.base, self.below)?.is_some())
    }

    /// The folder, which may not be there yet.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the file with this hash is, if it is kept.
    pub fn path(&self, hash: &Hash) -> PathBuf {
        self.folder.join(hash.to_string())
    }

    /// The hashes of what is kept, in order.
    ///
    /// # Errors
    /// `Environment` where the folder cannot be read, or others may write to it.
    pub fn hashes(&self) -> Result<Vec<Hash>> {
        if !self.is_there()? {
            return Ok(Vec::new());
        }
        let failed = |e| Error::io("listing what is kept", e).in_file(&self.folder);
        let entries = match fs::read_dir(&self.folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut hashes = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let hash = name.to_str().and_then(Hash::from_hex);
            // Only what `read` would open: the same digits in capitals are another file.
            hashes.extend(hash.filter(|hash| *name == *hash.to_string()));
        }
        hashes.sort_unstable();
        Ok(hashes)
    }

    /// The one hash that begins with these hexadecimal digits, four at least.
    ///
    /// # Errors
    /// `Missing` where there is none, `Usage` where there are several or these are no such digits.
    pub fn find(&self, digits: &str) -> Result<Hash> {
        if digits.len() < LEAST_DIGITS || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Error::new(ErrorKind::Usage, "this does not say which one is meant")
                .found(format!("'{digits}'"))
                .expected(format!("the first hexadecimal digits of its hash, {LEAST_DIGITS} or more"))
                .hint(HOW_TO_LIST));
        }
        let digits = &*digits.to_ascii_lowercase();
        let hashes = self.hashes()?;
        let mut matching = hashes.iter().filter(|hash| hash.to_string().starts_with(digits));
        match (matching.next(), matching.next()) {
            (Some(hash), None) => Ok(*hash),
            (Some(a), Some(b)) => Err(Error::new(ErrorKind::Usage, "several begin like this")
                .found(format!("{digits}: {a} and {b}"))
                .hint("give more digits")),
            (None, _) => Err(self.not_kept(digits)),
        }
    }

    /// The error for what should be there by what the caller said.
    pub fn not_kept(&self, hash: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Missing, format!("nothing with hash {hash} is kept"))
            .in_file(&self.folder)
            .hint(HOW_TO_LIST)
    }

    /// Whether a file has this name; what it holds is not looked at.
    pub fn has(&self, hash: &Hash) -> bool {
        self.path(hash).is_file()
    }

    /// Opens the file of this name, whatever it holds.
    ///
    /// # Errors
    /// `Missing`; `Environment` where no file has the name but something else, others may write to the folder, or
    /// the system refuses.
    pub fn open(&self, hash: &Hash) -> Result<File> {
        self.is_there()?;
        open_file(&self.path(hash))?.ok_or_else(|| self.not_kept(hash))
    }

    /// The bytes with this hash, verified.
    ///
    /// # Errors
    /// As [`open`](Self::open); `Limit` where they are more than the memory allowed; `Corrupt` where they
    /// changed on the disk.
    pub fn read(&self, hash: &Hash, limits: &Limits) -> Result<Vec<u8>> {
        let path = self.path(hash);
        let file = self.open(hash)?;
        let bytes = read_whole(file, limits).map_err(|e| e.in_file(&path))?;
        let found = Hash::of(&bytes);
        if found != *hash {
            return Err(changed(&found, hash).in_file(&path));
        }
        Ok(bytes)
    }

    /// Hashes one again, in pieces; gives its size.
    ///
    /// # Errors
    /// As [`read`](Self::read), without its limit.
    pub fn verify(&self, hash: &Hash, progress: &dyn Progress) -> Result<u64> {
        let path = self.path(hash);
        let file = self.open(hash)?;
        let (found, size) = hash_of(file, progress).map_err(|e| e.in_file(&path))?;
        if found != *hash {
            return Err(changed(&found, hash).in_file(&path));
        }
        Ok(size)
    }

    /// Keeps these bytes; `false` where they are kept already. What has their name and other content is
    /// replaced.
    ///
    /// # Errors
    /// `Environment` where the system refuses, or no file has the name but something else.
    pub fn put(&self, bytes: &[u8]) -> Result<(Hash, bool)> {
        let hash = Hash::of(bytes);
        let write =
            |out: &mut dyn Write| out.write_all(bytes).map_err(|e| Error::io("writing what is kept", e));
        Ok((hash, self.put_with(&hash, &write, &Silent)?))
    }

    /// Keeps what `write` writes, which has this hash, without holding it in memory; `write` is called once, or
    /// once more where a damaged copy is replaced. As [`put`](Self::put).
    ///
    /// # Errors
    /// As [`put`](Self::put), and what `write` returns; `Corrupt` where what it writes has another hash. Nothing
    /// is kept then.
    pub fn put_with(&self, hash: &Hash, write: &Content<'_>, progress: &dyn Progress) -> Result<bool> {
        make_private(&self.base, self.below)?;
        let _adding = self.adding(progress)?;
        match self.write(hash, write, Conflict::Refuse) {
            // Whoever was first, now or while this one was written, had the same bytes in mind.
            Err(e) if e.kind() == ErrorKind::Exists => {}
            done => return done.map(|()| true),
        }
        match self.verify(hash, progress) {
            Ok(_) => {
                // Whoever collects garbage just now must see that it is wanted again; where the system does not
                // let us say so, it only looks older.
                let _ = self.open(hash)?.set_modified(std::time::SystemTime::now());
                Ok(false)
            }
            Err(e) if e.kind() == ErrorKind::Corrupt => {
                self.write(hash, write, Conflict::Replace).map(|()| true)
            }
            Err(e) => Err(e),
        }
    }

    fn write(&self, hash: &Hash, write: &Content<'_>, conflict: Conflict) -> Result<()> {
        let draft = Draft::beside(&self.path(hash), &PublishOptions { conflict, sync: true })?;
        let mut out = Hashing::new(BufWriter::with_capacity(PIECE, draft));
        write(&mut out)?;
        let (found, _) = out.finish();
        if found != *hash {
            return Err(Error::corrupt("what was read is not what was to be kept")
                .found(found)
                .expected(hash));
        }
        let draft =
            out.into_inner().into_inner().map_err(|e| Error::io("writing what is kept", e.into_error()))?;
        draft.publish()
    }

    /// Removes one, with its pin and what is known about it.
    ///
    /// # Errors
    /// `Missing` where it is not there, `Environment` where the system refuses.
    pub fn remove(&self, hash: &Hash) -> Result<()> {
        let path = self.path(hash);
        self.is_there()?;
        match fs::remove_file(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(self.not_kept(hash)),
            done => done.map_err(|e| Error::io("removing what is kept", e).in_file(&path))?,
        }
        self.forget(hash)?;
        self.unpin(hash).map(drop)
    }

    fn pin_path(&self, hash: &Hash) -> PathBuf {
        self.folder.join(format!("{hash}.pin"))
    }

    /// Whether [`gc`](crate::gc) must leave this one.
    pub fn is_pinned(&self, hash: &Hash) -> bool {
        // What cannot be looked at may be a pin.
        !matches!(fs::symlink_metadata(self.pin_path(hash)), Err(e) if e.kind() == io::ErrorKind::NotFound)
    }

    /// Keeps this one from [`gc`](crate::gc).
    ///
    /// # Errors
    /// `Missing` where it is not kept, `Environment` where the system refuses.
    pub fn pin(&self, hash: &Hash) -> Result<()> {
        self.is_there()?;
        // It must not go between the look and the pin.
        let _adding = self.adding(&Silent)?;
        if !self.has(hash) {
            return Err(self.not_kept(hash));
        }
        let path = self.pin_path(hash);
        // Never what is there already: it may be a link to something else, or a pipe.
        match File::create_new(&path) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made.map(drop).map_err(|e| Error::io("pinning", e).in_file(&path)),
        }
    }

    /// Gives this one to [`gc`](crate::gc); `false` where it was not pinned.
    ///
    /// # Errors
    /// `Environment` where the system refuses.
    pub fn unpin(&self, hash: &Hash) -> Result<bool> {
        self.is_there()?;
        let path = self.pin_path(hash);
        match fs::remove_file(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            done => done.map(|()| true).map_err(|e| Error::io("unpinning", e).in_file(&path)),
        }
    }
}

fn changed(found: &Hash, expected: &Hash) -> Error {
    Error::corrupt("a file that is kept has changed on the disk")
        .found(found)
        .expected(expected)
        .hint("get it again: what is damaged is replaced")
}
