//! The decoder's side of the model: a payload becomes decisions, and is consumed exactly.

use std::io::Read;

use unsaid_core::{Error, Result};
use unsaid_entropy::ByteSource;
use unsaid_entropy::binary::Decoder;

use super::format::BlockHead;
use super::input::Input;
use super::model::BitCoder;

pub(super) const CONTRADICTION: &str = "a byte coded as no encoder does";

/// The decoder's side of the model: a payload becomes decisions.
pub(super) struct Reading<S> {
    pub(super) decoder: Decoder,
    pub(super) source: S,
    pub(super) contradicted: bool,
}

impl<'a, R: Read> Payload<'a, R> {
    /// The next `bytes` bytes of the input.
    pub(super) fn new(input: &'a mut Input<R>, bytes: u32) -> Self {
        Payload { input, left: bytes, failure: None }
    }
}

impl<S: ByteSource> Reading<S> {
    pub(super) fn new(mut source: S) -> Self {
        Reading { decoder: Decoder::new(&mut source), source, contradicted: false }
    }

    /// Whether what was decoded last means nothing.
    #[inline]
    pub(super) fn failed(&self) -> bool {
        self.decoder.starved() || self.contradicted
    }
}

impl<S: ByteSource> BitCoder for Reading<S> {
    const KNOWS_BYTE: bool = false;

    #[inline]
    fn code(&mut self, _: bool, p: u32) -> bool {
        self.decoder.decode(p, &mut self.source)
    }

    fn contradiction(&mut self) {
        self.contradicted = true;
    }
}

/// The payload of one block: no byte beyond it is ever asked for.
pub(super) struct Payload<'a, R> {
    pub(super) input: &'a mut Input<R>,
    left: u32,
    /// Why the input gave no byte, where the payload was not at its end.
    failure: Option<Error>,
}

impl<R: Read> ByteSource for Payload<'_, R> {
    #[inline]
    fn next_byte(&mut self) -> Option<u8> {
        if self.left == 0 || self.failure.is_some() {
            return None;
        }
        match self.input.byte() {
            Ok(Some(byte)) => {
                self.left -= 1;
                return Some(byte);
            }
            Ok(None) => {
                self.failure =
                    Some(Error::truncated("the payload of a compressed block").at(self.input.offset));
            }
            Err(e) => self.failure = Some(e),
        }
        None
    }
}

impl<R: Read> Reading<Payload<'_, R>> {
    /// Checks that a block was consumed exactly.
    pub(super) fn end(self, head: BlockHead, start: u64) -> Result<()> {
        let Payload { left, failure, .. } = self.source;
        if let Some(e) = failure {
            return Err(e);
        }
        let wrong = |found: String| {
            Err(Error::corrupt("the payload of a compressed block")
                .found(found)
                .expected(format!("exactly {} for {} bytes of content", head.packed, head.size))
                .at(start))
        };
        match left {
            _ if self.contradicted => wrong(CONTRADICTION.to_owned()),
            _ if self.decoder.starved() => wrong(format!("more needed than its {} bytes", head.packed)),
            0 => Ok(()),
            left => wrong(format!("{left} bytes left over")),
        }
    }
}
