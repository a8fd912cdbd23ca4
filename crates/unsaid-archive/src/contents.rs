//! What is known of an archive without decoding anything, however it was found out.

use std::io::{Read, Seek, SeekFrom};

use unsaid_core::check::Hash;
use unsaid_core::{Error, Limits, Result};

use crate::catalog::{Catalog, find};
use crate::entry::Entry;
use crate::format::{GroupHead, PieceData, RECORD_HEADER_BYTES, RecordHeader, RecordKind};
use crate::method::Method;

/// A group: where its payload lies and what it holds.
#[derive(Clone, Debug)]
pub struct Group {
    /// Number of its record.
    pub number: u64,
    /// How it is coded.
    pub method: Method,
    /// Where its payload begins in the file.
    pub payload_offset: u64,
    /// Bytes of its payload.
    pub payload_length: u64,
    pub(crate) payload_crc: u32,
    /// Number of each entry, and the bytes of it that are here.
    pub(crate) pieces: Vec<(u64, PieceData)>,
}

impl Group {
    pub(crate) fn new(header: &RecordHeader, offset: u64, head: GroupHead) -> Self {
        Group {
            number: header.number,
            method: head.method,
            payload_offset: offset + RECORD_HEADER_BYTES as u64 + u64::from(header.head_length),
            payload_length: header.payload_length,
            payload_crc: header.payload_crc,
            pieces: head.pieces.into_iter().filter_map(|p| p.data.map(|d| (p.entry, d))).collect(),
        }
    }

    /// Original bytes.
    pub fn raw_length(&self) -> u64 {
        self.pieces.iter().map(|(_, d)| d.length).fold(0, u64::saturating_add)
    }
}

/// What is known of an archive without decoding anything.
#[derive(Debug)]
pub struct Contents {
    /// Entries in the order of the archive.
    pub entries: Vec<Entry>,
    /// Groups in the order of the file.
    pub groups: Vec<Group>,
    /// The archive's id.
    pub id: u64,
    /// What the index names the archive by; `None` where the index is lost.
    pub root: Option<Hash>,
    /// What is wrong. Empty for a whole archive.
    pub problems: Vec<Error>,
    /// Where something follows the end of the archive.
    pub trailing: Option<u64>,
}

impl Contents {
    /// The entry with this path.
    pub fn entry(&self, path: &[u8]) -> Option<&Entry> {
        self.entries.iter().find(|e| e.meta.path.as_bytes() == path)
    }

    /// The entry with this number.
    pub fn by_number(&self, number: u64) -> Option<&Entry> {
        find(&self.entries, number)
    }
}

/// Keeps what is wrong, up to a number that still helps somebody.
pub(crate) fn push_problem(problems: &mut Vec<Error>, error: Error) {
    const ENOUGH: usize = 1000;
    match problems.len() {
        ..ENOUGH => problems.push(error),
        ENOUGH => problems.push(Error::corrupt(format!("more than {ENOUGH} places are damaged"))),
        _ => {}
    }
}

/// Takes a record whose head is whole. A head that passes its CRC32 and contradicts itself or what came
/// before is no accident: that ends the reading.
pub(crate) fn take(
    catalog: &mut Catalog,
    contents: &mut Contents,
    header: &RecordHeader,
    offset: u64,
    head: &[u8],
    limits: &Limits,
) -> Result<()> {
    if header.kind != RecordKind::Group {
        catalog.skip_record(header.number);
        return Ok(());
    }
    let parsed = GroupHead::read(head, limits).map_err(|e| e.at(offset))?;
    catalog.add(header, &parsed, limits).map_err(|e| e.at(offset))?;
    contents.groups.push(Group::new(header, offset, parsed));
    Ok(())
}

pub(crate) fn seek<R: Seek>(source: &mut R, offset: u64) -> Result<()> {
    source.seek(SeekFrom::Start(offset)).map(drop).map_err(|e| Error::io("cannot read the archive", e))
}

/// Reads `length` bytes, or as many as there are. Grows with what arrives.
pub(crate) fn read_up_to<R: Read>(source: &mut R, length: u64) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(length.min(1 << 20) as usize);
    let mut limited = source.take(length);
    loop {
        match limited.read_to_end(&mut out) {
            Ok(_) => return Ok(out),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::io("cannot read the archive", e)),
        }
    }
}
