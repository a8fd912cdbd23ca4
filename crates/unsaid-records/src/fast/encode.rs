//! Which tokens write a document in the fewest bytes?
//!
//! Three shortest paths: one over the vocabulary alone, one in which copying anything seen before
//! costs two tokens, which shows what is worth keeping, and one with the strings that are kept.

use unsaid_core::{Error, ErrorKind, Result};
use unsaid_lexicon::Matcher;

use super::local::{Local, Repeats};
use super::{FRAGMENTS, KEEP, Knowledge, SLOTS, Scratch, USE};

/// Documents are taken in pieces of this size, each written as well as it can be by itself.
const PIECE: usize = 1 << 15;
/// No document is longer.
const LARGEST: u64 = 1 << 32;

/// Memory of the search, for one piece.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    matches: Matches,
    plain: Vec<Way>,
    ways: Vec<Way>,
    repeats: Repeats,
    local: Local,
}

/// The vocabulary's fragments at each place of a piece.
#[derive(Clone, Debug, Default)]
struct Matches {
    /// Token times 256 plus length, shortest first.
    all: Vec<u32>,
    /// Where those of each place end in `all`.
    ends: Vec<u32>,
}

/// A step, and what it and the rest of the piece cost, in tokens.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    pub(super) cost: u32,
    pub(super) len: u32,
    /// A token of the vocabulary, or [`OWN`] plus the index of a string of the piece, or [`COPY`].
    pub(super) step: u32,
}

/// From here on a step writes one of the piece's own strings.
pub(super) const OWN: u32 = FRAGMENTS as u32;
/// A step that writes something seen before in the piece.
pub(super) const COPY: u32 = u32::MAX;

/// Appends the payload of `document` to `out` and gives the level's four flags, at bits 4 to 7.
///
/// # Errors
/// [`ErrorKind::Limit`] for a document of 4 GiB or more.
pub fn encode(
    knowledge: &Knowledge,
    scratch: &mut Scratch,
    document: &[u8],
    out: &mut Vec<u8>,
) -> Result<u8> {
    if document.len() as u64 >= LARGEST {
        return Err(Error::new(ErrorKind::Limit, "the document is too large")
            .found(format!("{} bytes", document.len()))
            .expected("less than 4 GiB"));
    }
    let matcher = knowledge.matcher()?;
    let mut high = document.len() >> 4;
    while high >= 128 {
        out.push(high as u8 | 128);
        high >>= 7;
    }
    out.push(high as u8);
    let mut kept = 0;
    for piece in document.chunks(PIECE) {
        scratch.encode.piece(matcher, piece, &mut kept, out);
    }
    Ok((document.len() as u8) << 4)
}

impl Work {
    /// Appends the tokens of a piece. `kept` counts the strings that the document has kept.
    fn piece(&mut self, matcher: &Matcher, piece: &[u8], kept: &mut usize, out: &mut Vec<u8>) {
        let Work { matches, plain, ways, repeats, local } = self;
        matches.find(matcher, piece);
        matches.plain(piece.len(), plain);
        local.clear();
        if repeats.find(piece) {
            matches.copying(repeats, piece.len(), ways);
            local.collect(piece, plain, ways);
            // A string that is not used enough once the others are there goes, and those that are
            // left may be used in its place.
            // The ways of the last round are for the strings of that round: nothing goes after it.
            for round in 0.. {
                matches.own(local, piece.len(), ways);
                if round == 4 || !local.thin_out(plain, ways) {
                    break;
                }
            }
            if local.strings().is_empty() || ways[0].cost + local.strings().len() as u32 >= plain[0].cost {
                local.clear();
            }
        }
        let ways = if local.strings().is_empty() { plain } else { ways };
        let mut slots = [0u16; SLOTS];
        let mut next = 0;
        let mut at = 0;
        while at < piece.len() {
            while let Some(own) = local.strings().get(next).filter(|own| own.end() == at) {
                slots[next % SLOTS] = (*kept % SLOTS) as u16;
                *kept += 1;
                next += 1;
                out.extend_from_slice(&(KEEP + own.len as u16).to_le_bytes());
            }
            let way = ways[at];
            let token = match way.step.checked_sub(OWN) {
                None => way.step as u16,
                Some(own) => USE + slots[own as usize % SLOTS],
            };
            out.extend_from_slice(&token.to_le_bytes());
            at += way.len as usize;
        }
    }
}

impl Matches {
    fn find(&mut self, matcher: &Matcher, piece: &[u8]) {
        self.all.clear();
        self.ends.clear();
        for at in 0..piece.len() {
            matcher.for_each_match(piece, at, |token, len| self.all.push(token << 8 | len as u32));
            self.ends.push(self.all.len() as u32);
        }
    }

    /// The cheapest fragment at `at` that does not go beyond `fence`; the longest of equals.
    #[inline]
    fn best(&self, at: usize, fence: usize, ways: &[Way]) -> Way {
        let first = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        let mut best = Way { cost: u32::MAX, len: 1, step: 0 };
        for &fragment in &self.all[first..self.ends[at] as usize] {
            let len = fragment & 255;
            if at + len as usize > fence {
                break;
            }
            let cost = ways[at + len as usize].cost + 1;
            if cost <= best.cost {
                best = Way { cost, len, step: fragment >> 8 };
            }
        }
        best
    }

    /// Ways over the vocabulary alone.
    fn plain(&self, len: usize, ways: &mut Vec<Way>) {
        start(ways, len);
        for at in (0..len).rev() {
            ways[at] = self.best(at, len, ways);
        }
    }

    /// Ways in which writing again what stands earlier in the piece costs two tokens.
    fn copying(&self, repeats: &Repeats, len: usize, ways: &mut Vec<Way>) {
        start(ways, len);
        for at in (0..len).rev() {
            let mut best = self.best(at, len, ways);
            for len in repeats.lens(at) {
                let cost = ways[at + len].cost + 2;
                if cost <= best.cost {
                    best = Way { cost, len: len as u32, step: COPY };
                }
            }
            ways[at] = best;
        }
    }

    /// Ways over the vocabulary and the piece's own strings, which stop wherever one is kept.
    fn own(&self, local: &Local, len: usize, ways: &mut Vec<Way>) {
        start(ways, len);
        let mut fence = len;
        let mut ends = local.strings().iter().rev().map(|own| own.end()).peekable();
        let mut uses = local.uses().iter().rev().peekable();
        for at in (0..len).rev() {
            while let Some(end) = ends.next_if(|&end| end > at) {
                fence = end;
            }
            let mut best = self.best(at, fence, ways);
            while let Some(own) = uses.next_if(|own| own.at as usize == at) {
                let end = at + local.strings()[own.index as usize].len;
                if end <= fence {
                    let cost = ways[end].cost + 1;
                    if cost < best.cost {
                        best = Way { cost, len: (end - at) as u32, step: OWN + own.index };
                    }
                }
            }
            ways[at] = best;
        }
    }
}

fn start(ways: &mut Vec<Way>, len: usize) {
    ways.clear();
    ways.resize(len + 1, Way::default());
}
