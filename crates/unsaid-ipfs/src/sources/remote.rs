//! A source that takes time, and how far it is trusted by now.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::Block;

use super::SharedSource;

/// After so many failures one after the other a source is taken for gone.
const FAILURES: u32 = 3;

/// The order in which sources are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    LocalDaemon,
    Daemon,
    Peers,
    Gateway,
}

impl Rank {
    pub(super) fn is_local(self) -> bool {
        self == Rank::LocalDaemon
    }
}

/// A source and what it has done so far.
pub(super) struct Remote {
    pub(super) rank: Rank,
    pub(super) name: Arc<str>,
    source: SharedSource,
    /// What is asked instead when nothing beyond this machine may be.
    local: Option<SharedSource>,
    lied: AtomicBool,
    failures: AtomicU32,
    slow: AtomicU32,
    /// Whether the user named it; else it was found, and is not missed.
    named: bool,
    /// Why the last answer was none.
    trouble: Mutex<Option<(ErrorKind, String)>>,
}

impl Remote {
    pub(super) fn new(rank: Rank, name: String, source: SharedSource, local: Option<SharedSource>) -> Remote {
        Remote {
            rank,
            name: name.into(),
            source,
            local,
            lied: AtomicBool::new(false),
            failures: AtomicU32::new(0),
            slow: AtomicU32::new(0),
            named: true,
            trouble: Mutex::default(),
        }
    }

    /// The same, for one that the user did not name.
    pub(super) fn found(self) -> Remote {
        Remote { named: false, ..self }
    }

    /// Whether it is worth asking.
    pub(super) fn is_usable(&self) -> bool {
        !self.lied.load(Ordering::Relaxed) && self.failures.load(Ordering::Relaxed) < FAILURES
    }

    /// How often another source had to be asked because this one was slow.
    pub(super) fn slowness(&self) -> u32 {
        self.slow.load(Ordering::Relaxed)
    }

    /// Why it could not be asked the last time, if it could not.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(_, text)| text.clone())
    }

    /// Whether the user named it and it could not be asked, so that nobody knows what it has.
    pub(super) fn is_cut_off(&self) -> bool {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        self.named && matches!(&*trouble, Some((ErrorKind::Environment, _)))
    }

    pub(super) fn was_slow(&self) {
        self.slow.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn get(&self, cid: &Cid, offline: bool) -> Result<Option<Block>> {
        let source = match &self.local {
            Some(local) if offline => local,
            _ => &self.source,
        };
        // What a source gives for another block than it was asked for is no answer.
        match source.get(cid)? {
            Some(block) if block.cid() != cid => {
                Err(Error::corrupt("a source gave another block").found(block.cid()).expected(cid))
            }
            other => Ok(other),
        }
    }

    /// Whether it has a block itself, asking nobody else.
    pub(super) fn holds(&self, cid: &Cid) -> Result<bool> {
        self.local.as_ref().unwrap_or(&self.source).holds(cid)
    }

    /// Remembers what an answer says about the source; gives back what the user should hear, if anything.
    pub(super) fn judge(&self, answer: &Result<Option<Block>>) -> Option<String> {
        let trouble = answer.as_ref().err().map(|e| (e.kind(), e.to_string()));
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
        match answer {
            Ok(_) => {
                self.failures.store(0, Ordering::Relaxed);
                None
            }
            Err(e) if e.kind() == ErrorKind::Corrupt => {
                let first = !self.lied.swap(true, Ordering::Relaxed);
                first.then(|| format!("{} is not asked again: {e}", self.name))
            }
            // It did answer: with more than is taken.
            Err(e) if e.kind() == ErrorKind::Limit => Some(format!("{}: {e}", self.name)),
            Err(e) => {
                let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
                let more = if failures == FAILURES { "; it is not asked again" } else { "" };
                Some(format!("{}: {e}{more}", self.name))
            }
        }
    }
}
