//! Codes and their order.
//!
//! Shorter codes come first, so that what every document needs lies together at the start. Among codes of
//! one length any order is as good for Data; the one of first occurrence puts what comes from
//! the same documents into the same parts, so that a document of one subject needs few of them.

use std::cmp::Reverse;

use unsaid_core::Result;
use unsaid_lexicon::{ByteStrings, Matcher};

use super::huffman;
use super::select::Chosen;
use crate::lengths::{Lengths, MAX_BITS};

/// Segments in the order of their codes.
pub(super) struct Ordered {
    pub(super) segments: ByteStrings,
    pub(super) documents: Vec<u32>,
    pub(super) lengths: Lengths,
}

/// Gives codes of at most about `longest` bits, more where they would not suffice.
pub(super) fn order(chosen: &Chosen, longest: u32, corpus: &ByteStrings) -> Result<Ordered> {
    let Chosen { pool, estimates } = chosen;
    let mut ids: Vec<usize> = (0..estimates.len()).collect();
    ids.sort_by_key(|&id| (estimates[id], Reverse(id)));
    // The escape is rarer than everything, so that it gets the greatest length.
    let mut weights: Vec<u64> = vec![1];
    weights.extend(ids.iter().map(|&id| estimates[id].max(1)));
    let least = (weights.len() as u64).next_power_of_two().ilog2();
    let bits = huffman::limited(&weights, longest.max(least).clamp(1, MAX_BITS));
    let first = first_places(&pool.strings, corpus)?;
    let mut codes: Vec<(u8, usize)> = ids.iter().zip(&bits[1..]).map(|(&id, &bits)| (bits, id)).collect();
    codes.sort_by_key(|&(bits, id)| (bits, first[id], id));
    Ok(Ordered {
        segments: codes.iter().map(|&(_, id)| pool.strings.get(id).unwrap_or_default()).collect(),
        documents: codes.iter().map(|&(_, id)| pool.documents[id]).collect(),
        lengths: Lengths::of_codes(codes.iter().map(|&(bits, _)| u32::from(bits)))?,
    })
}

/// Where each string is first in the corpus.
fn first_places(strings: &ByteStrings, corpus: &ByteStrings) -> Result<Vec<usize>> {
    let matcher = Matcher::new(strings)?;
    let mut first = vec![usize::MAX; strings.len()];
    let mut start = 0;
    for document in corpus.iter() {
        for at in 0..document.len() {
            matcher.for_each_match(document, at, |id, _| {
                let first = &mut first[id as usize];
                *first = (*first).min(start + at);
            });
        }
        start += document.len();
    }
    Ok(first)
}
