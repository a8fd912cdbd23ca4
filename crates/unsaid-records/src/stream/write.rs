//! Compressed records become a stream.

use std::io::Write;

use unsaid_core::check::Hasher;
use unsaid_core::{Error, ErrorKind, Result};

use super::index::GROUP;
use super::{Head, Index, MAX_RECORD};
use crate::varint;

/// Writes records one after another; memory grows by a byte or two for 64 of them.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    hasher: Hasher,
    records: u64,
    groups: Vec<u64>,
}

impl<W: Write> Writer<W> {
    /// Begins a stream.
    ///
    /// # Errors
    /// The output fails.
    pub fn new(mut out: W, head: &Head) -> Result<Self> {
        let head = head.write();
        let mut hasher = Hasher::new();
        hasher.update(&head);
        out.write_all(&head).map_err(|e| Error::io("writing the stream", e))?;
        Ok(Writer { out, hasher, records: 0, groups: Vec::new() })
    }

    /// Adds a compressed record.
    ///
    /// # Errors
    /// The output fails; `Usage` for what is no compressed record: nothing, or more than fits.
    pub fn push(&mut self, record: &[u8]) -> Result<()> {
        if record.is_empty() || record.len() as u64 > MAX_RECORD {
            return Err(Error::new(ErrorKind::Usage, "not a compressed record")
                .found(format!("{} bytes", record.len()))
                .expected(format!("1 to {MAX_RECORD}")));
        }
        let mut length = Vec::with_capacity(varint::MAX_BYTES);
        varint::write(record.len() as u64, &mut length);
        if self.records % GROUP == 0 {
            self.groups.push(0);
        }
        if let Some(group) = self.groups.last_mut() {
            *group += (length.len() + record.len()) as u64;
        }
        self.records += 1;
        self.put(&length)?;
        self.put(record)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.hasher.update(bytes);
        self.out.write_all(bytes).map_err(|e| Error::io("writing the stream", e))
    }

    /// Ends the stream; gives back the output and the index. With `apart` the index is not written into the stream,
    /// for callers that keep it in a [file of its own](Index::write).
    ///
    /// # Errors
    /// The output fails.
    pub fn finish(mut self, ended_open: bool, apart: bool) -> Result<(W, Index)> {
        // No record has no byte.
        self.put(&[0])?;
        let index = Index {
            records: self.records,
            open: ended_open && self.records > 0,
            hash: self.hasher.finish(),
            groups: std::mem::take(&mut self.groups),
        };
        let tail = if apart { index.without_groups().tail() } else { index.tail() };
        self.out.write_all(&tail).map_err(|e| Error::io("writing the index of the stream", e))?;
        Ok((self.out, index))
    }
}
