//! Parsing the corpus again and again, with prices that follow from the last time.

use std::cmp::Reverse;

use unsaid_core::{Progress, Result};
use unsaid_lexicon::{ByteStrings, Matcher};

use super::Options;
use crate::encode::WINDOW;
use crate::parse::{Parser, Step};
use crate::profile::Profile;

/// What a byte costs: prices between the steps of the format have room.
pub(super) const UNIT: u32 = 16;

/// A fragment that may be in the model.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Its place among the strings.
    string: u32,
    /// Its bytes.
    pub(super) len: u8,
    /// How often the last parse used it.
    pub(super) uses: u64,
    /// What a reference to it costs in the next parse.
    pub(super) price: u32,
}

/// The candidates, the most used first once they were parsed.
pub(super) struct Rounds<'c> {
    corpus: &'c ByteStrings,
    strings: ByteStrings,
    pub(super) candidates: Vec<Candidate>,
    /// The profile whose costs are aimed at.
    profile: Profile,
}

impl<'c> Rounds<'c> {
    /// Candidates at one price.
    pub(super) fn new(corpus: &'c ByteStrings, strings: ByteStrings, options: &Options) -> Result<Self> {
        let mut occurs = [false; 256];
        corpus.bytes().iter().for_each(|&byte| occurs[usize::from(byte)] = true);
        // Merging begins with every byte there is, and can make the same bytes in two ways: a matcher
        // finds the first of them only.
        let matcher = Matcher::new(&strings)?;
        let first = |at: u32, string: &[u8]| {
            let mut found = None;
            matcher.for_each_match(string, 0, |id, len| found = (len == string.len()).then_some(id));
            found == Some(at) && string.first().is_some_and(|&byte| occurs[usize::from(byte)])
        };
        let candidates = (0..)
            .zip(strings.iter())
            .filter(|&(at, string)| first(at, string))
            .map(|(string, bytes)| Candidate { string, len: bytes.len() as u8, uses: 0, price: UNIT });
        let candidates = candidates.collect();
        let profile = options.profile_for(options.most() as usize);
        Ok(Rounds { corpus, strings, candidates, profile })
    }

    /// The bytes of a candidate.
    pub(super) fn bytes(&self, candidate: &Candidate) -> &[u8] {
        self.strings.get(candidate.string as usize).unwrap_or_default()
    }

    /// A matcher whose ids are the places of the candidates.
    pub(super) fn matcher(&self) -> Result<Matcher> {
        Matcher::new(&self.candidates.iter().map(|c| self.bytes(c)).collect())
    }

    /// Parses the corpus, counts what is used and sorts the candidates by that.
    pub(super) fn parse(&mut self, progress: &dyn Progress) -> Result<()> {
        let matcher = self.matcher()?;
        let mut parser = Parser::default();
        let mut uses = vec![0u64; self.candidates.len()];
        let candidates = &self.candidates;
        let mut unreported = 0;
        for piece in self.corpus.iter().flat_map(|document| document.chunks(WINDOW)) {
            parser.parse(piece, &matcher, UNIT.into(), |id| Some(candidates[id as usize].price));
            for (_, step) in parser.steps() {
                if let Step::Fragment(id, _) = step {
                    uses[id as usize] += 1;
                }
            }
            unreported += piece.len() as u64;
            if unreported >= WINDOW as u64 {
                progress.advance(std::mem::take(&mut unreported), 0)?;
            }
        }
        progress.advance(unreported, 0)?;
        for (candidate, uses) in self.candidates.iter_mut().zip(uses) {
            candidate.uses = uses;
        }
        self.candidates.sort_by_key(|c| (Reverse(c.uses), Reverse(c.len), c.string));
        Ok(())
    }

    /// Prices for the next parse: `step` of `steps` of the way from what an ideal code would take to
    /// what the format takes.
    pub(super) fn set_prices(&mut self, step: u32, steps: u32) {
        let all: u64 = self.candidates.iter().map(|c| c.uses).sum();
        for (rank, candidate) in (0..).zip(&mut self.candidates) {
            let format = self.profile.reference_bytes(rank).unwrap_or(5) * UNIT;
            let bits = (all / candidate.uses.max(1)).checked_ilog2().map_or(0, |log| log + 1);
            let ideal = (bits * UNIT / 8).clamp(UNIT / 2, 5 * UNIT);
            candidate.price = (format * step + ideal * (steps - step)) / steps;
        }
    }

    /// The fragments of the model, the most used first.
    ///
    /// What no parse used stays as long as there is room: new documents need not break where these
    /// did. What costs as much as its bytes do never stays.
    pub(super) fn chosen(&self, options: &Options) -> ByteStrings {
        let mut chosen = ByteStrings::new();
        let most = options.most();
        let mut room = options.bytes.map(|b| b.saturating_sub(self.profile.head_bytes()));
        for candidate in &self.candidates {
            let rank = chosen.len() as u32;
            if u64::from(rank) >= most {
                break;
            }
            let price = self.profile.reference_bytes(rank).unwrap_or(5);
            if price > u32::from(candidate.len) {
                continue;
            }
            let size = 1 + u64::from(candidate.len);
            match &mut room {
                Some(left) if *left < size => continue,
                Some(left) => *left -= size,
                None => {}
            }
            chosen.push(self.bytes(candidate));
        }
        chosen
    }
}
