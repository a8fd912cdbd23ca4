//! What an archive holds, by its index and the heads that it points to.

use std::io::{Read, Seek, SeekFrom};

use unsaid_core::check::Hasher;
use unsaid_core::{Error, Limits, Result};

use crate::catalog::Catalog;
use crate::contents::{Contents, read_up_to, seek, take};
use crate::format::{
    FileHeader, HEADER_BYTES, Index, IndexRow, RECORD_HEADER_BYTES, RecordHeader, RecordKind, TRAILER_BYTES,
    Trailer, check_crc,
};
use crate::ledger::{check_whole, recovered};

/// Reads the index and all heads.
///
/// # Errors
/// Anything that is not as the index says; `NotThisFormat`, `NewerVersion` and `Limit` are final, after
/// others a [scan](crate::by_scan) may find more.
pub(crate) fn read_by_index<R: Read + Seek>(source: &mut R, limits: &Limits) -> Result<Contents> {
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
        contents.problems.push(recovered());
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
    if !index.recovered {
        check_whole(&index, &contents.entries)?;
    }
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
