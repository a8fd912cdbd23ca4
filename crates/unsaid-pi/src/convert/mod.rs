//! The digits of a fraction in any base.

mod leaf;
mod radix;
mod size;
mod slice;

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Workers};

use crate::number::{Library, with};
use crate::{Base, Fraction};

/// Limbs behind the last digit that show whether it can be trusted; the second number where the first is not enough.
const GUARDS: [usize; 2] = [1, 2];

/// The bits of a fraction that the first `count` digits are made from: what to ask [`crate::bulk::fraction`] for.
pub fn bits(base: Base, count: u64) -> u64 {
    let guard = if base.bits().is_some() { 0 } else { 128 };
    size::bits(base, count).saturating_add(guard)
}

/// The first `count` digits of the fraction, one a byte, each below the base.
///
/// They are those of every number that begins with these bits. `progress` begins with units of work, not bytes.
///
/// # Errors
/// [`ErrorKind::Limit`], before any work, where it takes more memory than allowed; [`ErrorKind::Usage`] where the
/// fraction is shorter than [`bits`]; [`ErrorKind::Interrupted`] where `progress` says so; [`ErrorKind::Internal`]
/// where a carry from behind the fraction's end could change the digits, which for π nobody has ever seen.
pub fn digits(
    fraction: &Fraction,
    base: Base,
    count: u64,
    limits: &Limits,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<Vec<u8>> {
    digits_by(Library::best(), fraction, base, count, limits, workers, progress)
}

/// [`digits`] by this library, or by the portable one where this one is not here.
///
/// # Errors
/// As [`digits`].
pub fn digits_by(
    library: Library,
    fraction: &Fraction,
    base: Base,
    count: u64,
    limits: &Limits,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<Vec<u8>> {
    limits.check_memory(memory(library, base, count, 1), "converting that many digits")?;
    if fraction.bits() < bits(base, count) {
        return Err(Error::new(ErrorKind::Usage, format!("a fraction for {count} digits in base {base}"))
            .found(format!("{} bits", fraction.bits()))
            .expected(format!("{} bits or more", bits(base, count))));
    }
    // The memory limit has just let it pass.
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if let Some(each) = base.bits() {
        let mut out = vec![0; count];
        progress.advance(0, 0)?;
        slice::slice(fraction, each, 0, &mut out);
        return Ok(out);
    }
    for guard in GUARDS {
        let (digits, trusted) =
            with!(library, N => radix::digits::<N>(fraction, base, count, guard, workers, progress))?;
        if trusted {
            return Ok(digits);
        }
    }
    Err(Error::new(ErrorKind::Internal, "this many bits do not say what the last digits are"))
}

/// Fills `out` with the digits at `from`, `from + 1`, … of a base that is a power of two: they stand in the bits.
///
/// # Errors
/// [`ErrorKind::Usage`] for another base, and where the fraction is too short.
pub fn slice(fraction: &Fraction, base: Base, from: u64, out: &mut [u8]) -> Result<()> {
    let each = base.bits().ok_or_else(|| {
        Error::new(ErrorKind::Usage, "digits that stand in the bits").found(base).expected("a power of two")
    })?;
    let end = from.checked_add(out.len() as u64).and_then(|end| end.checked_mul(u64::from(each)));
    if end.is_none_or(|end| end > fraction.bits()) {
        return Err(Error::new(ErrorKind::Usage, "a fraction for these digits")
            .found(format!("{} bits", fraction.bits()))
            .expected(format!("{} digits of {each} bits from {from} on", out.len())));
    }
    slice::slice(fraction, each, from, out);
    Ok(())
}

/// Peak bytes of a conversion, the digits included, the fraction not.
pub(crate) fn memory(library: Library, base: Base, count: u64, hands: usize) -> u64 {
    let _ = (library, hands);
    if base.bits().is_some() {
        return count;
    }
    (bits(base, count) / 8).saturating_mul(20).saturating_add(count.saturating_mul(2)).saturating_add(4 << 20)
}

/// About the nanoseconds of a conversion.
pub(crate) fn work(library: Library, base: Base, count: u64) -> u64 {
    if base.bits().is_some() {
        return count;
    }
    let bits = bits(base, count);
    let levels = u64::from(radix::levels(base, count)) + 1;
    let each = match library {
        Library::Fast => 2 * levels,
        Library::Portable => 8 * levels,
    };
    bits.saturating_mul(each)
}
