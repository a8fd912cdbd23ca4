//! Many lines at once, where nothing is unusual about them.
//!
//! Makes no errors: it stops in front of whatever it does not understand, and [`unpack`](crate::unpack) reads that line
//! slowly and says what is wrong. So both say the same about the same place.

use crate::Numerals;
use crate::line::{self, Line};
use crate::warm::{Kept, Warm};

/// What a group's positions stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    /// Digits of a chunk.
    pub(crate) digits: u64,
    /// Bytes of a chunk.
    pub(crate) bytes: u64,
}

impl Group {
    pub(crate) fn new(digits: u64, per_byte: usize) -> Group {
        Group { digits, bytes: digits.div_ceil(per_byte as u64) }
    }
}

/// How far some text has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Bytes of text.
    pub(crate) at: usize,
    pub(crate) lines: u64,
    /// The group that the next position belongs to.
    pub(crate) group: Group,
}

/// Chunks of so many bytes at most are taken out of a register.
const SHORT: u64 = 7;

/// Output that is made at once; a chunk that is longer is left alone.
const ROOM: usize = 512 << 10;

/// Bytes made, in memory that is used again.
#[derive(Debug)]
pub(crate) struct Out {
    room: Vec<u8>,
    filled: usize,
}

impl Default for Out {
    fn default() -> Self {
        Out { room: vec![0; ROOM], filled: 0 }
    }
}

impl Out {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.room[..self.filled]
    }

    pub(crate) fn clear(&mut self) {
        self.filled = 0;
    }
}

/// Reads lines from `so_far` on, and appends what they stand for to `out`, until the text ends, or a line comes that is
/// not a size or a position, or whose digits are not in `warm` or are no byte, or until `out` is full.
///
/// `padded` is `length` bytes of text and at least 16 zeros.
pub(crate) fn run(
    padded: &[u8],
    length: usize,
    mut so_far: Progress,
    numerals: &Numerals,
    warm: &Warm,
    out: &mut Out,
) -> Progress {
    while so_far.at < length {
        if (1..=SHORT).contains(&so_far.group.bytes) {
            so_far = short(padded, so_far, numerals, warm, out);
        }
        if !one(&padded[..length], &mut so_far, numerals, warm, out) {
            break;
        }
    }
    so_far
}

/// One line of any kind; says whether it was understood.
fn one(text: &[u8], so_far: &mut Progress, numerals: &Numerals, warm: &Warm, out: &mut Out) -> bool {
    let rest = &text[so_far.at..];
    let window = &rest[..rest.len().min(line::LONGEST + 1)];
    let Some(length) = window.iter().position(|&byte| byte == b'\n') else { return false };
    match line::read(&rest[..length], numerals) {
        Ok(Line::Size(digits)) => so_far.group = Group::new(digits, warm.per_byte()),
        Ok(Line::Position(position)) => {
            let bytes = so_far.group.bytes;
            if bytes > 0 {
                if bytes > (ROOM - out.filled) as u64 || !warm.holds(position, bytes) {
                    return false;
                }
                let end = out.filled + bytes as usize;
                if warm.bytes(position, &mut out.room[out.filled..end]).is_err() {
                    return false;
                }
                out.filled = end;
            }
        }
        Ok(Line::End) | Err(_) => return false,
    }
    so_far.at += length + 1;
    so_far.lines += 1;
    true
}

/// Positions of chunks of 1 to 7 bytes.
fn short(padded: &[u8], so_far: Progress, numerals: &Numerals, warm: &Warm, out: &mut Out) -> Progress {
    let bytes = so_far.group.bytes as usize;
    let per_byte = warm.per_byte();
    // The last position whose digits are all here.
    let Some(last) = warm.count().checked_sub((bytes * per_byte) as u64) else { return so_far };
    let any = |padded: &[u8], at| any_position(padded, at, numerals);
    let base = warm.base();
    match (warm.kept(), numerals.base().get() == 10) {
        (Kept::Packed { bits, bytes: packed }, true) => {
            let value = |position| packed_bytes(packed, *bits, position, last);
            positions(padded, so_far, out, decimal_position, value)
        }
        (Kept::Packed { bits, bytes: packed }, false) => {
            positions(padded, so_far, out, any, |position| packed_bytes(packed, *bits, position, last))
        }
        (Kept::Digits(all), true) => {
            let value = |position| plain_bytes(all, base, position, last, bytes, per_byte);
            positions(padded, so_far, out, decimal_position, value)
        }
        (Kept::Digits(all), false) => positions(padded, so_far, out, any, |position| {
            plain_bytes(all, base, position, last, bytes, per_byte)
        }),
    }
}

/// The loop: `parse` gives the position at the beginning of a line, and where the next line begins; `bytes` gives what
/// is there, in the upper bytes.
#[inline(always)]
fn positions(
    padded: &[u8],
    mut so_far: Progress,
    out: &mut Out,
    parse: impl Fn(&[u8], usize) -> Option<(u64, usize)>,
    bytes: impl Fn(u64) -> Option<u64>,
) -> Progress {
    let step = so_far.group.bytes as usize;
    let room = &mut out.room[..];
    let mut filled = out.filled;
    while let Some((position, next)) = parse(padded, so_far.at) {
        let Some(value) = bytes(position) else { break };
        // Eight bytes are written where `step` are meant: one store.
        let Some(slot) = room.get_mut(filled..).and_then(|room| room.first_chunk_mut::<8>()) else { break };
        *slot = value.to_be_bytes();
        filled += step;
        so_far.at = next;
        so_far.lines += 1;
    }
    out.filled = filled;
    so_far
}

/// The 64 bits at a position, where all that matter are here.
#[inline(always)]
fn packed_bytes(packed: &[u8], bits: u32, position: u64, last: u64) -> Option<u64> {
    if position > last {
        return None;
    }
    let from = position as usize * bits as usize;
    let word = packed.get(from / 8..)?.first_chunk::<8>()?;
    Some(u64::from_be_bytes(*word) << (from % 8))
}

#[inline(always)]
fn plain_bytes(
    all: &[u8],
    base: u32,
    position: u64,
    last: u64,
    bytes: usize,
    per_byte: usize,
) -> Option<u64> {
    if position > last {
        return None;
    }
    let position = position as usize;
    let chunk = all.get(position..position + bytes * per_byte)?;
    let (mut word, mut wrong) = (0_u64, 0);
    for digits in chunk.chunks_exact(per_byte) {
        let value = digits.iter().fold(0, |value, &digit| value * base + u32::from(digit));
        wrong |= value >> 8;
        word = (word << 8) | u64::from(value);
    }
    (wrong == 0).then(|| word << (64 - 8 * bytes))
}

const ONES: u64 = u64::MAX / 255;

/// A line of TAB, one to seven decimal digits and LF. Eight digits at a time: D. Lemire, "Quickly parsing eight
/// digits" (2018).
#[inline(always)]
fn decimal_position(padded: &[u8], at: usize) -> Option<(u64, usize)> {
    let &[tab, ref word @ ..] = padded.get(at..)?.first_chunk::<9>()?;
    let word = u64::from_le_bytes(*word);
    // The lowest byte that is an LF has its highest bit set; bytes above it may have.
    let other = word ^ (ONES * u64::from(b'\n'));
    let ends = other.wrapping_sub(ONES) & !other & (ONES << 7);
    let digits = ends.trailing_zeros() / 8;
    if tab != b'\t' || ends == 0 || digits == 0 {
        return None;
    }
    // The first digit in the lowest byte, zeros in front of it.
    let values = (word ^ (ONES * u64::from(b'0'))) << (64 - 8 * digits);
    if (values | values.wrapping_add(ONES * 0x76)) & (ONES << 7) != 0 {
        return None;
    }
    let pairs = (values.wrapping_mul(1 + (10 << 8)) >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(1 + (100 << 16)) >> 16) & 0x0000_FFFF_0000_FFFF;
    let eight = fours.wrapping_mul(1 + (10_000 << 32)) >> 32;
    Some((eight, at + digits as usize + 2))
}

/// A line of TAB, a few numerals of one byte and LF, in any base.
#[inline(always)]
fn any_position(padded: &[u8], at: usize, numerals: &Numerals) -> Option<(u64, usize)> {
    // 2^48 and below, and no more numerals than that takes in base 2.
    const MOST: usize = 48;
    let &[tab, ref number @ ..] = padded.get(at..)? else { return None };
    if tab != b'\t' {
        return None;
    }
    let base = u64::from(numerals.base().get());
    let mut value = 0_u64;
    for (count, &byte) in number.iter().take(MOST).enumerate() {
        if byte == b'\n' {
            return (count > 0).then_some((value, at + count + 2));
        }
        value = value * base + u64::from(numerals.value(byte)?);
        if value >> 48 != 0 {
            return None;
        }
    }
    None
}
