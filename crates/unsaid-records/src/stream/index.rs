//! Where the records are: what stands at the end of a stream, or in a file beside it.

use std::io::{Read, Seek, SeekFrom};

use unsaid_core::check::Hash;
use unsaid_core::{Error, ErrorKind, Limits, Result};

use super::head::check_magic;
use super::{HEAD_BYTES, MAX_RECORD, VERSION};
use crate::varint;

/// How an index in a file of its own begins.
pub const INDEX_MAGIC: [u8; 8] = *b"\x89USRI\r\n\x1a";

/// How a stream ends.
pub(super) const END_MAGIC: [u8; 8] = *b"\x1aUSRE\r\n\x89";

/// A group has so many records; the last one may have fewer.
pub(super) const GROUP: u64 = 64;

/// After the block: its BLAKE3, its length, the magic number of the end.
const AFTER_BLOCK: usize = 32 + 8 + 8;

const LAST_LINE_IS_OPEN: u64 = 1;

/// Where the groups of records begin, how many records there are, and the hash of them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    pub(super) records: u64,
    pub(super) open: bool,
    /// BLAKE3 of the stream up to and with the mark after its last record.
    pub(super) hash: Hash,
    /// The bytes of each group of records; empty where they are in another file.
    pub(super) groups: Vec<u64>,
}

impl Index {
    /// How many records the stream has.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Whether the last line had no line feed.
    pub fn ended_open(&self) -> bool {
        self.open
    }

    /// Whether it says where the records are; a stream whose index lies in another file does not.
    pub fn is_complete(&self) -> bool {
        self.groups.len() as u64 == self.records.div_ceil(GROUP)
    }

    /// Whether both are of the same stream.
    pub fn is_of_same_stream(&self, other: &Index) -> bool {
        (self.records, self.open, self.hash) == (other.records, other.open, other.hash)
    }

    pub(super) fn without_groups(&self) -> Index {
        Index { groups: Vec::new(), ..self.clone() }
    }

    fn block(&self) -> Vec<u8> {
        let mut block = self.hash.0.to_vec();
        varint::write(self.records, &mut block);
        varint::write(if self.open { LAST_LINE_IS_OPEN } else { 0 }, &mut block);
        self.groups.iter().for_each(|&bytes| varint::write(bytes, &mut block));
        block
    }

    /// Reads a block: the groups, where there are any, must fill it exactly.
    pub(super) fn read_block(block: &[u8], limits: &Limits) -> Result<Index> {
        let what = "the index of the stream";
        let (hash, rest) = block.split_first_chunk::<32>().ok_or_else(|| Error::truncated(what))?;
        let (records, rest) = varint::read(rest, what)?;
        let (flags, mut rest) = varint::read(rest, what)?;
        if flags > LAST_LINE_IS_OPEN || (flags == LAST_LINE_IS_OPEN && records == 0) {
            return Err(Error::corrupt("flags of the index").found(flags));
        }
        // A byte of the block becomes a number of eight.
        let expected = records.div_ceil(GROUP);
        limits.check_memory(expected.min(rest.len() as u64).saturating_mul(8), what)?;
        let mut groups = Vec::new();
        let mut end = HEAD_BYTES as u64;
        while !rest.is_empty() && groups.len() as u64 <= expected {
            let (bytes, after) = varint::read(rest, what)?;
            end =
                end.checked_add(bytes).ok_or_else(|| Error::corrupt("a group of the index").found(bytes))?;
            groups.push(bytes);
            rest = after;
        }
        let index = Index { records, open: flags == LAST_LINE_IS_OPEN, hash: Hash(*hash), groups };
        if !index.groups.is_empty() && !index.is_complete() {
            return Err(Error::corrupt("the index has another number of groups than its records make")
                .found(index.groups.len())
                .expected(records.div_ceil(GROUP)));
        }
        Ok(index)
    }

    /// What stands after the last record of a stream.
    pub(super) fn tail(&self) -> Vec<u8> {
        let mut tail = self.block();
        let (hash, length) = (Hash::of(&tail), tail.len() as u64);
        tail.extend_from_slice(&hash.0);
        tail.extend_from_slice(&length.to_le_bytes());
        tail.extend_from_slice(&END_MAGIC);
        tail
    }

    /// Reads everything after the mark of the last record.
    pub(super) fn read_tail(tail: &[u8], limits: &Limits) -> Result<Index> {
        let cut = || Error::truncated("the index at the end of the stream");
        let at = tail.len().checked_sub(AFTER_BLOCK).ok_or_else(cut)?;
        let (block, after) = tail.split_at(at);
        let (hash, after) = after.split_at(32);
        let (length, magic) = after.split_at(8);
        if magic != END_MAGIC {
            // What is cut does not end with the mark; nor does what has something behind it.
            return Err(cut().hint("records before the cut are whole"));
        }
        if length != (block.len() as u64).to_le_bytes() {
            return Err(Error::corrupt("length of the index"));
        }
        if Hash::of(block).0 != hash {
            return Err(Error::corrupt("BLAKE3 of the index"));
        }
        Index::read_block(block, limits)
    }

    /// Reads the index at the end of a stream in a file.
    ///
    /// # Errors
    /// `Truncated` and `Corrupt` for damage, `Limit` for an index larger than the limit on metadata.
    pub fn of_file<F: Read + Seek>(file: &mut F, limits: &Limits) -> Result<Index> {
        let failed = |e| Error::io("reading the index of the stream", e);
        let size = file.seek(SeekFrom::End(0)).map_err(failed)?;
        let cut = || {
            Error::truncated("the stream has no index at its end")
                .at(size)
                .hint("`unsaid records unpack` gives the records before the cut")
        };
        let after = size.checked_sub(16).ok_or_else(cut)?;
        file.seek(SeekFrom::Start(after)).map_err(failed)?;
        let mut end = [0; 16];
        file.read_exact(&mut end).map_err(failed)?;
        let (length, magic) = end.split_at(8);
        if magic != END_MAGIC {
            return Err(cut());
        }
        let mut bytes = [0; 8];
        bytes.copy_from_slice(length);
        let tail = u64::from_le_bytes(bytes).checked_add(AFTER_BLOCK as u64);
        let tail = tail.filter(|tail| *tail <= size - HEAD_BYTES.min(size as usize) as u64);
        let tail = tail.ok_or_else(|| Error::corrupt("length of the index").at(after))?;
        limits.check_metadata(tail)?;
        file.seek(SeekFrom::Start(size - tail)).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(tail).read_to_end(&mut bytes).map_err(failed)?;
        let index = Index::read_tail(&bytes, limits)?;
        // With the mark of the end, the groups fill what is between the head and the index.
        let records: u64 = index.groups.iter().sum();
        if index.is_complete() && records.saturating_add(HEAD_BYTES as u64 + 1).saturating_add(tail) != size {
            return Err(Error::corrupt("the groups of the index do not fill the stream"));
        }
        Ok(index)
    }

    /// The bytes of a file that holds this index alone.
    pub fn write(&self) -> Vec<u8> {
        let mut file = INDEX_MAGIC.to_vec();
        file.push(VERSION);
        let block = self.block();
        file.extend_from_slice(&block);
        file.extend_from_slice(&Hash::of(&file).0);
        file
    }

    /// Reads a file that holds an index alone.
    ///
    /// # Errors
    /// `NotThisFormat`, `NewerVersion`, `Truncated`, `Corrupt`, `Limit`.
    pub fn read(file: &[u8], limits: &Limits) -> Result<Index> {
        limits.check_metadata(file.len() as u64)?;
        check_magic(file, &INDEX_MAGIC, "not an index of compressed records")?;
        let end = file.len().checked_sub(32).filter(|&end| end >= 9);
        let end = end.ok_or_else(|| Error::truncated("the index").at(file.len() as u64))?;
        if Hash::of(&file[..end]).0 != file[end..] {
            return Err(Error::corrupt("BLAKE3 of the index").hint("it is damaged, or was cut"));
        }
        Index::read_block(&file[9..end], limits)
    }

    /// Reads the compressed record with this number, from 0, into `record`.
    ///
    /// # Errors
    /// `Usage` where there is no such record, `Missing` where the index is not [complete](Self::is_complete),
    /// `Corrupt` where the stream is another than the index says.
    pub fn record<F: Read + Seek>(&self, file: &mut F, number: u64, record: &mut Vec<u8>) -> Result<()> {
        if number >= self.records {
            return Err(Error::new(ErrorKind::Usage, "there is no such record").found(number).expected(
                match self.records {
                    0 => "none: the stream is empty".to_owned(),
                    n => format!("0 to {}", n - 1),
                },
            ));
        }
        if !self.is_complete() {
            return Err(Error::new(ErrorKind::Missing, "the index of the stream lies in another file")
                .hint("name it: --index FILE"));
        }
        let group = number / GROUP;
        let before: u64 = self.groups.iter().take(group as usize).sum();
        let failed = |e| Error::io("reading a record", e);
        let mut at = HEAD_BYTES as u64 + before;
        let end = at + self.groups.get(group as usize).copied().unwrap_or(0);
        for passed in 0..=number % GROUP {
            file.seek(SeekFrom::Start(at)).map_err(failed)?;
            let mut start = Vec::new();
            let room = (end - at).min(varint::MAX_BYTES as u64);
            file.by_ref().take(room).read_to_end(&mut start).map_err(failed)?;
            let (length, rest) = varint::read(&start, "the length of a record").map_err(|e| e.at(at))?;
            let begin = at + (start.len() - rest.len()) as u64;
            if length == 0 || length > MAX_RECORD || length > end - begin {
                return Err(Error::corrupt("length of a record").found(length).at(at));
            }
            if passed == number % GROUP {
                file.seek(SeekFrom::Start(begin)).map_err(failed)?;
                record.clear();
                file.take(length).read_to_end(record).map_err(failed)?;
                if record.len() as u64 != length {
                    return Err(Error::truncated("a record").at(begin));
                }
                return Ok(());
            }
            at = begin + length;
        }
        Ok(())
    }
}
