//! What the training documents teach: parsed with what is known, counted, and parsed again.
//!
//! Documents are parsed with tables that were counted over the other half of them, so that a
//! fragment or a context that comes once is worth no more than it will be for new documents.

use unsaid_core::{Limits, Progress, Result};
use unsaid_lexicon::{ByteStrings, Merges};

use super::Knowledge;
use super::copies;
use super::count::{self, Shape};
use super::learn;
use super::parse::{Log, Parser};
use super::prune::prune;
use super::section::{self, MAX_ENTRIES, MAX_FRAGMENTS, Parts};
use super::weights::{DEPTHS, Discounts};

/// How to train.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Most fragments, the 256 bytes among them. 4,096; fewer for less than a megabyte of documents.
    pub fragments: usize,
    /// Symbols of the longest context, 0 to 6. 2: more gains 1 % in size and costs a tenth of the speed of decoding.
    pub depth: usize,
    /// Most entries of all rows. A million, which makes a section of one to two MB.
    pub entries: usize,
    /// How often the documents are parsed with what was learned before. 2.
    pub rounds: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { fragments: 4096, depth: 2, entries: 1_000_000, rounds: 2 }
    }
}

/// A fragment for every so many bytes of documents, but so many in any case: with more, there is too
/// little to learn about each.
const BYTES_A_FRAGMENT: usize = 200;
const FEW_FRAGMENTS: usize = 1024;
/// 256ths of a bit that a context must save over all training documents.
const GAIN: i64 = 1024;
/// Documents are dealt to this many parts.
const PARTS: usize = 2;

/// What is known between two rounds.
struct State<'a> {
    merges: &'a Merges,
    progress: &'a dyn Progress,
    fragments: usize,
    shape: Shape,
    discounts: Discounts,
    copies: copies::Counts,
}

impl State<'_> {
    fn end(&self) -> u16 {
        self.fragments as u16
    }

    fn symbols(&self) -> usize {
        self.fragments + 2
    }

    /// Knowledge from documents as symbols.
    fn knowledge(&self, tokens: &[u16], depth: usize) -> Result<Knowledge> {
        let shape = Shape { depth, ..self.shape };
        let tables = count::count(tokens, self.symbols(), self.end(), shape);
        let parts = Parts {
            fragments: self.fragments,
            depth,
            discounts: self.discounts.clone(),
            copies: self.copies,
        };
        let tables = prune(&tables, &self.discounts, &Log::new(), GAIN);
        let rows = tables.builder(&self.discounts).finish();
        Knowledge::new(Vec::new(), parts, rows, self.merges)
    }

    /// Appends the symbols of each document to `tokens`, and counts the classes of copies.
    fn parse<'d>(
        &self,
        knowledge: &Knowledge,
        docs: impl Iterator<Item = &'d [u8]>,
        copies_too: bool,
        counts: &mut copies::Counts,
    ) -> Result<Vec<u16>> {
        let mut tokens = vec![self.end()];
        let (mut parser, mut items) = (Parser::default(), Vec::new());
        for doc in docs {
            self.progress.advance(doc.len() as u64, 0)?;
            items.clear();
            parser.parse(doc, knowledge, copies_too, &mut items);
            for item in &items {
                tokens.push(item.symbol);
                if let Some(place) = item.place {
                    counts.places[place.class().0] += 1;
                    counts.lengths[place.kind()][copies::length_class(item.length as usize).0] += 1;
                }
            }
            tokens.push(self.end());
        }
        Ok(tokens)
    }
}

pub(crate) fn train(
    corpus: &ByteStrings,
    merges: &Merges,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Knowledge> {
    let worth = (corpus.bytes().len() / BYTES_A_FRAGMENT).max(FEW_FRAGMENTS);
    let fragments = options.fragments.min(worth).clamp(256, MAX_FRAGMENTS).min(256 + merges.len());
    let mut state = State {
        merges,
        progress,
        fragments,
        shape: Shape { depth: options.depth.min(DEPTHS), least: [1; DEPTHS] },
        discounts: Discounts::default(),
        copies: copies::Counts::default(),
    };
    // Without contexts first: all symbols alike, then as often as they were used.
    let mut tokens = vec![state.end()];
    for _ in 0..3 {
        let knowledge = state.knowledge(&tokens, 0)?;
        tokens = state.parse(&knowledge, corpus.iter(), false, &mut copies::Counts::default())?;
    }
    let mut parts = vec![vec![state.end()]; PARTS];
    let mut doc = 0;
    for &token in &tokens[1..] {
        parts[doc % PARTS].push(token);
        doc += usize::from(token == state.end());
    }
    for _ in 0..options.rounds {
        state.discounts = learn::learn(&parts, state.symbols(), state.end(), state.shape);
        let mut counts = copies::Counts::default();
        let mut parsed = Vec::new();
        for part in 0..PARTS {
            let others = learn::others(&parts, part, state.end());
            let knowledge = state.knowledge(&others, state.shape.depth)?;
            let docs = corpus.iter().skip(part).step_by(PARTS);
            parsed.push(state.parse(&knowledge, docs, true, &mut counts)?);
        }
        parts = parsed;
        state.copies = counts;
    }
    state.discounts = learn::learn(&parts, state.symbols(), state.end(), state.shape);
    let all = learn::others(&parts, PARTS, state.end());
    finish(&mut state, &all, options)
}

/// The section, and what a reader makes of it.
fn finish(state: &mut State<'_>, tokens: &[u16], options: &Options) -> Result<Knowledge> {
    let most = options.entries.min(MAX_ENTRIES);
    let count = |state: &State<'_>| {
        let tables = count::count(tokens, state.symbols(), state.end(), state.shape);
        prune(&tables, &state.discounts, &Log::new(), GAIN)
    };
    let mut tables = count(state);
    // The longest contexts that come rarely go first.
    while tables.entries.len() > most && state.shape.depth > 0 {
        let depth = state.shape.depth;
        let least = &mut state.shape.least[depth - 1];
        if *least < 8 {
            *least += 1;
        } else {
            state.shape.depth -= 1;
        }
        tables = count(state);
    }
    let rounded = |n: u32| if n == 0 { 0 } else { count::rounded(n) };
    let copies = copies::Counts {
        places: state.copies.places.map(rounded),
        lengths: state.copies.lengths.map(|table| table.map(rounded)),
    };
    let mut parts = Parts {
        fragments: state.fragments,
        depth: state.shape.depth,
        discounts: state.discounts.clone(),
        copies,
    };
    let mut bytes = Vec::new();
    section::write(&mut parts, &tables, &mut bytes)?;
    Knowledge::read(&bytes, state.merges, &Limits::default())
}
