//! The records of an archive on their way out, and what the index will say of them.

use std::io::Write;

use unsaid_core::check::{Hash, Hasher, crc32};
use unsaid_core::{Error, Result};

use crate::format::{
    FileHeader, HEADER_BYTES, Index, IndexRow, RecordHeader, RecordKind, TRAILER_BYTES, Trailer,
};

/// What became of the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Entries written.
    pub entries: u64,
    /// Original bytes of all files.
    pub bytes: u64,
    /// Bytes of the archive.
    pub written: u64,
    /// What the index names the archive by.
    pub root: Hash,
}

/// The records and what the index will say of them.
#[derive(Debug)]
pub(crate) struct Output<W> {
    inner: W,
    offset: u64,
    id: Option<u64>,
    rows: Vec<IndexRow>,
    root: Hasher,
}

impl<W: Write> Output<W> {
    pub(crate) fn new(inner: W, id: Option<u64>) -> Self {
        Output { inner, offset: 0, id, rows: Vec::new(), root: Hasher::new() }
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.inner.write_all(bytes).map_err(|e| Error::io("cannot write the archive", e))?;
        self.offset += bytes.len() as u64;
        Ok(())
    }

    /// Writes a record, and the file header before the first one.
    pub(crate) fn record(
        &mut self,
        kind: RecordKind,
        number: u64,
        head: &[u8],
        payload: &[u8],
    ) -> Result<()> {
        let id = match self.id {
            Some(id) if self.offset > 0 => id,
            known => {
                let id = known.unwrap_or_else(|| archive_id(head, payload));
                self.id = Some(id);
                self.put(&FileHeader { id }.write())?;
                id
            }
        };
        let header = RecordHeader {
            kind,
            head_length: head.len() as u32,
            payload_length: payload.len() as u64,
            number,
            id,
            head_crc: crc32(head),
            payload_crc: crc32(payload),
        };
        self.put(&header.write())?;
        self.put(head)?;
        self.put(payload)?;
        if kind != RecordKind::Index {
            self.rows.push(IndexRow::from(&header));
            self.root.update(head);
        }
        Ok(())
    }

    /// Replaces the rows of the index by others made from the first one.
    #[cfg(feature = "__internal-fuzz")]
    pub(crate) fn forge_rows(&mut self, forge: impl FnOnce(IndexRow) -> Vec<IndexRow>) {
        if let Some(&real) = self.rows.first() {
            self.rows = forge(real);
        }
    }

    /// What the index will name the archive by, as far as it is written.
    pub(crate) fn root(&self) -> Hash {
        self.root.finish()
    }

    /// Writes index and trailer.
    pub(crate) fn finish(mut self, recovered: bool, entries: u64, bytes: u64) -> Result<(W, Summary)> {
        let root = self.root.finish();
        let number = self.rows.last().map_or(0, |row| row.number + 1);
        let rows = std::mem::take(&mut self.rows);
        let (head, payload) = Index { recovered, entries, bytes, root, rows }.write();
        let index_offset = self.offset.max(HEADER_BYTES as u64);
        self.record(RecordKind::Index, number, &head, &payload)?;
        let id = self.id.unwrap_or_default();
        self.put(&Trailer { index_offset, id }.write())?;
        self.inner.flush().map_err(|e| Error::io("cannot write the archive", e))?;
        debug_assert!(self.offset >= (HEADER_BYTES + TRAILER_BYTES) as u64);
        Ok((self.inner, Summary { entries, bytes, written: self.offset, root }))
    }
}

fn archive_id(head: &[u8], payload: &[u8]) -> u64 {
    let mut hasher = Hasher::new();
    hasher.update(head);
    hasher.update(payload);
    let hash = hasher.finish().0;
    u64::from_le_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]])
}
