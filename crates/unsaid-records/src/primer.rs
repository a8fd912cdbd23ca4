//! `small` as a model file has it, and its state, which is made when it is needed first.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use unsaid_cm::primed::Text;
use unsaid_core::{Error, Limits, Result};

use crate::again::Failed;
use crate::small;

/// Memory for one document that is kept for the next, at most: enough for one of 32 KiB.
const KEPT_SCRATCH: usize = 6 << 20;

/// The level, asleep or awake.
pub(crate) struct Primer {
    /// The weights and the section with the texts, until they are needed.
    asleep: Mutex<Option<(small::Weights, Vec<u8>)>>,
    limits: Limits,
    state: OnceLock<Result<small::Knowledge, Failed>>,
    /// Memory for documents that nobody uses now: whoever compresses and whoever decompresses by turns
    /// share one, and there are never more than there were threads.
    scratches: Mutex<Vec<small::Scratch>>,
}

impl Primer {
    pub(crate) fn read(weights: &[u8], texts: &[u8], limits: &Limits) -> Result<Primer> {
        Ok(Primer {
            asleep: Mutex::new(Some((small::Weights::read(weights)?, texts.to_vec()))),
            limits: limits.clone(),
            state: OnceLock::new(),
            scratches: Mutex::default(),
        })
    }

    /// The state. Whoever comes first makes it, from what `read` makes of the section with the texts;
    /// others wait.
    ///
    /// # Errors
    /// Those of `read`, and `Limit` for more memory than allowed.
    pub(crate) fn state(&self, read: impl FnOnce(&[u8]) -> Result<Text>) -> Result<&small::Knowledge> {
        let state = self.state.get_or_init(|| Ok(self.prime(read)?));
        state.as_ref().map_err(Error::from)
    }

    /// What is needed for the texts alone is gone before the state takes its memory.
    fn prime(&self, read: impl FnOnce(&[u8]) -> Result<Text>) -> Result<small::Knowledge> {
        let asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (weights, section) = asleep.ok_or_else(|| Error::corrupt("the texts of the model"))?;
        let text = read(&section)?;
        drop(section);
        small::Knowledge::with_text(weights, text, &self.limits)
    }

    /// Does something for one document.
    pub(crate) fn with<T>(
        &self,
        read: impl FnOnce(&[u8]) -> Result<Text>,
        work: impl FnOnce(&small::Knowledge, &mut small::Scratch) -> Result<T>,
    ) -> Result<T> {
        let state = self.state(read)?;
        let mut scratch = self.scratches().pop().unwrap_or_default();
        let done = work(state, &mut scratch);
        if scratch.memory() <= KEPT_SCRATCH {
            self.scratches().push(scratch);
        }
        done
    }

    fn scratches(&self) -> MutexGuard<'_, Vec<small::Scratch>> {
        self.scratches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
