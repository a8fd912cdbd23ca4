//! Which digits are kept, and which are asked for one chunk at a time.

use std::sync::Arc;

use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_pi::{Base, DigitSource};

use crate::Numerals;
use crate::fast::Group;
use crate::line::{self, Line};
use crate::warm::{NoByte, Warm, to_bytes};

/// So many digits are had at once faster than anyone notices.
const FREE: u64 = 1 << 12;

/// So many chunks of so many digits cost about as much one by one as all digits up to them at once: measured ratios of
/// the two ways lie between 10 and 40 from 10^6 to 10^8 hexadecimal digits.
const PATIENCE: u64 = 16;
const DIGITS_AT_ONCE: u64 = 64;

/// The digits that an archive's chunks are taken from.
pub(crate) struct Digits<'a> {
    source: &'a dyn DigitSource,
    base: Base,
    limits: &'a Limits,
    warm: Arc<Warm>,
    /// Chunks that were not in `warm`, long ones counted more often.
    cold: u64,
    /// The furthest digit that one of them needed.
    furthest: u64,
    /// So many digits could not be had at once.
    refused: u64,
}

impl<'a> Digits<'a> {
    pub(crate) fn new(source: &'a dyn DigitSource, base: Base, limits: &'a Limits) -> Self {
        let warm = Arc::new(Warm::none(base));
        Digits { source, base, limits, warm, cold: 0, furthest: 0, refused: u64::MAX }
    }

    pub(crate) fn base(&self) -> Base {
        self.base
    }

    pub(crate) fn per_byte(&self) -> usize {
        self.warm.per_byte()
    }

    pub(crate) fn warm(&self) -> Arc<Warm> {
        Arc::clone(&self.warm)
    }

    /// Whether chunks since [`Digits::prepare`] were not at hand.
    pub(crate) fn wants_more(&self) -> bool {
        self.cold > 0 && self.furthest > self.warm.count()
    }

    /// Gets the digits that these lines need, if they are many or near. Lines that are wrong end the look ahead.
    ///
    /// # Errors
    /// Those of the source, but for its limits.
    pub(crate) fn prepare(&mut self, text: &[u8], mut group: Group, numerals: &Numerals) -> Result<()> {
        let before = (self.cold, self.furthest);
        for line in text.split(|&byte| byte == b'\n').take_while(|line| line.len() <= line::LONGEST) {
            match line::read(line, numerals) {
                Ok(Line::Size(digits)) => group = Group::new(digits, self.per_byte()),
                Ok(Line::Position(position)) => {
                    if !self.warm.holds(position, group.bytes) {
                        self.count(position, group.bytes);
                    }
                }
                Ok(Line::End) | Err(_) => break,
            }
        }
        self.grow()?;
        // Those that are still missing are counted when it is their turn.
        if self.furthest > self.warm.count() {
            (self.cold, self.furthest) = before;
        }
        Ok(())
    }

    fn count(&mut self, position: u64, bytes: u64) {
        let digits = bytes.saturating_mul(self.per_byte() as u64);
        let end = position.saturating_add(digits);
        if digits > 0 && end <= self.limits.digits {
            self.cold = self.cold.saturating_add(digits.div_ceil(DIGITS_AT_ONCE));
            self.furthest = self.furthest.max(end);
        }
    }

    /// Gets more digits at once, where that is worth it.
    fn grow(&mut self) -> Result<()> {
        let needed = self.furthest;
        if needed <= self.warm.count() || (needed > FREE && self.cold < PATIENCE) {
            return Ok(());
        }
        // In steps of a quarter at least, so that asking again and again costs little in all.
        let step = (needed.checked_next_power_of_two().unwrap_or(u64::MAX) / 4).max(FREE / 4);
        let count = needed.checked_next_multiple_of(step).unwrap_or(u64::MAX).min(self.limits.digits);
        // A byte a digit in the source's memory, and as much again at most here.
        if count >= self.refused || count > self.limits.memory / 2 || usize::try_from(count).is_err() {
            return Ok(());
        }
        match self.source.prefix(self.base, count) {
            Ok(digits) if digits.len() as u64 >= needed => {
                if digits.iter().any(|&digit| u16::from(digit) >= self.base.get()) {
                    return Err(no_digit());
                }
                self.warm = Arc::new(Warm::new(self.base, &digits, self.limits.digits));
                (self.cold, self.furthest) = (0, 0);
                Ok(())
            }
            Ok(_) => Err(Error::new(ErrorKind::Internal, "fewer digits than were asked for")),
            // Then one by one: those that are too far or too many say so themselves.
            Err(e) if e.kind() == ErrorKind::Limit => {
                self.refused = count;
                Ok(())
            }
            Err(e) => Err(e),
        }
    }

    /// The bytes at `position`; `wanted` says how many of them will be asked for in all.
    pub(crate) fn bytes(&mut self, position: u64, wanted: u64, out: &mut [u8]) -> Result<Result<(), NoByte>> {
        if !self.warm.holds(position, out.len() as u64) {
            self.count(position, wanted);
            self.grow()?;
        }
        if self.warm.holds(position, out.len() as u64) {
            return Ok(self.warm.bytes(position, out));
        }
        let mut digits = vec![0; out.len() * self.per_byte()];
        self.source.digits(self.base, position, &mut digits)?;
        if digits.iter().any(|&digit| u16::from(digit) >= self.base.get()) {
            return Err(no_digit());
        }
        Ok(to_bytes(self.base, &digits, out))
    }
}

fn no_digit() -> Error {
    Error::new(ErrorKind::Internal, "a digit that is none of its base")
}
