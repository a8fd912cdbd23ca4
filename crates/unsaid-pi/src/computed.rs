//! Digits from wherever they are cheapest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use unsaid_core::workers::Workers;
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};

use crate::keep::{Keep, Kept};
use crate::{Base, Cost, DigitSource, Fraction, bulk, convert, extract};

/// How digits are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// Whichever is cheaper, all calls taken together.
    #[default]
    Cheapest,
    /// All digits from the first on.
    Bulk,
    /// Only the digits asked for: little memory, and slow for many or, in bases that are not powers of two,
    /// far ones.
    Extraction,
}

/// Computes digits, and remembers them.
///
/// Digits far away can be had alone ([`extract`]) or with all before them ([`bulk`]), which the next call may need.
/// As with skis that are rented until the rents come to their price, digits are extracted until all extractions
/// together would cost more than computing all: never more than twice what was best. Where all digits do not fit
/// the limit on memory, they are extracted. Nothing is computed that the limits on digits, memory or work
/// ([`Cost::work`]) do not allow.
///
/// Callers on several threads wait for each other. It must not be asked by a job of the same workers: jobs never
/// wait for jobs.
pub struct Computed<'a> {
    limits: Limits,
    workers: &'a dyn Workers,
    progress: &'a dyn Progress,
    keep: Option<&'a dyn Keep>,
    way: Way,
    known: Mutex<Known>,
}

/// What was computed.
#[derive(Default)]
struct Known {
    /// All bases that are powers of two, and what others are converted from.
    bits: Option<Fraction>,
    /// Prefixes of the other bases, as long as they were asked for.
    digits: BTreeMap<Base, Arc<[u8]>>,
    /// Prefixes of powers of two that somebody still holds: they are in `bits`.
    lent: BTreeMap<Base, Weak<[u8]>>,
    /// Work of all extractions since the last time that all digits were computed.
    spent: u64,
}

impl<'a> Computed<'a> {
    /// Nothing is computed yet.
    pub fn new(limits: Limits, workers: &'a dyn Workers, progress: &'a dyn Progress) -> Computed<'a> {
        Computed { limits, workers, progress, keep: None, way: Way::Cheapest, known: Mutex::default() }
    }

    /// Asks `keep` before it computes, and gives it what all digits from the first on were computed for.
    #[must_use]
    pub fn with_keep(self, keep: &'a dyn Keep) -> Computed<'a> {
        Computed { keep: Some(keep), ..self }
    }

    /// Computes this way, whatever it costs.
    #[must_use]
    pub fn with_way(self, way: Way) -> Computed<'a> {
        Computed { way, ..self }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Whoever panicked left what was known before or after its change, never between.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves what is there already.
    fn serve(&self, known: &Known, base: Base, from: u64, out: &mut [u8]) -> Result<bool> {
        let Some(width) = base.bits() else {
            if let Some(digits) = known.digits.get(&base).and_then(|digits| part(digits, from, out.len())) {
                out.copy_from_slice(digits);
                return Ok(true);
            }
            return Ok(self.keep.is_some_and(|keep| keep.get(Kept::Digits(base), from, out)));
        };
        let width = u64::from(width);
        // Nothing that is there reaches so far that this would not fit.
        let Some(end) = from.checked_add(out.len() as u64).filter(|end| end.checked_mul(width).is_some())
        else {
            return Ok(false);
        };
        if let Some(bits) = known.bits.as_ref().filter(|bits| bits.bits() / width >= end) {
            convert::slice(bits, base, from, out)?;
            return Ok(true);
        }
        let Some(keep) = self.keep else { return Ok(false) };
        // Eight digits are a whole number of bytes.
        let (first, last) = (from / 8 * width, (end * width).div_ceil(8));
        if keep.length(Kept::Bits) < last {
            return Ok(false);
        }
        let mut bytes = vec![0; (last - first) as usize];
        if !keep.get(Kept::Bits, first, &mut bytes) {
            return Ok(false);
        }
        convert::slice(&Fraction::from_bytes(bytes), base, from % 8, out)?;
        Ok(true)
    }

    /// What is held in memory already.
    fn held(known: &Known) -> u64 {
        let bits = known.bits.as_ref().map_or(0, |bits| bits.bytes().len());
        let digits: usize = known.digits.values().map(|digits| digits.len()).sum();
        let lent: usize = known.lent.values().filter_map(Weak::upgrade).map(|digits| digits.len()).sum();
        (bits + digits + lent) as u64
    }

    /// What the first `count` digits would cost, with the bits that are there.
    fn bulk_cost(&self, known: &Known, base: Base, count: u64) -> Cost {
        let all = bulk::needs(base, count);
        if self.bits_there(known) < convert::bits(base, count) {
            return all;
        }
        // Only the conversion: the whole without what as many bits are in base 256.
        let bits = bulk::needs(Base::BYTE, convert::bits(base, count).div_ceil(8));
        Cost { work: all.work.saturating_sub(bits.work), ..all }
    }

    fn bits_there(&self, known: &Known) -> u64 {
        let kept = self.keep.map_or(0, |keep| keep.length(Kept::Bits)).saturating_mul(8);
        known.bits.as_ref().map_or(0, Fraction::bits).max(kept)
    }

    /// Whether all digits up to `end` are to be computed, to get `count` of them.
    fn all(&self, known: &mut Known, base: Base, end: u64, extraction: Cost) -> bool {
        match self.way {
            Way::Bulk => true,
            Way::Extraction => false,
            Way::Cheapest => {
                let all = self.bulk_cost(known, base, end);
                let allowed = |cost: Cost| cost.check(&self.limits, "").is_ok();
                if !allowed(all) {
                    return false;
                }
                let spent = known.spent.saturating_add(extraction.work);
                if spent > all.work || !allowed(extraction) {
                    return true;
                }
                known.spent = spent;
                false
            }
        }
    }

    /// Limits with what is left of the memory. What can be computed again is given up where `needed` bytes do not
    /// fit otherwise.
    fn room(&self, known: &mut Known, needed: u64, bits_too: bool) -> Limits {
        if Self::held(known).saturating_add(needed) > self.limits.memory {
            known.digits.clear();
            if bits_too {
                known.bits = None;
            }
        }
        let mut limits = self.limits.clone();
        limits.memory = limits.memory.saturating_sub(Self::held(known));
        limits
    }

    /// Makes `known.bits` at least so long.
    fn grow_bits(&self, known: &mut Known, bits: u64) -> Result<()> {
        let have = known.bits.as_ref().map_or(0, Fraction::bits);
        if have >= bits {
            return Ok(());
        }
        if let Some(kept) = self.kept_bits(known, bits) {
            known.bits = Some(kept);
            return Ok(());
        }
        // Whoever goes on asking for a little more does not make us begin again each time.
        let cost = |bits: u64| bulk::needs(Base::BYTE, bits.div_ceil(8));
        let most = self.limits.digits.saturating_mul(8);
        let more = bits.max((have / 2 * 3).min(most));
        let wanted = if cost(more).check(&self.limits, "").is_ok() { more } else { bits };
        cost(wanted).check(&self.limits, "the digits up to those asked for")?;
        let limits = self.room(known, cost(wanted).memory, true);
        let fraction = bulk::fraction(wanted, &limits, self.workers, self.progress)?;
        self.put(Kept::Bits, fraction.bytes());
        known.bits = Some(fraction);
        known.spent = 0;
        Ok(())
    }

    fn kept_bits(&self, known: &mut Known, bits: u64) -> Option<Fraction> {
        let keep = self.keep?;
        let length = bits.div_ceil(8);
        if keep.length(Kept::Bits) < length {
            return None;
        }
        self.room(known, length, true).check_memory(length, "").ok()?;
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        keep.get(Kept::Bits, 0, &mut bytes).then(|| Fraction::from_bytes(bytes))
    }

    /// Makes the prefix of a base that is not a power of two at least so long.
    fn grow_digits(&self, known: &mut Known, base: Base, count: u64) -> Result<Arc<[u8]>> {
        let have = known.digits.get(&base).map_or(0, |digits| digits.len() as u64);
        // As with the bits.
        let more = count.max((have / 2 * 3).min(self.limits.digits));
        let fits = |count| self.bulk_cost(known, base, count).check(&self.limits, "").is_ok();
        let count = if fits(more) { more } else { count };
        let cost = self.bulk_cost(known, base, count);
        cost.check(&self.limits, "the digits up to those asked for")?;
        self.grow_bits(known, convert::bits(base, count))?;
        let limits = self.room(known, cost.memory, false);
        let Some(bits) = &known.bits else { return Ok(Arc::default()) };
        let digits = convert::digits(bits, base, count, &limits, self.workers, self.progress)?;
        self.put(Kept::Digits(base), &digits);
        let digits: Arc<[u8]> = digits.into();
        known.digits.insert(base, Arc::clone(&digits));
        Ok(digits)
    }

    fn put(&self, what: Kept, units: &[u8]) {
        if let Some(Err(error)) = self.keep.map(|keep| keep.put(what, units)) {
            self.progress.note(&format!("digits of π are not kept: {error}"));
        }
    }
}

/// `count` of `digits` from `from` on, where there are so many.
fn part(digits: &[u8], from: u64, count: usize) -> Option<&[u8]> {
    digits.get(usize::try_from(from).ok()?..)?.get(..count)
}

fn extraction_cost(base: Base, from: u64, count: u64) -> Cost {
    match base.bits() {
        Some(_) => extract::power_of_two_needs(base, from, count),
        None => extract::any_base_needs(base, from, count),
    }
}

impl Computed<'_> {
    /// Fills `out` by extraction.
    fn extract(&self, base: Base, from: u64, out: &mut [u8]) -> Result<()> {
        let extract = if base.bits().is_some() { extract::power_of_two } else { extract::any_base };
        extract(base, from, out, &self.limits, self.workers, self.progress)
    }

    fn fill(&self, known: &mut Known, base: Base, from: u64, out: &mut [u8]) -> Result<()> {
        let count = out.len() as u64;
        if count == 0 || self.serve(known, base, from, out)? {
            return Ok(());
        }
        let end = from.saturating_add(count);
        if !self.all(known, base, end, extraction_cost(base, from, count)) {
            return self.extract(base, from, out);
        }
        if base.bits().is_some() {
            self.grow_bits(known, convert::bits(base, end))?;
        } else {
            self.grow_digits(known, base, end)?;
        }
        if self.serve(known, base, from, out)? {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Internal, "digits of π that were just computed are not there"))
    }
}

impl DigitSource for Computed<'_> {
    fn digits(&self, base: Base, from: u64, out: &mut [u8]) -> Result<()> {
        self.limits.check_digits(from.saturating_add(out.len() as u64), "the digits asked for")?;
        self.fill(&mut self.known(), base, from, out)
    }

    fn prefix(&self, base: Base, count: u64) -> Result<Arc<[u8]>> {
        self.limits.check_digits(count, "the digits asked for")?;
        let mut known = self.known();
        let there = known.digits.get(&base).cloned().or_else(|| known.lent.get(&base)?.upgrade());
        if let Some(digits) = there.filter(|digits| digits.len() as u64 >= count) {
            return Ok(digits);
        }
        // Where they have to be computed from the first on they are not copied once more.
        let power_of_two = base.bits().is_some();
        let kept = self.keep.map_or(0, |keep| keep.length(Kept::Digits(base)));
        if !power_of_two && kept < count && self.all(&mut known, base, count, extraction_cost(base, 0, count))
        {
            return self.grow_digits(&mut known, base, count);
        }
        self.room(&mut known, count, false).check_memory(count, "the digits asked for")?;
        let mut digits = vec![0; usize::try_from(count).unwrap_or(usize::MAX)];
        self.fill(&mut known, base, 0, &mut digits)?;
        let digits: Arc<[u8]> = digits.into();
        if power_of_two {
            known.lent.insert(base, Arc::downgrade(&digits));
        } else {
            known.digits.insert(base, Arc::clone(&digits));
        }
        Ok(digits)
    }
}
