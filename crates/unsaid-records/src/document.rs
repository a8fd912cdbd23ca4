//! What stands before the payload of a document.

use unsaid_core::check::Hash;
use unsaid_core::{Error, ErrorKind, Result};

use crate::{Level, ShortId};

/// The largest document: 16 MiB. Larger data is no small document; cut it, or pack it.
pub const MAX_DOCUMENT: usize = 16 << 20;

/// A compressed document is never longer than the document by more than this, whatever it holds:
/// what gains nothing is stored, and what is stored needs no model.
pub const MAX_OVERHEAD: usize = 3;

const LEVEL: u8 = 0b0000_0011;
const HAS_ID: u8 = 0b0000_0100;
const HAS_CHECK: u8 = 0b0000_1000;
const OF_THE_LEVEL: u8 = 0b1111_0000;
/// Of a document without level: it is coded as runs of one byte, not stored.
pub(crate) const RUNS: u8 = 0b0001_0000;

/// What each document carries beside its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framing {
    /// The first four bytes of the model's id, so that a reader picks the model, and refuses a wrong
    /// one. Documents that are stored need no model and carry none.
    pub id: bool,
    /// Sixteen bits of the document's BLAKE3: of 65,536 damaged documents all but one are noticed.
    pub check: bool,
}

/// Both.
impl Default for Framing {
    fn default() -> Self {
        Framing { id: true, check: true }
    }
}

impl Framing {
    /// Neither: for systems that keep both elsewhere. Damage mostly goes unnoticed.
    pub const BARE: Framing = Framing { id: false, check: false };

    /// The bytes before a payload of this level.
    pub(crate) fn head_bytes(self, level: Option<Level>) -> usize {
        1 + if self.id && level.is_some() { 4 } else { 0 } + if self.check { 2 } else { 0 }
    }
}

/// What a document says of itself before its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The level; `None` where the payload is the document itself, or its runs.
    pub level: Option<Level>,
    /// The first bytes of the model's id, where they were kept.
    pub id: Option<ShortId>,
    /// The first two bytes of the document's BLAKE3, where they were kept.
    pub check: Option<[u8; 2]>,
    /// Bits 4 to 7 of the flag byte, in their place: the level's own; without one, bit 4 says that the
    /// payload is runs.
    pub flags: u8,
}

impl Head {
    /// Reads the head of a document; gives it and the payload.
    ///
    /// # Errors
    /// `Truncated` where the head is cut, `Corrupt` where a stored document has a model or flags.
    pub fn read(record: &[u8]) -> Result<(Head, &[u8])> {
        let (&flag, rest) =
            record.split_first().ok_or_else(|| Error::truncated("a compressed document has no byte"))?;
        let level = Level::from_number(flag & LEVEL);
        let flags = flag & OF_THE_LEVEL;
        if level.is_none() && flag & (OF_THE_LEVEL & !RUNS | HAS_ID) != 0 {
            return Err(Error::corrupt("the flag byte of a document without level")
                .found(format!("0x{flag:02x}"))
                .expected("0x00, 0x08, 0x10 or 0x18"));
        }
        let (id, rest) = take::<4>(rest, flag & HAS_ID != 0, "the model id of a document")?;
        let (check, payload) = take::<2>(rest, flag & HAS_CHECK != 0, "the check of a document")?;
        Ok((Head { level, id: id.map(ShortId), check, flags }, payload))
    }

    /// Appends the head.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut flag = self.flags & OF_THE_LEVEL | self.level.map_or(0, |level| level as u8);
        flag |= if self.id.is_some() { HAS_ID } else { 0 };
        flag |= if self.check.is_some() { HAS_CHECK } else { 0 };
        out.push(flag);
        if let Some(id) = self.id {
            out.extend_from_slice(&id.0);
        }
        if let Some(check) = self.check {
            out.extend_from_slice(&check);
        }
    }
}

type Taken<'a, const N: usize> = (Option<[u8; N]>, &'a [u8]);

fn take<'a, const N: usize>(bytes: &'a [u8], present: bool, what: &str) -> Result<Taken<'a, N>> {
    if !present {
        return Ok((None, bytes));
    }
    match bytes.split_first_chunk::<N>() {
        Some((taken, rest)) => Ok((Some(*taken), rest)),
        None => Err(Error::truncated(what).found(format!("{} bytes", bytes.len())).expected(N)),
    }
}

/// The check of a document: how its BLAKE3 begins.
pub(crate) fn check_of(document: &[u8]) -> [u8; 2] {
    let [a, b, ..] = Hash::of(document).0;
    [a, b]
}

/// Refuses what is no small document.
pub(crate) fn check_size(bytes: usize) -> Result<()> {
    if bytes <= MAX_DOCUMENT {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Limit, "a document is too large for the record codec")
        .found(format!("{bytes} bytes"))
        .expected(format!("at most {MAX_DOCUMENT} (16 MiB)"))
        .hint("pack large files with `unsaid pack`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b9_every_flag_byte_is_read_or_refused_and_written_the_same() {
        let body = [1, 2, 3, 4, 5, 6, 7, 8];
        for flag in 0..=255u8 {
            let record = [&[flag][..], &body].concat();
            match Head::read(&record) {
                Ok((head, payload)) => {
                    let mut again = Vec::new();
                    head.write(&mut again);
                    again.extend_from_slice(payload);
                    assert_eq!(again, record);
                }
                Err(e) => {
                    assert_eq!(e.kind(), ErrorKind::Corrupt);
                    assert!(flag & 3 == 0 && flag & !0x18 != 0, "{flag}");
                }
            }
        }
    }

    #[test]
    fn b1_a_cut_head_is_truncated() {
        for cut in 0..7 {
            let e = Head::read(&[0x0e, 1, 2, 3, 4, 5, 6][..cut]).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Truncated, "{cut}");
        }
    }
}
