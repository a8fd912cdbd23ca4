//! Many lines at once, where nothing is unusual about them.
//!
//! Makes no errors: it stops in front of whatever it does not understand, and [`unpack`](crate::unpack) reads that line
//! slowly and says what is wrong. So both say the same about the same place.

use crate::Numerals;
use crate::line::{self, Line};
use crate::warm::{Kept, Warm, to_bytes};

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
const SHORT: u64 = 4;

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

/// Positions of chunks of a few bytes.
fn short(padded: &[u8], so_far: Progress, numerals: &Numerals, warm: &Warm, out: &mut Out) -> Progress {
    match so_far.group.bytes {
        1 => of_length::<1>(padded, so_far, numerals, warm, out),
        2 => of_length::<2>(padded, so_far, numerals, warm, out),
        3 => of_length::<3>(padded, so_far, numerals, warm, out),
        4 => of_length::<4>(padded, so_far, numerals, warm, out),
        _ => so_far,
    }
}

/// Positions of chunks of `N` bytes.
fn of_length<const N: usize>(
    padded: &[u8],
    so_far: Progress,
    numerals: &Numerals,
    warm: &Warm,
    out: &mut Out,
) -> Progress {
    if padded.get(so_far.at) != Some(&b'\t') {
        return so_far;
    }
    let text = &padded[so_far.at + 1..];
    let slots = out.room[out.filled..].as_chunks_mut::<N>().0;
    let any = |text: &[u8; WINDOW]| any_position(text, numerals);
    let (read, made) = match (warm.kept(), numerals.base().get() == 10) {
        (Kept::Packed { bits: 1, bytes }, true) => {
            decimal(text, slots, |p| packed::<N, 1>(Warm::unpadded(bytes), p))
        }
        (Kept::Packed { bits: 2, bytes }, true) => {
            decimal(text, slots, |p| packed::<N, 2>(Warm::unpadded(bytes), p))
        }
        (Kept::Packed { bits: 4, bytes }, true) => {
            decimal(text, slots, |p| packed::<N, 4>(Warm::unpadded(bytes), p))
        }
        (Kept::Packed { bits: _, bytes }, true) => {
            decimal(text, slots, |p| packed::<N, 8>(Warm::unpadded(bytes), p))
        }
        (Kept::Packed { bits: 1, bytes }, false) => {
            positions(text, slots, any, |p| packed::<N, 1>(Warm::unpadded(bytes), p))
        }
        (Kept::Packed { bits: 2, bytes }, false) => {
            positions(text, slots, any, |p| packed::<N, 2>(Warm::unpadded(bytes), p))
        }
        (Kept::Packed { bits: 4, bytes }, false) => {
            positions(text, slots, any, |p| packed::<N, 4>(Warm::unpadded(bytes), p))
        }
        (Kept::Packed { bits: _, bytes }, false) => {
            positions(text, slots, any, |p| packed::<N, 8>(Warm::unpadded(bytes), p))
        }
        (Kept::Digits(digits), true) => decimal(text, slots, |p| plain::<N>(digits, warm, p)),
        (Kept::Digits(digits), false) => positions(text, slots, any, |p| plain::<N>(digits, warm, p)),
    };
    out.filled += made * N;
    Progress { at: so_far.at + read, lines: so_far.lines + made as u64, group: so_far.group }
}

fn decimal<const N: usize>(
    text: &[u8],
    slots: &mut [[u8; N]],
    bytes: impl Fn(u64) -> Option<[u8; N]>,
) -> (usize, usize) {
    positions(text, slots, decimal_position, bytes)
}

/// A number, what ends it, and the tab of the next line.
const WINDOW: usize = 18;

/// The loop. `text` begins after the tab of a position. `parse` gives the number that it begins with, and its length;
/// `bytes` gives what is at that position. Returns how much text was read and how many chunks were made. Stops in front
/// of a line that no position follows, too.
#[inline(never)]
fn positions<const N: usize>(
    text: &[u8],
    slots: &mut [[u8; N]],
    parse: impl Fn(&[u8; WINDOW]) -> Option<(u64, usize)>,
    bytes: impl Fn(u64) -> Option<[u8; N]>,
) -> (usize, usize) {
    let (mut rest, all) = (text, slots.len());
    let mut left = slots.iter_mut();
    while let Some(window) = rest.first_chunk::<WINDOW>() {
        let Some((position, length)) = parse(window) else { break };
        // One comparison for the end of this line and the beginning of the next.
        if length > WINDOW - 2 || window[length..length + 2] != *b"\n\t" {
            break;
        }
        let Some(chunk) = bytes(position) else { break };
        let Some(slot) = left.next() else { break };
        *slot = chunk;
        rest = &rest[length + 2..];
    }
    (text.len() - rest.len(), all - left.len())
}

/// `N` bytes of packed digits of `BITS` bits, where all of a word is here.
#[inline(always)]
fn packed<const N: usize, const BITS: u64>(packed: &[u8], position: u64) -> Option<[u8; N]> {
    // The last byte of a word may be filled up with zeros, and is not used.
    const { assert!(N <= 6) };
    let bit = position * BITS;
    let word = packed.get((bit / 8) as usize..)?.first_chunk::<8>()?;
    let word = u64::from_be_bytes(*word) << (bit % 8);
    word.to_be_bytes().first_chunk().copied()
}

#[inline(always)]
fn plain<const N: usize>(digits: &[u8], warm: &Warm, position: u64) -> Option<[u8; N]> {
    if !warm.holds(position, N as u64) {
        return None;
    }
    let mut out = [0; N];
    to_bytes(warm.base(), &digits[position as usize..], &mut out).ok()?;
    Some(out)
}

const ONES: u64 = u64::MAX / 255;

/// One to seven decimal digits and how many they are. Eight digits at a time: D. Lemire, "Quickly parsing eight
/// digits" (2018).
#[inline(always)]
fn decimal_position(text: &[u8; WINDOW]) -> Option<(u64, usize)> {
    let word = u64::from_le_bytes(*text.first_chunk()?);
    // Digits become their values, below 10; the lowest byte that is none has its highest bit set here.
    let values = word ^ (ONES * u64::from(b'0'));
    let others = (values.wrapping_add(ONES * 0x76) | values) & (ONES << 7);
    let bits = others.trailing_zeros();
    if others == 0 || bits < 8 {
        return None;
    }
    // The first digit in the lowest byte, zeros in front of it.
    let values = values << (bits ^ 63) << 8;
    let pairs = (values.wrapping_mul(1 + (10 << 8)) >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(1 + (100 << 16)) >> 16) & 0x0000_FFFF_0000_FFFF;
    let eight = fours.wrapping_mul(1 + (10_000 << 32)) >> 32;
    Some((eight, (bits / 8) as usize))
}

/// A few numerals of one byte, in any base, and how many they are.
#[inline(always)]
fn any_position(text: &[u8; WINDOW], numerals: &Numerals) -> Option<(u64, usize)> {
    let base = u64::from(numerals.base().get());
    let mut value = 0_u64;
    for (count, &byte) in text[..WINDOW - 2].iter().enumerate() {
        if byte == b'\n' {
            return (count > 0).then_some((value, count));
        }
        value = value * base + u64::from(numerals.value(byte)?);
        if value >> 48 != 0 {
            return None;
        }
    }
    None
}
