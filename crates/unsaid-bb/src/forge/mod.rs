//! Which fragments save the most?
//!
//! Candidates come from byte-pair merging of the documents. How often each is used under an optimal
//! parse of the same documents says which get the one-byte references and, where the model is to be
//! smaller, which stay. What a reference costs changes which fragments a parse uses, so that both are
//! found in rounds: at first every reference costs a byte, and from round to round the costs move
//! towards those of the format. Starting from the format's costs instead ends 1.5 to 7.5 % worse, because
//! a fragment that could earn a short reference is then never used in the first place.

mod prune;
mod rounds;

use std::sync::atomic::{AtomicU64, Ordering};

use unsaid_core::{Limits, Progress, Result};
use unsaid_lexicon::{ByteStrings, MergeOptions, merge};

use crate::model::Model;
use crate::profile::{LONGEST_FRAGMENT, Profile};
use rounds::Rounds;

/// What a model is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The profile; `None` is the protocol, or the reference profile for more fragments than the
    /// protocol can refer to.
    pub profile: Option<Profile>,
    /// At most so many fragments. 65,536, as many as the protocol can refer to.
    pub fragments: u64,
    /// At most so many bytes of the model's file. Then every fragment must also save more than it
    /// takes in that file.
    pub bytes: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Options { profile: None, fragments: Profile::Protocol.addressable(), bytes: None }
    }
}

impl Options {
    /// The profile that a model of so many fragments gets.
    pub(crate) fn profile_for(&self, fragments: usize) -> Profile {
        let fits = fragments as u64 <= Profile::Protocol.addressable();
        self.profile.unwrap_or(if fits { Profile::Protocol } else { Profile::Reference })
    }

    /// At most so many fragments, among them what the profile can refer to.
    pub(crate) fn most(&self) -> u64 {
        self.fragments.min(self.profile.unwrap_or(Profile::Reference).addressable())
    }
}

/// Bytes of memory for each byte of the corpus: the corpus, its merging, the candidates.
const MEMORY_PER_BYTE: u64 = 32;
/// Rounds in which costs move to those of the format; more gain nothing.
const COOLING: u32 = 6;
/// Rounds with the costs of the format.
const SETTLING: u32 = 2;

/// The progress of one part of the work, which does not know of the others.
struct Part<'p> {
    whole: &'p dyn Progress,
    consumed: AtomicU64,
}

impl Progress for Part<'_> {
    fn advance(&self, consumed: u64, produced: u64) -> Result<()> {
        self.consumed.fetch_add(consumed, Ordering::Relaxed);
        self.whole.advance(consumed, produced)
    }

    fn warn(&self, message: &str) {
        self.whole.warn(message);
    }

    fn note(&self, message: &str) {
        self.whole.note(message);
    }
}

/// Makes a model from documents. Fragments never span two of them, and the same documents in the
/// same order give the same model. `progress` hears of each byte of the corpus once for every visit.
///
/// # Errors
/// `Limit` for a corpus that takes more memory than allowed, and what `progress` returns.
pub fn forge(
    corpus: &ByteStrings,
    options: &Options,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Model> {
    let bytes = corpus.bytes().len() as u64;
    limits.check_memory(bytes.saturating_mul(MEMORY_PER_BYTE), "forging a model of these documents")?;
    // Twice as many as wanted: merges that only lead to longer ones are dropped again.
    let merges = u32::try_from(options.most().saturating_mul(2)).unwrap_or(u32::MAX / 2);
    let longest = LONGEST_FRAGMENT as u32;
    let parses = u64::from(COOLING + SETTLING);
    progress.begin(Some(bytes.saturating_mul(1 + parses)));
    let merging = Part { whole: progress, consumed: AtomicU64::new(0) };
    let merged = merge(corpus, &MergeOptions::default().merges(merges).max_len(longest), &merging)?;
    progress.advance(bytes.saturating_sub(merging.consumed.into_inner()), 0)?;
    let mut rounds = Rounds::new(corpus, merged.fragments(), options)?;
    drop(merged);
    for round in 1..=COOLING + SETTLING {
        rounds.parse(progress)?;
        prune::to_limits(&mut rounds, options, round.min(COOLING), COOLING)?;
        rounds.set_prices(round.min(COOLING), COOLING);
    }
    let chosen = rounds.chosen(options);
    Model::new(options.profile_for(chosen.len()), chosen, limits)
}
