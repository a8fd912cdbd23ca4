//! A document to bytes.

use super::copies;
use super::parse::Item;
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
    let mut last = 0;
    for item in items.iter() {
        row = symbol(knowledge, row, item.symbol, steps);
        if item.distance > 0 {
            copy(knowledge, item, last, steps);
            last = item.distance;
        }
    }
    symbol(knowledge, row, knowledge.parts.end(), steps);
    rans::encode(steps, words, out);
    0
}

/// The steps of one symbol; returns the row that follows.
fn symbol(knowledge: &Knowledge, row: u32, symbol: u16, steps: &mut Vec<Step>) -> u32 {
    let rows = &knowledge.rows;
    rows.code(row, symbol, steps).map_or(rows.root(), |place| rows.step(place).1)
}

/// The steps of a copy's length and distance.
fn copy(knowledge: &Knowledge, item: &Item, last: u32, steps: &mut Vec<Step>) {
    let (class, plain) = copies::length_class(item.length as usize);
    if copies::LENGTHS[class].1 > 0 {
        steps.push(Step::plain(plain, copies::LENGTHS[class].1));
    }
    let starts = &knowledge.distances[copies::table(class)];
    let (far, bits, plain) =
        if item.distance == last { (copies::AGAIN, 0, 0) } else { copies::distance_class(item.distance) };
    let end = starts.get(far + 1).copied().unwrap_or(0);
    steps.push(Step { start: starts[far], size: end.wrapping_sub(starts[far]) });
    if bits > 0 {
        steps.push(Step::plain(plain, bits));
    }
}
