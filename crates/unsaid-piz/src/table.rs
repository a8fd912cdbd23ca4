//! Tables "value of a chunk of 1, 2 or 3 bytes to the first position where its digits stand".
//!
//! A table is built while digits come, until every value was seen or the limit on digits is reached. It may stay
//! incomplete: whoever packs splits what it lacks. Reference points, positions counted in digits (base 2: bits;
//! base 16: nibbles; base 256: bytes): the last value to be seen stands at
//!
//! | bytes | base 2 | base 16 | base 256 |
//! |---|---|---|---|
//! | 1 | 1,341 | 1,445 | 1,933 |
//! | 2 | 824,310 | 874,017 | 744,325 |
//! | 3 | 308,283,025 | | |

use unsaid_core::{Limits, Result};
use unsaid_pi::{Base, DigitSource};

use crate::spell;

/// No position. Tables go no further than this, four thousand million digits.
pub(crate) const NONE: u32 = u32::MAX;

/// Positions looked at in one go, so that the values of the bytes there stay in the cache.
const BLOCK: usize = 1 << 15;

/// The longest chunk that a table holds, in bytes.
pub const LONGEST: u32 = 3;

/// First positions by value. A value of several bytes is the number that they write, the first byte on top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub(crate) base: Base,
    pub(crate) bytes: u32,
    pub(crate) first: Vec<u32>,
    pub(crate) missing: u64,
    /// Digits looked at.
    pub(crate) scanned: u64,
}

impl Table {
    /// A table for chunks of `bytes` bytes (1 to 3; the nearest of these for others) that knows nothing yet.
    ///
    /// # Errors
    /// [`unsaid_core::ErrorKind::Limit`] where it would take more memory than allowed.
    pub fn empty(base: Base, bytes: u32, limits: &Limits) -> Result<Table> {
        let bytes = bytes.clamp(1, LONGEST);
        let values = 1_usize << (8 * bytes);
        limits.check_memory(4 * values as u64, "a table of positions")?;
        Ok(Table { base, bytes, first: vec![NONE; values], missing: values as u64, scanned: 0 })
    }

    /// A table that knows what the first digits hold, as far as the limit allows.
    ///
    /// # Errors
    /// As [`Table::empty`] and [`Table::grow`].
    pub fn build(base: Base, bytes: u32, source: &dyn DigitSource, limits: &Limits) -> Result<Table> {
        let mut table = Table::empty(base, bytes, limits)?;
        table.grow(source, limits)?;
        Ok(table)
    }

    /// Goes on until every value was seen or the limit on digits is reached.
    ///
    /// # Errors
    /// What `source` says, and [`unsaid_core::ErrorKind::Limit`] where the digits take too much memory.
    pub fn grow(&mut self, source: &dyn DigitSource, limits: &Limits) -> Result<()> {
        let furthest = limits.digits.min(u64::from(NONE) - 1);
        let mut count = furthest.min(likely_enough(self.base, self.bytes)).max(self.scanned);
        while !self.reaches(furthest) {
            limits.check_memory(
                (4 * self.first.len() as u64).saturating_add(count),
                "a table of positions and its digits",
            )?;
            let digits = source.prefix(self.base, count)?;
            let known = usize::try_from(count).map_or(digits.len(), |count| count.min(digits.len()));
            self.learn(digits.get(..known).unwrap_or_default());
            count = count.saturating_add(count / 4).max(self.scanned + 1).min(furthest);
        }
        Ok(())
    }

    /// Whether more digits, up to `count`, would change nothing.
    pub fn reaches(&self, count: u64) -> bool {
        self.missing == 0 || self.scanned >= count
    }

    /// Learns from the first digits of π; those that were looked at before are not looked at again.
    fn learn(&mut self, digits: &[u8]) {
        let per_byte = self.base.digits_per_byte() as usize;
        let length = per_byte * self.bytes as usize;
        let mut values = Vec::with_capacity(BLOCK + length);
        // The last places looked at before had no whole chunk behind them.
        let seen = usize::try_from(self.scanned).unwrap_or(usize::MAX);
        let mut at = if seen < length { 0 } else { seen + 1 - length };
        while self.missing > 0 && at + length <= digits.len() {
            let end = digits.len().min(at + BLOCK + length - 1);
            spell::values(self.base, digits.get(at..end).unwrap_or_default(), &mut values);
            let places = end + 1 - length - at;
            self.enter(at, places, per_byte, &values);
            at += places;
        }
        self.scanned = self.scanned.max(digits.len() as u64);
    }

    /// Enters `places` places from `at` on, whose bytes are `values`.
    fn enter(&mut self, at: usize, places: usize, per_byte: usize, values: &[u16]) {
        let seconds = values.get(per_byte..).unwrap_or_default();
        let thirds = values.get(2 * per_byte..).unwrap_or_default();
        let each = values.iter().take(places).zip(at..);
        match self.bytes {
            1 => each.for_each(|(&a, at)| self.meet(at, a < 256, usize::from(a))),
            2 => each.zip(seconds).for_each(|((&a, at), &b)| {
                self.meet(at, a | b < 256, usize::from(a) << 8 | usize::from(b));
            }),
            _ => each.zip(seconds).zip(thirds).for_each(|(((&a, at), &b), &c)| {
                let value = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
                self.meet(at, a | b | c < 256, value);
            }),
        }
    }

    #[inline]
    fn meet(&mut self, at: usize, is_bytes: bool, value: usize) {
        if !is_bytes {
            return;
        }
        if let Some(first @ &mut NONE) = self.first.get_mut(value) {
            // Places are below `NONE`: digits are asked for no further.
            *first = at as u32;
            self.missing -= 1;
        }
    }

    /// The first position of the chunk with this value, where it was seen.
    #[inline]
    pub fn position(&self, value: usize) -> Option<u64> {
        self.first.get(value).filter(|&&first| first != NONE).map(|&first| u64::from(first))
    }

    /// The base of its digits and positions.
    pub fn base(&self) -> Base {
        self.base
    }

    /// Bytes of a chunk.
    pub fn bytes(&self) -> u32 {
        self.bytes
    }

    /// How many values were not seen.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// How many digits were looked at.
    pub fn scanned(&self) -> u64 {
        self.scanned
    }
}

/// Digits after which every value of `bytes` bytes was seen, nineteen times of twenty if digits were random:
/// the last of V values that come once in N places is awaited N (ln V + 3) places.
pub fn likely_enough(base: Base, bytes: u32) -> u64 {
    let digits = f64::from(base.digits_per_byte() * bytes);
    let places = f64::from(base.get()).powf(digits);
    // Ends at the type's largest.
    (places * (f64::from(8 * bytes) * std::f64::consts::LN_2 + 3.0)).ceil() as u64
}
