//! Adding entries to a [`Writer`].

use std::io::{ErrorKind as IoKind, Read, Write};

use unsaid_core::check::{Hash, Hasher};
use unsaid_core::{Error, ErrorKind, Result};

use crate::entry::{EntryKind, EntryMeta};
use crate::format::CHUNK;
use crate::write::Writer;

/// Most bytes of user metadata that one entry may have.
const MAX_USER: usize = 64 << 10;

/// A file as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// Its number in the archive.
    pub entry: u64,
    /// Its bytes.
    pub size: u64,
    /// BLAKE3 of its bytes.
    pub hash: Hash,
}

impl<W: Write> Writer<'_, W> {
    /// Adds a directory or a link.
    ///
    /// # Errors
    /// `Usage` for a file, `Corrupt` for a name that is taken, `Limit`.
    pub fn add_entry(&mut self, meta: EntryMeta) -> Result<u64> {
        if meta.kind == EntryKind::File {
            return Err(Error::new(ErrorKind::Usage, "a file is added with its bytes"));
        }
        check_user(&meta)?;
        let entry = self.number(&meta)?;
        if self.group.is_full_for(&meta, 0) {
            self.close_group()?;
        }
        self.group.push_entry(entry, meta);
        Ok(entry)
    }

    /// Adds a file and reads `data` to its end.
    ///
    /// # Errors
    /// As [`Writer::add_entry`], and whatever reading runs into. After a failed read the archive cannot be
    /// continued: part of the file may already be written.
    pub fn add_file(&mut self, meta: EntryMeta, data: &mut dyn Read) -> Result<Added> {
        if meta.kind != EntryKind::File {
            return Err(Error::new(ErrorKind::Usage, "only a file has bytes").found(meta.kind.name()));
        }
        check_user(&meta)?;
        let entry = self.number(&meta)?;
        let mut hasher = Hasher::new();
        let (mut chunk, mut next) = (Vec::new(), Vec::new());
        let mut size = 0u64;
        read_chunk(data, &mut chunk)?;
        for number in 0.. {
            // Whether a file ends with a full chunk is only known by asking for more.
            next.clear();
            if chunk.len() as u64 == CHUNK {
                read_chunk(data, &mut next)?;
            }
            if self.group.is_full_for(&meta, chunk.len()) {
                self.close_group()?;
            }
            self.group.push_chunk(entry, &meta, number, &chunk);
            hasher.update(&chunk);
            size += chunk.len() as u64;
            if next.is_empty() {
                break;
            }
            std::mem::swap(&mut chunk, &mut next);
        }
        let hash = hasher.finish();
        self.group.end_file(hash);
        self.bytes += size;
        Ok(Added { entry, size, hash })
    }
}

fn check_user(meta: &EntryMeta) -> Result<()> {
    let bytes: usize = meta.user.iter().map(|(k, v)| k.len() + v.len()).sum();
    if bytes > MAX_USER || meta.user.windows(2).any(|w| w[0].0 >= w[1].0) {
        return Err(Error::new(ErrorKind::Usage, "user metadata of an entry")
            .found(format!("{bytes} bytes, {} keys", meta.user.len()))
            .expected(format!("at most {MAX_USER} bytes, each key once, in ascending order")));
    }
    Ok(())
}

/// Fills `chunk` from empty to a whole chunk, or to the end of the data.
fn read_chunk(data: &mut dyn Read, chunk: &mut Vec<u8>) -> Result<()> {
    chunk.clear();
    let mut limited = data.take(CHUNK);
    loop {
        match limited.read_to_end(chunk) {
            Ok(_) => return Ok(()),
            Err(e) if e.kind() == IoKind::Interrupted => {}
            Err(e) => return Err(Error::io("cannot read the input", e)),
        }
    }
}
