//! Tokens become the document.

use std::io::{self, Read, Write};

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Silent};

use crate::model::Model;
use crate::profile::{Opening, Profile};

/// One step of a document's decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Bytes of the document as they are; at most 127.
    Literal(&'a [u8]),
    /// The fragment with this index.
    Fragment(u32, &'a [u8]),
}

impl<'a> Token<'a> {
    /// The bytes of the document that it stands for.
    pub fn bytes(&self) -> &'a [u8] {
        match self {
            Token::Literal(bytes) | Token::Fragment(_, bytes) => bytes,
        }
    }
}

/// Decodes one document under a model, in pieces. Works with a buffer of fixed size.
#[derive(Debug)]
pub struct Decoder<'m, R> {
    model: &'m Model,
    profile: Profile,
    input: R,
    buffer: Box<[u8]>,
    filled: usize,
    at: usize,
    /// Bytes of the input before `buffer`.
    before: u64,
    literal: [u8; 127],
}

/// Bytes of the document, and bytes that coded it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes of the document.
    pub document: u64,
    /// Bytes of its compression.
    pub coded: u64,
}

impl<'m, R: Read> Decoder<'m, R> {
    /// Reads the head of a document and checks that it was made under `model`. The tokens are read in
    /// the model's profile.
    ///
    /// # Errors
    /// `Missing` where the document names another model, `Truncated` without a whole head, and those
    /// of reading.
    pub fn new(model: &'m Model, input: R) -> Result<Self> {
        Self::with_profile(model, model.profile(), input)
    }

    /// As [`Decoder::new`], for a document in this profile whatever the model's.
    ///
    /// # Errors
    /// As [`Decoder::new`].
    pub fn with_profile(model: &'m Model, profile: Profile, input: R) -> Result<Self> {
        let buffer = vec![0; 1 << 14].into_boxed_slice();
        let mut decoder =
            Decoder { model, profile, input, buffer, filled: 0, at: 0, before: 0, literal: [0; 127] };
        let mut head = [0; 4];
        for (n, byte) in head.iter_mut().enumerate() {
            *byte = decoder.byte()?.ok_or_else(|| {
                Error::truncated("the head of the document")
                    .found(format!("{n} bytes"))
                    .expected("4, the hash of its model")
                    .at(n as u64)
            })?;
        }
        let wanted = u32::from_le_bytes(head);
        if wanted != model.hash() {
            return Err(Error::new(ErrorKind::Missing, "the document was made with another model")
                .found(format!("a model with the hash {:08x}", model.hash()))
                .expected(format!("{wanted:08x}"))
                .hint(format!(
                    "get the model whose hash is {wanted:08x}: unsaid info shows a model's hash"
                )));
        }
        Ok(decoder)
    }

    /// The next token; `None` at the end.
    ///
    /// # Errors
    /// `Truncated` within a token, `Corrupt` for a byte that opens none and for an index beyond the
    /// fragments, and those of reading.
    pub fn next_token(&mut self) -> Result<Option<Token<'_>>> {
        let start = self.before + self.at as u64;
        let Some(byte) = self.byte()? else { return Ok(None) };
        let opening = self.profile.opening(byte).ok_or_else(|| {
            Error::corrupt("the first byte of a token")
                .found(format!("{byte:02X}"))
                .expected(self.profile.openings())
                .at(start)
        })?;
        let index = match opening {
            Opening::Literal(length) => {
                for n in 0..usize::from(length) {
                    self.literal[n] = self.byte()?.ok_or_else(|| cut("a literal", n, length, start))?;
                }
                return Ok(Some(Token::Literal(&self.literal[..length.into()])));
            }
            Opening::Index(index) => index,
            Opening::Wide(width) => {
                let mut index = 0;
                for n in 0..width {
                    let byte = self.byte()?.ok_or_else(|| cut("a reference", n.into(), width, start))?;
                    index |= u32::from(byte) << (8 * n);
                }
                index
            }
        };
        let fragments = self.model.fragments();
        match fragments.get(index as usize) {
            Some(fragment) => Ok(Some(Token::Fragment(index, fragment))),
            None => Err(Error::corrupt("a reference to a fragment that the model does not have")
                .found(format!("number {index}"))
                .expected(format!("below {}", fragments.len()))
                .at(start)),
        }
    }

    /// Decodes all that is left into `out`.
    ///
    /// # Errors
    /// Those of [`Decoder::next_token`], of writing, `Limit` for more output than allowed, and what
    /// `progress` returns.
    pub fn decode(mut self, out: &mut impl Write, limits: &Limits, progress: &dyn Progress) -> Result<Sizes> {
        const PIECE: usize = 1 << 16;
        let mut piece = Vec::with_capacity(PIECE + 256);
        let mut sizes = Sizes::default();
        let mut reported = 0;
        loop {
            let ended = match self.next_token()? {
                Some(token) => {
                    piece.extend_from_slice(token.bytes());
                    limits.check_output(sizes.document + piece.len() as u64, "the document")?;
                    false
                }
                None => true,
            };
            if ended || piece.len() >= PIECE {
                out.write_all(&piece).map_err(|e| Error::io("writing the document", e))?;
                sizes.document += piece.len() as u64;
                sizes.coded = self.before + self.at as u64;
                progress.advance(sizes.coded - reported, piece.len() as u64)?;
                reported = sizes.coded;
                piece.clear();
            }
            if ended {
                return Ok(sizes);
            }
        }
    }

    #[inline]
    fn byte(&mut self) -> Result<Option<u8>> {
        if self.at == self.filled && !self.fill()? {
            return Ok(None);
        }
        let byte = self.buffer[self.at];
        self.at += 1;
        Ok(Some(byte))
    }

    fn fill(&mut self) -> Result<bool> {
        self.before += self.filled as u64;
        (self.filled, self.at) = (0, 0);
        loop {
            match self.input.read(&mut self.buffer) {
                Ok(n) => {
                    self.filled = n;
                    return Ok(n > 0);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::io("reading the document", e)),
            }
        }
    }
}

fn cut(what: &str, found: usize, expected: u8, start: u64) -> Error {
    Error::truncated(format!("the end of the document, within {what}"))
        .found(format!("{found} bytes of it"))
        .expected(expected)
        .at(start)
}

/// The document that `coded` stands for. At most as long as the limit of output, which is 1 GiB
/// here where there is none.
///
/// # Errors
/// Those of [`Decoder`].
pub fn to_vec(model: &Model, coded: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut limits = limits.clone();
    limits.output = limits.output.or(Some(1 << 30));
    let mut out = Vec::new();
    Decoder::new(model, coded)?.decode(&mut out, &limits, &Silent)?;
    Ok(out)
}
