//! Whom is each block asked of, and when is it given up?
//!
//! A block is asked of one peer. One that says "don't have" or keeps silent for too long is followed by the
//! next; when no peer is left, the block is *absent* if all of them said so, and *unknown* otherwise. Before
//! that a silent peer is asked again, for answers do get lost. How much is wanted from a peer at a time
//! starts at two blocks and grows with what it gives.
//!
//! | module | question it answers |
//! |---|---|
//! | `place` | Whom is a block asked of? |
//! | `silence` | When is a peer asked again, and when no longer? |
//! | `peer` | What is known of one peer? |
//! | `memory` | Which blocks may come though nobody wants them? |
//! | `ending` | What is a caller told who did not get all? |
//!
//! Here are no clocks and no connections: what happened comes in as calls, what is to be done comes out as
//! [`Action`]s.

mod ending;
mod memory;
mod peer;
mod place;
mod silence;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cid::Cid;
use unsaid_ipld::Block;

use crate::Options;
pub(crate) use ending::Ending;
use memory::Memory;
use peer::PeerState;
pub(crate) use peer::State;

/// The number of a peer, in the order in which they were given.
pub(crate) type Peer = usize;
/// The number of a call of `get` or `get_many`.
pub(crate) type Session = u64;

/// Unwanted blocks after which a peer is left.
const MAX_STRIKES: u32 = 8;
/// How often a want is asked again of a peer whose connection broke.
const MAX_LOST: u32 = 3;

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    /// Want this of that peer.
    Ask(Peer, Cid),
    /// It is no longer wanted of that peer.
    Cancel(Peer, Cid),
    /// A block for a caller.
    Give(Session, Block),
    /// A caller has all that could be had.
    End(Session, Ending),
    /// Leave this peer.
    Leave(Peer),
}

#[derive(Default)]
struct Want {
    callers: Vec<Session>,
    at: Option<Peer>,
    late: Vec<Peer>,
    denied: Vec<Peer>,
    lost: u32,
}

struct Caller {
    queue: VecDeque<Cid>,
    flying: usize,
    /// Bytes given that the caller did not look at yet.
    unread: Arc<AtomicUsize>,
    ending: Ending,
}

/// All that is wanted, and of whom.
pub(crate) struct Wants {
    peers: Vec<PeerState>,
    wants: HashMap<Cid, Want>,
    /// Wants that no peer is asked for.
    unplaced: VecDeque<Cid>,
    callers: BTreeMap<Session, Caller>,
    memory: Memory,
    actions: Vec<Action>,
    window: usize,
    window_bytes: usize,
    patience: Duration,
}

impl Wants {
    /// For peers 0 to `peers`, all of which are being dialled.
    pub(crate) fn new(peers: usize, options: &Options, now: Instant) -> Wants {
        Wants {
            peers: (0..peers).map(|_| PeerState::new(now)).collect(),
            wants: HashMap::new(),
            unplaced: VecDeque::new(),
            callers: BTreeMap::new(),
            memory: Memory::default(),
            actions: Vec::new(),
            window: options.window.max(1),
            window_bytes: options.window_bytes,
            patience: options.block_timeout,
        }
    }

    /// Whether anybody waits for anything.
    pub(crate) fn is_busy(&self) -> bool {
        !self.callers.is_empty()
    }

    pub(crate) fn state(&self, peer: Peer) -> State {
        self.peers.get(peer).map_or(State::Left, |p| p.state)
    }

    /// What a peer is asked for now.
    pub(crate) fn asked(&self, peer: Peer) -> Vec<Cid> {
        self.peers.get(peer).map_or(Vec::new(), |p| p.asked.keys().copied().collect())
    }

    /// Somebody wants these.
    pub(crate) fn call(&mut self, session: Session, cids: &[Cid], unread: Arc<AtomicUsize>) {
        let mut seen = HashSet::new();
        let queue = cids.iter().filter(|cid| seen.insert(**cid)).copied().collect();
        self.callers.insert(session, Caller { queue, flying: 0, unread, ending: Ending::default() });
    }

    /// Nobody reads what comes for this call any more.
    pub(crate) fn hang_up(&mut self, session: Session) {
        self.callers.remove(&session);
        let orphans: Vec<Cid> = self
            .wants
            .iter_mut()
            .filter_map(|(cid, want)| {
                want.callers.retain(|c| *c != session);
                want.callers.is_empty().then_some(*cid)
            })
            .collect();
        for cid in orphans {
            self.withdraw(&cid, None);
            self.wants.remove(&cid);
            self.memory.keep(cid);
        }
    }

    /// A connection came or went. What was asked of a lost peer is asked again.
    pub(crate) fn set(&mut self, peer: Peer, state: State, now: Instant) {
        let Some(p) = self.peers.get_mut(peer) else { return };
        if matches!(p.state, State::Left | State::Same) {
            return;
        }
        p.state = state;
        p.useful = now;
        if state == State::Connected {
            return;
        }
        p.window = 2;
        for (cid, _) in std::mem::take(&mut p.asked) {
            if let Some(want) = self.wants.get_mut(&cid) {
                want.at = None;
                want.lost += 1;
                if want.lost > MAX_LOST {
                    want.late.push(peer);
                }
                self.unplaced.push_back(cid);
            }
        }
    }

    /// A block came; its bytes have this name. Unwanted ones are dropped and held against the peer.
    pub(crate) fn block(&mut self, peer: Peer, cid: Cid, data: Vec<u8>, now: Instant) {
        let size = data.len();
        if !self.wants.contains_key(&cid) {
            if !self.memory.excuses(&cid) {
                self.strike(peer, 1);
            }
            return;
        }
        let Ok(block) = Block::verify(cid, data) else { return self.strike(peer, 1) };
        let asked = self.peers.get_mut(peer).map(|p| &mut p.asked);
        if let Some((turn, asked)) = asked.and_then(|asked| Some((asked.get(&cid)?.turn, asked))) {
            asked.values_mut().filter(|a| a.turn < turn).for_each(|a| a.overtaken += 1);
        }
        self.withdraw(&cid, Some(peer));
        if let Some(p) = self.peers.get_mut(peer) {
            p.useful = now;
            p.window = (p.window + 1).min(self.window);
            p.largest = size.max(p.largest - p.largest / 8);
        }
        if let Some(want) = self.wants.remove(&cid) {
            for session in want.callers {
                if let Some(caller) = self.callers.get_mut(&session) {
                    caller.flying -= 1;
                    caller.unread.fetch_add(size, Ordering::Relaxed);
                    self.actions.push(Action::Give(session, block.clone()));
                }
            }
        }
        self.memory.keep(cid);
    }

    /// A peer told that it has a block or has not.
    pub(crate) fn presence(&mut self, peer: Peer, cid: &Cid, has: bool, now: Instant) {
        let (Some(want), Some(p)) = (self.wants.get_mut(cid), self.peers.get_mut(peer)) else { return };
        if has || want.denied.contains(&peer) {
            return;
        }
        want.denied.push(peer);
        if p.asked.remove(cid).is_some() {
            p.useful = now;
            if want.at == Some(peer) {
                want.at = None;
                self.unplaced.push_back(*cid);
            }
        }
    }

    /// A peer sent what nobody asked for, or nonsense. Its wants go to others where there are any; with
    /// too many strikes it is left for good.
    pub(crate) fn strike(&mut self, peer: Peer, strikes: u32) {
        let others = self
            .peers
            .iter()
            .enumerate()
            .any(|(i, p)| i != peer && p.state == State::Connected && p.strikes == 0);
        let Some(p) = self.peers.get_mut(peer) else { return };
        if p.state == State::Left {
            return;
        }
        p.strikes = p.strikes.saturating_add(strikes);
        let leave = p.strikes >= MAX_STRIKES;
        if leave {
            p.state = State::Left;
            self.actions.push(Action::Leave(peer));
        }
        if leave || others {
            for (cid, _) in std::mem::take(&mut p.asked) {
                if let Some(want) = self.wants.get_mut(&cid) {
                    want.at = None;
                    want.late.push(peer);
                    self.unplaced.push_back(cid);
                }
                if !leave {
                    self.actions.push(Action::Cancel(peer, cid));
                }
            }
        }
    }

    /// Asks this peer for nothing any more.
    pub(crate) fn leave(&mut self, peer: Peer) {
        self.strike(peer, MAX_STRIKES);
    }

    /// Gives up on silent peers, asks the next ones, ends calls; then says what is to be done.
    pub(crate) fn step(&mut self, now: Instant) -> Vec<Action> {
        self.expire(now);
        self.nudge(now);
        for _ in 0..self.unplaced.len() {
            if let Some(cid) = self.unplaced.pop_front() {
                self.place(cid, now);
            }
        }
        let sessions: Vec<Session> = self.callers.keys().copied().collect();
        // One each in turn: nobody waits for another's thousand blocks.
        let mut moved = true;
        while moved {
            moved = false;
            for session in &sessions {
                moved |= self.start_one(*session, now);
            }
        }
        for session in sessions {
            let done = self.callers.get(&session).is_some_and(|c| c.queue.is_empty() && c.flying == 0);
            if let Some(caller) = done.then(|| self.callers.remove(&session)).flatten() {
                self.actions.push(Action::End(session, caller.ending));
            }
        }
        std::mem::take(&mut self.actions)
    }

    /// Who gave it knows that it is not wanted any more.
    fn withdraw(&mut self, cid: &Cid, giver: Option<Peer>) {
        for (peer, p) in self.peers.iter_mut().enumerate() {
            if p.asked.remove(cid).is_some() && giver != Some(peer) {
                self.actions.push(Action::Cancel(peer, *cid));
            }
        }
    }
}
