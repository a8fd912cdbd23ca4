//! Every string that is in several documents and can be made longer on neither side without losing a place.

use unsaid_lexicon::ByteStrings;

use super::suffixes;

/// A string that repeats: a place of it, and how often it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Repeat {
    /// In the documents back to back.
    pub(super) place: usize,
    pub(super) len: u32,
    /// Places, which may overlap.
    pub(super) count: u32,
    pub(super) documents: u32,
    /// Documents without which it could be made longer to the left, to the right.
    pub(super) critical: [Option<u32>; 2],
}

/// More places are not looked at one by one.
const LOOK: u32 = 256;

/// An interval of suffixes that share `lcp` bytes.
struct Open {
    lcp: u32,
    low: u32,
    /// Suffixes whose document has one before them in the interval.
    again: u32,
}

/// Calls `found` with every repeat in at least `min_documents` documents.
pub(super) fn each(corpus: &ByteStrings, min_documents: u32, mut found: impl FnMut(Repeat)) {
    let n = corpus.bytes().len() + corpus.len();
    if corpus.bytes().is_empty() { return }
    let mut text = Vec::with_capacity(n);
    for document in corpus.iter() {
        text.extend(document.iter().map(|&b| u32::from(b) + 1));
        text.push(0);
    }
    let order = suffixes::sorted(&text, 257);
    let lcps = common(&text, &order);
    let mut document_of = Vec::with_capacity(n);
    for (number, document) in corpus.iter().enumerate() {
        document_of.resize(document_of.len() + document.len() + 1, number as u32);
    }
    let mut seen = Vec::new();
    let mut last_rank = vec![u32::MAX; corpus.len()];
    let mut open = vec![Open { lcp: 0, low: 0, again: 0 }];
    // The last rank before which another byte stands than before its predecessor.
    let mut varied = 0u32;
    let mut varied_at = vec![0u32; n];
    for rank in 0..n as u32 {
        let at = order[rank as usize] as usize;
        if rank > 0 {
            let before = order[rank as usize - 1] as usize;
            let left = |at: usize| if at == 0 { 0 } else { text[at - 1] };
            if left(at) != left(before) || left(at) == 0 {
                varied = rank;
            }
        }
        varied_at[rank as usize] = varied;
    }
    for rank in 0..=n as u32 {
        let lcp = if rank == 0 || rank as usize == n { 0 } else { lcps[rank as usize] };
        let mut low = rank.saturating_sub(1);
        while let Some(top) = open.last() {
            if top.lcp <= lcp { break }
            let (len, start, again) = (top.lcp, top.low, top.again);
            open.pop();
            low = start;
            let size = rank - start;
            let documents = size - again;
            if documents >= min_documents && varied_at[rank as usize - 1] > start {
                let at = order[start as usize] as usize;
                let place = at - document_of[at] as usize;
                let mut critical = [None; 2];
                if size <= LOOK && documents > 2 {
                    let places = &order[start as usize..rank as usize];
                    let side = |at: u32, right: bool| {
                        let at = at as usize;
                        let d = document_of[at];
                        let symbol = if right { text[at + len as usize] } else if at == 0 { 0 } else { text[at - 1] };
                        (if symbol == 0 { 257 + d } else { symbol }, d)
                    };
                    for right in [false, true] {
                        critical[usize::from(right)] = alone(places.iter().map(|&at| side(at, right)), &mut seen);
                    }
                }
                found(Repeat { place, len, count: size, documents, critical });
            }
            // What is again in this one is again in the one around it.
            match open.last_mut() {
                Some(around) if around.lcp >= lcp => around.again += again,
                _ => { open.push(Open { lcp, low, again }); break; }
            }
        }
        if rank as usize == n { break }
        if open.last().is_none_or(|top| top.lcp < lcp) {
            open.push(Open { lcp, low, again: 0 });
        }
        let document = document_of[order[rank as usize] as usize] as usize;
        let before = std::mem::replace(&mut last_rank[document], rank);
        if before != u32::MAX {
            // The smallest interval with both.
            let index = open.partition_point(|o| o.low <= before);
            open[index - 1].again += 1;
        }
    }
}

/// The document without which all symbols are the same.
fn alone(symbols: impl Iterator<Item = (u32, u32)>, seen: &mut Vec<(u32, u32)>) -> Option<u32> {
    seen.clear();
    seen.extend(symbols);
    seen.sort_unstable();
    seen.dedup();
    // The symbol of most documents is what would be left.
    let mut best = (0, 0);
    for run in seen.chunk_by(|a, b| a.0 == b.0) {
        if run.len() > best.0 { best = (run.len(), run[0].0); }
    }
    let mut others = seen.iter().filter(|s| s.0 != best.1).map(|s| s.1);
    let first = others.next()?;
    others.all(|d| d == first).then_some(first)
}

/// By rank: how many symbols the suffix shares with the one before, up to a document's end (Kasai and
/// others, "Linear-Time Longest-Common-Prefix Computation in Suffix Arrays and Its Applications", 2001).
fn common(text: &[u32], order: &[u32]) -> Vec<u32> {
    let n = order.len();
    let mut rank_of = vec![0u32; n];
    for (rank, &at) in order.iter().enumerate() { rank_of[at as usize] = rank as u32; }
    let mut lcps = vec![0u32; n];
    let mut shared = 0usize;
    for at in 0..n {
        let rank = rank_of[at] as usize;
        if rank == 0 { shared = 0; continue }
        let other = order[rank - 1] as usize;
        while at + shared < n && other + shared < n && text[at + shared] == text[other + shared] && text[at + shared] != 0 {
            shared += 1;
        }
        lcps[rank] = shared as u32;
        shared = shared.saturating_sub(1);
    }
    lcps
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// All repeats, found by looking at all substrings.
    fn slowly(corpus: &ByteStrings) -> BTreeMap<Vec<u8>, (u32, u32)> {
        type Seen = (u32, BTreeSet<usize>, BTreeSet<(usize, Option<u8>)>, BTreeSet<(usize, Option<u8>)>);
        let mut all: BTreeMap<Vec<u8>, Seen> = BTreeMap::new();
        for (number, doc) in corpus.iter().enumerate() {
            for from in 0..doc.len() {
                for to in from + 1..=doc.len() {
                    let seen = all.entry(doc[from..to].to_vec()).or_default();
                    seen.0 += 1;
                    seen.1.insert(number);
                    // A document's border differs from every other.
                    let left = from.checked_sub(1).map(|at| doc[at]);
                    let right = doc.get(to).copied();
                    seen.2.insert((if left.is_none() { number + 1 } else { 0 }, left));
                    seen.3.insert((if right.is_none() { number + 1 } else { 0 }, right));
                }
            }
        }
        all.into_iter()
            .filter(|(_, seen)| seen.1.len() >= 2 && seen.2.len() >= 2 && seen.3.len() >= 2)
            .map(|(string, seen)| (string, (seen.0, seen.1.len() as u32)))
            .collect()
    }

    #[test]
    fn every_repeat_is_found_with_its_counts() {
        let mut seed = 7u32;
        for round in 0..60 {
            let letters = 1 + round % 4;
            let corpus: ByteStrings = (0..1 + round % 7)
                .map(|_| {
                    (0..round)
                        .map(|_| {
                            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                            b'a' + ((seed >> 16) % letters) as u8
                        })
                        .collect::<Vec<u8>>()
                })
                .collect();
            let mut found = BTreeMap::new();
            each(&corpus, 2, |r| {
                let string = corpus.bytes()[r.place..r.place + r.len as usize].to_vec();
                assert!(found.insert(string, (r.count, r.documents)).is_none());
            });
            assert_eq!(found, slowly(&corpus), "{corpus:?}");
        }
    }
}
