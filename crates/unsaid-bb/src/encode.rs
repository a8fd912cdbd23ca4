//! A document becomes the tokens that take the fewest bytes.

use std::io::{self, Read, Write};

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Silent};
use unsaid_lexicon::Matcher;

use crate::decode::{Sizes, Token};
use crate::model::Model;
use crate::parse::{Parser, Step};

/// Bytes of a document that are parsed together. A document up to this size gets the shortest
/// encoding there is; a longer one loses a byte or two for each.
pub const WINDOW: usize = 1 << 20;
/// Bytes at the end of a window whose parse may change with what follows.
const OVERLAP: usize = 1 << 12;

/// Encodes documents under a model, one after another.
#[derive(Debug)]
pub struct Encoder<'m> {
    model: &'m Model,
    matcher: Matcher,
    parser: Parser,
    window: Vec<u8>,
    tokens: Vec<u8>,
}

impl<'m> Encoder<'m> {
    /// Prepares a model for encoding.
    ///
    /// # Errors
    /// `Limit` where the model takes more memory than allowed.
    pub fn new(model: &'m Model, limits: &Limits) -> Result<Self> {
        let fragments = model.fragments();
        let matcher = 16 * fragments.bytes().len() as u64 + 16 * fragments.len() as u64;
        limits.check_memory(matcher + 20 * WINDOW as u64, "encoding under this model")?;
        let matcher = Matcher::new(fragments)?;
        Ok(Encoder { model, matcher, parser: Parser::default(), window: Vec::new(), tokens: Vec::new() })
    }

    /// Encodes the document that `input` gives into `out`, window by window. How the input's reads
    /// are cut has no effect on the bytes.
    ///
    /// # Errors
    /// Those of reading and writing, `Limit` for more output than allowed, what `progress` returns.
    pub fn encode(
        &mut self,
        mut input: impl Read,
        out: &mut impl Write,
        limits: &Limits,
        progress: &dyn Progress,
    ) -> Result<Sizes> {
        let mut sizes = Sizes { document: 0, coded: 4 };
        limits.check_output(sizes.coded, "the compression")?;
        let writing = |e: io::Error| Error::io("writing the compression", e);
        out.write_all(&self.model.hash().to_le_bytes()).map_err(writing)?;
        self.window.clear();
        loop {
            let ended = self.fill(&mut input)?;
            let length = self.window.len();
            let keep = if ended { 0 } else { OVERLAP };
            let done = self.push_tokens(length - keep)?;
            sizes.document += done as u64;
            sizes.coded += self.tokens.len() as u64;
            limits.check_output(sizes.coded, "the compression")?;
            out.write_all(&self.tokens).map_err(writing)?;
            progress.advance(done as u64, self.tokens.len() as u64)?;
            self.window.drain(..done);
            if ended {
                return Ok(sizes);
            }
        }
    }

    /// The tokens of a document of at most [`WINDOW`] bytes, in their order.
    ///
    /// # Errors
    /// `Usage` for a longer document.
    pub fn tokens<'a>(&'a mut self, document: &'a [u8]) -> Result<impl Iterator<Item = Token<'a>> + 'a> {
        if document.len() > WINDOW {
            return Err(Error::new(ErrorKind::Usage, "a document in one piece")
                .found(format!("{} bytes", document.len()))
                .expected(format!("at most {WINDOW}")));
        }
        let profile = self.model.profile();
        self.parser.parse(document, &self.matcher, 1, |index| profile.reference_bytes(index));
        Ok(self.parser.steps().map(|(at, step)| {
            let bytes = &document[at..at + step.len()];
            match step {
                Step::Literal(_) => Token::Literal(bytes),
                Step::Fragment(index, _) => Token::Fragment(index, bytes),
            }
        }))
    }

    /// Fills the window; whether the input ended.
    fn fill(&mut self, input: &mut impl Read) -> Result<bool> {
        let mut filled = self.window.len();
        self.window.resize(WINDOW, 0);
        let ended = loop {
            if filled == WINDOW {
                break false;
            }
            match input.read(&mut self.window[filled..]) {
                Ok(0) => break true,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::io("reading the document", e)),
            }
        };
        self.window.truncate(filled);
        Ok(ended)
    }

    /// Parses the window and makes `tokens` of the steps that begin before `until`; how far they go.
    fn push_tokens(&mut self, until: usize) -> Result<usize> {
        let profile = self.model.profile();
        self.parser.parse(&self.window, &self.matcher, 1, |index| profile.reference_bytes(index));
        self.tokens.clear();
        let mut done = 0;
        for (at, step) in self.parser.steps().take_while(|&(at, _)| at < until) {
            done = at + step.len();
            match step {
                Step::Literal(length) => {
                    self.tokens.push(length);
                    self.tokens.extend_from_slice(&self.window[at..done]);
                }
                Step::Fragment(index, _) => profile.push_reference(index, &mut self.tokens),
            }
        }
        Ok(done)
    }
}

/// The compression of one document.
///
/// # Errors
/// Those of [`Encoder`].
pub fn to_vec(model: &Model, document: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    Encoder::new(model, limits)?.encode(document, &mut out, limits, &Silent)?;
    Ok(out)
}
