//! The tables of one base, built when they are first asked for.

use std::sync::Arc;

use unsaid_core::{Limits, Result};
use unsaid_pi::{Base, DigitSource};

use crate::expect::Expected;
use crate::table::{Table, likely_enough};

/// Digits that are always looked at: in base 16 they hold every chunk of 2 bytes.
pub const AT_HAND: u64 = 1 << 20;

/// More bits of π than this are not computed where nobody asked for chunks of a certain length.
const UNASKED_BITS: f64 = (1 << 24) as f64;

/// The least share of chunks found that makes it worth to go to the limit.
const WORTH_IT: f64 = 0.25;

/// How far chunks of `bytes` bytes are searched: as far as the limit allows, but where fewer than one in four of
/// them would be found there, only [`AT_HAND`].
pub fn reach(base: Base, bytes: u64, limits: &Limits) -> u64 {
    let found = Expected::new(base, bytes).chance(limits.digits);
    if found >= WORTH_IT { limits.digits } else { limits.digits.min(AT_HAND) }
}

/// The length in bytes of the chunks that data is split into where nobody said a length: 2 where the digits for
/// all of them are soon computed, else 1.
pub fn unit(base: Base, limits: &Limits) -> u32 {
    let digits = likely_enough(base, 2);
    let bits = digits as f64 * f64::from(base.get()).log2();
    if digits <= limits.digits && bits <= UNASKED_BITS { 2 } else { 1 }
}

/// The tables at hand for one base. Whoever keeps tables puts them in before and takes them out after packing.
#[derive(Clone, Debug)]
pub struct Tables {
    base: Base,
    at_hand: [Option<Arc<Table>>; 3],
}

impl Tables {
    /// None at hand yet.
    pub fn new(base: Base) -> Self {
        Tables { base, at_hand: [None, None, None] }
    }

    /// Their base.
    pub fn base(&self) -> Base {
        self.base
    }

    /// Takes a table that was built before. One of another base is not taken, nor one that knows less than what is there.
    pub fn put(&mut self, table: Table) {
        if table.base() != self.base {
            return;
        }
        let Some(slot) = self.at_hand.get_mut(table.bytes() as usize - 1) else { return };
        if slot.as_ref().is_none_or(|known| known.scanned() < table.scanned()) {
            *slot = Some(Arc::new(table));
        }
    }

    /// The tables at hand, short chunks first.
    pub fn at_hand(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.at_hand.iter().flatten()
    }

    /// The table for chunks of `bytes` bytes, built or grown as far as `digits` digits and the limits allow. It may know
    /// further positions from an earlier time.
    ///
    /// # Errors
    /// As [`Table::build`].
    pub fn get(
        &mut self,
        bytes: u32,
        digits: u64,
        source: &dyn DigitSource,
        limits: &Limits,
    ) -> Result<Arc<Table>> {
        let mut limits = limits.clone();
        limits.digits = limits.digits.min(digits);
        let slot = self.at_hand.get_mut(bytes.clamp(1, 3) as usize - 1);
        let mut table = match slot.as_ref().and_then(|slot| slot.as_ref()) {
            Some(known) if known.reaches(limits.digits) => return Ok(Arc::clone(known)),
            Some(known) => Table::clone(known),
            None => Table::empty(self.base, bytes, &limits)?,
        };
        table.grow(source, &limits)?;
        let table = Arc::new(table);
        if let Some(slot) = slot {
            *slot = Some(Arc::clone(&table));
        }
        Ok(table)
    }
}
