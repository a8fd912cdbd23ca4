//! How many codes have each length: all that a canonical Huffman code needs to be known.

use unsaid_core::{Error, ErrorKind, Result};

/// The longest code, in bits.
pub const MAX_BITS: u32 = 32;

/// How many segments have a code of 1 bit, 2 bits, and so on. The codes and one more, the escape, fit:
/// they make a prefix code.
///
/// A canonical code gives the shorter codes first, and among codes of one length counts up (Schwartz and
/// Kallick, "Generating a canonical prefix encoding", 1964).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    counts: Vec<u32>,
    segments: u32,
}

impl Lengths {
    /// Takes counts of codes of 1 bit, 2 bits, and so on. The last is not 0; none at all is the code of
    /// no segments.
    ///
    /// # Errors
    /// `Corrupt` above [`MAX_BITS`] lengths, for a last count of 0, and where the codes with the
    /// escape do not fit.
    pub fn new(counts: &[u64]) -> Result<Self> {
        if counts.len() > MAX_BITS as usize {
            return Err(Error::corrupt("the lengths of codes")
                .found(format!("codes of {} bits", counts.len()))
                .expected(format!("at most {MAX_BITS}")));
        }
        if counts.last() == Some(&0) {
            return Err(Error::corrupt("the lengths of codes")
                .found("0 codes of the greatest length")
                .expected("at least 1"));
        }
        // In units of the smallest code that there may be. The escape has the greatest length.
        let unit = |bits: usize| 1_u64 << (MAX_BITS as usize - bits);
        let mut room = (1_u64 << MAX_BITS) - unit(counts.len().max(1));
        let mut checked = Vec::with_capacity(counts.len());
        let mut segments = 0_u64;
        for (index, &count) in counts.iter().enumerate() {
            let taken =
                count.checked_mul(unit(index + 1)).filter(|&taken| taken <= room).ok_or_else(|| {
                    Error::corrupt("the lengths of codes")
                        .found(format!("{count} codes of {} bits", index + 1))
                        .expected("no more than fit beside the shorter ones and the escape")
                })?;
            room -= taken;
            segments += count;
            checked.push(count as u32);
        }
        Ok(Lengths { counts: checked, segments: segments as u32 })
    }

    /// Counts the lengths of the codes of segments, which do not fall.
    ///
    /// # Errors
    /// `Usage` for a length of 0, for lengths that fall, and as [`new`](Self::new).
    pub fn of_codes(bits: impl IntoIterator<Item = u32>) -> Result<Self> {
        let mut counts = Vec::new();
        for length in bits {
            if length == 0 || length > MAX_BITS || (length as usize) < counts.len() {
                return Err(Error::new(ErrorKind::Usage, "the length of a code")
                    .found(format!("{length} bits behind one of {}", counts.len()))
                    .expected(format!("1 to {MAX_BITS}, shorter ones first")));
            }
            counts.resize(length as usize, 0_u64);
            if let Some(last) = counts.last_mut() {
                *last += 1;
            }
        }
        Self::new(&counts)
    }

    /// How many codes have 1 bit, 2 bits, and so on.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// How many segments have a code.
    pub fn segments(&self) -> u32 {
        self.segments
    }

    /// Bits of the longest code and of the escape.
    pub fn longest(&self) -> u32 {
        (self.counts.len() as u32).max(1)
    }

    /// Bits of the code of each segment, in order.
    pub fn bits(&self) -> impl Iterator<Item = u32> + '_ {
        (1..).zip(&self.counts).flat_map(|(bits, &count)| std::iter::repeat_n(bits, count as usize))
    }

    /// For each length that has codes: its bits, the first code of it, and the segment of that code.
    pub(crate) fn first_codes(&self) -> impl Iterator<Item = (u32, u64, u32)> + '_ {
        let (mut code, mut segment) = (0_u64, 0_u32);
        (1..).zip(&self.counts).map(move |(bits, &count)| {
            code <<= 1;
            let first = (bits, code, segment);
            code += u64::from(count);
            segment += count;
            first
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code behind the last.
    fn escape(lengths: &Lengths) -> u64 {
        let last = lengths.first_codes().zip(lengths.counts()).last();
        last.map_or(0, |((_, code, _), &count)| code + u64::from(count))
    }

    #[test]
    fn codes_fit_with_their_escape_or_are_refused() {
        for fits in [&[][..], &[1], &[0, 3], &[1, 0, 3], &[0, 0, 7], &[1; 31], &[0, 2, 2, 1]] {
            let lengths = Lengths::new(fits).unwrap();
            assert_eq!(lengths.bits().count(), lengths.segments() as usize);
            assert_eq!(Lengths::of_codes(lengths.bits()).unwrap(), lengths);
            assert!(escape(&lengths) < 1 << lengths.longest(), "{fits:?}");
        }
        let mut full = [0; 32];
        full[31] = u64::from(u32::MAX);
        assert_eq!(Lengths::new(&full).unwrap().segments(), u32::MAX);
    }

    #[test]
    fn c1_lengths_that_overflow_are_refused() {
        let mut long = [0; 33];
        long[32] = 1;
        let mut full = [0; 32];
        full[31] = 1 << 32;
        for bad in [
            &[2][..],
            &[0, 4],
            &[1, 2],
            &[0],
            &[1, 0],
            &[1 << 63],
            &[0, u64::MAX],
            &[0, 1 << 62, 1 << 62],
            &long,
            &full,
        ] {
            assert!(Lengths::new(bad).is_err(), "{bad:?}");
        }
        assert!(Lengths::of_codes([2, 1]).is_err());
        assert!(Lengths::of_codes([0]).is_err());
        assert!(Lengths::of_codes([33]).is_err());
    }

    #[test]
    fn canonical_codes_count_up() {
        let lengths = Lengths::new(&[0, 2, 2, 1]).unwrap();
        let firsts: Vec<_> = lengths.first_codes().collect();
        assert_eq!(firsts, [(1, 0, 0), (2, 0, 0), (3, 0b100, 2), (4, 0b1100, 4)]);
        assert_eq!((escape(&lengths), lengths.longest()), (0b1101, 4));
        let none = Lengths::new(&[]).unwrap();
        assert_eq!((escape(&none), none.longest()), (0, 1));
    }
}
