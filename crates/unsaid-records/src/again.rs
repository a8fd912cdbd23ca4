//! Errors that are told more than once, and levels that can be read more than once.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_lexicon::Merges;

use crate::lexicon;

/// What an error was, to be told again to everyone who asks.
#[derive(Clone, Debug)]
pub(crate) struct Failed(ErrorKind, String, Option<String>);

impl From<Error> for Failed {
    fn from(e: Error) -> Self {
        Failed(e.kind(), e.to_string(), e.hint_text().map(str::to_owned))
    }
}

impl From<&Failed> for Error {
    fn from(Failed(kind, what, hint): &Failed) -> Self {
        let e = Error::new(*kind, what.clone());
        match hint {
            Some(hint) => e.hint(hint.clone()),
            None => e,
        }
    }
}

/// What it takes to read a level again.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) lexicon: Vec<u8>,
    pub(crate) limits: Limits,
}

/// Reads a level from its section.
type Read<K> = fn(&[u8], &Merges, &Limits) -> Result<K>;

/// A level that was read with the model. Until it is used, its memory can be had for something else;
/// it is read again then.
pub(crate) struct Again<K> {
    used: OnceLock<Result<K, Failed>>,
    unused: Mutex<Unused<K>>,
    read: Read<K>,
    source: Arc<Source>,
}

/// Empty from the first use on.
struct Unused<K> {
    section: Vec<u8>,
    knowledge: Option<K>,
}

/// Knowledge for a while.
pub(crate) enum Held<'a, K> {
    Used(&'a K),
    Own(Box<K>),
}

impl<K> Deref for Held<'_, K> {
    type Target = K;

    fn deref(&self) -> &K {
        match self {
            Held::Used(knowledge) => knowledge,
            Held::Own(knowledge) => knowledge,
        }
    }
}

impl<K> Again<K> {
    /// Reads the section; `merges` are those of the source.
    pub(crate) fn new(section: &[u8], merges: &Merges, source: &Arc<Source>, read: Read<K>) -> Result<Self> {
        let knowledge = Some(read(section, merges, &source.limits)?);
        let unused = Mutex::new(Unused { section: section.to_vec(), knowledge });
        Ok(Again { used: OnceLock::new(), unused, read, source: source.clone() })
    }

    /// The knowledge, which stays from now on.
    #[inline]
    pub(crate) fn get(&self) -> Result<&K> {
        let used = self.used.get_or_init(|| {
            let mut unused = self.unused();
            let knowledge = unused.knowledge.take().map_or_else(|| self.again(&unused.section), Ok);
            unused.section = Vec::new();
            Ok(knowledge?)
        });
        used.as_ref().map_err(Error::from)
    }

    /// The knowledge, whose memory is free again afterwards unless it was used.
    pub(crate) fn borrow(&self) -> Result<Held<'_, K>> {
        if self.used.get().is_some() {
            return self.get().map(Held::Used);
        }
        let mut unused = self.unused();
        if let Some(knowledge) = unused.knowledge.take() {
            return Ok(Held::Own(Box::new(knowledge)));
        }
        if unused.section.is_empty() {
            drop(unused);
            return self.get().map(Held::Used);
        }
        Ok(Held::Own(Box::new(self.again(&unused.section)?)))
    }

    /// Frees the memory, unless the knowledge was used.
    pub(crate) fn let_go(&self) {
        self.unused().knowledge = None;
    }

    /// What the model was read with.
    pub(crate) fn limits(&self) -> &Limits {
        &self.source.limits
    }

    fn again(&self, section: &[u8]) -> Result<K> {
        let merges = lexicon::read(&self.source.lexicon, &self.source.limits)?;
        (self.read)(section, &merges, &self.source.limits)
    }

    fn unused(&self) -> MutexGuard<'_, Unused<K>> {
        // A panic leaves nothing half done in there.
        self.unused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
