//! Bytes as digits of the base of calculation.
//!
//! A byte is the least number d of digits with base^d at least 256, the most significant first. Where base^d is
//! more than 256, most groups of d digits are no byte.

use unsaid_pi::Base;

/// Adds the digits of each byte to `out`, one digit a byte.
pub(crate) fn spell(base: Base, bytes: &[u8], out: &mut Vec<u8>) {
    let per_byte = base.digits_per_byte() as usize;
    let number = u32::from(base.get());
    out.reserve(bytes.len() * per_byte);
    for &byte in bytes {
        let start = out.len();
        out.resize(start + per_byte, 0);
        let mut rest = u32::from(byte);
        for digit in out.iter_mut().skip(start).rev() {
            // Below the base, which is at most 256.
            *digit = (rest % number) as u8;
            rest /= number;
        }
    }
}

/// The value of every group of d digits of `digits`, one for each place where a group begins. Values above 255
/// are no byte; none is above 65,024 (base 255).
pub(crate) fn values(base: Base, digits: &[u8], out: &mut Vec<u16>) {
    out.clear();
    let per_byte = base.digits_per_byte() as usize;
    let number = u32::from(base.get());
    let top = number.pow(base.digits_per_byte() - 1);
    let Some((head, tail)) = digits.split_at_checked(per_byte - 1) else { return };
    let mut value = head.iter().fold(0, |value, &digit| value * number + u32::from(digit));
    out.extend(tail.iter().zip(digits).map(|(&new, &old)| {
        let whole = value * number + u32::from(new);
        value = whole - u32::from(old) * top;
        whole as u16
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_read_back_from_its_digits_in_every_base() {
        let bytes: Vec<u8> = (0..=255).collect();
        for number in 2..=256 {
            let base = Base::new(number).unwrap();
            let (mut digits, mut back) = (Vec::new(), Vec::new());
            spell(base, &bytes, &mut digits);
            assert!(digits.iter().all(|&digit| u32::from(digit) < number));
            values(base, &digits, &mut back);
            let d = base.digits_per_byte() as usize;
            assert_eq!(back.len(), digits.len() + 1 - d);
            let back: Vec<u8> = back.iter().step_by(d).map(|&value| u8::try_from(value).unwrap()).collect();
            assert_eq!(back, bytes, "base {number}");
        }
    }

    #[test]
    fn fewer_digits_than_a_byte_have_no_value() {
        let mut out = vec![7];
        values(Base::BIN, &[1; 7], &mut out);
        assert!(out.is_empty());
        values(Base::BIN, &[], &mut out);
        assert!(out.is_empty());
    }
}
