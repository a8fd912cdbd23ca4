//! Putting the whole records of one or more damaged copies of an archive together.
//!
//! Records are copied verbatim, so that nothing is decoded and nothing recoded: if every record is
//! whole in some copy, the result is the original archive, byte for byte.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};

use crate::catalog::Catalog;
use crate::format::{GroupHead, HEADER_BYTES, Index, IndexRow, RecordHeader, RecordKind};
use crate::output::{Output, Summary};
use crate::walk::{Found, Record, Walker};

/// What could be put together.
#[derive(Debug)]
pub struct Recovery {
    /// The new archive.
    pub summary: Summary,
    /// Numbers of records that are whole in no copy, as far as is known.
    pub missing: Vec<u64>,
    /// Whether it is certain that nothing is missing.
    pub complete: bool,
    /// What was found damaged: number of the copy, and the error.
    pub damage: Vec<(usize, Error)>,
}

/// Where a whole record lies.
struct Place {
    copy: usize,
    offset: u64,
    header: RecordHeader,
}

/// What one or more copies said about how many records there are.
#[derive(Default)]
struct Extent {
    /// The rows of a whole index.
    rows: Option<Vec<IndexRow>>,
    /// Where a trailer says that the index begins.
    index_offset: Option<u64>,
}

/// Merges `copies` into `out`.
///
/// # Errors
/// The copies are of different archives, none has a whole record, or reading or writing fails.
pub fn recover<R: Read + Seek, W: Write>(
    copies: &mut [R],
    out: W,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Recovery> {
    let mut id = None;
    let mut places: BTreeMap<u64, Place> = BTreeMap::new();
    let mut extent = Extent::default();
    let mut damage = Vec::new();
    for (copy, source) in copies.iter_mut().enumerate() {
        source.seek(SeekFrom::Start(0)).map_err(|e| Error::io("cannot read the archive", e))?;
        let mut walker = Walker::new(BufReader::new(source), limits);
        while let Some(found) = walker.next()? {
            match found {
                Found::Record(record) => {
                    progress.advance(record.header.record_length().unwrap_or(0), 0)?;
                    check_id(&mut id, record.header.id, copy)?;
                    take(record, copy, &mut places, &mut extent, limits, &mut damage);
                }
                Found::Damage { error, .. } => damage.push((copy, error)),
                Found::End { index_offset, .. } => extent.index_offset = Some(index_offset),
            }
        }
    }
    let Some(id) = id else {
        return Err(Error::corrupt("no record is whole in any copy"));
    };
    let mut output = Output::new(out, Some(id));
    let mut catalog = Catalog::default();
    let mut end = HEADER_BYTES as u64;
    for place in places.values() {
        let Record { header, head, payload, .. } = read_again(copies, place, limits)?;
        progress.advance(0, payload.len() as u64)?;
        if header.kind == RecordKind::Group {
            let parsed = GroupHead::read(&head, limits)?;
            catalog.add(header.number, &parsed, head.len() as u64, limits)?;
        } else {
            catalog.skip_record(header.number);
        }
        end += header.record_length().unwrap_or(0);
        output.record(header.kind, header.number, &head, &payload)?;
    }
    let missing = missing_numbers(&places, &extent);
    let complete = missing.is_empty()
        && (extent.rows.is_some() || extent.index_offset == Some(end))
        && !catalog.is_open();
    let entries = catalog.into_entries();
    let bytes = entries.iter().map(|e| e.size).fold(0, u64::saturating_add);
    let (_, summary) = output.finish(!complete, entries.len() as u64, bytes)?;
    Ok(Recovery { summary, missing, complete, damage })
}

fn check_id(known: &mut Option<u64>, id: u64, copy: usize) -> Result<()> {
    match *known.get_or_insert(id) {
        first if first == id => Ok(()),
        first => Err(Error::new(ErrorKind::Usage, format!("copy {} is of another archive", copy + 1))
            .found(format!("id {id:016x}"))
            .expected(format!("{first:016x}"))),
    }
}

fn take(
    record: Record,
    copy: usize,
    places: &mut BTreeMap<u64, Place>,
    extent: &mut Extent,
    limits: &Limits,
    damage: &mut Vec<(usize, Error)>,
) {
    let Record { offset, header, head, payload } = record;
    match header.kind {
        RecordKind::Index => match Index::read(&head, &payload, limits) {
            // The index of an archive that was itself recovered says nothing about what is missing.
            Ok(index) if index.recovered => {}
            Ok(index) => extent.rows = Some(index.rows),
            Err(e) => damage.push((copy, e.at(offset))),
        },
        RecordKind::Group => match GroupHead::read(&head, limits) {
            Ok(_) => {
                places.entry(header.number).or_insert(Place { copy, offset, header });
            }
            Err(e) => damage.push((copy, e.at(offset))),
        },
        RecordKind::Optional(_) => {
            places.entry(header.number).or_insert(Place { copy, offset, header });
        }
    }
}

fn missing_numbers(places: &BTreeMap<u64, Place>, extent: &Extent) -> Vec<u64> {
    match &extent.rows {
        Some(rows) => rows.iter().map(|r| r.number).filter(|n| !places.contains_key(n)).collect(),
        // Numbers are claims: a gap is named by its first record only.
        None => {
            let mut expected = 0;
            let mut missing = Vec::new();
            for &number in places.keys() {
                if number != expected {
                    missing.push(expected);
                }
                expected = number.saturating_add(1);
            }
            missing
        }
    }
}

fn read_again<R: Read + Seek>(copies: &mut [R], place: &Place, limits: &Limits) -> Result<Record> {
    let changed = || Error::new(ErrorKind::Environment, "a copy changed while it was read").at(place.offset);
    let source = copies.get_mut(place.copy).ok_or_else(changed)?;
    source.seek(SeekFrom::Start(place.offset)).map_err(|e| Error::io("cannot read the archive", e))?;
    let mut walker = Walker::at_record(source, place.offset, place.header.id, limits);
    match walker.next()? {
        Some(Found::Record(record)) if record.header == place.header => Ok(record),
        _ => Err(changed()),
    }
}
