//! Which candidates pay for their place?

use std::cmp::Reverse;

use unsaid_core::Result;
use unsaid_lexicon::parse::ById;
use unsaid_lexicon::{ByteStrings, Matcher, Parser};

use super::TrainOptions;
use super::candidates::{Candidates, Pool};
use super::log::log2;

/// Candidates that stay, with how often each is expected to be used.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) pool: Pool,
    pub(super) estimates: Vec<u64>,
}

/// The candidates that save most: against the cheapest way to write them without themselves, as often as
/// they are expected. Where the bytes of the dictionary are limited, for each of those.
pub(super) fn choose(candidates: Candidates, estimates: &[u64], options: &TrainOptions) -> Result<Chosen> {
    let Candidates { common, rare, .. } = candidates;
    let mut strings = common.strings;
    strings.extend(rare.strings.iter());
    let documents: Vec<u32> = common.documents.into_iter().chain(rare.documents).collect();
    let savings = savings(&strings, estimates)?;
    let size = |id: usize| strings.get(id).map_or(0, encoded_size);
    let mut order: Vec<usize> = (0..strings.len()).filter(|&id| savings[id] > 0).collect();
    order.sort_by_key(|&id| {
        let each = if options.bytes.is_some() { size(id) } else { 1 };
        (Reverse(savings[id] / each), id)
    });
    let mut room = options.bytes.unwrap_or(u64::MAX);
    let mut kept: Vec<usize> = Vec::new();
    for id in order {
        if kept.len() >= options.segments {
            break;
        }
        if let Some(left) = room.checked_sub(size(id)) {
            room = left;
            kept.push(id);
        }
    }
    kept.sort_unstable();
    let mut chosen = Chosen::default();
    for id in kept {
        chosen.pool.push(strings.get(id).unwrap_or_default(), documents[id]);
        chosen.estimates.push(estimates[id]);
    }
    Ok(chosen)
}

fn savings(strings: &ByteStrings, estimates: &[u64]) -> Result<Vec<u64>> {
    let total = log2(estimates.iter().fold(0, |sum, &e| sum.saturating_add(e)));
    let mut costs: Vec<u32> = estimates.iter().map(|&e| total.saturating_sub(log2(e))).collect();
    let matcher = Matcher::new(strings)?;
    let mut parser = Parser::new();
    let mut savings = Vec::with_capacity(strings.len());
    for (id, string) in strings.iter().enumerate() {
        if string.len() == 1 {
            // What a byte saves are escapes; the longest code and 8 bits are more than the estimate's worth.
            savings.push(estimates[id].saturating_mul(u64::from(total) + 8 * u64::from(super::log::BIT)));
            continue;
        }
        let cost = std::mem::replace(&mut costs[id], u32::MAX);
        let without = parser.parse(&matcher, &ById(&costs), string)?;
        costs[id] = cost;
        savings.push(estimates[id].saturating_mul(without.saturating_sub(u64::from(cost))));
    }
    Ok(savings)
}

/// Bytes that a segment takes in a dictionary: a byte string of CBOR.
fn encoded_size(segment: &[u8]) -> u64 {
    let len = segment.len() as u64;
    len + match len {
        0..24 => 1,
        24..256 => 2,
        256..65_536 => 3,
        _ => 5,
    }
}
