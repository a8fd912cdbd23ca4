//! Codes become the text.

use std::collections::BTreeMap;

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Silent};
use unsaid_lexicon::ByteStrings;

use crate::dictionary::Dictionary;
use crate::fast::Table;
use crate::profile::{Codes, Kind, Profile};
use crate::root::PartRef;
use crate::walk::{Code, Walk};

/// Bytes of text that are given away together, about.
const PIECE: usize = 1 << 16;
/// What is returned as a buffer is at most so long where there is no other limit.
const BUFFER: u64 = 1 << 30;

/// Takes the text in pieces, in order.
pub type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;

/// Where the decoder looks segments up.
pub trait Segments {
    /// The segment with this index, if it is at hand.
    fn segment(&self, index: u32) -> Option<&[u8]>;
}

impl Segments for ByteStrings {
    fn segment(&self, index: u32) -> Option<&[u8]> {
        self.get(index as usize)
    }
}

/// Some parts of a dictionary in many blocks.
#[derive(Clone, Debug, Default)]
pub struct SomeParts {
    /// For each part, the index of its first segment, and the segments.
    parts: Vec<(u64, ByteStrings)>,
}

impl SomeParts {
    /// Takes parts, by their places in the root that names `all`.
    pub fn new(all: &[PartRef], parts: BTreeMap<usize, ByteStrings>) -> Self {
        let mut firsts = Vec::with_capacity(all.len());
        let mut next = 0_u64;
        for part in all {
            firsts.push(next);
            next = next.saturating_add(part.count);
        }
        let parts = parts.into_iter().filter_map(|(place, part)| Some((*firsts.get(place)?, part)));
        SomeParts { parts: parts.collect() }
    }
}

impl Segments for SomeParts {
    fn segment(&self, index: u32) -> Option<&[u8]> {
        let at = self.parts.partition_point(|(first, _)| *first <= index.into()).checked_sub(1)?;
        let (first, part) = self.parts.get(at)?;
        part.get((u64::from(index) - first) as usize)
    }
}

/// Decodes one code after another. What [`Decoder`] gives is compared with this.
///
/// # Errors
/// Those of [`Walk::next_code`]; `Corrupt` for the code of an empty segment and for zeros that mean
/// nothing and that no writer leaves; `Missing` for a segment that is not at hand; `Limit` for more output
/// than allowed, before it is given away; what `sink` and `progress` return.
pub fn decode_plainly(
    codes: &Codes,
    segments: &impl Segments,
    data: &[u8],
    limits: &Limits,
    progress: &dyn Progress,
    sink: Sink<'_>,
) -> Result<u64> {
    Rest { start: 0, produced: 0, reported: 0, piece: Vec::new() }
        .decode(codes, segments, data, limits, progress, sink)
}

/// Where plain decoding goes on.
pub(crate) struct Rest {
    /// The bit of Data.
    pub(crate) start: u64,
    /// Bytes of text given away.
    pub(crate) produced: u64,
    /// Bytes of Data that progress knows of.
    pub(crate) reported: u64,
    /// Bytes of text that are not given away yet.
    pub(crate) piece: Vec<u8>,
}

impl Rest {
    pub(crate) fn decode(
        mut self,
        codes: &Codes,
        segments: &impl Segments,
        data: &[u8],
        limits: &Limits,
        progress: &dyn Progress,
        mut sink: Sink<'_>,
    ) -> Result<u64> {
        let mut walk = Walk::from_bit(codes, data, self.start);
        let mut length = 1;
        loop {
            let at = walk.byte();
            let code = walk.next_code()?;
            if walk.skipped() > length + 14 {
                return Err(Error::corrupt("zeros in Data that mean nothing")
                    .found(format!("{} in a row", walk.skipped()))
                    .expected(format!("at most {}", length + 14))
                    .at(at));
            }
            let literal;
            let bytes = match code {
                None => break,
                Some(Code::Byte(byte)) => {
                    literal = [byte];
                    &literal[..]
                }
                Some(Code::Segment(index)) => segments.segment(index).ok_or_else(|| {
                    Error::new(ErrorKind::Missing, "a segment is not at hand")
                        .found(format!("number {index}"))
                        .at(at)
                })?,
            };
            if bytes.is_empty() {
                return Err(Error::corrupt("the code of an empty segment").at(at));
            }
            length = bytes.len() as u64;
            check_text(limits, self.produced + self.piece.len() as u64 + length)?;
            self.piece.extend_from_slice(bytes);
            if self.piece.len() >= PIECE {
                self.give(walk.byte(), progress, &mut sink)?;
            }
        }
        // What was taken over from the fast part may be all there is.
        check_text(limits, self.produced + self.piece.len() as u64)?;
        self.give(data.len() as u64, progress, &mut sink)?;
        Ok(self.produced)
    }

    fn give(&mut self, consumed: u64, progress: &dyn Progress, sink: &mut Sink<'_>) -> Result<()> {
        sink(&self.piece)?;
        self.produced += self.piece.len() as u64;
        progress.advance(consumed.saturating_sub(self.reported), self.piece.len() as u64)?;
        self.reported = consumed;
        self.piece.clear();
        Ok(())
    }
}

/// Decodes bare Data of one dictionary, again and again.
#[derive(Clone, Debug)]
pub struct Decoder<'d> {
    codes: Codes,
    segments: &'d ByteStrings,
    /// For canonical codes.
    table: Option<Table>,
}

impl<'d> Decoder<'d> {
    /// Prepares a dictionary.
    ///
    /// # Errors
    /// Those of [`Codes::new`]; `Limit` for more memory than allowed.
    pub fn new(dictionary: &'d Dictionary, profile: Profile, limits: &Limits) -> Result<Self> {
        let segments = dictionary.segments();
        let codes = Codes::new(profile, segments.len() as u64, dictionary.lengths())?;
        let table = match codes.kind() {
            Kind::Huffman(huffman) => {
                limits.check_memory(Table::memory(segments.len() as u64), "decoding with this dictionary")?;
                Some(Table::new(huffman, segments))
            }
            Kind::Ones(_) => None,
        };
        Ok(Decoder { codes, segments, table })
    }

    /// The codes.
    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    /// Decodes `data` into `sink`, and gives the bytes of text.
    ///
    /// # Errors
    /// Those of [`decode_plainly`].
    pub fn decode(
        &self,
        data: &[u8],
        limits: &Limits,
        progress: &dyn Progress,
        mut sink: Sink<'_>,
    ) -> Result<u64> {
        match (self.codes.kind(), &self.table) {
            (Kind::Huffman(huffman), Some(table)) => {
                let rest = table.decode(huffman, self.segments, data, limits, progress, &mut sink)?;
                rest.decode(&self.codes, self.segments, data, limits, progress, sink)
            }
            _ => decode_plainly(&self.codes, self.segments, data, limits, progress, sink),
        }
    }

    /// The text of `data`, at most as long as the limit of output, which here, where there is none, is that of memory
    /// and at most 1 GiB.
    ///
    /// # Errors
    /// Those of [`decode_plainly`].
    pub fn to_vec(&self, data: &[u8], limits: &Limits) -> Result<Vec<u8>> {
        to_vec(limits, |limits, sink| self.decode(data, limits, &Silent, sink))
    }
}

/// Collects what `decode` gives into a buffer that has a limit.
pub(crate) fn to_vec(
    limits: &Limits,
    decode: impl FnOnce(&Limits, Sink<'_>) -> Result<u64>,
) -> Result<Vec<u8>> {
    let mut limits = limits.clone();
    limits.output = limits.output.or(Some(BUFFER.min(limits.memory)));
    let mut out = Vec::new();
    decode(&limits, &mut |piece| {
        out.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(out)
}

/// Refuses more text than the limit. How much there is to come is not known.
pub(crate) fn check_text(limits: &Limits, so_far: u64) -> Result<()> {
    match limits.output {
        Some(limit) if so_far > limit => Err(Error::new(
            ErrorKind::Limit,
            "the text needs more than the limit on bytes written for one input",
        )
        .found(format!("{so_far} or more"))
        .expected(format!("at most {limit}"))
        .hint("if you trust the input, give --max-output a larger number")),
        _ => Ok(()),
    }
}
