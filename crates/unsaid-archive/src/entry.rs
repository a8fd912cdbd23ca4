//! What an archive says about an entry.

use unsaid_core::check::Hash;
use unsaid_core::fs::{EntryPath, Timestamp};

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Bytes.
    File,
    /// A directory.
    Directory,
    /// A symbolic link to this target, any bytes but NUL. Never followed.
    SymbolicLink(Vec<u8>),
    /// Another name of an earlier file of the same archive.
    HardLink(EntryPath),
}

impl EntryKind {
    pub(crate) fn byte(&self) -> u8 {
        match self {
            EntryKind::File => 0,
            EntryKind::Directory => 1,
            EntryKind::SymbolicLink(_) => 2,
            EntryKind::HardLink(_) => 3,
        }
    }

    /// One word, for listings.
    pub fn name(&self) -> &'static str {
        match self {
            EntryKind::File => "file",
            EntryKind::Directory => "directory",
            EntryKind::SymbolicLink(_) => "symlink",
            EntryKind::HardLink(_) => "hardlink",
        }
    }
}

/// What is known of an entry before its bytes are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryMeta {
    /// Its name.
    pub path: EntryPath,
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits.
    pub mode: Option<u32>,
    /// Time of last modification.
    pub mtime: Option<Timestamp>,
    /// Media type, guessed from the name.
    pub media_type: Option<String>,
    /// Free keys and values, keys strictly ascending.
    pub user: Vec<(Vec<u8>, Vec<u8>)>,
}

impl EntryMeta {
    /// An entry of this kind without metadata, with the media type that its name suggests.
    pub fn new(path: EntryPath, kind: EntryKind) -> Self {
        let media_type = match kind {
            EntryKind::File => std::str::from_utf8(path.as_bytes())
                .ok()
                .and_then(|name| mime_guess::from_path(name).first_raw())
                .map(str::to_owned),
            _ => None,
        };
        EntryMeta { path, kind, mode: None, mtime: None, media_type, user: Vec::new() }
    }
}

/// An entry of an archive, as its heads describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the archive, from 0.
    pub number: u64,
    /// Its metadata.
    pub meta: EntryMeta,
    /// Original bytes, up to the last one at hand.
    pub size: u64,
    /// BLAKE3 of the file, where its end is at hand.
    pub hash: Option<Hash>,
    /// The groups its bytes lie in: index into the archive's list of groups.
    pub groups: std::ops::Range<usize>,
    pub(crate) holes: bool,
}

impl Entry {
    /// An entry that is known by its metadata only: its size and hash come with its bytes.
    pub fn new(number: u64, meta: EntryMeta) -> Self {
        Entry { number, meta, size: 0, hash: None, groups: 0..0, holes: false }
    }

    /// Whether all of it is at hand.
    pub fn is_complete(&self) -> bool {
        !self.holes && (self.hash.is_some() || self.meta.kind != EntryKind::File)
    }
}
