//! Reading an archive front to back from a pipe, without seeking and without its index.

use std::io::{BufReader, Read};

use unsaid_core::{Error, Limits, Progress, Result, Workers};

use crate::catalog::Catalog;
use crate::contents::{Contents, Group, push_problem};
use crate::deliver::{Coded, Delivery, Sink};
use crate::entry::{Entry, EntryKind};
use crate::format::{GroupHead, PieceData, RecordHeader, RecordKind, TRAILER_BYTES};
use crate::ledger::Ledger;
use crate::pipeline::Pipeline;
use crate::read::fatal;
use crate::walk::{Found, Walker};

/// Takes what is no file, as it comes.
pub trait StreamSink: Sink {
    /// An entry that has no bytes: a directory or a link.
    ///
    /// # Errors
    /// Only what should end the whole operation.
    fn other(&mut self, entry: &Entry) -> Result<()>;
}

/// Reads an archive from a pipe and delivers its files in order. What is wrong with it stands in
/// [`Contents::problems`]; duplicates are found when they come, not before anything was delivered.
///
/// # Errors
/// The input is no `.ff` archive or a newer one, a limit is hit, or the sink ends the operation.
pub fn read_stream<R: Read>(
    source: R,
    sink: &mut dyn StreamSink,
    limits: &Limits,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<Contents> {
    progress.begin(None);
    let mut walker = Walker::new(BufReader::new(source), limits);
    let mut stream = Stream {
        catalog: Catalog::default(),
        groups: Vec::new(),
        delivered: 0,
        problems: Vec::new(),
        trailing: None,
        limits: limits.clone(),
    };
    let mut others: Vec<Entry> = Vec::new();
    let mut ledger = Ledger::default();
    let mut index_offset = None;
    let mut work = 0u64;
    let mut pipeline = Pipeline::new(workers, progress, limits);
    let mut delivery = Delivery::new(&mut *sink, limits);
    while let Some(found) = walker.next()? {
        let group = match found {
            Found::Record(r) => {
                ledger.record(&r.header, r.offset, &r.head, Some(&r.payload), limits)?;
                stream.add(&r.header, r.offset, &r.head, Ok(r.payload), &mut others)?
            }
            Found::Damage { error, at, head: Some((header, head)) } => {
                let again = Error::new(error.kind(), error.to_string());
                push_problem(&mut stream.problems, error);
                ledger.record(&header, at, &head, None, limits)?;
                stream.add(&header, at, &head, Err(again), &mut others)?
            }
            Found::Damage { error, .. } => {
                push_problem(&mut stream.problems, error);
                None
            }
            Found::End { trailing, offset, index_offset: at } => {
                index_offset = Some(at);
                stream.trailing = trailing.then_some(offset + TRAILER_BYTES as u64);
                None
            }
        };
        let Some((coded, raw_length)) = group else { continue };
        let mut memory = raw_length;
        if let Ok(coded) = &coded {
            work = work.saturating_add(raw_length.saturating_mul(coded.method.work_per_byte()));
            limits.check_work(work, "decoding the archive")?;
            memory = Coded::memory(coded.method, raw_length, coded.payload.len() as u64);
        }
        while !pipeline.has_room(memory.saturating_add(walker.held())) {
            stream.deliver_next(&mut pipeline, &mut delivery)?;
        }
        let limits = limits.clone();
        pipeline.submit(memory, move |relay| coded?.decode(&limits, relay));
    }
    while stream.deliver_next(&mut pipeline, &mut delivery)? {}
    delivery.finish(|number| stream.catalog.get(number))?;
    for entry in &others {
        sink.other(entry)?;
    }
    let damaged = !stream.problems.is_empty();
    stream.problems.extend(ledger.problems(index_offset, stream.catalog.entries(), damaged));
    if index_offset.is_none() && stream.problems.is_empty() {
        stream.problems.push(Error::truncated("the archive ends without its trailer").at(walker.offset()));
    }
    Ok(Contents {
        groups: stream.groups,
        id: walker.id().unwrap_or_default(),
        root: ledger.root(),
        problems: stream.problems,
        trailing: stream.trailing,
        entries: stream.catalog.into_entries(),
    })
}

struct Stream {
    catalog: Catalog,
    groups: Vec<Group>,
    delivered: usize,
    problems: Vec<Error>,
    trailing: Option<u64>,
    limits: Limits,
}

type CodedGroup = (Result<Coded>, u64);

impl Stream {
    fn add(
        &mut self,
        header: &RecordHeader,
        offset: u64,
        head: &[u8],
        payload: Result<Vec<u8>>,
        others: &mut Vec<Entry>,
    ) -> Result<Option<CodedGroup>> {
        if header.kind != RecordKind::Group {
            self.catalog.skip_record(header.number);
            return Ok(None);
        }
        let before = self.catalog.entries().len();
        let parsed = GroupHead::read(head, &self.limits).map_err(|e| e.at(offset))?;
        self.catalog.add(header, &parsed, &self.limits).map_err(|e| e.at(offset))?;
        let group = Group::new(header, offset, parsed);
        let new = &self.catalog.entries()[before..];
        others.extend(new.iter().filter(|e| e.meta.kind != EntryKind::File).cloned());
        let (method, raw_length) = (group.method, group.raw_length());
        self.groups.push(group);
        Ok(Some((payload.map(|payload| Coded { method, raw_length, payload }), raw_length)))
    }

    fn deliver_next(
        &mut self,
        pipeline: &mut Pipeline<'_, Result<Vec<u8>>>,
        delivery: &mut Delivery<'_>,
    ) -> Result<bool> {
        let Some(data) = pipeline.next()? else { return Ok(false) };
        let data = fatal(data)?;
        let group = self.delivered;
        self.delivered += 1;
        let pieces: &[(u64, PieceData)] = self.groups.get(group).map_or(&[], |g| &g.pieces);
        delivery.group(|number| self.catalog.get(number), pieces, data)?;
        Ok(true)
    }
}
