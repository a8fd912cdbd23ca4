//! Which strings do documents share?
//!
//! Every string that is in several documents and cannot be made longer, on either side, without losing a
//! place. These are the inner nodes of the suffix tree, walked over the sorted suffixes (Abouelhoda, Kurtz and
//! Ohlebusch, "Replacing suffix trees with enhanced suffix arrays", 2004), with documents
//! counted on the way (Hui, "Color Set Size Problem with Applications to String Matching", 1992).

use unsaid_lexicon::ByteStrings;

use super::suffixes;

/// Behind a document.
const BORDER: u32 = 0;
/// Symbols: the border and the bytes.
const SYMBOLS: usize = 257;
/// More places are not looked at one by one.
const LOOK: usize = 256;

/// A string that repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Repeat {
    /// A place, in the documents back to back.
    pub(super) place: usize,
    pub(super) len: u32,
    pub(super) documents: u32,
    /// A document without which it could be made longer to the left, and one for the right. Not looked for
    /// where it is at very many places.
    pub(super) critical: [Option<u32>; 2],
}

/// Suffixes next to each other, from the rank `low` on, that share `shared` symbols.
struct Open {
    shared: u32,
    low: u32,
    /// Those whose document has an earlier one of them.
    again: u32,
}

/// Calls `found` for every repeat in at least `fewest` documents. Takes 32 bytes of memory for each byte of
/// the corpus, which has less than 2 GiB.
pub(super) fn each(corpus: &ByteStrings, fewest: u32, mut found: impl FnMut(Repeat)) {
    let texts = Texts::new(corpus);
    let order = suffixes::sorted(&texts.symbols, SYMBOLS);
    let shared = texts.shared(&order);
    let ranks = order.len() as u32;
    let mut last_of = vec![u32::MAX; corpus.len()];
    let mut open = vec![Open { shared: 0, low: 0, again: 0 }];
    let mut sides = Vec::new();
    // The last rank with something else to the left than the rank before.
    let mut varied = 0;
    for rank in 0..=ranks {
        let here = shared.get(rank as usize).copied().unwrap_or(0);
        let mut low = rank.saturating_sub(1);
        while open.last().is_some_and(|top| top.shared > here) {
            let Some(Open { shared: len, low: start, again }) = open.pop() else { break };
            low = start;
            let places = &order[start as usize..rank as usize];
            let documents = rank - start - again;
            if documents >= fewest && varied > start {
                let critical = [
                    texts.critical(places, documents, None, &mut sides),
                    texts.critical(places, documents, Some(len), &mut sides),
                ];
                found(Repeat { place: texts.place(places[0]), len, documents, critical });
            }
            // What is there again in these is there again in those around them.
            match open.last_mut() {
                Some(around) if around.shared >= here => around.again += again,
                _ => open.push(Open { shared: here, low, again }),
            }
        }
        let Some(&at) = order.get(rank as usize) else { break };
        if open.last().is_none_or(|top| top.shared < here) {
            open.push(Open { shared: here, low, again: 0 });
        }
        let before = rank.checked_sub(1).map(|before| order[before as usize]);
        if before.is_some_and(|before| texts.left(before) != texts.left(at)) {
            varied = rank;
        }
        let last = std::mem::replace(&mut last_of[texts.documents[at as usize] as usize], rank);
        // The innermost that has both suffixes of this document; the outermost has all.
        let inner = open.partition_point(|open| open.low <= last).saturating_sub(1);
        if last != u32::MAX {
            open[inner].again += 1;
        }
    }
}

/// The documents with borders between them.
struct Texts {
    symbols: Vec<u32>,
    /// Which document each symbol belongs to.
    documents: Vec<u32>,
}

impl Texts {
    fn new(corpus: &ByteStrings) -> Self {
        let len = corpus.bytes().len() + corpus.len();
        let mut texts = Texts { symbols: Vec::with_capacity(len), documents: Vec::with_capacity(len) };
        for (number, document) in (0..).zip(corpus.iter()) {
            texts.symbols.extend(document.iter().map(|&byte| u32::from(byte) + 1));
            texts.symbols.push(BORDER);
            texts.documents.resize(texts.symbols.len(), number);
        }
        texts
    }

    /// Where a symbol is in the documents back to back.
    fn place(&self, at: u32) -> usize {
        at as usize - self.documents[at as usize] as usize
    }

    /// The symbol at a place. Every border is another.
    fn symbol(&self, at: usize) -> u32 {
        let symbol = self.symbols[at];
        if symbol == BORDER { SYMBOLS as u32 + self.documents[at] } else { symbol }
    }

    /// The symbol before a place.
    fn left(&self, at: u32) -> u32 {
        (at as usize).checked_sub(1).map_or(u32::MAX, |at| self.symbol(at))
    }

    /// The document without which the symbols before these places, or so far behind them, would all be the
    /// same.
    fn critical(
        &self,
        places: &[u32],
        documents: u32,
        right: Option<u32>,
        sides: &mut Vec<(u32, u32)>,
    ) -> Option<u32> {
        // Of two documents each is: that they share no more is why the string is one.
        if places.len() > LOOK || documents < 3 {
            return None;
        }
        sides.clear();
        sides.extend(places.iter().map(|&at| {
            let symbol = right.map_or_else(|| self.left(at), |len| self.symbol((at + len) as usize));
            (symbol, self.documents[at as usize])
        }));
        sides.sort_unstable();
        sides.dedup();
        // What is left must be what most documents have.
        let most = sides.chunk_by(|a, b| a.0 == b.0).max_by_key(|documents| documents.len())?[0].0;
        let mut others = sides.iter().filter(|side| side.0 != most).map(|side| side.1);
        let first = others.next()?;
        others.all(|document| document == first).then_some(first)
    }

    /// By rank: how many bytes the suffix shares with the one before (Kasai and others, "Linear-Time
    /// Longest-Common-Prefix Computation in Suffix Arrays and Its Applications", 2001).
    fn shared(&self, order: &[u32]) -> Vec<u32> {
        let mut ranks = vec![0_u32; order.len()];
        for (rank, &at) in (0..).zip(order) {
            ranks[at as usize] = rank;
        }
        let mut all = vec![0_u32; order.len()];
        let mut shared = 0;
        for (at, &rank) in ranks.iter().enumerate() {
            let Some(before) = (rank as usize).checked_sub(1) else {
                shared = 0;
                continue;
            };
            let here = self.symbols[at + shared..].iter();
            let there = &self.symbols[order[before] as usize + shared..];
            shared += here.zip(there).take_while(|(a, b)| a == b && **a != BORDER).count();
            all[rank as usize] = shared as u32;
            shared = shared.saturating_sub(1);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    type Sides = BTreeSet<(Option<u8>, usize)>;

    /// Whether there are different symbols, borders being different from each other.
    fn differ(sides: &Sides, without: Option<usize>) -> bool {
        let left: Vec<_> = sides.iter().filter(|s| Some(s.1) != without).collect();
        left.iter().any(|a| left.iter().any(|b| a.0 != b.0 || (a.0.is_none() && a.1 != b.1)))
    }

    fn critical(sides: &Sides, documents: &BTreeSet<usize>) -> Option<u32> {
        let found = documents.iter().find(|&&document| !differ(sides, Some(document)));
        found.filter(|_| documents.len() > 2).map(|&document| document as u32)
    }

    /// All repeats, found by looking at all strings.
    fn slowly(corpus: &ByteStrings) -> BTreeMap<Vec<u8>, (u32, [Option<u32>; 2])> {
        let mut all: BTreeMap<Vec<u8>, (BTreeSet<usize>, Sides, Sides)> = BTreeMap::new();
        for (number, text) in corpus.iter().enumerate() {
            for from in 0..text.len() {
                for to in from + 1..=text.len() {
                    let seen = all.entry(text[from..to].to_vec()).or_default();
                    seen.0.insert(number);
                    seen.1.insert((from.checked_sub(1).map(|at| text[at]), number));
                    seen.2.insert((text.get(to).copied(), number));
                }
            }
        }
        all.retain(|_, seen| seen.0.len() > 1 && differ(&seen.1, None) && differ(&seen.2, None));
        let of = |seen: (BTreeSet<usize>, Sides, Sides)| {
            (seen.0.len() as u32, [critical(&seen.1, &seen.0), critical(&seen.2, &seen.0)])
        };
        all.into_iter().map(|(string, seen)| (string, of(seen))).collect()
    }

    #[test]
    fn every_repeat_is_found_with_its_documents() {
        let mut seed = 7_u32;
        for round in 0..80 {
            let letters = 1 + round % 4;
            let text = |_| -> Vec<u8> {
                let letter = |_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    b'a' + ((seed >> 16) % letters) as u8
                };
                (0..round / 2).map(letter).collect()
            };
            let corpus: ByteStrings = (0..round % 8).map(text).collect();
            let mut found = BTreeMap::new();
            each(&corpus, 2, |r| {
                let string = corpus.bytes()[r.place..r.place + r.len as usize].to_vec();
                assert!(found.insert(string, (r.documents, r.critical)).is_none());
            });
            assert_eq!(found, slowly(&corpus), "{corpus:?}");
        }
    }
}
