//! The index record: where the records are, and the root that names the archive.

use unsaid_core::check::Hash;
use unsaid_core::{Limits, Result};

use super::{Cursor, MAX_HEAD, RecordHeader, RecordKind, put_varint};

const RECOVERED: u8 = 1;

/// The index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Records may be missing.
    pub recovered: bool,
    /// Entries of the archive.
    pub entries: u64,
    /// Original bytes of all files.
    pub bytes: u64,
    /// BLAKE3 over the heads of all records.
    pub root: Hash,
    /// The records in the order of the file, without the index.
    pub rows: Vec<IndexRow>,
}

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexRow {
    /// What it is.
    pub kind: RecordKind,
    /// Its number.
    pub number: u64,
    /// Bytes of its head.
    pub head_length: u32,
    /// Bytes of its payload.
    pub payload_length: u64,
    /// [`RecordHeader::check`] of its header.
    pub check: u32,
}

impl From<&RecordHeader> for IndexRow {
    fn from(h: &RecordHeader) -> Self {
        IndexRow {
            kind: h.kind,
            number: h.number,
            head_length: h.head_length,
            payload_length: h.payload_length,
            check: h.check(),
        }
    }
}

impl Index {
    /// Head and payload on disk.
    pub(crate) fn write(&self) -> (Vec<u8>, Vec<u8>) {
        let mut head = vec![if self.recovered { RECOVERED } else { 0 }];
        put_varint(&mut head, self.entries);
        put_varint(&mut head, self.bytes);
        put_varint(&mut head, self.rows.len() as u64);
        head.extend_from_slice(&self.root.0);
        let mut payload = Vec::new();
        for row in &self.rows {
            payload.push(row.kind.byte());
            put_varint(&mut payload, row.number);
            put_varint(&mut payload, u64::from(row.head_length));
            put_varint(&mut payload, row.payload_length);
            payload.extend_from_slice(&row.check.to_le_bytes());
        }
        (head, payload)
    }

    /// Reads head and payload.
    ///
    /// # Errors
    /// `Corrupt`, `NewerVersion` or `Limit`, naming the field.
    pub(crate) fn read(head: &[u8], payload: &[u8], limits: &Limits) -> Result<Self> {
        let mut c = Cursor::new(head, "index's head");
        let flags = c.byte("flags")?;
        if flags & !RECOVERED != 0 {
            return Err(c.newer("flags", format!("{flags:#04x}")));
        }
        let entries = c.varint("number of entries")?;
        limits.check_entries(entries)?;
        let bytes = c.varint("number of bytes")?;
        let count = c.varint("number of records")?;
        let root = Hash(c.array("root")?);
        c.end()?;
        let rows = (count.min(payload.len() as u64 / 8)).saturating_mul(size_of::<IndexRow>() as u64);
        limits.check_memory(rows.saturating_add(payload.len() as u64), "the index")?;
        let mut c = Cursor::new(payload, "index");
        let mut rows: Vec<IndexRow> = Vec::with_capacity(count.min(payload.len() as u64 / 8) as usize);
        while !c.is_empty() {
            let kind = RecordKind::from_byte(c.byte("kind of a record")?)?;
            let number = c.varint("number of a record")?;
            let head_length = c.varint("length of a head")?;
            if head_length > u64::from(MAX_HEAD) {
                return Err(c
                    .bad("length of a head")
                    .found(head_length)
                    .expected(format!("at most {MAX_HEAD}")));
            }
            let payload_length = c.varint("length of a payload")?;
            let check = c.u32("check of a record")?;
            if kind == RecordKind::Index || rows.last().is_some_and(|r| r.number >= number) {
                return Err(c
                    .bad("row")
                    .found(format!("record {number}"))
                    .expected("ascending numbers, no index"));
            }
            rows.push(IndexRow { kind, number, head_length: head_length as u32, payload_length, check });
        }
        if rows.len() as u64 != count {
            return Err(c.bad("number of records").found(rows.len()).expected(count));
        }
        Ok(Index { recovered: flags & RECOVERED != 0, entries, bytes, root, rows })
    }
}
