//! A primed model: documents to payloads and back.

use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_entropy::fine::{Decoder, Encoder, Ending};

use super::document::{self, Coder, Length, Outcome};
use super::learned::Learned;
use super::prior::{Prior, Work};
use super::scratch::{CLASSES, Scratch, class};
use super::text::Text;
use super::{Weights, measure};

/// The largest document: 16 MiB.
pub const DOCUMENT_LIMIT: usize = 16 << 20;

/// The length stands in front of the payload.
const LENGTH_KNOWN: u8 = 1 << 4;

/// Where the class of the document's length stands in the flags.
const CLASS_SHIFT: u32 = 5;

/// A model that is ready to code: immutable, to be shared by threads.
#[derive(Clone, Debug)]
pub struct Primed {
    prior: Prior,
    weights: Weights,
    memory: u64,
}

impl Primed {
    /// Primes a model on `documents`, those that the weights were learned from, in the same order.
    ///
    /// # Errors
    /// `Limit` where the documents or the memory they need are too large.
    pub fn new<'a>(
        documents: impl Iterator<Item = &'a [u8]> + Clone,
        weights: &Weights,
        limits: &Limits,
    ) -> Result<Self> {
        let (count, bytes) = measure(documents.clone());
        Prior::check(bytes, count, limits)?;
        let mut text = Text::with_room(bytes, count);
        for document in documents {
            text.push(document)?;
        }
        Primed::of(text, weights.clone(), limits)
    }

    /// As [`Primed::new`], of a text that the model keeps.
    ///
    /// # Errors
    /// `Limit` where the memory that it needs is too large.
    pub fn of(text: Text, weights: Weights, limits: &Limits) -> Result<Self> {
        let (count, bytes) = (text.documents(), text.bytes().len());
        Prior::check(bytes, count, limits)?;
        let mut prior = Prior::new(text, bytes);
        let mut work = Work::default();
        while prior.learn_next(&mut work) {}
        Ok(Primed { prior, weights, memory: Prior::memory(bytes, count) })
    }

    /// The weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    fn learned(&self) -> &Learned {
        &self.weights.0
    }

    /// Bytes of memory that are shared by all who use the model.
    pub fn memory(&self) -> u64 {
        self.memory
    }

    /// Appends the payload of `document` to `out`. The result are the flags that the decoder needs
    /// beside it, in bits 4 to 7.
    ///
    /// # Errors
    /// `Limit` where the document is larger than [`DOCUMENT_LIMIT`].
    pub fn encode(&self, scratch: &mut Scratch, document: &[u8], out: &mut Vec<u8>) -> Result<u8> {
        let class = class(document.len()).ok_or_else(|| too_long(document.len(), DOCUMENT_LIMIT))?;
        scratch.reset(self.learned(), CLASSES[class]);
        let mut flags = (class as u8) << CLASS_SHIFT;
        let length = if self.ends_marked(document) {
            Length::Marked
        } else {
            flags |= LENGTH_KNOWN;
            write_length(document.len(), out);
            Length::Known(document.len())
        };
        let mut coder = Writing(Encoder::new(out));
        let mut mind = self.learned();
        document::code(&self.prior, &mut mind, scratch, &mut coder, document, length, usize::MAX);
        coder.0.finish();
        Ok(flags)
    }

    /// Appends the document of `payload` to `out`, at most `max_output` bytes. A payload is only
    /// accepted if it is exactly what [`Primed::encode`] makes of the document. After an error `out` is as it was.
    ///
    /// # Errors
    /// `Truncated`, `Corrupt` or `Limit`.
    pub fn decode(
        &self,
        scratch: &mut Scratch,
        flags: u8,
        payload: &[u8],
        out: &mut Vec<u8>,
        max_output: u64,
    ) -> Result<()> {
        if flags & 15 != 0 {
            return Err(Error::corrupt("flags of a document")
                .found(format!("{flags:#04x}"))
                .expected("bits 4 to 7"));
        }
        let largest = CLASSES[usize::from(flags >> CLASS_SHIFT)];
        let limit = usize::try_from(max_output).unwrap_or(usize::MAX);
        let most = limit.min(largest);
        let (length, stream) = if flags & LENGTH_KNOWN == 0 {
            (Length::Marked, payload)
        } else {
            let (length, stream) = read_length(payload)?;
            if length > largest {
                return Err(wrong_class(length));
            }
            if length > limit {
                return Err(too_long(length, limit));
            }
            (Length::Known(length), stream)
        };
        scratch.reset(self.learned(), largest);
        let mut coder = Reading(Decoder::new(stream));
        let mut mind = self.learned();
        match document::code(&self.prior, &mut mind, scratch, &mut coder, &[], length, most) {
            Outcome::Whole => {}
            Outcome::Starved => return Err(truncated()),
            Outcome::TooLong if limit < largest => return Err(too_long(limit.saturating_add(1), limit)),
            Outcome::TooLong => return Err(wrong_class(largest + 1)),
        }
        let document = &scratch.history;
        match coder.0.finish() {
            Ending::Exact => {}
            Ending::Truncated => return Err(truncated()),
            Ending::Foreign => {
                return Err(Error::corrupt("the payload of a document does not end as it was written")
                    .at(payload.len() as u64));
            }
        }
        if class(document.len()) != Some(usize::from(flags >> CLASS_SHIFT)) {
            return Err(wrong_class(document.len()));
        }
        if self.ends_marked(document) != matches!(length, Length::Marked) {
            return Err(Error::corrupt("a length stands before a document whose end is marked"));
        }
        out.extend_from_slice(document);
        Ok(())
    }

    /// Whether the end of this document can be marked.
    fn ends_marked(&self, document: &[u8]) -> bool {
        document.last().is_some_and(|&last| self.learned().may_end[usize::from(last)])
    }
}

fn too_long(found: usize, limit: usize) -> Error {
    Error::new(ErrorKind::Limit, "a document is too long")
        .found(format!("{found} bytes or more"))
        .expected(format!("at most {limit}"))
}

fn wrong_class(length: usize) -> Error {
    Error::corrupt("the class of a document's length").found(format!("a document of {length} bytes or more"))
}

fn truncated() -> Error {
    Error::truncated("the payload of a document ends early")
}

/// Seven bits a byte, the lowest first; all but the last have the highest bit set.
fn write_length(mut length: usize, out: &mut Vec<u8>) {
    while length > 127 {
        out.push(length as u8 | 128);
        length >>= 7;
    }
    out.push(length as u8);
}

/// The length, in its only form, and what follows it.
fn read_length(payload: &[u8]) -> Result<(usize, &[u8])> {
    let mut length = 0;
    for (i, &byte) in payload.iter().enumerate().take(4) {
        length |= usize::from(byte & 127) << (7 * i);
        if byte < 128 {
            if byte == 0 && i > 0 {
                return Err(
                    Error::corrupt("the length of a document is written longer than it need be").at(i as u64)
                );
            }
            return Ok((length, &payload[i + 1..]));
        }
    }
    if payload.len() < 4 {
        return Err(truncated());
    }
    Err(Error::corrupt("the length of a document").expected("at most four bytes").at(0))
}

/// The coder of encoding.
struct Writing<'a>(Encoder<'a>);

impl Coder for Writing<'_> {
    #[inline(always)]
    fn bit(&mut self, bit: u32, p: u32) -> u32 {
        self.0.encode(bit == 1, p);
        bit
    }

    #[inline(always)]
    fn whole(&self) -> bool {
        true
    }
}

/// The coder of decoding.
struct Reading<'a>(Decoder<'a>);

impl Coder for Reading<'_> {
    #[inline(always)]
    fn bit(&mut self, _: u32, p: u32) -> u32 {
        u32::from(self.0.decode(p))
    }

    #[inline(always)]
    fn whole(&self) -> bool {
        !self.0.starved()
    }
}
