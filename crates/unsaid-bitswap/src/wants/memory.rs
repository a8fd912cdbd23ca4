//! What came or was given up: it may still be on its way, and is no offence then.

use std::collections::{HashMap, VecDeque};

use cid::Cid;

use super::silence::MAX_NUDGES;

/// How often a block may come that came before: as often as it may have been asked for.
pub(super) const REPEATS: u32 = MAX_NUDGES + 1;
/// Names that are remembered.
pub(super) const REMEMBERED: usize = 4096;

#[derive(Default)]
pub(super) struct Memory {
    /// How often each may still come.
    repeats: HashMap<Cid, u32>,
    order: VecDeque<Cid>,
}

impl Memory {
    pub(super) fn keep(&mut self, cid: Cid) {
        if self.repeats.insert(cid, REPEATS).is_none() {
            self.order.push_back(cid);
        }
        while self.order.len() > REMEMBERED {
            let Some(old) = self.order.pop_front() else { break };
            self.repeats.remove(&old);
        }
    }

    /// Whether a block that nobody waits for may come, late or once more.
    pub(super) fn excuses(&mut self, cid: &Cid) -> bool {
        match self.repeats.get_mut(cid) {
            Some(repeats) if *repeats > 0 => {
                *repeats -= 1;
                true
            }
            _ => false,
        }
    }

    #[cfg(test)]
    pub(super) fn sizes(&self) -> [usize; 2] {
        [self.repeats.len(), self.order.len()]
    }
}
