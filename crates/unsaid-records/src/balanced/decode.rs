//! Bytes to a document.

use unsaid_core::{Error, ErrorKind, Result};
use unsaid_lexicon::ByteStrings;

use super::copies::{self, Place};
use super::rans::Decoder;
use super::{Knowledge, Scratch};

/// Bytes of a fragment that are copied at once, whether it has them or not.
const AT_ONCE: usize = 24;

/// What a symbol writes: its first bytes, its length, and where all of it is.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Piece {
    head: [u8; AT_ONCE],
    /// [`SPECIAL`] for a copy and for the end; 0 for an escape, which writes nothing.
    len: u32,
    /// In `Pieces::long`, where the fragment is longer than its head.
    at: u32,
}

/// More than any length.
const SPECIAL: u32 = u32::MAX;

/// What all symbols write: one branch tells what is written at once from what is not.
pub(crate) struct Pieces {
    /// Fragments, copy and end by their symbols; then the escape.
    pieces: Vec<Piece>,
    long: Vec<u8>,
}

impl Pieces {
    /// `symbols` is how many there are besides the escape.
    pub(crate) fn new(fragments: &ByteStrings, symbols: usize) -> Self {
        let mut long = Vec::new();
        let mut pieces: Vec<Piece> = fragments
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
        pieces.resize(symbols, Piece { head: [0; AT_ONCE], len: SPECIAL, at: 0 });
        pieces.push(Piece { head: [0; AT_ONCE], len: 0, at: 0 });
        Pieces { pieces, long }
    }

    #[inline(always)]
    fn of(&self, symbol: u16) -> &Piece {
        // The escape is the largest number and the last piece.
        &self.pieces[usize::from(symbol).min(self.pieces.len() - 1)]
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
        // The limit is looked at where the text must grow: it never grows far beyond what was asked for.
        if text.len() < length + AT_ONCE {
            if length > most {
                return Err(too_long(max_output));
            }
            grow(text, length + AT_ONCE);
        }
        let (entry, size) = rows.at(row, coded.slot());
        coded.pass(entry.start, size)?;
        row = entry.next;
        let piece = pieces.of(entry.symbol);
        if let Some(place) = text[length..].first_chunk_mut::<AT_ONCE>() {
            *place = piece.head;
        }
        if piece.len as usize <= AT_ONCE {
            length += piece.len as usize;
        } else if piece.len != SPECIAL {
            let (start, from) = (length, piece.at as usize);
            length += piece.len as usize;
            grow(text, length + AT_ONCE);
            text[start..length].copy_from_slice(&pieces.long[from..from + piece.len as usize]);
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
#[inline]
fn class<const N: usize>(classes: &copies::Classes<N>, coded: &mut Decoder<'_>) -> Result<usize> {
    let class = classes.at(coded.slot());
    let (start, size) = classes.interval(class);
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

#[cfg(test)]
mod tests {
    use unsaid_core::progress::Silent;
    use unsaid_lexicon::Merges;

    use super::super::rans::{self, Step};
    use super::super::{Options, encode};
    use super::*;

    fn knowledge() -> Knowledge {
        let docs: ByteStrings = (0..40).map(|i| format!("abc{i}abcabc{i}abc")).collect();
        let merges = Merges::from_pairs([(97, 98), (256, 99)], 255).unwrap();
        Knowledge::train(&docs, &merges, &Options::default(), &Silent).unwrap()
    }

    /// The payload of these symbols, each copy with its place and length.
    fn payload(knowledge: &Knowledge, symbols: &[(u16, Option<(Place, usize)>)]) -> Vec<u8> {
        let (mut steps, mut row, mut out) = (Vec::new(), knowledge.start, Vec::new());
        for &(symbol, copy) in symbols {
            row = knowledge.rows.code(row, symbol, &mut steps).unwrap();
            if let Some((place, length)) = copy {
                let mut put = |(start, size), bits, plain| {
                    steps.push(Step { start, size });
                    if bits > 0 {
                        steps.push(Step::plain(plain, bits));
                    }
                };
                let (class, bits, plain) = place.class();
                put(knowledge.copies.places.interval(class), bits, plain);
                let (class, plain) = copies::length_class(length);
                put(knowledge.copies.lengths[place.kind()].interval(class), copies::LENGTH[class].1, plain);
            }
        }
        rans::encode(&steps, &mut Vec::new(), &mut out);
        out
    }

    fn decoded(knowledge: &Knowledge, payload: &[u8], most: u64) -> Result<Vec<u8>> {
        let mut scratch = Scratch::new();
        // Whatever was there before must not come out.
        scratch.text = vec![b'S'; 100_000];
        let mut out = b"kept".to_vec();
        let result = decode(knowledge, &mut scratch, 0, payload, &mut out, most);
        assert!(result.is_ok() || out == b"kept");
        result.map(|()| out.split_off(4))
    }

    #[test]
    fn b14_a_copy_from_before_the_document_is_refused() {
        let k = knowledge();
        let (copy, end) = (k.parts.copy(), k.parts.end());
        for place in [Place::Again, Place::Rank(1), Place::Rank(63), Place::Back(3), Place::Back(131_071)] {
            let text = payload(&k, &[(97, None), (98, None), (copy, Some((place, 5))), (end, None)]);
            let error = decoded(&k, &text, 100).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{place:?}");
            let text = payload(&k, &[(copy, Some((place, 5))), (end, None)]);
            assert_eq!(decoded(&k, &text, 100).unwrap_err().kind(), ErrorKind::Corrupt, "{place:?}");
        }
    }

    #[test]
    fn b14_copies_that_overlap_repeat_what_they_write() {
        let k = knowledge();
        let (copy, end) = (k.parts.copy(), k.parts.end());
        for (distance, length) in [(1, 3), (1, 40_000), (2, 301), (3, 3), (3, 4)] {
            let symbols = [120, 121, 122].map(|s| (s, None));
            let mut all = symbols.to_vec();
            all.push((copy, Some((Place::Back(distance), length.min(copies::LONGEST)))));
            all.push((end, None));
            let mut expected = b"xyz".to_vec();
            for _ in 0..length.min(copies::LONGEST) {
                expected.push(expected[expected.len() - distance as usize]);
            }
            assert_eq!(decoded(&k, &payload(&k, &all), 1 << 20).unwrap(), expected, "{distance} {length}");
        }
    }

    #[test]
    fn b5_c11_a_document_that_does_not_end_stops_at_the_limit() {
        let k = knowledge();
        let (copy, end) = (k.parts.copy(), k.parts.end());
        let mut symbols = vec![(97, None)];
        symbols.extend([(copy, Some((Place::Back(1), copies::LONGEST))); 50]);
        symbols.push((end, None));
        let bomb = payload(&k, &symbols);
        for most in [0, 1, 40_000, 1_000_000] {
            assert_eq!(decoded(&k, &bomb, most).unwrap_err().kind(), ErrorKind::Limit, "{most}");
        }
        // Every payload of one or two bytes ends, one way or the other.
        for payload in (1..=u16::MAX).map(u16::to_be_bytes) {
            if let Ok(text) = decoded(&k, if payload[0] == 0 { &payload[1..] } else { &payload }, 1000) {
                assert!(text.len() <= 1000);
            }
        }
    }

    #[test]
    fn flags_from_the_future_are_refused() {
        let k = knowledge();
        let (mut payload, mut out) = (Vec::new(), Vec::new());
        let flags = encode(&k, &mut Scratch::new(), b"abc1", &mut payload);
        for flags in (1..16).map(|bits| flags | bits << 4) {
            let error = decode(&k, &mut Scratch::new(), flags, &payload, &mut out, 100).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NewerVersion);
        }
    }
}
