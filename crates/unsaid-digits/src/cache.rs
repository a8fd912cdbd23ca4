//! Which digits and tables are kept, and how do more come?
//!
//! | file | content |
//! |---|---|
//! | `fraction.pi` | the binary fraction: digits of all bases that are powers of two |
//! | `base-B.pi` | the digits in base B, one a byte |
//! | `NAME.table` | a table under this name |
//!
//! A file is never changed: a larger one replaces it in one step, and whoever reads the old one still can. Two that
//! write at once both publish whole files; the later one wins, and at worst digits are computed once more.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use unsaid_core::check::Hash;
use unsaid_core::fs::{Conflict, Draft, Homes, Metadata, PublishOptions};
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_pi::{Keep, Kept};

use crate::blocks::{self, Blocks, Kind};
use crate::folder;

/// The version of the layout is a folder of its own: versions of the program that know different ones can live
/// side by side.
const LAYOUT: &str = "pi/v1";

/// What somebody who was killed left behind.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder of digits and tables. Nothing that goes wrong in it is an error: what cannot be read is not there, what
/// cannot be written is not kept, and [`Cache::notes`] says why.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    notes: Mutex<Vec<String>>,
}

impl Cache {
    /// The user's; nothing is made or read yet.
    ///
    /// # Errors
    /// As [`Homes::of_user`].
    pub fn of_user() -> Result<Cache> {
        Ok(Cache::at(Homes::of_user()?.cache.join(LAYOUT)))
    }

    /// In this folder, which is made when something is kept.
    pub fn at(folder: impl Into<PathBuf>) -> Cache {
        Cache { folder: folder.into(), notes: Mutex::default() }
    }

    /// The folder, which may not be there yet.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was not used or not kept since the last call, and why; each once.
    pub fn notes(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The table under this name, where it is kept and has at most `most` bytes.
    pub fn table(&self, name: &str, most: u64) -> Option<Vec<u8>> {
        let kind = table(name);
        let path = self.table_path(name)?;
        let blocks = self.open_at(kind, &path)?;
        let length = usize::try_from(blocks.length()).ok().filter(|_| blocks.length() <= most)?;
        let mut bytes = vec![0; length];
        self.used(&path, blocks.read(0, &mut bytes)).then_some(bytes)
    }

    /// Keeps a table; whether it is now. A name is letters, digits and hyphens.
    pub fn keep_table(&self, name: &str, bytes: &[u8]) -> bool {
        let Some(path) = self.table_path(name) else { return false };
        self.write(table(name), &path, bytes).map_err(|e| self.note("not kept", &e, &path)).is_ok()
    }

    /// No name leads elsewhere.
    fn table_path(&self, name: &str) -> Option<PathBuf> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let fits = (1..=100).contains(&name.len()) && name.bytes().all(plain);
        fits.then(|| self.folder.join(format!("{name}.table")))
    }

    fn path(&self, what: Kept) -> PathBuf {
        self.folder.join(match what {
            Kept::Digits(base) => format!("base-{base}.pi"),
            Kept::Bits => "fraction.pi".to_owned(),
        })
    }

    fn open_at(&self, kind: Kind, path: &Path) -> Option<Blocks> {
        let opened = folder::check(&self.folder).and_then(|there| {
            let file = if there { folder::open(path)? } else { None };
            file.map(|file| Blocks::open(file, kind).map_err(|e| e.in_file(path))).transpose()
        });
        opened.unwrap_or_else(|e| {
            self.note("not used", &e, path);
            None
        })
    }

    /// Whether a read gave what was kept. A file that is damaged is not read again.
    fn used(&self, path: &Path, read: Result<()>) -> bool {
        let Err(e) = read else { return true };
        self.note("not used", &e, path);
        if matches!(e.kind(), ErrorKind::Corrupt | ErrorKind::Truncated) {
            let _ = fs::remove_file(path);
        }
        false
    }

    fn write(&self, kind: Kind, path: &Path, content: &[u8]) -> Result<()> {
        folder::make(&self.folder)?;
        self.sweep();
        // Not synced: after a crash of the system the sums tell.
        let options = PublishOptions { conflict: Conflict::Replace, sync: false };
        let mut draft = Draft::beside(path, &options)?;
        draft.set_metadata(&Metadata { mode: Some(0o600), mtime: None });
        let mut out = BufWriter::with_capacity(1 << 16, draft);
        let failed = |e| Error::io("keeping digits of π", e);
        blocks::write(kind, content, &mut out).and_then(|()| out.flush()).map_err(failed)?;
        out.into_inner().map_err(|e| failed(e.into_error()))?.publish()
    }

    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            let ours = name.starts_with(b".unsaid.") && name.ends_with(b".part");
            let age = || SystemTime::now().duration_since(entry.metadata().ok()?.modified().ok()?).ok();
            if ours && age().is_some_and(|age| age > STALE) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn note(&self, what: &str, e: &Error, path: &Path) {
        let shown = e.path().unwrap_or(path).as_os_str();
        let shown = unsaid_core::fs::escape(OsStr::as_encoded_bytes(shown));
        let note = format!("kept digits of π are {what}: {shown}: {e}");
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
}

/// Digits by whoever computes them.
impl Keep for Cache {
    fn length(&self, what: Kept) -> u64 {
        self.open_at(kind_of(what), &self.path(what)).map_or(0, |blocks| blocks.length())
    }

    fn get(&self, what: Kept, from: u64, out: &mut [u8]) -> bool {
        let path = self.path(what);
        let Some(blocks) = self.open_at(kind_of(what), &path) else { return false };
        let within = from.checked_add(out.len() as u64).is_some_and(|end| end <= blocks.length());
        if !within || !self.used(&path, blocks.read(from, out)) {
            return false;
        }
        // A digit that is none in its base is as damaged as a sum that differs: the block was written so.
        let fine = match what {
            Kept::Digits(base) => out.iter().all(|&digit| u16::from(digit) < base.get()),
            Kept::Bits => true,
        };
        fine || self.used(&path, Err(Error::corrupt("a digit that is none in its base")))
    }

    fn put(&self, what: Kept, units: &[u8]) -> Result<()> {
        if self.length(what) >= units.len() as u64 {
            return Ok(());
        }
        self.write(kind_of(what), &self.path(what), units)
    }
}

fn kind_of(what: Kept) -> Kind {
    match what {
        Kept::Bits => Kind::Fraction,
        Kept::Digits(base) => Kind::Digits(base.get()),
    }
}

fn table(name: &str) -> Kind {
    let mut first = [0; 16];
    first.copy_from_slice(&Hash::of(name.as_bytes()).0[..16]);
    Kind::Table(first)
}
