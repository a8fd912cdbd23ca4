//! Peers that do not answer.

use std::time::Instant;

use cid::Cid;

use super::peer::Asked;
use super::{Action, State, Wants};

/// How often a peer is asked again for what it does not answer. Messages do get lost: Kubo up to 0.22 closes
/// the stream of an answer before it was agreed on, and now and then that is all that arrives.
pub(super) const MAX_NUDGES: u32 = 3;
/// A want is lost when so many later ones were answered.
pub(super) const OVERTAKEN: u32 = 16;
/// The part of [`Options::block_timeout`] after which silence is answered by asking again; twice that the next time.
const NUDGE: u32 = 5;
/// A peer that gives other blocks may be silent about one for this many times as long.
const PATIENCE: u32 = 4;

impl Wants {
    /// Asks no longer for what was asked for long ago.
    pub(super) fn expire(&mut self, now: Instant) {
        for (peer, p) in self.peers.iter_mut().enumerate() {
            let useful = p.useful;
            let late = |asked: &Asked| {
                now.duration_since(asked.first.max(useful)) >= self.patience
                    || now.duration_since(asked.first) >= self.patience * PATIENCE
            };
            let expired: Vec<Cid> =
                p.asked.iter().filter(|(_, asked)| late(asked)).map(|(c, _)| *c).collect();
            for cid in expired {
                p.asked.remove(&cid);
                p.window = (p.window / 2).max(1);
                self.actions.push(Action::Cancel(peer, cid));
                if let Some(want) = self.wants.get_mut(&cid) {
                    want.at = None;
                    want.late.push(peer);
                    self.unplaced.push_back(cid);
                }
            }
        }
    }

    /// Asks again for what seems lost.
    pub(super) fn nudge(&mut self, now: Instant) {
        for (peer, p) in self.peers.iter_mut().enumerate().filter(|(_, p)| p.state == State::Connected) {
            for (cid, asked) in p.asked.iter_mut().filter(|(_, asked)| asked.nudges < MAX_NUDGES) {
                let silence = now.duration_since(asked.last.max(p.useful));
                if asked.overtaken >= OVERTAKEN || silence >= self.patience / NUDGE * (1 << asked.nudges) {
                    p.turn += 1;
                    (asked.last, asked.turn, asked.overtaken) = (now, p.turn, 0);
                    asked.nudges += 1;
                    self.actions.push(Action::Ask(peer, *cid));
                }
            }
        }
    }
}
