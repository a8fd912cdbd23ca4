//! Which fragments are worth a token?
//!
//! Merges come first: everything that training saw twice. A small training set leaves tokens free,
//! and new documents hold what it never saw: other numbers, names and words. The rest of the
//! tokens goes to strings that are likely in such places.

use unsaid_core::{Progress, Result};
use unsaid_lexicon::parse::{Equal, Step};
use unsaid_lexicon::{ByteStrings, Matcher, MergeOptions, Merges, Parser, merge};

use super::likely::Likely;
use super::{FRAGMENTS, Knowledge, LONGEST};

/// Fragments of up to this many bytes are what is left where nothing longer is known.
const SHORT: usize = 3;

impl Knowledge {
    /// Chooses a vocabulary for documents like those of `corpus`, of which `merges` were made.
    ///
    /// # Errors
    /// What `progress` returns to stop.
    pub fn train(corpus: &ByteStrings, merges: &Merges, progress: &dyn Progress) -> Result<Self> {
        let shared = shared(merges);
        let taken = merges.prefix(shared as usize);
        let free = FRAGMENTS - 256 - shared as usize;
        let extra = if free == 0 || corpus.bytes().is_empty() {
            Vec::new()
        } else {
            unseen(corpus, progress)?.most_likely(&taken, free)
        };
        Knowledge::new(merges, shared, extra)
    }
}

/// As many merges as there are tokens for.
fn shared(merges: &Merges) -> u32 {
    let fitting = merges.lens()[256..].iter().take_while(|&&len| len as usize <= LONGEST).count();
    fitting.min(FRAGMENTS - 256) as u32
}

/// What one half of the documents looks like where the other half does not help.
fn unseen(corpus: &ByteStrings, progress: &dyn Progress) -> Result<Likely> {
    let half = |odd: usize| -> ByteStrings { corpus.iter().skip(odd).step_by(2).collect() };
    let merges = merge(&half(0), &MergeOptions::default().merges((FRAGMENTS - 256) as u32), progress)?;
    let matcher = Matcher::new(&merges.fragments())?;
    let mut parser = Parser::new();
    let mut likely = Likely::default();
    for document in half(1).iter() {
        parser.parse(&matcher, &Equal, document)?;
        let (mut at, mut start) = (0, 0);
        for step in parser.steps(document.len()) {
            let Step::Fragment(id) = step else { continue };
            let len = merges.lens()[id as usize] as usize;
            if len > SHORT {
                likely.add(&document[start..at]);
                start = at + len;
            }
            at += len;
        }
        likely.add(&document[start..]);
        progress.advance(document.len() as u64, 0)?;
    }
    Ok(likely)
}
