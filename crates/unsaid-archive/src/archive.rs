//! Opening an archive that can be read at any place: by its index, or by scanning where that is lost.

use std::io::{BufReader, Read, Seek, SeekFrom};

use unsaid_core::check::{Hash, Hasher};
use unsaid_core::{Error, ErrorKind, Limits, Result};

use crate::catalog::{Catalog, find};
use crate::entry::Entry;
use crate::format::{
    FileHeader, GroupHead, HEADER_BYTES, Index, IndexRow, PieceData, RECORD_HEADER_BYTES, RecordHeader,
    RecordKind, TRAILER_BYTES, Trailer, check_crc,
};
use crate::method::Method;
use crate::walk::{Found, Walker};

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

/// An archive in a file.
#[derive(Debug)]
pub struct Archive<R> {
    pub(crate) source: R,
    pub(crate) limits: Limits,
    contents: Contents,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the index and all heads. Where the index is missing or wrong, scans the whole file
    /// instead and says so in [`Contents::problems`].
    ///
    /// # Errors
    /// The file is no `.ff` archive or a newer one, cannot be read, or asks for more than the limits.
    pub fn open(mut source: R, limits: &Limits) -> Result<Self> {
        let by_index = read_by_index(&mut source, limits);
        let contents = match by_index {
            Ok(contents) => contents,
            Err(e)
                if matches!(e.kind(), ErrorKind::Corrupt | ErrorKind::Truncated | ErrorKind::UnsafePath) =>
            {
                let mut contents = scan(&mut source, limits)?;
                if contents.problems.is_empty() && contents.trailing.is_none() {
                    contents.problems.push(e);
                }
                contents
            }
            Err(e) => return Err(e),
        };
        Ok(Archive { source, limits: limits.clone(), contents })
    }

    /// What is in it.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The payload of a group, checked.
    pub(crate) fn payload(&mut self, group: usize) -> Result<Vec<u8>> {
        let Some(group) = self.contents.groups.get(group) else {
            return Err(Error::new(ErrorKind::Internal, "no such group"));
        };
        self.limits.check_memory(group.payload_length, "a group's payload")?;
        seek(&mut self.source, group.payload_offset)?;
        let payload = read_up_to(&mut self.source, group.payload_length)?;
        if payload.len() as u64 != group.payload_length {
            return Err(Error::truncated(format!("the archive ends within record {}", group.number))
                .found(format!("{} bytes of its payload", payload.len()))
                .expected(group.payload_length));
        }
        check_crc(&payload, group.payload_crc, &format!("payload of record {}", group.number))
            .map_err(|e| e.at(group.payload_offset))?;
        Ok(payload)
    }
}

fn read_by_index<R: Read + Seek>(source: &mut R, limits: &Limits) -> Result<Contents> {
    let length = source.seek(SeekFrom::End(0)).map_err(|e| Error::io("cannot read the archive", e))?;
    seek(source, 0)?;
    let start = read_up_to(source, (HEADER_BYTES as u64).min(length))?;
    let Some(header) = start.first_chunk() else {
        return Err(Error::truncated("the archive ends within its header"));
    };
    let id = FileHeader::read(header)?.id;
    let index = read_index(source, length, id, limits)?;
    let mut offset = HEADER_BYTES as u64;
    let mut root = Hasher::new();
    let mut catalog = Catalog::default();
    let mut contents = Contents {
        entries: Vec::new(),
        groups: Vec::new(),
        id,
        root: Some(index.root),
        problems: Vec::new(),
        trailing: None,
    };
    if index.recovered {
        contents
            .problems
            .push(Error::truncated("the archive was recovered: records of the original may be missing"));
    }
    let metadata: u64 = index.rows.iter().map(|r| u64::from(r.head_length)).sum();
    limits.check_metadata(metadata)?;
    for row in &index.rows {
        let (header, head) = read_row(source, offset, id, row)?;
        root.update(&head);
        take(&mut catalog, &mut contents, &header, offset, &head, limits)?;
        offset += header.record_length().unwrap_or(0);
    }
    let found = root.finish();
    if found != index.root {
        return Err(Error::corrupt("root of the archive").found(found).expected(index.root));
    }
    contents.entries = catalog.into_entries();
    check_totals(&contents, &index)?;
    Ok(contents)
}

fn read_index<R: Read + Seek>(source: &mut R, length: u64, id: u64, limits: &Limits) -> Result<Index> {
    let Some(at) = length.checked_sub(TRAILER_BYTES as u64).filter(|&at| at >= HEADER_BYTES as u64) else {
        return Err(Error::truncated("the archive ends without its trailer"));
    };
    seek(source, at)?;
    let bytes = read_up_to(source, TRAILER_BYTES as u64)?;
    let Some(bytes) = bytes.first_chunk() else {
        return Err(Error::truncated("the archive ends within its trailer"));
    };
    let trailer = Trailer::read(bytes).map_err(|e| e.at(at))?;
    let wrong = |what: &str| Error::corrupt(format!("the trailer does not fit: {what}")).at(at);
    if trailer.id != id {
        return Err(wrong("it has another archive's id"));
    }
    let room = at.checked_sub(trailer.index_offset).filter(|_| trailer.index_offset >= HEADER_BYTES as u64);
    let Some(room) = room else { return Err(wrong("its index lies outside the archive")) };
    seek(source, trailer.index_offset)?;
    let header = read_header(source)?;
    if header.kind != RecordKind::Index || header.id != id || header.record_length() != Some(room) {
        return Err(wrong("what it points to is no index that ends here"));
    }
    limits.check_memory(header.payload_length, "the index")?;
    let head = read_up_to(source, u64::from(header.head_length))?;
    check_crc(&head, header.head_crc, "index's head")?;
    let payload = read_up_to(source, header.payload_length)?;
    check_crc(&payload, header.payload_crc, "index")?;
    let index = Index::read(&head, &payload, limits)?;
    let records = index.rows.iter().try_fold(HEADER_BYTES as u64, |sum, r| {
        sum.checked_add(RECORD_HEADER_BYTES as u64 + u64::from(r.head_length))?.checked_add(r.payload_length)
    });
    if records != Some(trailer.index_offset) {
        return Err(wrong("the records of the index do not fill the archive"));
    }
    Ok(index)
}

fn read_header<R: Read>(source: &mut R) -> Result<RecordHeader> {
    match read_up_to(source, RECORD_HEADER_BYTES as u64)?.first_chunk() {
        Some(bytes) => RecordHeader::read(bytes),
        None => Err(Error::truncated("the archive ends within a record")),
    }
}

fn read_row<R: Read + Seek>(
    source: &mut R,
    offset: u64,
    id: u64,
    row: &IndexRow,
) -> Result<(RecordHeader, Vec<u8>)> {
    seek(source, offset)?;
    let header = read_header(source).map_err(|e| e.at(offset))?;
    if IndexRow::from(&header) != *row || header.id != id {
        return Err(Error::corrupt("a record is not the one in the index").at(offset));
    }
    let head = read_up_to(source, u64::from(header.head_length))?;
    check_crc(&head, header.head_crc, "record's head").map_err(|e| e.at(offset))?;
    Ok((header, head))
}

fn check_totals(contents: &Contents, index: &Index) -> Result<()> {
    if index.recovered {
        return Ok(());
    }
    let entries = contents.entries.len() as u64;
    let bytes = contents.entries.iter().map(|e| e.size).fold(0, u64::saturating_add);
    if (entries, bytes) != (index.entries, index.bytes) || contents.entries.iter().any(|e| !e.is_complete()) {
        return Err(Error::corrupt("totals of the index")
            .found(format!("{entries} entries, {bytes} bytes"))
            .expected(format!("{} entries, {} bytes", index.entries, index.bytes)));
    }
    Ok(())
}

/// Puts the contents together from whatever whole records there are.
fn scan<R: Read + Seek>(source: &mut R, limits: &Limits) -> Result<Contents> {
    seek(source, 0)?;
    let mut walker = Walker::new(BufReader::new(source), limits);
    let mut catalog = Catalog::default();
    let mut contents = Contents {
        entries: Vec::new(),
        groups: Vec::new(),
        id: 0,
        root: None,
        problems: Vec::new(),
        trailing: None,
    };
    let mut ended = false;
    while let Some(found) = walker.next()? {
        match found {
            Found::Record(r) => take(&mut catalog, &mut contents, &r.header, r.offset, &r.head, limits)?,
            // Names and times are whole: the entries are listed, and fail when their bytes are read.
            Found::Damage { error, at, head: Some((header, head)) } => {
                take(&mut catalog, &mut contents, &header, at, &head, limits)?;
                contents.problems.push(error);
            }
            Found::Damage { error, .. } => contents.problems.push(error),
            Found::End { trailing, offset, .. } => {
                ended = true;
                contents.trailing = trailing.then_some(offset + TRAILER_BYTES as u64);
            }
        }
    }
    if !ended && contents.problems.is_empty() {
        contents.problems.push(Error::truncated("the archive ends without its trailer").at(walker.offset()));
    }
    contents.id = walker.id().unwrap_or_default();
    contents.entries = catalog.into_entries();
    Ok(contents)
}

/// Takes a record whose head is whole. A head that passes its CRC32 and contradicts itself or what came
/// before is no accident: that ends the reading.
fn take(
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
    catalog.add(header.number, &parsed, head.len() as u64, limits).map_err(|e| e.at(offset))?;
    contents.groups.push(Group::new(header, offset, parsed));
    Ok(())
}

fn seek<R: Seek>(source: &mut R, offset: u64) -> Result<()> {
    source.seek(SeekFrom::Start(offset)).map(drop).map_err(|e| Error::io("cannot read the archive", e))
}

/// Reads `length` bytes, or as many as there are. Grows with what arrives.
fn read_up_to<R: Read>(source: &mut R, length: u64) -> Result<Vec<u8>> {
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
