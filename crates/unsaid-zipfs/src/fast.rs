//! Canonical codes become the text quickly.
//!
//! The next bits, as many as [`PRIMARY`], are looked up at once. What is found says how many bits are used,
//! and which *record* is written: one segment of a longer code, whose number the bits then give, or
//! **several short codes with all their bytes joined**. A record is 16 bytes, 15 of text and the number of them, so that
//! one line of the cache is touched; it is copied whole, and the next one over its end. Nearly every step takes the same
//! branches, which is what the time depends on. What is rare (long segments, escapes, bits that need a search) leaves the
//! loop, and what is left of Data at the end, or is wrong, goes to the plain decoder.

use unsaid_core::{Limits, Progress, Result};
use unsaid_lexicon::ByteStrings;

use crate::decode::{Rest, Sink, check_text};
use crate::profile::Huffman;

/// Bits that are looked up at once.
const PRIMARY: u32 = 11;
/// Bytes of a record that are text.
const TEXT: usize = 15;
/// In place of a number of bytes: an escaped byte follows.
const ESCAPE: u8 = 0xfe;
/// In place of a number of bytes: the segment is longer, and the record says where it is.
const LONG: u8 = 0xff;

/// Bytes of text that are given away together, about.
const PIECE: usize = 1 << 16;
/// Room behind them, for the records of one window of bits.
const ROOM: usize = (WINDOW / PRIMARY + 1) as usize * (TEXT + 1);
/// Bits of a window that are there for sure.
const WINDOW: u32 = 57;

type Record = [u8; TEXT + 1];

/// What the next bits begin with.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// Added to the bits that `shift` leaves, this is the record.
    base: u32,
    /// How far the window, less its last bit, is shifted; 63 leaves nothing.
    shift: u8,
    /// Bits used; 0 where only a search tells.
    bits: u8,
}

/// A canonical code with its segments, ready for decoding.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    entries: Box<[Entry; 1 << PRIMARY]>,
    /// One a segment, one for the escape, then joined ones.
    records: Vec<Record>,
    /// Steps that one window of bits is enough for.
    steps: u32,
}

impl Table {
    /// Bytes of memory for so many segments.
    pub(crate) fn memory(segments: u64) -> u64 {
        (segments + (2 << PRIMARY)) * size_of::<Record>() as u64
    }

    pub(crate) fn new(huffman: &Huffman, segments: &ByteStrings) -> Table {
        let mut records = Vec::with_capacity(segments.len() + 1 + (1 << PRIMARY));
        let mut end = 0_u64;
        for segment in segments.iter() {
            let mut record = [0; TEXT + 1];
            if let Some(text) = record.get_mut(..segment.len()).filter(|_| segment.len() <= TEXT) {
                text.copy_from_slice(segment);
                record[TEXT] = segment.len() as u8;
            } else {
                record[..8].copy_from_slice(&end.to_le_bytes());
                record[8..12].copy_from_slice(&(segment.len() as u32).to_le_bytes());
                record[TEXT] = LONG;
            }
            if segment.is_empty() {
                // Found by the plain decoder.
                record[TEXT] = LONG;
            }
            end += segment.len() as u64;
            records.push(record);
        }
        let mut escape = [0; TEXT + 1];
        escape[TEXT] = ESCAPE;
        records.push(escape);
        let mut entries = Box::new([Entry::default(); 1 << PRIMARY]);
        for (prefix, entry) in (0_u64..).zip(entries.iter_mut()) {
            *entry = Self::entry(prefix << (64 - PRIMARY), huffman, segments, &mut records);
        }
        let steps = WINDOW / huffman.lengths.longest().max(PRIMARY);
        Table { entries, records, steps }
    }

    /// What is to be done where the window begins with these bits.
    fn entry(prefix: u64, huffman: &Huffman, segments: &ByteStrings, records: &mut Vec<Record>) -> Entry {
        let Some((first, first_bits)) = huffman.look_up(prefix) else { return Entry::default() };
        if first_bits > PRIMARY {
            // The number of the segment is in the bits, if all codes that begin so are of one length.
            let (last, last_bits) = huffman.look_up(prefix | (u64::MAX >> PRIMARY)).unwrap_or((0, 0));
            let code = (prefix >> (64 - first_bits)) as u32;
            return match last_bits == first_bits && last as usize <= segments.len() {
                true => Entry {
                    base: first.wrapping_sub(code),
                    shift: (63 - first_bits) as u8,
                    bits: first_bits as u8,
                },
                false => Entry::default(),
            };
        }
        let single = Entry { base: first, shift: 63, bits: first_bits as u8 };
        let mut joined = [0; TEXT + 1];
        let (mut bits, mut length, mut codes) = (0, 0, 0);
        while let Some((segment, more)) = huffman.look_up(prefix << bits) {
            let Some(text) = segments.get(segment as usize).filter(|_| bits + more <= PRIMARY) else { break };
            let Some(to) = joined[..TEXT].get_mut(length..length + text.len()).filter(|_| !text.is_empty())
            else {
                break;
            };
            to.copy_from_slice(text);
            (bits, length, codes) = (bits + more, length + text.len(), codes + 1);
            if bits == PRIMARY {
                break;
            }
        }
        if codes < 2 {
            return single;
        }
        joined[TEXT] = length as u8;
        records.push(joined);
        Entry { base: records.len() as u32 - 1, shift: 63, bits: bits as u8 }
    }

    /// Decodes as far as this way goes; the plain decoder does the rest.
    pub(crate) fn decode(
        &self,
        huffman: &Huffman,
        segments: &ByteStrings,
        data: &[u8],
        limits: &Limits,
        progress: &dyn Progress,
        sink: &mut Sink<'_>,
    ) -> Result<Rest> {
        let mut out = Out::new(data.len(), limits, progress);
        let mut at = self.run::<false>(huffman, segments, data, 0, 0, &mut out, sink)?;
        let done = at / 8;
        let rest = data.get(done as usize..).unwrap_or_default();
        if rest.len() < 8 {
            // Too little for a window: with something behind it, and looking at where it ends.
            let mut padded = [0xff; 16];
            padded[..rest.len()].copy_from_slice(rest);
            let end = 8 * rest.len() as u64;
            at = 8 * done + self.run::<true>(huffman, segments, &padded, at % 8, end, &mut out, sink)?;
        }
        Ok(out.rest(at))
    }

    /// Decodes from the bit `at` on, and gives the bit that it came to. As the TAIL no code reaches
    /// beyond `end`; else there is a window at every code, and no end within it.
    #[allow(clippy::too_many_arguments, reason = "one loop, twice")]
    #[inline(always)]
    fn run<const TAIL: bool>(
        &self,
        huffman: &Huffman,
        segments: &ByteStrings,
        data: &[u8],
        mut at: u64,
        end: u64,
        out: &mut Out<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<u64> {
        let steps = if TAIL { 1 } else { self.steps };
        'windows: while let Some(bytes) = data.get((at / 8) as usize..).and_then(<[u8]>::first_chunk::<8>) {
            if out.at + ROOM > out.buffer.len() {
                out.give(at / 8, sink)?;
            }
            let mut window = u64::from_be_bytes(*bytes) << (at % 8);
            for _ in 0..steps {
                let entry = self.entries[(window >> (64 - PRIMARY)) as usize];
                let mut index = entry.base.wrapping_add(((window >> 1) >> entry.shift) as u32);
                let mut bits = u32::from(entry.bits);
                if bits == 0 {
                    match huffman.look_up(window) {
                        Some(found) => (index, bits) = found,
                        None => break 'windows,
                    }
                }
                let next = at + u64::from(bits);
                if TAIL && next > end {
                    break 'windows;
                }
                let Some(record) = self.records.get(index as usize) else { break 'windows };
                let length = record[TEXT];
                if !out.put(record) {
                    break 'windows;
                }
                if usize::from(length) <= TEXT {
                    out.at += usize::from(length);
                    at = next;
                    window <<= bits;
                    continue;
                }
                if length == ESCAPE {
                    // What is left of the window may be too little: the bits behind the code are read anew.
                    let bytes = data.get((next / 8) as usize..).and_then(<[u8]>::first_chunk::<2>);
                    let Some(bytes) = bytes.filter(|_| !TAIL || next + 8 <= end) else { break 'windows };
                    out.byte((u16::from_be_bytes(*bytes) << (next % 8) >> 8) as u8);
                    at = next + 8;
                } else {
                    match segments.get(index as usize) {
                        Some(text) if !text.is_empty() => out.long(text, at / 8, sink)?,
                        _ => break 'windows,
                    }
                    at = next;
                }
                continue 'windows;
            }
        }
        Ok(at)
    }
}

/// Text that is not given away yet.
struct Out<'a> {
    buffer: Vec<u8>,
    at: usize,
    produced: u64,
    reported: u64,
    limits: &'a Limits,
    progress: &'a dyn Progress,
}

impl<'a> Out<'a> {
    fn new(data: usize, limits: &'a Limits, progress: &'a dyn Progress) -> Self {
        // A few bytes of Data need no large buffer: short documents come one after another.
        let size = data.saturating_mul(16).clamp(512, PIECE);
        let buffer = vec![0; size + ROOM];
        Out { buffer, at: 0, produced: 0, reported: 0, limits, progress }
    }

    /// Copies a record; the next one is copied over what of it is no text.
    #[inline(always)]
    fn put(&mut self, record: &Record) -> bool {
        match self.buffer.get_mut(self.at..).and_then(<[u8]>::first_chunk_mut) {
            Some(to) => {
                *to = *record;
                true
            }
            None => false,
        }
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        if let Some(to) = self.buffer.get_mut(self.at) {
            *to = byte;
            self.at += 1;
        }
    }

    #[inline]
    fn long(&mut self, text: &[u8], consumed: u64, sink: &mut Sink<'_>) -> Result<()> {
        if let Some(to) = self.buffer.get_mut(self.at..self.at + text.len()) {
            to.copy_from_slice(text);
            self.at += text.len();
            return Ok(());
        }
        self.give(consumed, sink)?;
        check_text(self.limits, self.produced + text.len() as u64)?;
        sink(text)?;
        self.produced += text.len() as u64;
        self.progress.advance(0, text.len() as u64)
    }

    #[cold]
    #[inline(never)]
    fn give(&mut self, consumed: u64, sink: &mut Sink<'_>) -> Result<()> {
        let piece = &self.buffer[..self.at];
        check_text(self.limits, self.produced + piece.len() as u64)?;
        sink(piece)?;
        self.produced += piece.len() as u64;
        self.progress.advance(consumed.saturating_sub(self.reported), piece.len() as u64)?;
        (self.reported, self.at) = (consumed, 0);
        Ok(())
    }

    fn rest(mut self, start: u64) -> Rest {
        self.buffer.truncate(self.at);
        Rest { start, produced: self.produced, reported: self.reported, piece: self.buffer }
    }
}
