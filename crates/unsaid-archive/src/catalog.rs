//! The entries of an archive, put together from the heads of its groups, in order.

use unsaid_core::{Error, ErrorKind, Limits, Result};

use crate::entry::{Entry, EntryKind};
use crate::format::{GroupHead, Piece, RecordHeader};
use crate::names::Names;

/// About how many bytes of memory a piece takes beside its bytes in the head, in the catalogue and in its group.
const PIECE_BYTES: u64 = 384;
/// The same for a pair of user metadata.
const USER_BYTES: u64 = 64;

/// Entries, in ascending order of their numbers. Where groups are missing, so are entries.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    entries: Vec<Entry>,
    names: Names,
    /// Number of the record that must come next for nothing to be missing.
    next_record: u64,
    groups: usize,
    metadata: u64,
}

impl Catalog {
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// The entry with this number.
    pub(crate) fn get(&self, number: u64) -> Option<&Entry> {
        find(&self.entries, number)
    }

    /// Takes note of a record that is no group, so that its number is not missed.
    pub(crate) fn skip_record(&mut self, number: u64) {
        self.next_record = number.saturating_add(1);
    }

    /// Takes the next group's head.
    ///
    /// # Errors
    /// `Corrupt` where the head contradicts what came before, `Limit`.
    pub(crate) fn add(&mut self, header: &RecordHeader, head: &GroupHead, limits: &Limits) -> Result<()> {
        let record = header.number;
        let user: usize = head.pieces.iter().map(|p| p.meta.user.len()).sum();
        let parsed = head.pieces.len() as u64 * PIECE_BYTES + user as u64 * USER_BYTES;
        self.metadata = self.metadata.saturating_add(u64::from(header.head_length)).saturating_add(parsed);
        if record < self.next_record {
            return Err(Error::corrupt("number of a record")
                .found(record)
                .expected(format!("at least {}", self.next_record)));
        }
        if head.raw_length() == 0 && header.payload_length != 0 {
            return Err(Error::corrupt("a group's payload belongs to no file")
                .found(format!("{} bytes", header.payload_length)));
        }
        let gap = record != self.next_record;
        for (place, piece) in head.pieces.iter().enumerate() {
            self.add_piece(piece, gap && place == 0, limits)?;
        }
        self.next_record = record.saturating_add(1);
        self.groups += 1;
        limits.check_metadata(self.metadata.saturating_add(self.names.nodes() * Names::NODE_BYTES))
    }

    /// Whether the last entry goes on in a group that has not come.
    pub(crate) fn is_open(&self) -> bool {
        self.entries.last().is_some_and(|e| e.meta.kind == EntryKind::File && e.hash.is_none())
    }

    fn add_piece(&mut self, piece: &Piece, gap: bool, limits: &Limits) -> Result<()> {
        let group = self.groups;
        if let Some(open) =
            self.entries.last_mut().filter(|e| e.meta.kind == EntryKind::File && e.hash.is_none())
        {
            if open.number == piece.entry {
                return continue_entry(open, piece, group, gap);
            }
            if !gap {
                return Err(numbers(piece.entry, open.number));
            }
        }
        let expected = self.entries.last().map_or(0, |e| e.number.saturating_add(1));
        if piece.entry == u64::MAX || piece.entry < expected || (!gap && piece.entry != expected) {
            return Err(numbers(piece.entry, expected));
        }
        limits.check_entries(self.entries.len() as u64 + 1)?;
        let mut holes = false;
        if let EntryKind::HardLink(target) = &piece.meta.kind
            && let Err(e) = self.names.check_link(&piece.meta.path, target)
        {
            // What the link points to may have been lost with its group.
            holes = self.entries.len() as u64 != piece.entry;
            if !holes {
                return Err(e);
            }
        }
        self.names.add(&piece.meta.path, &piece.meta.kind)?;
        let data = piece.data.as_ref();
        let from_start = data.is_none_or(|d| d.first_chunk == 0);
        if !from_start && !gap {
            return Err(Error::corrupt(format!("entry '{}' begins in its middle", piece.meta.path)));
        }
        self.entries.push(Entry {
            number: piece.entry,
            meta: piece.meta.clone(),
            size: data.map_or(0, |d| d.end()),
            hash: data.and_then(|d| d.hash),
            groups: group..group + 1,
            holes: holes || !from_start,
        });
        Ok(())
    }
}

/// The entry with this number, in a list ordered by number.
pub(crate) fn find(entries: &[Entry], number: u64) -> Option<&Entry> {
    entries.binary_search_by_key(&number, |e| e.number).ok().map(|at| &entries[at])
}

fn continue_entry(open: &mut Entry, piece: &Piece, group: usize, gap: bool) -> Result<()> {
    let path = &open.meta.path;
    let Some(data) = piece.data.as_ref().filter(|_| piece.meta == open.meta) else {
        return Err(Error::corrupt(format!("entry '{path}' has other metadata in its next group")));
    };
    if data.offset() < open.size || (!gap && data.offset() != open.size) {
        return Err(Error::corrupt(format!("entry '{path}' goes on at another place"))
            .found(data.offset())
            .expected(open.size));
    }
    open.size = data.end();
    open.hash = data.hash;
    open.groups.end = group + 1;
    open.holes |= gap;
    Ok(())
}

fn numbers(found: u64, expected: u64) -> Error {
    Error::new(ErrorKind::Corrupt, "number of an entry").found(found).expected(expected)
}
