//! Decoding what is wanted of an open [`Archive`]: whole files, or a range of one.

use std::io::{Read, Seek, Write};
use std::ops::Range;

use unsaid_core::check::crc32;
use unsaid_core::{Error, ErrorKind, Progress, Result, Workers};

use crate::archive::Archive;
use crate::deliver::{Coded, Delivery, Sink};
use crate::entry::{Entry, EntryKind};
use crate::format::CHUNK;
use crate::pipeline::Pipeline;

impl<R: Read + Seek> Archive<R> {
    /// Decodes the files for which `wanted` holds, in the order of the archive, and only the groups
    /// they lie in. A damaged file goes to [`Sink::fail`], and the others still come.
    ///
    /// # Errors
    /// What the sink returns, `Limit` where the declared work is too much, `Interrupted`.
    pub fn deliver(
        &mut self,
        wanted: impl Fn(&Entry) -> bool,
        sink: &mut dyn Sink,
        workers: &dyn Workers,
        progress: &dyn Progress,
    ) -> Result<()> {
        let chosen: Vec<bool> = self.contents().entries.iter().map(|e| is_file(e) && wanted(e)).collect();
        let groups = self.groups_of(&chosen);
        self.announce(&groups, progress)?;
        let mut pipeline = Pipeline::new(workers, progress, &self.limits);
        let limits = self.limits.clone();
        let mut delivery = Delivery::new(sink, &limits);
        let mut waiting = groups.iter().peekable();
        let mut coming = groups.iter();
        loop {
            while let Some(&&group) = waiting.peek() {
                let memory = self.decode_memory(group);
                if !pipeline.has_room(memory) {
                    break;
                }
                waiting.next();
                let limits = self.limits.clone();
                let payload = self.payload(group);
                let (method, raw_length) = {
                    let group = &self.contents().groups[group];
                    (group.method, group.raw_length())
                };
                pipeline.submit(memory, move |relay| {
                    Coded { method, raw_length, payload: payload? }.decode(&limits, relay)
                });
            }
            let Some(data) = pipeline.next()? else { break };
            let data = fatal(data)?;
            let Some(&group) = coming.next() else { break };
            let contents = self.contents();
            let find = |number| {
                let at = contents.entries.binary_search_by_key(&number, |e| e.number).ok()?;
                chosen[at].then(|| &contents.entries[at])
            };
            delivery.group(find, &contents.groups[group].pieces, data)?;
        }
        delivery.finish(|number| self.contents().by_number(number))
    }

    /// Writes bytes `range` of a file, decoding only the groups that hold them. Each chunk's CRC32 is
    /// checked; the BLAKE3 of the file is only checked by reading all of it.
    ///
    /// # Errors
    /// `Usage` where the entry is no file or ends before the range begins, `Corrupt` or `Truncated`.
    pub fn read_range(
        &mut self,
        entry: &Entry,
        range: Range<u64>,
        out: &mut dyn Write,
        progress: &dyn Progress,
    ) -> Result<u64> {
        if !is_file(entry) {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("'{}' is a {}", entry.meta.path, entry.meta.kind.name()),
            ));
        }
        if range.start > entry.size {
            return Err(Error::new(ErrorKind::Usage, "the range begins beyond the end of the file")
                .found(range.start)
                .expected(format!("at most {}", entry.size)));
        }
        let mut at = range.start;
        let end = range.end.min(entry.size);
        self.limits.check_output(end.saturating_sub(at), "the range")?;
        let wanted: Vec<usize> = (entry.groups.clone())
            .filter(|&g| {
                self.piece_of(g, entry.number).is_some_and(|(_, d)| d.end() > at && d.offset() < end)
            })
            .collect();
        self.announce(&wanted, progress)?;
        for group in entry.groups.clone() {
            let Some((before, data)) = self.piece_of(group, entry.number) else { continue };
            if at >= end || data.end() <= at {
                continue;
            }
            if data.offset() > at {
                break;
            }
            let info = &self.contents().groups[group];
            let (method, raw_length) = (info.method, info.raw_length());
            let payload = self.payload(group)?;
            let raw = Coded { method, raw_length, payload }.decode(&self.limits, progress)?;
            let until = end.min(data.end());
            let chunks = (at - data.offset()) / CHUNK..(until - data.offset()).div_ceil(CHUNK);
            for number in chunks {
                let start = number * CHUNK;
                let stop = (start + CHUNK).min(data.length);
                let chunk = raw.get((before + start) as usize..(before + stop) as usize).unwrap_or_default();
                if data.crcs.get(number as usize) != Some(&crc32(chunk)) {
                    return Err(Error::corrupt(format!("'{}': CRC32 of a chunk", entry.meta.path)));
                }
                let from = (at - data.offset() - start) as usize;
                let to = (until - data.offset()).min(stop) - start;
                out.write_all(chunk.get(from..to as usize).unwrap_or_default())
                    .map_err(|e| Error::io("cannot write the output", e))?;
                at = data.offset() + start + to;
            }
        }
        if at < end {
            return Err(Error::truncated(format!(
                "'{}': bytes from {at} on are not in the archive",
                entry.meta.path
            )));
        }
        Ok(end.saturating_sub(range.start))
    }

    /// Follows a hard link to the file it names.
    pub fn resolve<'e>(&'e self, entry: &'e Entry) -> Option<&'e Entry> {
        match &entry.meta.kind {
            EntryKind::HardLink(target) => self.contents().entry(target.as_bytes()),
            _ => Some(entry),
        }
    }

    /// Where the piece of an entry begins in a group's bytes, and the piece.
    fn piece_of(&self, group: usize, entry: u64) -> Option<(u64, crate::format::PieceData)> {
        let mut before = 0;
        for (number, data) in &self.contents().groups.get(group)?.pieces {
            if *number == entry {
                return Some((before, data.clone()));
            }
            before += data.length;
        }
        None
    }

    fn groups_of(&self, chosen: &[bool]) -> Vec<usize> {
        let mut groups = Vec::new();
        for (entry, _) in self.contents().entries.iter().zip(chosen).filter(|(_, c)| **c) {
            for group in entry.groups.clone() {
                if groups.last().is_none_or(|&last| last < group) {
                    groups.push(group);
                }
            }
        }
        groups
    }

    /// Refuses declared work that is too much, and says how much input there will be.
    fn announce(&self, groups: &[usize], progress: &dyn Progress) -> Result<()> {
        let all = &self.contents().groups;
        let (mut work, mut coded) = (0u64, 0u64);
        for group in groups.iter().map(|&g| &all[g]) {
            work = work.saturating_add(group.raw_length().saturating_mul(group.method.work_per_byte()));
            coded = coded.saturating_add(group.payload_length);
        }
        self.limits.check_work(work, "decoding the archive")?;
        progress.begin(Some(coded));
        Ok(())
    }

    fn decode_memory(&self, group: usize) -> u64 {
        let group = &self.contents().groups[group];
        Coded::memory(group.method, group.raw_length(), group.payload_length)
    }
}

fn is_file(entry: &Entry) -> bool {
    entry.meta.kind == EntryKind::File
}

/// Damage stays with its group; anything else ends the operation.
pub(crate) fn fatal(data: Result<Vec<u8>>) -> Result<Result<Vec<u8>>> {
    match data {
        Err(e)
            if matches!(
                e.kind(),
                ErrorKind::Environment | ErrorKind::Interrupted | ErrorKind::Internal | ErrorKind::Usage
            ) =>
        {
            Err(e)
        }
        other => Ok(other),
    }
}
