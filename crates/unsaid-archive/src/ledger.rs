//! Holding what the records are against what the index says of them, wherever an archive is read
//! front to back.

use unsaid_core::check::{Hash, Hasher};
use unsaid_core::{Error, Limits, Result};

use crate::entry::Entry;
use crate::format::{Index, IndexRow, RecordHeader, RecordKind};

/// The records as they came.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    rows: Vec<IndexRow>,
    root: Hasher,
    index: Option<(Index, u64)>,
    /// A record came after the index.
    late: bool,
}

impl Ledger {
    /// Takes note of a record whose head is whole; of an index with its payload.
    ///
    /// # Errors
    /// An index that contradicts itself.
    pub(crate) fn record(
        &mut self,
        header: &RecordHeader,
        offset: u64,
        head: &[u8],
        payload: Option<&[u8]>,
        limits: &Limits,
    ) -> Result<()> {
        self.late |= self.index.is_some();
        match (header.kind, payload) {
            (RecordKind::Index, Some(payload)) => {
                let index = Index::read(head, payload, limits).map_err(|e| e.at(offset))?;
                self.index = Some((index, offset));
            }
            (RecordKind::Index, None) => {}
            _ => {
                self.rows.push(IndexRow::from(header));
                self.root.update(head);
            }
        }
        Ok(())
    }

    /// What the index names the archive by, where there is one.
    pub(crate) fn root(&self) -> Option<Hash> {
        self.index.as_ref().map(|(index, _)| index.root)
    }

    /// What is wrong, at the end. `trailer` is where the trailer says that the index begins; `damaged` says
    /// that damage was already found, which explains any difference.
    pub(crate) fn problems(&self, trailer: Option<u64>, entries: &[Entry], damaged: bool) -> Vec<Error> {
        let Some((index, offset)) = &self.index else {
            let missing = Error::truncated("the archive's index is missing: entries after these may be too");
            return if damaged { Vec::new() } else { vec![missing] };
        };
        if index.recovered {
            return vec![recovered()];
        }
        if damaged {
            return Vec::new();
        }
        let wrong = |what: &str| vec![Error::corrupt(format!("the index does not fit: {what}")).at(*offset)];
        if self.late || trailer.is_some_and(|at| at != *offset) {
            return wrong("it is not where the archive ends");
        }
        if index.rows != self.rows || index.root != self.root.finish() {
            return wrong("the records are not the ones it names");
        }
        check_whole(index, entries).err().into_iter().collect()
    }
}

/// What a recovered archive says of itself.
pub(crate) fn recovered() -> Error {
    Error::truncated("the archive was recovered: records of the original may be missing")
}

/// Holds the entries against the totals of an index that claims to be complete.
pub(crate) fn check_whole(index: &Index, entries: &[Entry]) -> Result<()> {
    if index.rows.iter().zip(0..).any(|(row, number)| row.number != number) {
        return Err(Error::corrupt("numbers of the records").expected("0, 1, 2 and so on"));
    }
    if entries.iter().zip(0..).any(|(entry, number)| entry.number != number) {
        return Err(Error::corrupt("numbers of the entries").expected("0, 1, 2 and so on"));
    }
    let count = entries.len() as u64;
    let bytes = entries.iter().map(|e| e.size).fold(0, u64::saturating_add);
    if (count, bytes) != (index.entries, index.bytes) || entries.iter().any(|e| !e.is_complete()) {
        return Err(Error::corrupt("totals of the index")
            .found(format!("{count} entries, {bytes} bytes"))
            .expected(format!("{} entries, {} bytes", index.entries, index.bytes)));
    }
    Ok(())
}
