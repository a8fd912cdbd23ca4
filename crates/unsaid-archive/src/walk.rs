//! Reading records front to back from anything that can be read, and finding the next whole one
//! after damage.

use std::io::{ErrorKind as IoKind, Read};

use memchr::memmem;
use unsaid_core::check::crc32;
use unsaid_core::{Error, ErrorKind, Limits, Result};

use crate::format::{
    FileHeader, HEADER_BYTES, MARKER, RECORD_HEADER_BYTES, RecordHeader, TRAILER_BYTES, Trailer,
};

/// Read from the source at once.
const STEP: usize = 1 << 20;

/// A record whose checks were right.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) offset: u64,
    pub(crate) header: RecordHeader,
    pub(crate) head: Vec<u8>,
    pub(crate) payload: Vec<u8>,
}

/// What comes next in the file.
#[derive(Debug)]
pub(crate) enum Found {
    Record(Record),
    /// Bytes that are no whole record, and where they begin. `head` is set where only the payload is damaged.
    Damage {
        error: Error,
        at: u64,
        head: Option<(RecordHeader, Vec<u8>)>,
    },
    /// The trailer: where it begins, where it says the index begins, and whether anything follows it.
    End {
        offset: u64,
        index_offset: u64,
        trailing: bool,
    },
}

/// Walks over a file. Memory: the longest record, bounded by the memory limit.
#[derive(Debug)]
pub(crate) struct Walker<R> {
    source: R,
    /// What was read; what comes before `start` is done with.
    buffer: Vec<u8>,
    start: usize,
    /// Where `start` lies in the file.
    base: u64,
    /// A file header with another magic is damage, not another format.
    salvage: bool,
    at_end: bool,
    id: Option<u64>,
    limit: u64,
    /// Bytes run through a check, to bound the work that forged headers can cause.
    checked: u64,
    done: bool,
}

impl<R: Read> Walker<R> {
    /// Begins at the file header. A damaged header is the first thing that [`Walker::next`] reports.
    pub(crate) fn new(source: R, limits: &Limits) -> Self {
        Walker {
            source,
            buffer: Vec::new(),
            start: 0,
            base: 0,
            salvage: false,
            at_end: false,
            id: None,
            limit: limits.memory,
            checked: 0,
            done: false,
        }
    }

    /// Looks for records whatever the file begins with.
    pub(crate) fn salvaging(source: R, limits: &Limits) -> Self {
        Walker { salvage: true, ..Walker::new(source, limits) }
    }

    /// Bytes of memory held.
    pub(crate) fn held(&self) -> u64 {
        self.buffer.capacity() as u64
    }

    /// Begins at a record of a known archive.
    pub(crate) fn at_record(source: R, offset: u64, id: u64, limits: &Limits) -> Self {
        Walker { base: offset, id: Some(id), ..Walker::new(source, limits) }
    }

    /// The archive's id, once it is known.
    pub(crate) fn id(&self) -> Option<u64> {
        self.id
    }

    /// Where the next byte lies in the file.
    pub(crate) fn offset(&self) -> u64 {
        self.base
    }

    /// The next record, damage or end; `None` after the end of the file.
    ///
    /// # Errors
    /// The source cannot be read, the file is no `.ff` archive or a newer one, or a limit is hit.
    pub(crate) fn next(&mut self) -> Result<Option<Found>> {
        if self.done {
            return Ok(None);
        }
        if self.base == 0 && self.id.is_none() {
            match self.file_header() {
                Ok(id) => {
                    self.id = Some(id);
                    self.skip(HEADER_BYTES);
                }
                Err(e)
                    if e.kind() == ErrorKind::Corrupt
                        || (self.salvage && e.kind() == ErrorKind::NotThisFormat) =>
                {
                    return self.damaged(e, None, 1).map(Some);
                }
                Err(e) => return Err(e),
            }
        }
        let start = self.base;
        if self.fill(TRAILER_BYTES)?
            && let Some(trailer) = self.trailer()
        {
            let trailing = self.fill(TRAILER_BYTES + 1)?;
            self.done = true;
            let index_offset = trailer.index_offset;
            return Ok(Some(Found::End { offset: start, index_offset, trailing }));
        }
        if !self.fill(RECORD_HEADER_BYTES)? {
            self.done = true;
            let left = self.view().len();
            return Ok(Some(Found::Damage {
                error: Error::truncated("the archive ends without its trailer")
                    .found(format!("{left} bytes"))
                    .expected("a record or the trailer")
                    .at(start),
                at: start,
                head: None,
            }));
        }
        let header = match self.record_header() {
            Ok(header) => header,
            Err(e) if e.kind() == ErrorKind::Corrupt => return self.damaged(e.at(start), None, 1).map(Some),
            Err(e) => return Err(e.at(start)),
        };
        self.record(header).map(Some)
    }

    fn file_header(&mut self) -> Result<u64> {
        if !self.fill(HEADER_BYTES)? {
            let n = self.view().len();
            let error = if n > 0 && crate::format::MAGIC.starts_with(&self.view()[..n.min(8)]) {
                Error::truncated("the archive ends within its header")
            } else {
                Error::new(ErrorKind::NotThisFormat, "not an .ff archive")
            };
            return Err(error.found(format!("{n} bytes")).expected(format!("at least {HEADER_BYTES}")));
        }
        let mut bytes = [0; HEADER_BYTES];
        bytes.copy_from_slice(&self.view()[..HEADER_BYTES]);
        FileHeader::read(&bytes).map(|h| h.id)
    }

    fn record_header(&self) -> Result<RecordHeader> {
        let mut bytes = [0; RECORD_HEADER_BYTES];
        bytes.copy_from_slice(&self.view()[..RECORD_HEADER_BYTES]);
        let header = RecordHeader::read(&bytes)?;
        match self.id {
            Some(id) if id != header.id => Err(Error::corrupt("archive id of a record")
                .found(format!("{:016x}", header.id))
                .expected(format!("{id:016x}"))),
            _ => Ok(header),
        }
    }

    /// The record whose header stands at the front of the buffer.
    fn record(&mut self, header: RecordHeader) -> Result<Found> {
        let start = self.base;
        let head_end = RECORD_HEADER_BYTES + header.head_length as usize;
        let length = header.record_length().unwrap_or(u64::MAX);
        // It is held twice: as it was read, and as it is decoded.
        if length > self.limit / 2 {
            return Err(Error::new(ErrorKind::Limit, "a record is longer than half the limit on memory")
                .found(length)
                .expected(format!("at most {}", self.limit / 2))
                .at(start)
                .hint(format!("if you trust the input, say --max-memory {}", length.saturating_mul(2))));
        }
        let length = length as usize;
        let whole = self.fill(length)?;
        self.charge(length.min(self.view().len()))?;
        let head = self.view().get(RECORD_HEADER_BYTES..head_end).unwrap_or_default().to_vec();
        if head.len() != header.head_length as usize {
            let e = Error::truncated("the archive ends within a record").at(start);
            return self.damaged(e, None, MARKER.len());
        }
        if let Err(e) = crate::format::check_crc(&head, header.head_crc, "record's head") {
            return self.damaged(e.at(start), None, MARKER.len());
        }
        if !whole {
            let e = Error::truncated("the archive ends within a record")
                .found(format!("{} bytes of it", self.view().len()))
                .expected(length)
                .at(start);
            return self.damaged(e, Some((header, head)), MARKER.len());
        }
        let found = crc32(&self.view()[head_end..length]);
        if found != header.payload_crc {
            let e = Error::corrupt(format!("CRC32 of the payload of record {}", header.number))
                .found(format!("{found:08x}"))
                .expected(format!("{:08x}", header.payload_crc))
                .at(start);
            // Where the next record stands in its place, nothing was lost or added, and the damage
            // ends there. Otherwise the next one may begin earlier.
            let skip = if self.stands_at(length)? { length } else { MARKER.len() };
            return self.damaged(e, Some((header, head)), skip);
        }
        self.id = Some(header.id);
        let payload = self.view()[head_end..length].to_vec();
        self.skip(length);
        Ok(Found::Record(Record { offset: start, header, head, payload }))
    }

    /// Whether a record or the trailer begins `at` bytes into the buffer.
    fn stands_at(&mut self, at: usize) -> Result<bool> {
        self.fill(at + RECORD_HEADER_BYTES)?;
        let rest = &self.view()[at.min(self.view().len())..];
        let record = rest.first_chunk().is_some_and(|b| self.is_ours(b));
        let trailer = rest.first_chunk().is_some_and(|b| Trailer::read(b).is_ok());
        Ok(record || trailer)
    }

    fn is_ours(&self, bytes: &[u8; RECORD_HEADER_BYTES]) -> bool {
        RecordHeader::read(bytes).is_ok_and(|h| self.id.is_none_or(|id| id == h.id))
    }

    /// Drops `skip` bytes and everything up to the next record or trailer.
    fn damaged(&mut self, error: Error, head: Option<(RecordHeader, Vec<u8>)>, skip: usize) -> Result<Found> {
        let start = self.base;
        self.skip(skip.min(self.view().len()));
        loop {
            self.fill(STEP)?;
            let candidates = memmem::find_iter(self.view(), &MARKER);
            let mut next = None;
            for at in candidates {
                match self.view()[at..].first_chunk() {
                    Some(bytes) if self.is_ours(bytes) => next = Some(at),
                    Some(_) => continue,
                    // Too near to the end of the buffer to tell: look again with more behind it.
                    None if !self.at_end => next = Some(at),
                    None => continue,
                }
                break;
            }
            if self.at_end {
                // The trailer has no marker in front; it can only be the last bytes.
                let end = self.view().len().saturating_sub(TRAILER_BYTES);
                let trailer = self.view()[end..].first_chunk().is_some_and(|b| Trailer::read(b).is_ok());
                let all = self.view().len();
                self.skip(next.unwrap_or(if trailer { end } else { all }));
                break;
            }
            match next {
                Some(0) if self.view().len() >= RECORD_HEADER_BYTES => break,
                Some(at) => self.skip(at),
                None => self.skip(self.view().len().saturating_sub(RECORD_HEADER_BYTES.max(TRAILER_BYTES))),
            }
        }
        self.done = self.view().is_empty() && self.at_end;
        Ok(Found::Damage { error, at: start, head })
    }

    fn trailer(&self) -> Option<Trailer> {
        let trailer = Trailer::read(self.view().first_chunk()?).ok()?;
        self.id.is_none_or(|id| id == trailer.id).then_some(trailer)
    }

    fn view(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Makes the view at least `length` bytes long; says whether the file has them.
    fn fill(&mut self, length: usize) -> Result<bool> {
        while self.view().len() < length && !self.at_end {
            // Grows with what arrives, never with what a header claims.
            let have = self.buffer.len();
            let wanted = (length - self.view().len()).clamp(1, STEP);
            self.buffer.resize(have + wanted, 0);
            let read = self.source.read(&mut self.buffer[have..]);
            self.buffer.truncate(have + read.as_ref().map_or(0, |&n| n.min(wanted)));
            match read {
                Ok(0) => self.at_end = true,
                Ok(_) => {}
                Err(e) if e.kind() == IoKind::Interrupted => {}
                Err(e) => {
                    let at = self.base + self.view().len() as u64;
                    return Err(Error::io("cannot read the archive", e).at(at));
                }
            }
        }
        Ok(self.view().len() >= length)
    }

    fn skip(&mut self, length: usize) {
        self.start += length;
        self.base += length as u64;
        // Moving what is left costs no more than what was skipped.
        if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
    }

    /// Every byte is checked once in an honest file, and a few times around damage.
    fn charge(&mut self, bytes: usize) -> Result<()> {
        self.checked += bytes as u64;
        let seen = self.base + self.view().len() as u64;
        if self.checked > seen.saturating_mul(8) + (64 << 20) {
            return Err(Error::corrupt("searching for whole records")
                .found("forged ones that overlap many times")
                .expected("an archive")
                .at(self.base));
        }
        Ok(())
    }
}
