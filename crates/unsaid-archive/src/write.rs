//! Writing an archive front to back, without seeking.

use std::io::Write;

use unsaid_core::check::{Hash, Hasher};
use unsaid_core::{Error, Limits, Progress, Result, Workers};

use crate::entry::{EntryKind, EntryMeta};
use crate::format::{
    FileHeader, GroupHead, HEADER_BYTES, Index, IndexRow, RecordHeader, RecordKind, TRAILER_BYTES, Trailer,
};
use crate::group::{Choice, Coded, GroupCoder, OpenGroup};
use crate::pipeline::Pipeline;
use unsaid_core::check::crc32;

/// How an archive is written. Two archives made with equal options from equal entries are equal,
/// however many workers coded them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WriteOptions {
    /// How groups are coded.
    pub choice: Choice,
    /// Original bytes of a group, at least 256 KiB.
    pub group_bytes: u64,
}

impl Default for WriteOptions {
    fn default() -> Self {
        WriteOptions { choice: Choice::Paq9a(None), group_bytes: 16 << 20 }
    }
}

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

/// Writes an archive. Dropped before [`Writer::finish`], it leaves a truncated one that every
/// reader reports as such.
pub struct Writer<'a, W: Write> {
    output: Output<W>,
    pipeline: Pipeline<'a, Result<Coded>>,
    limits: Limits,
    progress: &'a dyn Progress,
    coder: GroupCoder,
    pub(crate) group: OpenGroup,
    pub(crate) names: crate::names::Names,
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
    groups: u64,
}

impl<'a, W: Write> Writer<'a, W> {
    /// Starts an archive on `inner`. `limits.memory` bounds what coding takes.
    ///
    /// # Errors
    /// `Usage` for a group size below one chunk, `Limit` where one group does not fit.
    pub fn new(
        inner: W,
        options: &WriteOptions,
        limits: &Limits,
        workers: &'a dyn Workers,
        progress: &'a dyn Progress,
    ) -> Result<Self> {
        let group = OpenGroup::new(options.group_bytes)?;
        let coder = options.choice.within(limits, options.group_bytes)?;
        Ok(Writer {
            output: Output::new(inner, None),
            pipeline: Pipeline::new(workers, progress, limits, coder.memory()),
            limits: limits.clone(),
            progress,
            coder,
            group,
            names: crate::names::Names::default(),
            entries: 0,
            bytes: 0,
            groups: 0,
        })
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes the next number for an entry, once its name is known to be free.
    pub(crate) fn number(&mut self, meta: &EntryMeta) -> Result<u64> {
        self.limits.check_path(meta.path.as_bytes())?;
        self.limits.check_entries(self.entries + 1)?;
        if let EntryKind::HardLink(target) = &meta.kind {
            self.names.check_link(&meta.path, target)?;
        }
        self.names.add(&meta.path, &meta.kind)?;
        self.entries += 1;
        Ok(self.entries - 1)
    }

    /// Sends the open group to be coded, if there is anything in it.
    pub(crate) fn close_group(&mut self) -> Result<()> {
        let Some((raw, pieces)) = self.group.take() else { return Ok(()) };
        while self.pipeline.is_full() {
            self.write_oldest()?;
        }
        let (coder, limits) = (self.coder, self.limits.clone());
        self.pipeline.submit(move |relay| Coded::encode(raw, pieces, coder, &limits, relay));
        Ok(())
    }

    /// Writes the oldest group that is being coded; says whether there was one.
    fn write_oldest(&mut self) -> Result<bool> {
        let Some(coded) = self.pipeline.next()? else { return Ok(false) };
        let Coded { head, payload } = coded?;
        self.output.record(RecordKind::Group, self.groups, &head, &payload)?;
        self.groups += 1;
        Ok(true)
    }

    /// Writes what is left, the index and the trailer, and flushes.
    ///
    /// # Errors
    /// Whatever coding or writing the rest runs into. The output is whole only after `Ok`.
    pub fn finish(mut self) -> Result<(W, Summary)> {
        self.close_group()?;
        while self.write_oldest()? {}
        self.progress.advance(0, 0)?;
        self.output.finish(false, self.entries, self.bytes)
    }
}

/// The head of a group as bytes; refused where it would be longer than the format allows.
pub(crate) fn head_bytes(head: &GroupHead) -> Result<Vec<u8>> {
    let bytes = head.write();
    if bytes.len() > crate::format::MAX_HEAD as usize {
        return Err(Error::new(unsaid_core::ErrorKind::Usage, "metadata of one group")
            .found(format!("{} bytes", bytes.len()))
            .expected(format!("at most {}", crate::format::MAX_HEAD)));
    }
    Ok(bytes)
}
