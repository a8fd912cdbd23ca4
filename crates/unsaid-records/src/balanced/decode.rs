//! Bytes to a document.

use unsaid_core::{Error, ErrorKind, Result};
use unsaid_lexicon::ByteStrings;

use super::copies::{self, Place};
use super::rans::Decoder;
use super::rows::ESCAPE;
use super::{Knowledge, Scratch};

/// Bytes of a fragment that are copied at once, whether it has them or not.
const AT_ONCE: usize = 24;

/// A fragment: its first bytes, its length, and where all of it is.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Piece {
    head: [u8; AT_ONCE],
    len: u32,
    /// In `Pieces::long`, where the fragment is longer than its head.
    at: u32,
}

/// All fragments, ready to be written.
pub(crate) struct Pieces {
    pieces: Vec<Piece>,
    long: Vec<u8>,
}

impl Pieces {
    pub(crate) fn new(fragments: &ByteStrings) -> Self {
        let mut long = Vec::new();
        let pieces = fragments
            .iter()
            .map(|fragment| {
                let mut head = [0; AT_ONCE];
                let n = fragment.len().min(AT_ONCE);
                head[..n].copy_from_slice(&fragment[..n]);
                let at = long.len() as u32;
                if fragment.len() > AT_ONCE {
                    long.extend_from_slice(fragment);
                }
                Piece { head, len: fragment.len() as u32, at }
            })
            .collect();
        Pieces { pieces, long }
    }
}

/// Appends the document of a payload to `out`.
///
/// # Errors
/// A payload that was cut or changed, as far as it can be noticed; [`ErrorKind::Limit`] for a document
/// of more than `max_output` bytes; flags that no encoder sets. `out` is then as it was.
pub fn decode(
    knowledge: &Knowledge,
    scratch: &mut Scratch,
    flags: u8,
    payload: &[u8],
    out: &mut Vec<u8>,
    max_output: u64,
) -> Result<()> {
    if flags != 0 {
        return Err(Error::new(ErrorKind::NewerVersion, "bits 4 to 7 of the flags of a balanced document")
            .found(format!("{flags:#04x}"))
            .expected("0"));
    }
    let mut coded = Decoder::new(payload)?;
    let rows = &knowledge.rows;
    let pieces = &knowledge.pieces;
    let most = usize::try_from(max_output).unwrap_or(usize::MAX);
    let text = &mut scratch.text;
    let mut length = 0;
    let mut last = 0;
    let mut row = knowledge.start;
    loop {
        if text.len() < length + AT_ONCE {
            grow(text, length + AT_ONCE);
        }
        let (entry, size) = rows.at(row, coded.slot());
        coded.pass(entry.start, size)?;
        row = entry.next;
        if let Some(piece) = pieces.pieces.get(usize::from(entry.symbol)) {
            if let Some(place) = text[length..].first_chunk_mut::<AT_ONCE>() {
                *place = piece.head;
            }
            let start = length;
            length += piece.len as usize;
            if piece.len as usize > AT_ONCE {
                grow(text, length + AT_ONCE);
                let from = piece.at as usize;
                text[start..length].copy_from_slice(&pieces.long[from..from + piece.len as usize]);
            }
        } else if entry.symbol == ESCAPE {
            continue;
        } else if entry.symbol == knowledge.parts.end() {
            break;
        } else {
            let (place, count) = copy(knowledge, &mut coded)?;
            let from = match place {
                Place::Again => length.checked_sub(last),
                Place::Rank(rank) => copies::ranked(text, length, rank),
                Place::Back(distance) => length.checked_sub(distance as usize),
            };
            let Some(from) = from.filter(|&from| from < length) else {
                return Err(Error::corrupt("a copy starts outside the document")
                    .found(format!("{place:?} at byte {length}")));
            };
            last = length - from;
            if count > most - length.min(most) {
                return Err(too_long(max_output));
            }
            grow(text, length + count + AT_ONCE);
            repeat(text, from, length, count);
            length += count;
        }
        if length > most {
            return Err(too_long(max_output));
        }
    }
    if length > most {
        return Err(too_long(max_output));
    }
    coded.finish()?;
    out.extend_from_slice(&text[..length]);
    Ok(())
}

/// Reads place and length of a copy.
fn copy(knowledge: &Knowledge, coded: &mut Decoder<'_>) -> Result<(Place, usize)> {
    let (first, bits) = Place::of(class(&knowledge.copies.places, coded)?);
    let more = if bits > 0 { coded.plain(bits)? } else { 0 };
    let place = match first {
        Place::Again => first,
        Place::Rank(rank) => Place::Rank(rank + more),
        Place::Back(distance) => Place::Back(distance + more),
    };
    let (first, bits) = copies::LENGTH[class(&knowledge.copies.lengths[place.kind()], coded)?];
    let more = if bits > 0 { coded.plain(bits)? } else { 0 };
    Ok((place, (first + more) as usize))
}

/// The class whose interval comes next.
fn class(starts: &[u16], coded: &mut Decoder<'_>) -> Result<usize> {
    let slot = coded.slot();
    let class = starts.iter().rposition(|&start| start <= slot).unwrap_or(0);
    let (start, size) = copies::interval(starts, class);
    coded.pass(start, size)?;
    Ok(class)
}

/// Writes `count` bytes at `at` that are those from `from` on, one after the other.
fn repeat(text: &mut [u8], from: usize, at: usize, count: usize) {
    if at - from >= count {
        text.copy_within(from..from + count, at);
        return;
    }
    for i in 0..count {
        text[at + i] = text[from + i];
    }
}

fn grow(text: &mut Vec<u8>, least: usize) {
    if text.len() < least {
        text.resize(least.max(text.len() * 2).max(4096), 0);
    }
}

#[cold]
fn too_long(max_output: u64) -> Error {
    Error::new(ErrorKind::Limit, "a document is longer than the limit")
        .expected(format!("at most {max_output} bytes"))
        .hint(format!("if you trust the input, say --max-output with more than {max_output}"))
}
