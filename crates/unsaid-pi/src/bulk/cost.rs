//! What bulk digits cost, known before they are computed.

use super::tree;
use crate::number::Library;
use crate::{Base, Cost, convert};

/// What more hands cannot speed up, they do not take memory for: the widest level has so many products.
pub(super) const MOST_HANDS: usize = 4;

/// What the first `count` digits in this base cost, from nothing to one digit a byte, with one worker and the best
/// library that is here.
pub fn needs(base: Base, count: u64) -> Cost {
    needs_by(Library::best(), base, count)
}

pub(crate) fn needs_by(library: Library, base: Base, count: u64) -> Cost {
    let bits = convert::bits(base, count);
    let series = memory(library, bits, 1);
    let conversion = convert::memory(library, base, count, 1);
    let work = series_work(library, bits).saturating_add(convert::work(library, base, count));
    Cost { memory: series.max(conversion), work }
}

/// Peak bytes for so many bits, measured with the margin that tests hold.
pub(super) fn memory(library: Library, bits: u64, hands: usize) -> u64 {
    let each = match library {
        Library::Fast => 40,
        Library::Portable => 70,
    };
    let more = 30 * (hands.clamp(1, MOST_HANDS) as u64 - 1);
    (bits / 8).saturating_mul(each + more).saturating_add(4 << 20)
}

/// Nanoseconds of a bit at ten million decimal digits, over the logarithm: measured, as are those of [`convert`].
fn series_work(library: Library, bits: u64) -> u64 {
    let log = u64::from(bits.max(2).ilog2());
    let each = match library {
        Library::Fast => 5,
        Library::Portable => 26,
    };
    bits.saturating_mul(each * log)
}

/// Units of progress: each level of splitting is about as much work as any other, the rest as three.
pub(super) fn units(terms: u64) -> u64 {
    let levels = u64::from(tree::levels(terms)) + 3;
    terms.saturating_mul(levels + u64::from((terms >> tree::levels(terms)).max(1).ilog2()).saturating_sub(3))
}
