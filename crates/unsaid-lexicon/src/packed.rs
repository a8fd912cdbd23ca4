//! Merges as bytes: each id in as many bits as the ids before it need.
//!
//! | bytes | meaning |
//! |---|---|
//! | 4 | how many merges, little endian |
//! | rest | for each merge the left id, then the right id, in as many bits as the greatest id known before it has (8 for the first merge, 9 for the second to the 257th, …), lowest bit first; then zero bits up to a whole byte |

use unsaid_core::{Error, ErrorKind, Result};

use crate::merges::{BYTES, Merges};

/// No more merges than this are written or read.
pub const MAX_MERGES: usize = 1 << 24;

impl Merges {
    /// Appends the merges as bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] for more than [`MAX_MERGES`].
    pub fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        if self.len() > MAX_MERGES {
            return Err(Error::new(ErrorKind::Limit, "too many merges to write")
                .found(self.len())
                .expected(format!("at most {MAX_MERGES}")));
        }
        out.extend_from_slice(&(self.len() as u32).to_le_bytes());
        let (mut held, mut bits) = (0u64, 0);
        for (index, &(left, right)) in self.pairs().iter().enumerate() {
            for id in [left, right] {
                held |= u64::from(id) << bits;
                bits += width(index);
                while bits >= 8 {
                    out.push(held as u8);
                    held >>= 8;
                    bits -= 8;
                }
            }
        }
        if bits > 0 {
            out.push(held as u8);
        }
        Ok(())
    }

    /// Reads what [`write`](Self::write) wrote, to the last byte.
    ///
    /// The memory it takes is at most a dozen times `bytes`.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] for fewer bytes than the merges take, [`ErrorKind::Corrupt`] for
    /// more, and as [`Merges::from_pairs`].
    pub fn read(bytes: &[u8], max_len: u32) -> Result<Self> {
        let Some((count, packed)) = bytes.split_first_chunk::<4>() else {
            return Err(Error::truncated("the number of merges").found(format!("{} bytes", bytes.len())));
        };
        let count = u32::from_le_bytes(*count) as usize;
        if count > MAX_MERGES {
            return Err(Error::corrupt("too many merges")
                .found(count)
                .expected(format!("at most {MAX_MERGES}")));
        }
        let needed = packed_len(count);
        if packed.len() as u64 != needed {
            let kind = if (packed.len() as u64) < needed { ErrorKind::Truncated } else { ErrorKind::Corrupt };
            return Err(Error::new(kind, format!("the bytes of {count} merges"))
                .found(packed.len())
                .expected(needed));
        }
        let mut merges = Merges::default();
        let (mut held, mut bits) = (0u64, 0);
        let mut rest = packed.iter();
        for index in 0..count {
            let mut next = || {
                let width = width(index);
                while bits < width {
                    held |= u64::from(*rest.next().unwrap_or(&0)) << bits;
                    bits += 8;
                }
                let id = held as u32 & ((1 << width) - 1);
                held >>= width;
                bits -= width;
                id
            };
            let (left, right) = (next(), next());
            merges.push_checked(left, right, max_len)?;
        }
        if held != 0 {
            return Err(Error::corrupt("bits behind the last merge"));
        }
        Ok(merges)
    }
}

/// Bits of an id of the merge at `index`.
fn width(index: usize) -> u32 {
    (BYTES + index as u32 - 1).ilog2() + 1
}

/// Bytes that this many merges take.
fn packed_len(count: usize) -> u64 {
    let (mut bits, mut index) = (0u64, 0);
    while index < count {
        // All merges up to this one have ids of the same width.
        let width = width(index);
        let end = ((1usize << width) - BYTES as usize + 1).min(count);
        bits += (end - index) as u64 * 2 * u64::from(width);
        index = end;
    }
    bits.div_ceil(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_the_sum_of_the_widths() {
        let mut bits = 0;
        for count in 0..5000 {
            assert_eq!(packed_len(count), u64::div_ceil(bits, 8), "{count}");
            bits += 2 * u64::from(width(count));
        }
        assert_eq!([0, 1, 256, 257].map(width), [8, 9, 9, 10]);
    }
}
