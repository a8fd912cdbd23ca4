//! The first digits of π, kept so that bytes are quickly taken out of them.

use std::sync::Arc;

use unsaid_pi::Base;

/// Zeros behind packed digits.
const PADDING: usize = 8;

/// Digits that make no byte: their value, and which of the bytes they would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoByte {
    pub(crate) value: u32,
    pub(crate) index: usize,
}

/// Digits from position 0 on.
#[derive(Clone, Debug)]
pub(crate) struct Warm {
    base: Base,
    per_byte: usize,
    /// Positions below this are here.
    count: u64,
    kept: Kept,
}

#[derive(Clone, Debug)]
pub(crate) enum Kept {
    /// Where a byte is a whole number of digits of so many bits (bases 2, 4, 16, 256): the digits, one after
    /// the other, most significant bit first, and eight bytes of nothing. An eighth of the memory in base 2, which a
    /// processor's own cache holds.
    Packed { bits: u32, bytes: Arc<[u8]> },
    /// One a byte.
    Digits(Arc<[u8]>),
}

impl Warm {
    /// Keeps the first `count` of `digits`.
    pub(crate) fn new(base: Base, digits: &Arc<[u8]>, count: u64) -> Warm {
        let count = count.min(digits.len() as u64);
        let kept = match base.bits() {
            Some(bits) if 8 % bits == 0 => {
                Kept::Packed { bits, bytes: pack(bits, &digits[..count as usize]).into() }
            }
            _ => Kept::Digits(Arc::clone(digits)),
        };
        Warm { base, per_byte: base.digits_per_byte() as usize, count, kept }
    }

    pub(crate) fn none(base: Base) -> Warm {
        Warm::new(base, &Arc::from([]), 0)
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The packed digits without the eight bytes of nothing behind them.
    pub(crate) fn unpadded(bytes: &[u8]) -> &[u8] {
        &bytes[..bytes.len() - PADDING]
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    pub(crate) fn base(&self) -> Base {
        self.base
    }

    pub(crate) fn per_byte(&self) -> usize {
        self.per_byte
    }

    /// Whether the digits of so many bytes at `position` are here.
    pub(crate) fn holds(&self, position: u64, bytes: u64) -> bool {
        let digits = bytes.checked_mul(self.per_byte as u64);
        digits.and_then(|digits| position.checked_add(digits)).is_some_and(|end| end <= self.count)
    }

    /// Fills `out` with the bytes at `position`, which [`Warm::holds`].
    pub(crate) fn bytes(&self, position: u64, out: &mut [u8]) -> Result<(), NoByte> {
        match &self.kept {
            Kept::Packed { bits, bytes } => {
                let from = position as usize * *bits as usize;
                let (first, shift) = (from / 8, from % 8);
                for (byte, pair) in out.iter_mut().zip(bytes[first..].windows(2)) {
                    *byte = (u16::from_be_bytes([pair[0], pair[1]]) << shift >> 8) as u8;
                }
                Ok(())
            }
            Kept::Digits(digits) => to_bytes(self.base, &digits[position as usize..], out),
        }
    }
}

fn pack(bits: u32, digits: &[u8]) -> Vec<u8> {
    let of_a_byte = (8 / bits) as usize;
    let byte =
        |digits: &[u8]| digits.iter().fold(0_u8, |byte, &digit| ((u32::from(byte) << bits) as u8) | digit);
    let (whole, rest) = digits.split_at(digits.len() - digits.len() % of_a_byte);
    let mut out = Vec::with_capacity(digits.len() / of_a_byte + 1 + PADDING);
    match bits {
        1 => out.extend(whole.as_chunks::<8>().0.iter().map(|digits| byte(digits))),
        2 => out.extend(whole.as_chunks::<4>().0.iter().map(|digits| byte(digits))),
        4 => out.extend(whole.as_chunks::<2>().0.iter().map(|digits| byte(digits))),
        _ => out.extend_from_slice(whole),
    }
    if !rest.is_empty() {
        out.push(byte(rest) << (bits as usize * (of_a_byte - rest.len())));
    }
    out.extend_from_slice(&[0; PADDING]);
    out
}

/// Bytes of digits, one a byte, most significant first; as many as `out` has room for.
pub(crate) fn to_bytes(base: Base, digits: &[u8], out: &mut [u8]) -> Result<(), NoByte> {
    let per_byte = base.digits_per_byte() as usize;
    for (index, (byte, digits)) in out.iter_mut().zip(digits.chunks_exact(per_byte)).enumerate() {
        let value = digits.iter().fold(0, |value, &digit| value * u32::from(base.get()) + u32::from(digit));
        *byte = u8::try_from(value).map_err(|_| NoByte { value, index })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_digits_make_the_same_bytes_as_plain_ones() {
        for base in [2, 4, 16, 256] {
            let base = Base::new(base).unwrap();
            let digits: Arc<[u8]> = (0..1003_u32)
                .map(|n| (n.wrapping_mul(2_654_435_761) >> 16) as u8 % (base.get() - 1) as u8)
                .collect();
            for count in [0, 1, 7, 8, 9, 1000, 1003, 2000] {
                let warm = Warm::new(base, &digits, count);
                assert!(matches!(warm.kept(), Kept::Packed { .. }));
                for position in 0..40 {
                    for n in (0..30).filter(|&n| warm.holds(position, n)) {
                        let (mut fast, mut plain) = (vec![0; n as usize], vec![0; n as usize]);
                        warm.bytes(position, &mut fast).unwrap();
                        to_bytes(base, &digits[position as usize..], &mut plain).unwrap();
                        assert_eq!(fast, plain, "base {base}, {n} at {position} of {count}");
                    }
                }
            }
        }
    }

    #[test]
    fn only_digits_that_are_here_are_held() {
        let warm = Warm::new(Base::HEX, &[1, 2, 3, 4, 5].into(), 4);
        assert!(warm.holds(0, 2) && warm.holds(2, 1) && warm.holds(4, 0));
        assert!(!warm.holds(1, 2) && !warm.holds(3, 1) && !warm.holds(5, 0));
        assert!(!warm.holds(u64::MAX, 1) && !warm.holds(0, u64::MAX));
    }

    #[test]
    fn digits_above_255_are_no_byte() {
        let mut out = [0; 2];
        assert_eq!(to_bytes(Base::DEC, &[2, 5, 5, 2, 5, 6], &mut out), Err(NoByte { value: 256, index: 1 }));
        assert_eq!(to_bytes(Base::DEC, &[2, 5, 5, 0, 0, 7], &mut out), Ok(()));
        assert_eq!(out, [255, 7]);
    }
}
