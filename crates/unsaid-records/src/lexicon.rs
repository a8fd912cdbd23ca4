//! How the merges lie in a model file.

use unsaid_core::{Error, Limits, Result};
use unsaid_lexicon::Merges;

/// No fragment of a model is longer.
pub(crate) const LONGEST: u32 = 255;

/// More merges than any level can use.
const MOST: u32 = 1 << 20;

/// Appends the number of merges, then both ids of each, in as few bits as name every fragment that
/// is there before it: lowest bits first, the last byte filled with zeros.
pub(crate) fn write(merges: &Merges, out: &mut Vec<u8>) {
    out.extend_from_slice(&(merges.len() as u32).to_le_bytes());
    let (mut pending, mut bits) = (0u64, 0);
    for (place, &(left, right)) in merges.pairs().iter().enumerate() {
        for id in [left, right] {
            pending |= u64::from(id) << bits;
            bits += width(place);
            while bits >= 8 {
                out.push(pending as u8);
                pending >>= 8;
                bits -= 8;
            }
        }
    }
    if bits > 0 {
        out.push(pending as u8);
    }
}

/// Bits that name any of the fragments before the merge at this place: 256 bytes and the merges
/// before it.
fn width(place: usize) -> u32 {
    (255 + place as u64).ilog2() + 1
}

/// How many merges a section of so many bytes has at most.
pub(crate) fn fitting(bytes: usize) -> u32 {
    let mut bits = 32u64;
    let more = |place: &u32| {
        bits += 2 * u64::from(width(*place as usize));
        bits <= bytes as u64 * 8
    };
    (0..MOST).take_while(more).count() as u32
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// `Truncated`, `Corrupt`, `Limit`.
pub(crate) fn read(section: &[u8], limits: &Limits) -> Result<Merges> {
    let Some((count, mut rest)) = section.split_first_chunk::<4>() else {
        return Err(Error::truncated("the merges of the model"));
    };
    let count = u32::from_le_bytes(*count);
    let bits: u64 = (0..u64::from(count.min(MOST))).map(|place| 2 * u64::from(width(place as usize))).sum();
    if count > MOST || rest.len() as u64 != bits.div_ceil(8) {
        return Err(Error::corrupt("the merges of the model")
            .found(format!("{count} merges in {} bytes", rest.len()))
            .expected(format!("{} bytes", bits.div_ceil(8))));
    }
    limits.check_memory(u64::from(count) * 16, "the merges of the model")?;
    let (mut pending, mut there) = (0u64, 0);
    let mut merges = Merges::default();
    for place in 0..count as usize {
        let wanted = width(place);
        let mut id = || {
            while there < wanted {
                let (&byte, tail) = rest.split_first().unwrap_or((&0, &[]));
                pending |= u64::from(byte) << there;
                rest = tail;
                there += 8;
            }
            let id = (pending & ((1 << wanted) - 1)) as u32;
            pending >>= wanted;
            there -= wanted;
            id
        };
        let (left, right) = (id(), id());
        merges.push_checked(left, right, LONGEST)?;
    }
    if pending != 0 {
        return Err(Error::corrupt("bits after the last merge of the model"));
    }
    Ok(merges)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merges() -> Merges {
        let pairs = (0..3000u32).map(|n| (n % 256, (n * 7) % (256 + n.min(100))));
        Merges::from_pairs(pairs, LONGEST).unwrap()
    }

    #[test]
    fn merges_come_back_and_every_cut_is_found() {
        let mut section = Vec::new();
        write(&merges(), &mut section);
        let limits = Limits::default();
        assert_eq!(read(&section, &limits).unwrap(), merges());
        for cut in 0..section.len() {
            assert!(read(&section[..cut], &limits).is_err(), "{cut}");
        }
        let longer = [&section[..], &[0]].concat();
        assert!(read(&longer, &limits).is_err());
    }

    #[test]
    fn as_many_merges_are_made_as_fit() {
        let mut section = Vec::new();
        write(&merges(), &mut section);
        assert_eq!(fitting(section.len()), 3000);
        assert!(fitting(section.len() - 3) < 3000);
        assert_eq!(fitting(0), 0);
    }

    #[test]
    fn c12_a_merge_of_what_is_not_there_yet_is_refused() {
        // One merge, of the fragment that it makes itself: eight bits cannot name it, so two.
        let mut section = 2u32.to_le_bytes().to_vec();
        section.extend_from_slice(&[b'a', b'b', 0xff, 0xff, 0x03]);
        assert!(read(&section, &Limits::default()).is_err());
        let huge = [0xff; 40];
        assert!(read(&huge, &Limits::default()).is_err());
    }
}
