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
use crate::walk::{Found as Walked, Record, Walker};

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

/// What the copies hold and say.
#[derive(Default)]
struct Found {
    id: Option<u64>,
    /// Whole records by number; more than one where copies differ.
    places: BTreeMap<u64, Vec<Place>>,
    /// An index that was written with the archive.
    index: Option<Index>,
    /// Where the trailer of a copy that was not itself recovered says that the index begins.
    index_offset: Option<u64>,
    damage: Vec<(usize, Error)>,
}

/// Merges `copies` into `out`. Where a copy has a whole index, only records that it names are taken.
///
/// # Errors
/// The copies are of different archives or versions, none has a whole record, or reading or writing fails.
pub fn recover<R: Read + Seek, W: Write>(
    copies: &mut [R],
    out: W,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Recovery> {
    let mut found = Found::default();
    for (copy, source) in copies.iter_mut().enumerate() {
        source.seek(SeekFrom::Start(0)).map_err(|e| Error::io("cannot read the archive", e))?;
        found.read(copy, source, limits, progress)?;
    }
    let Some(id) = found.id else {
        return Err(Error::new(ErrorKind::NotThisFormat, "no record of an .ff archive is whole in any copy"));
    };
    let places = found.choose()?;
    if found.index.as_ref().is_some_and(|index| index.entries > 0)
        && places.iter().all(|place| place.header.kind != RecordKind::Group)
    {
        return Err(Error::corrupt("no group of the archive is whole in any copy")
            .hint("`unsaid list` still shows what was in it; another copy may help"));
    }
    let mut output = Output::new(out, Some(id));
    let mut catalog = Catalog::default();
    let mut end = HEADER_BYTES as u64;
    for place in &places {
        let Record { header, head, payload, .. } = read_again(copies, place, limits)?;
        progress.advance(0, payload.len() as u64)?;
        if header.kind == RecordKind::Group {
            let parsed = GroupHead::read(&head, limits)?;
            catalog.add(&header, &parsed, limits)?;
        } else {
            catalog.skip_record(header.number);
        }
        end = end.saturating_add(header.record_length().unwrap_or(u64::MAX));
        limits.check_output(end, "the recovered archive")?;
        output.record(header.kind, header.number, &head, &payload)?;
    }
    let missing = found.missing(&places);
    let known = match &found.index {
        Some(index) => index.root == output.root(),
        None => found.index_offset == Some(end),
    };
    let complete = missing.is_empty() && known && !catalog.is_open();
    let entries = catalog.into_entries();
    let bytes = entries.iter().map(|e| e.size).fold(0, u64::saturating_add);
    let (_, summary) = output.finish(!complete, entries.len() as u64, bytes)?;
    Ok(Recovery { summary, missing, complete, damage: found.damage })
}

impl Found {
    /// Reads one copy from front to back.
    fn read<R: Read>(
        &mut self,
        copy: usize,
        source: R,
        limits: &Limits,
        progress: &dyn Progress,
    ) -> Result<()> {
        let mut walker = Walker::salvaging(BufReader::new(source), limits);
        let mut recovered = false;
        let mut index_offset = None;
        let mut at = 0;
        while let Some(found) = walker.next()? {
            progress.advance(walker.offset() - at, 0)?;
            at = walker.offset();
            match found {
                Walked::Record(record) => {
                    self.check_id(record.header.id, copy)?;
                    recovered |= self.take(record, copy, limits)?;
                }
                Walked::Damage { error, .. } if self.damage.len() < 1000 => self.damage.push((copy, error)),
                Walked::Damage { .. } => {}
                Walked::End { index_offset: offset, .. } => index_offset = Some(offset),
            }
        }
        if !recovered {
            self.index_offset = self.index_offset.or(index_offset);
        }
        Ok(())
    }

    fn check_id(&mut self, id: u64, copy: usize) -> Result<()> {
        match *self.id.get_or_insert(id) {
            first if first == id => Ok(()),
            first => Err(different(copy).found(format!("id {id:016x}")).expected(format!("{first:016x}"))),
        }
    }

    /// Takes a whole record; says whether it is the index of an archive that was itself recovered.
    fn take(&mut self, record: Record, copy: usize, limits: &Limits) -> Result<bool> {
        let Record { offset, header, head, payload } = record;
        match header.kind {
            RecordKind::Index => match (Index::read(&head, &payload, limits), &self.index) {
                (Ok(index), _) if index.recovered => return Ok(true),
                (Ok(index), Some(first)) if index.root != first.root => {
                    return Err(different(copy).found(format!("root {}", index.root)).expected(first.root));
                }
                (Ok(index), _) => self.index = Some(index),
                (Err(e), _) => self.damage.push((copy, e.at(offset))),
            },
            RecordKind::Group => match GroupHead::read(&head, limits) {
                Ok(_) => self.keep(Place { copy, offset, header }),
                Err(e) => self.damage.push((copy, e.at(offset))),
            },
            RecordKind::Optional(_) => self.keep(Place { copy, offset, header }),
        }
        Ok(false)
    }

    fn keep(&mut self, place: Place) {
        let places = self.places.entry(place.header.number).or_default();
        if places.iter().all(|known| known.header != place.header) {
            places.push(place);
        }
    }

    /// One record a number: the one the index names, or the only one there is.
    fn choose(&mut self) -> Result<Vec<Place>> {
        let index = self.index.as_ref();
        let mut chosen = Vec::new();
        for (number, mut places) in std::mem::take(&mut self.places) {
            if let Some(index) = index {
                let row =
                    index.rows.binary_search_by_key(&number, |row| row.number).ok().map(|at| &index.rows[at]);
                places.retain(|place| row == Some(&IndexRow::from(&place.header)));
            }
            if places.len() > 1 {
                return Err(Error::new(ErrorKind::Usage, format!("the copies differ in record {number}"))
                    .found("two whole ones, and no index to decide")
                    .hint("they are of different versions: recover each alone"));
            }
            chosen.append(&mut places);
        }
        Ok(chosen)
    }

    fn missing(&self, places: &[Place]) -> Vec<u64> {
        let has = |number: &u64| places.binary_search_by_key(number, |p| p.header.number).is_ok();
        match &self.index {
            Some(index) => index.rows.iter().map(|row| row.number).filter(|n| !has(n)).collect(),
            // Numbers are claims: a gap is named by its first record only.
            None => {
                let mut expected = 0;
                let mut missing = Vec::new();
                for place in places {
                    if place.header.number != expected {
                        missing.push(expected);
                    }
                    expected = place.header.number + 1;
                }
                missing
            }
        }
    }
}

fn different(copy: usize) -> Error {
    Error::new(ErrorKind::Usage, format!("copy {} is of another archive, or of another version", copy + 1))
}

fn read_again<R: Read + Seek>(copies: &mut [R], place: &Place, limits: &Limits) -> Result<Record> {
    let changed = || Error::new(ErrorKind::Environment, "a copy changed while it was read").at(place.offset);
    let source = copies.get_mut(place.copy).ok_or_else(changed)?;
    source.seek(SeekFrom::Start(place.offset)).map_err(|e| Error::io("cannot read the archive", e))?;
    let mut walker = Walker::at_record(source, place.offset, place.header.id, limits);
    match walker.next()? {
        Some(Walked::Record(record)) if record.header == place.header => Ok(record),
        _ => Err(changed()),
    }
}
