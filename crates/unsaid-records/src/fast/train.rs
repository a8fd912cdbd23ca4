//! Which fragments are worth a token?

use unsaid_core::{Progress, Result};
use unsaid_lexicon::{ByteStrings, Merges};

use super::{FRAGMENTS, Knowledge};

impl Knowledge {
    /// Chooses a vocabulary: as many of the merges as there are tokens for.
    ///
    /// # Errors
    /// What `progress` returns to stop.
    pub fn train(corpus: &ByteStrings, merges: &Merges, progress: &dyn Progress) -> Result<Self> {
        let _ = (corpus, progress);
        let shared = merges.len().min(FRAGMENTS - 256) as u32;
        Knowledge::new(merges, shared, Vec::new())
    }
}
