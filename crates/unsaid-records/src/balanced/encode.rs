//! A document to bytes.

use super::copies::{self, Place};
use super::rans::{self, Step};
use super::{Knowledge, Scratch};

/// Appends the payload of `doc` to `out`; returns bits 4 to 7 of the flag byte, which are 0.
///
/// The payload has no length and no end of its own: [`decode`](super::decode()) must be given all of it
/// and nothing else.
pub fn encode(knowledge: &Knowledge, scratch: &mut Scratch, doc: &[u8], out: &mut Vec<u8>) -> u8 {
    let Scratch { parser, items, steps, words, .. } = scratch;
    items.clear();
    parser.parse(doc, knowledge, true, items);
    steps.clear();
    let mut row = knowledge.start;
    for item in items.iter() {
        row = symbol(knowledge, row, item.symbol, steps);
        if let Some(place) = item.place {
            copy(knowledge, place, item.length as usize, steps);
        }
    }
    symbol(knowledge, row, knowledge.parts.end(), steps);
    rans::encode(steps, words, out);
    0
}

/// The steps of one symbol; returns the row that follows.
fn symbol(knowledge: &Knowledge, row: u32, symbol: u16, steps: &mut Vec<Step>) -> u32 {
    let rows = &knowledge.rows;
    rows.code(row, symbol, steps).unwrap_or(rows.root())
}

/// The steps of a copy's place and length.
fn copy(knowledge: &Knowledge, place: Place, length: usize, steps: &mut Vec<Step>) {
    let mut put = |(start, size), bits: u32, plain: u32| {
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
