//! Which bits of a binary fraction are the digits of a base that is a power of two?
//!
//! The fraction is bytes, most significant first: digits in base 256. A digit in base 2^w at position p is the w
//! bits that begin at bit p·w. One file serves eight bases.

/// How many digits of `width` bits a fraction of so many bytes holds whole.
pub fn digits_in(bytes: u64, width: u32) -> u64 {
    bytes.saturating_mul(8) / u64::from(width.max(1))
}

/// The bytes that hold `count` digits of `width` bits from digit `from` on: the first, and one past the last.
/// `None` where the numbers are beyond 2^64 bits.
pub fn bytes_of(from: u64, count: u64, width: u32) -> Option<(u64, u64)> {
    let first = from.checked_mul(u64::from(width))?;
    let last = from.checked_add(count)?.checked_mul(u64::from(width))?;
    Some((first / 8, last.div_ceil(8)))
}

/// Writes the digits of `width` bits (1 to 8) that begin `skip` bits (0 to 7) into `bytes`; what `bytes` does not
/// hold is 0.
pub fn unpack(bytes: &[u8], skip: u32, width: u32, out: &mut [u8]) {
    let mask = ((1u32 << width) - 1) as u8;
    for (n, digit) in out.iter_mut().enumerate() {
        let at = skip as usize + n * width as usize;
        let byte = |n: usize| u32::from(bytes.get(n).copied().unwrap_or(0));
        // A digit lies in two bytes at most.
        let pair = byte(at / 8) << 8 | byte(at / 8 + 1);
        *digit = (pair >> (16 - width as usize - at % 8)) as u8 & mask;
    }
}

/// The whole bytes of these digits of `width` bits (1 to 8); bits after the last whole byte are left out.
pub fn pack(digits: &[u8], width: u32) -> Vec<u8> {
    if width == 8 {
        return digits.to_vec();
    }
    let mut out = Vec::with_capacity(digits.len() * width as usize / 8);
    let (mut bits, mut held) = (0u32, 0u32);
    for &digit in digits {
        bits = bits << width | u32::from(digit);
        held += width;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn digits_of_every_width_are_read_back_from_every_place(
            width in 1u32..=8, raw in prop::collection::vec(any::<u8>(), 0..200), from in 0usize..200
        ) {
            let mask = ((1u32 << width) - 1) as u8;
            let digits: Vec<u8> = raw.iter().map(|d| d & mask).collect();
            let bytes = pack(&digits, width);
            let whole = digits_in(bytes.len() as u64, width) as usize;
            prop_assert!(digits.len() - whole < 8, "less than a byte is left out");
            let from = from.min(whole);
            let (first, last) = bytes_of(from as u64, (whole - from) as u64, width).unwrap();
            let mut out = vec![0; whole - from];
            let skip = (from as u64 * u64::from(width) % 8) as u32;
            unpack(&bytes[first as usize..last as usize], skip, width, &mut out);
            prop_assert_eq!(out, &digits[from..whole]);
        }
    }

    #[test]
    fn j7_places_beyond_all_files_are_no_places() {
        assert_eq!(bytes_of(u64::MAX, 1, 1), None);
        assert_eq!(bytes_of(u64::MAX / 4, 1, 8), None);
        assert_eq!(bytes_of(3, 5, 4), Some((1, 4)));
    }
}
