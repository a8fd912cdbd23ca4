//! A stream from front to back.

use std::io::Read;

use unsaid_core::check::Hasher;
use unsaid_core::{Error, ErrorKind, Limits, Result};

use super::{HEAD_BYTES, Head, Index, MAX_RECORD};

/// Reads the compressed records of a stream, and checks all of it by the end.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    head: Head,
    hasher: Hasher,
    limits: Limits,
    at: u64,
    records: u64,
    end: Option<Index>,
}

impl<R: Read> Reader<R> {
    /// Reads the head. Calls are not buffered: give a `BufReader` where that matters.
    ///
    /// # Errors
    /// `NotThisFormat`, `NewerVersion`, `Truncated`, or the input fails.
    pub fn new(mut input: R, limits: &Limits) -> Result<Self> {
        let mut bytes = Vec::new();
        let read = input.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut bytes);
        read.map_err(|e| Error::io("reading the stream", e))?;
        let head = Head::read(&bytes)?;
        let mut hasher = Hasher::new();
        hasher.update(&bytes);
        let at = HEAD_BYTES as u64;
        Ok(Reader { input, head, hasher, limits: limits.clone(), at, records: 0, end: None })
    }

    /// What holds for all records.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Bytes of the stream read so far.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// The index, once [`Reader::next`] has said that there are no more records.
    pub fn index(&self) -> Option<&Index> {
        self.end.as_ref()
    }

    /// Puts the next compressed record into `record`; `false` after the last one, when the hash of
    /// the whole stream has been checked too.
    ///
    /// # Errors
    /// `Truncated` and `Corrupt` for damage, `Limit`, or the input fails.
    pub fn next(&mut self, record: &mut Vec<u8>) -> Result<bool> {
        record.clear();
        if self.end.is_some() {
            return Ok(false);
        }
        let (start, length) = (self.at, self.length()?);
        if length == 0 {
            self.end = Some(self.tail()?);
            return Ok(false);
        }
        if length > MAX_RECORD {
            return Err(Error::corrupt(format!("length of record {}", self.records))
                .found(length)
                .expected(format!("at most {MAX_RECORD}"))
                .at(start));
        }
        let read = self.input.by_ref().take(length).read_to_end(record);
        read.map_err(|e| Error::io("reading the stream", e))?;
        self.at += record.len() as u64;
        if record.len() as u64 != length {
            return Err(Error::truncated(format!("record {}", self.records))
                .found(format!("{} bytes", record.len()))
                .expected(length)
                .at(self.at));
        }
        self.hasher.update(record);
        self.records += 1;
        Ok(true)
    }

    fn length(&mut self) -> Result<u64> {
        let mut bytes = Vec::with_capacity(crate::varint::MAX_BYTES);
        loop {
            let mut byte = [0];
            match self.input.read(&mut byte) {
                Ok(0) => {
                    return Err(Error::truncated(format!("the stream after record {}", self.records))
                        .found("no mark of the end")
                        .at(self.at));
                }
                Ok(_) => {}
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(Error::io("reading the stream", e)),
            }
            self.hasher.update(&byte);
            bytes.push(byte[0]);
            self.at += 1;
            if byte[0] < 0x80 || bytes.len() == crate::varint::MAX_BYTES {
                let place = self.at - bytes.len() as u64;
                return crate::varint::read(&bytes, "length of a record")
                    .map(|(length, _)| length)
                    .map_err(|e| e.at(place));
            }
        }
    }

    /// Everything after the mark of the end.
    fn tail(&mut self) -> Result<Index> {
        let mut tail = Vec::new();
        // An index has a byte or two for 64 records.
        let most = self.limits.metadata.min(1024 + self.records.saturating_mul(16));
        let read = self.input.by_ref().take(most + 1).read_to_end(&mut tail);
        read.map_err(|e| Error::io("reading the stream", e))?;
        if tail.len() as u64 > most {
            self.limits.check_metadata(tail.len() as u64)?;
            return Err(Error::corrupt("bytes after the end of the stream").at(self.at + most));
        }
        let index = Index::read_tail(&tail, &self.limits).map_err(|e| e.at(self.at))?;
        self.at += tail.len() as u64;
        if index.records != self.records {
            return Err(Error::corrupt("number of records").found(self.records).expected(index.records));
        }
        if index.hash != self.hasher.finish() {
            return Err(Error::new(ErrorKind::Corrupt, "BLAKE3 of the stream")
                .found(self.hasher.finish())
                .expected(index.hash));
        }
        Ok(index)
    }
}
