//! Whom is each block asked of, and when is it given up?
//!
//! A block is asked of one peer. One that says "don't have" or keeps silent for too long is followed by the
//! next; when no peer is left, the block is *absent* if all of them said so, and *unknown* otherwise. Before
//! that a silent peer is asked again, for answers do get lost. How much is wanted from a peer at a time starts at two blocks and grows with what it gives.
//!
//! Here are no clocks and no connections: what happened comes in as calls, what is to be done comes out as
//! [`Action`]s.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::Block;

use crate::Options;

/// The number of a peer, in the order in which they were given.
pub(crate) type Peer = usize;
/// The number of a call of `get` or `get_many`.
pub(crate) type Session = u64;

/// Unwanted blocks after which a peer is left.
const MAX_STRIKES: u32 = 8;
/// How often a want is asked again of a peer whose connection broke.
const MAX_LOST: u32 = 3;
/// How often a peer is asked again for what it does not answer. Messages do get lost: Kubo up to 0.22 closes
/// the stream of an answer before it was agreed on, and now and then that is all that arrives.
const MAX_NUDGES: u32 = 3;
/// A want is lost when so many later ones were answered.
const OVERTAKEN: u32 = 16;
/// The part of [`Options::block_timeout`] after which silence is answered by asking again; twice that the next time.
const NUDGE: u32 = 5;
/// How often a block may come that came before: as often as it may have been asked for.
const REPEATS: u32 = MAX_NUDGES + 1;
/// A peer that gives other blocks may be silent about one for this many times as long.
const PATIENCE: u32 = 4;
/// Names of blocks that came or were given up: they may still be on their way, and are no offence then.
const REMEMBERED: usize = 4096;

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

/// What a caller did not get because nobody could tell; blocks that no peer has are not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ending {
    unknown: usize,
    first: Option<Cid>,
    silent: usize,
    unreachable: usize,
    left: usize,
}

impl Ending {
    /// `Ok` where every peer told about every block.
    pub(crate) fn result(self) -> Result<()> {
        let Some(first) = self.first else { return Ok(()) };
        let mut why = Vec::new();
        for (count, what) in [
            (self.silent, "kept silent or broke off"),
            (self.unreachable, "cannot be reached"),
            (self.left, "sent what was not asked for"),
        ] {
            if count > 0 {
                why.push(format!("{count} {} {what}", if count == 1 { "peer" } else { "peers" }));
            }
        }
        // Who could not be asked may have it; who sent something else was asked.
        let cut_off = self.silent + self.unreachable > 0;
        let kind = if cut_off { ErrorKind::Environment } else { ErrorKind::Missing };
        Err(Error::new(kind, format!("no peer gave {} of the blocks", self.unknown))
            .found(format!("{} for the first, {first}", why.join(", ")))
            .hint("name another peer, or try again"))
    }
}

/// Whether a peer can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Connected,
    /// May become connected soon.
    Dialing,
    /// Could not be reached the last time.
    Down,
    /// Sent too much that nobody asked for, or does not speak Bitswap.
    Left,
    /// Is another peer of the list, under another address.
    Same,
}

struct PeerState {
    state: State,
    strikes: u32,
    window: usize,
    /// The largest of its last blocks.
    largest: usize,
    asked: HashMap<Cid, Asked>,
    /// Wants that it was asked for, ever.
    turn: u64,
    /// When it last gave or told what it was asked for.
    useful: Instant,
}

/// When a peer was asked for something.
struct Asked {
    first: Instant,
    last: Instant,
    turn: u64,
    overtaken: u32,
    nudges: u32,
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
    remembered: HashMap<Cid, u32>,
    memory: VecDeque<Cid>,
    actions: Vec<Action>,
    window: usize,
    window_bytes: usize,
    patience: Duration,
}

impl Wants {
    /// For peers 0 to `peers`, all of which are being dialled.
    pub(crate) fn new(peers: usize, options: &Options, now: Instant) -> Wants {
        let peer = || PeerState {
            state: State::Dialing,
            strikes: 0,
            window: 2,
            largest: 0,
            asked: HashMap::new(),
            turn: 0,
            useful: now,
        };
        Wants {
            peers: (0..peers).map(|_| peer()).collect(),
            wants: HashMap::new(),
            unplaced: VecDeque::new(),
            callers: BTreeMap::new(),
            remembered: HashMap::new(),
            memory: VecDeque::new(),
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
            self.remember(cid);
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
            // Late or repeated ones are no offence.
            match self.remembered.get_mut(&cid) {
                Some(repeats) if *repeats > 0 => *repeats -= 1,
                _ => self.strike(peer, 1),
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
        self.remember(cid);
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

    fn start_one(&mut self, session: Session, now: Instant) -> bool {
        let free = self.peers.iter().any(|p| p.state == State::Connected && p.asked.len() < self.room(p));
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
    fn place(&mut self, cid: Cid, now: Instant) {
        let Some(want) = self.wants.get_mut(&cid) else { return };
        if want.at.is_some() {
            return;
        }
        let untried = |i: usize| !want.denied.contains(&i) && !want.late.contains(&i);
        let (mut best, mut wait) = (None, false);
        for (i, p) in self.peers.iter().enumerate().filter(|(i, _)| untried(*i)) {
            match p.state {
                State::Connected if p.asked.len() < room(p, self.window, self.window_bytes) => {
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
        self.remember(cid);
    }

    fn expire(&mut self, now: Instant) {
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
    fn nudge(&mut self, now: Instant) {
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

    /// Who gave it knows that it is not wanted any more.
    fn withdraw(&mut self, cid: &Cid, giver: Option<Peer>) {
        for (peer, p) in self.peers.iter_mut().enumerate() {
            if p.asked.remove(cid).is_some() && giver != Some(peer) {
                self.actions.push(Action::Cancel(peer, *cid));
            }
        }
    }

    fn remember(&mut self, cid: Cid) {
        if self.remembered.insert(cid, REPEATS).is_none() {
            self.memory.push_back(cid);
        }
        while self.memory.len() > REMEMBERED {
            let Some(old) = self.memory.pop_front() else { break };
            self.remembered.remove(&old);
        }
    }

    fn room(&self, peer: &PeerState) -> usize {
        room(peer, self.window, self.window_bytes)
    }
}

/// How many blocks a peer may be asked for at a time.
fn room(peer: &PeerState, window: usize, bytes: usize) -> usize {
    peer.window.min(window).min(bytes / peer.largest.max(1)).max(1)
}

#[cfg(test)]
mod tests;
