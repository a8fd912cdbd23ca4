//! Lines of positions, made ready.
//!
//! Most positions of a packed file are those of a table, so their lines are written once: a slot holds a line in the
//! order of memory. Every line begins with a tab, so the slot has the length there instead. Slots of 8 bytes hold
//! the positions of all chunks of 2 bytes in base 16 written in decimal.

use std::sync::Arc;

use crate::numeral::Numerals;
use crate::table::Table;

/// A line in a word. The default, zero, is no line.
pub(crate) trait Slot: Copy + Default {
    const SIZE: usize;

    /// The line, if it is short enough.
    fn new(line: &[u8]) -> Option<Self>;

    /// Stores the line and what is behind it at the beginning of `out`; its length, 0 for no line or no room.
    fn store(self, out: &mut [u8]) -> usize;
}

macro_rules! slot {
    ($word:ty) => {
        impl Slot for $word {
            const SIZE: usize = size_of::<$word>();

            fn new(line: &[u8]) -> Option<Self> {
                let mut bytes = [0; size_of::<$word>()];
                let (place, &first) = (bytes.get_mut(..line.len())?, line.first()?);
                place.copy_from_slice(line);
                *bytes.first_mut()? = line.len() as u8;
                (first == b'\t').then(|| <$word>::from_le_bytes(bytes))
            }

            #[inline]
            fn store(self, out: &mut [u8]) -> usize {
                let Some(place) = out.first_chunk_mut() else { return 0 };
                *place = (self & !0xFF | <$word>::from(b'\t')).to_le_bytes();
                (self & 0xFF) as usize
            }
        }
    };
}

slot!(u64);
slot!(u128);

/// The lines of all values of a table that stand within a reach.
#[derive(Clone, Debug)]
pub(crate) enum Lines {
    /// At most 8 bytes each.
    Short(Vec<u64>),
    /// At most 16 bytes each.
    Long(Vec<u128>),
    /// Written when they are needed.
    Unwritten,
}

/// A table and its lines.
#[derive(Clone, Debug)]
pub(crate) struct Lined {
    pub(crate) table: Arc<Table>,
    /// Digits that a chunk must lie within.
    reach: u64,
    /// Digits of a chunk.
    width: u64,
    pub(crate) lines: Lines,
}

impl Lined {
    pub(crate) fn new(table: Arc<Table>, reach: u64, numerals: &Numerals) -> Lined {
        let width = u64::from(table.base().digits_per_byte() * table.bytes());
        let mut lined = Lined { table, reach, width, lines: Lines::Unwritten };
        if lined.table.bytes() <= 2 {
            if let Some(slots) = lined.write(numerals) {
                lined.lines = Lines::Short(slots);
            } else if let Some(slots) = lined.write(numerals) {
                lined.lines = Lines::Long(slots);
            }
        }
        lined
    }

    /// The first position of a value, within the reach.
    #[inline]
    pub(crate) fn position(&self, value: usize) -> Option<u64> {
        self.table.position(value).filter(|&place| place + self.width <= self.reach)
    }

    fn write<S: Slot>(&self, numerals: &Numerals) -> Option<Vec<S>> {
        let mut line = Vec::new();
        let slot = |value| match self.position(value) {
            None => Some(S::default()),
            Some(place) => {
                line.clear();
                position(place, numerals, &mut line);
                S::new(&line)
            }
        };
        (0..1 << (8 * self.table.bytes())).map(slot).collect()
    }
}

/// Adds the line of a position.
pub(crate) fn position(place: u64, numerals: &Numerals, out: &mut Vec<u8>) {
    out.push(b'\t');
    numerals.write(place, out);
    out.push(b'\n');
}

/// Adds the line of a size, in digits.
pub(crate) fn size(digits: u64, numerals: &Numerals, out: &mut Vec<u8>) {
    numerals.write(digits, out);
    out.push(b'\n');
}

/// Stores the lines of chunks of `N` bytes as long as each has a line and there is room for it; how many bytes of
/// chunks and of lines that were.
#[inline]
pub(crate) fn store<S: Slot, const N: usize, const VALUES: usize>(
    slots: &[S],
    data: &[u8],
    out: &mut [u8],
) -> (usize, usize) {
    let Ok(slots) = <&[S; VALUES]>::try_from(slots) else { return (0, 0) };
    let (chunks, _) = data.as_chunks::<N>();
    let (mut taken, mut at) = (0, 0);
    for chunk in chunks {
        let value = chunk.iter().fold(0, |value, &byte| value << 8 | usize::from(byte));
        // `VALUES` is 256^N: the remainder is the value itself.
        let Some(slot) = slots.get(value % VALUES) else { break };
        let Some(room) = out.get_mut(at..) else { break };
        let length = slot.store(room);
        if length == 0 {
            break;
        }
        at += length;
        taken += N;
    }
    (taken, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_holds_a_line_and_knows_its_length() {
        let mut out = [0xFF; 16];
        let slot = u64::new(b"\t874017\n").unwrap();
        assert_eq!(slot.store(&mut out), 8);
        assert_eq!(out[..9], *b"\t874017\n\xFF");
        let slot = u64::new(b"\t0\n").unwrap();
        assert_eq!(slot.store(&mut out), 3);
        // What is behind the line is overwritten by the next one.
        assert_eq!(out[..9], *b"\t0\n\0\0\0\0\0\xFF");
        assert_eq!((u64::new(b"\t8740170\n"), u64::new(b"12\n"), u64::new(b"")), (None, None, None));
        assert_eq!(u128::new(b"\t8740170\n").unwrap().store(&mut out), 9);
        assert_eq!(u64::default().store(&mut out), 0);
        assert_eq!(slot.store(&mut out[..7]), 0);
    }

    #[test]
    fn lines_are_stored_until_one_is_missing_or_there_is_no_room() {
        let mut slots = vec![u64::new(b"\t1\n").unwrap(); 256];
        slots[7] = 0;
        let mut out = [0; 32];
        assert_eq!(store::<u64, 1, 256>(&slots, &[1, 2, 7, 3], &mut out), (2, 6));
        assert_eq!(out[..6], *b"\t1\n\t1\n");
        assert_eq!(store::<u64, 1, 256>(&slots, &[1; 99], &mut out), (9, 27));
        assert_eq!(store::<u64, 1, 256>(&slots[1..], &[1; 99], &mut out), (0, 0));
    }
}
