//! A range variant of asymmetric numeral systems over 16-bit totals (J. Duda, "Asymmetric numeral
//! systems", 2013), byte exact at both ends.
//!
//! The state is a 64-bit number that starts at 1 and has no lower bound until it first passes 2^32:
//! a short message is one plain number, and no byte is spent on a start or an end. The steps of a
//! message are known in reading order and coded backwards.

use unsaid_core::{Error, Result};

/// Bits of the total of all sizes of one step.
pub(crate) const TOTAL_BITS: u32 = 16;
/// The total of all sizes of one step.
pub(crate) const TOTAL: u32 = 1 << TOTAL_BITS;
/// Below this the decoder takes four more bytes, where there are any.
const LOW: u64 = 1 << 32;
/// The state before the first step is coded, and after the last one is read.
const START: u64 = 1;

/// One step: the interval `start..start + size` of [`TOTAL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) start: u16,
    /// 1 to 65,535.
    pub(crate) size: u16,
}

impl Step {
    /// The lowest `bits` (1 to 15) bits of `value`, each value as likely as the other.
    pub(crate) fn plain(value: u32, bits: u32) -> Self {
        let size = 1 << (TOTAL_BITS - bits);
        Step { start: (value << (TOTAL_BITS - bits)) as u16, size }
    }
}

/// Codes the steps (in reading order) and appends the message to `out`.
pub(crate) fn encode(steps: &[Step], words: &mut Vec<u32>, out: &mut Vec<u8>) {
    words.clear();
    let mut state = START;
    for step in steps.iter().rev() {
        let size = u64::from(step.size.max(1));
        if state >> (64 - TOTAL_BITS) >= size {
            words.push(state as u32);
            state >>= 32;
        }
        state = ((state / size) << TOTAL_BITS) + state % size + u64::from(step.start);
    }
    let zeros = state.leading_zeros() as usize / 8;
    out.extend_from_slice(&state.to_be_bytes()[zeros.min(7)..]);
    for word in words.iter().rev() {
        out.extend_from_slice(&word.to_be_bytes());
    }
}

/// Reads the steps of one message.
pub(crate) struct Decoder<'a> {
    state: u64,
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    /// # Errors
    /// An empty message, and one whose first byte is 0: the encoder writes neither.
    pub(crate) fn new(message: &'a [u8]) -> Result<Self> {
        let n = message.len();
        let head = if n <= 8 { n } else { 5 + (n - 5) % 4 };
        let (head, rest) = message.split_at_checked(head).unwrap_or((message, &[]));
        match head.first() {
            None => Err(Error::truncated("a coded message").found("0 bytes").expected("at least 1")),
            Some(0) => {
                Err(Error::corrupt("the first byte of a coded message").found("0").expected("1 to 255"))
            }
            Some(_) => {
                Ok(Decoder { state: head.iter().fold(0, |state, &b| state << 8 | u64::from(b)), rest })
            }
        }
    }

    /// Where in [`TOTAL`] the next step lies.
    #[inline(always)]
    pub(crate) fn slot(&self) -> u16 {
        self.state as u16
    }

    /// Goes past the step that holds [`slot`](Self::slot).
    #[inline(always)]
    pub(crate) fn pass(&mut self, start: u16, size: u16) -> Result<()> {
        let above = u64::from(self.state as u16) - u64::from(start);
        self.state = u64::from(size) * (self.state >> TOTAL_BITS) + above;
        if self.state < LOW {
            if let Some((word, rest)) = self.rest.split_first_chunk::<4>() {
                self.state = self.state << 32 | u64::from(u32::from_be_bytes(*word));
                self.rest = rest;
            } else if self.state == 0 {
                return Err(cut());
            }
        }
        Ok(())
    }

    /// Reads [`Step::plain`].
    #[inline]
    pub(crate) fn plain(&mut self, bits: u32) -> Result<u32> {
        let step = Step::plain(u32::from(self.slot()) >> (TOTAL_BITS - bits), bits);
        self.pass(step.start, step.size)?;
        Ok(u32::from(step.start) >> (TOTAL_BITS - bits))
    }

    /// # Errors
    /// Anything left over: the message was changed or cut, or made with other tables.
    pub(crate) fn finish(self) -> Result<()> {
        if self.state == START && self.rest.is_empty() { Ok(()) } else { Err(cut()) }
    }
}

#[cold]
fn cut() -> Error {
    Error::corrupt("a coded message does not end where its text ends")
        .hint("it was cut or changed, or it was made with another model")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(steps: &[Step]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(steps, &mut Vec::new(), &mut out);
        out
    }

    fn steps(n: u32) -> Vec<Step> {
        let step = |i: u32| {
            let size = 1 + (i * i * 7919 % 65_535) as u16;
            Step { start: (i * 31 % (TOTAL - u32::from(size) + 1)) as u16, size }
        };
        (0..n).map(step).collect()
    }

    #[test]
    fn messages_of_every_length_come_back() {
        for n in 0..400 {
            let steps = steps(n);
            let message = message(&steps);
            let mut coded = Decoder::new(&message).unwrap();
            for step in &steps {
                let slot = coded.slot();
                assert!(slot >= step.start && u32::from(slot) < u32::from(step.start) + u32::from(step.size));
                coded.pass(step.start, step.size).unwrap();
            }
            coded.finish().unwrap();
        }
    }

    #[test]
    fn a_message_takes_its_information_and_at_most_three_bytes() {
        for n in [1, 5, 50, 500] {
            let steps = steps(n);
            let bits: f64 = steps.iter().map(|s| 16.0 - f64::from(s.size).log2()).sum();
            let bytes = message(&steps).len() as f64;
            assert!(bytes <= bits / 8.0 + 3.0, "{n}: {bytes} bytes for {bits} bits");
        }
    }

    #[test]
    fn b4_reading_on_behind_the_end_is_an_error_and_never_an_endless_stream() {
        let message = message(&steps(40));
        let mut coded = Decoder::new(&message).unwrap();
        // Always the last interval: the state shrinks until nothing is left.
        let end = (0..10_000).find_map(|_| {
            let slot = coded.slot();
            coded.pass(slot, 1).err()
        });
        assert_eq!(end.unwrap().kind(), unsaid_core::ErrorKind::Corrupt);
    }

    #[test]
    fn b10_an_empty_message_and_one_that_starts_with_0_are_refused() {
        assert_eq!(Decoder::new(&[]).err().unwrap().kind(), unsaid_core::ErrorKind::Truncated);
        assert_eq!(Decoder::new(&[0, 1]).err().unwrap().kind(), unsaid_core::ErrorKind::Corrupt);
    }
}
