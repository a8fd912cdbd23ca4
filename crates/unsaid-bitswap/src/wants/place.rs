//! Whom a block is asked of.

use std::sync::atomic::Ordering;
use std::time::Instant;

use cid::Cid;

use super::peer::Asked;
use super::{Action, Session, State, Wants};

impl Wants {
    /// Takes up the next want of a caller, where there is room for it.
    pub(super) fn start_one(&mut self, session: Session, now: Instant) -> bool {
        let free = self
            .peers
            .iter()
            .any(|p| p.state == State::Connected && p.asked.len() < p.room(self.window, self.window_bytes));
        let hope = self.peers.iter().any(|p| matches!(p.state, State::Connected | State::Dialing));
        let Some(caller) = self.callers.get_mut(&session) else { return false };
        let read = caller.unread.load(Ordering::Relaxed) < self.window_bytes;
        let Some(cid) = caller.queue.front().copied() else { return false };
        // What is asked for already needs no room of its own.
        let asked = self.wants.contains_key(&cid);
        if !read || (hope && !free && !asked) {
            return false;
        }
        caller.queue.pop_front();
        caller.flying += 1;
        let want = self.wants.entry(cid).or_default();
        want.callers.push(session);
        if want.callers.len() == 1 {
            self.place(cid, now);
        }
        true
    }

    /// Asks a peer for a block, waits for one that can be asked, or gives it up.
    pub(super) fn place(&mut self, cid: Cid, now: Instant) {
        let Some(want) = self.wants.get_mut(&cid) else { return };
        if want.at.is_some() {
            return;
        }
        let untried = |i: usize| !want.denied.contains(&i) && !want.late.contains(&i);
        let (mut best, mut wait) = (None, false);
        for (i, p) in self.peers.iter().enumerate().filter(|(i, _)| untried(*i)) {
            match p.state {
                State::Connected if p.asked.len() < p.room(self.window, self.window_bytes) => {
                    let rank = (p.strikes, p.asked.len(), i);
                    best = best.min(Some(rank)).or(Some(rank));
                }
                State::Connected | State::Dialing => wait = true,
                State::Down | State::Left | State::Same => {}
            }
        }
        if let Some((_, _, peer)) = best {
            want.at = Some(peer);
            let p = &mut self.peers[peer];
            p.turn += 1;
            let asked = Asked { first: now, last: now, turn: p.turn, overtaken: 0, nudges: 0 };
            p.asked.insert(cid, asked);
            self.actions.push(Action::Ask(peer, cid));
        } else if wait {
            self.unplaced.push_back(cid);
        } else {
            self.give_up(cid);
        }
    }

    fn give_up(&mut self, cid: Cid) {
        let Some(want) = self.wants.remove(&cid) else { return };
        let count = |state| {
            let told = |i: &usize| want.denied.contains(i);
            self.peers.iter().enumerate().filter(|(i, p)| p.state == state && !told(i)).count()
        };
        let silent = self.peers.len() - want.denied.len() - count(State::Same);
        let unknown = silent > 0;
        let (unreachable, left) = (count(State::Down), count(State::Left));
        for session in &want.callers {
            if let Some(caller) = self.callers.get_mut(session) {
                caller.flying -= 1;
                if unknown {
                    let ending = &mut caller.ending;
                    ending.unknown += 1;
                    if ending.first.is_none() {
                        ending.first = Some(cid);
                        ending.silent = silent - unreachable - left;
                        (ending.unreachable, ending.left) = (unreachable, left);
                    }
                }
            }
        }
        self.memory.keep(cid);
    }
}
