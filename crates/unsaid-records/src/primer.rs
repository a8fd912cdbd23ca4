//! `small` as a model file has it, and its state, which is made when it is needed first.

use std::sync::OnceLock;

use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_lexicon::ByteStrings;

use crate::{balanced, small, texts};

/// The level, asleep or awake.
pub(crate) struct Primer {
    weights: small::Weights,
    /// The section with the texts.
    texts: Vec<u8>,
    limits: Limits,
    state: OnceLock<Result<small::Knowledge, Failed>>,
}

/// What an error was, to be told again to everyone who asks.
#[derive(Clone)]
struct Failed(ErrorKind, String, Option<String>);

impl Primer {
    pub(crate) fn read(weights: &[u8], texts: &[u8], limits: &Limits) -> Result<Primer> {
        Ok(Primer {
            weights: small::Weights::read(weights)?,
            texts: texts.to_vec(),
            limits: limits.clone(),
            state: OnceLock::new(),
        })
    }

    /// The state. Whoever comes first makes it; others wait.
    ///
    /// # Errors
    /// `Truncated` and `Corrupt` for texts that cannot be decoded, `Limit` for more memory than allowed.
    pub(crate) fn state(&self, balanced: &balanced::Knowledge) -> Result<&small::Knowledge> {
        let state = self.state.get_or_init(|| {
            let prime = || {
                let documents: ByteStrings = texts::read(&self.texts, balanced, &self.limits)?;
                small::Knowledge::with_documents(self.weights.clone(), &documents, &self.limits)
            };
            prime().map_err(|e| Failed(e.kind(), e.to_string(), e.hint_text().map(str::to_owned)))
        });
        state.as_ref().map_err(|Failed(kind, what, hint)| {
            let e = Error::new(*kind, what.clone());
            match hint {
                Some(hint) => e.hint(hint.clone()),
                None => e,
            }
        })
    }
}
