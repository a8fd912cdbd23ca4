//! What is known of one peer, and how much it may be asked for at a time.

use std::collections::HashMap;
use std::time::Instant;

use cid::Cid;

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

pub(super) struct PeerState {
    pub(super) state: State,
    pub(super) strikes: u32,
    pub(super) window: usize,
    /// The largest of its last blocks.
    pub(super) largest: usize,
    pub(super) asked: HashMap<Cid, Asked>,
    /// Wants that it was asked for, ever.
    pub(super) turn: u64,
    /// When it last gave or told what it was asked for.
    pub(super) useful: Instant,
}

/// When a peer was asked for something.
pub(super) struct Asked {
    pub(super) first: Instant,
    pub(super) last: Instant,
    pub(super) turn: u64,
    pub(super) overtaken: u32,
    pub(super) nudges: u32,
}

impl PeerState {
    /// One that is being dialled.
    pub(super) fn new(now: Instant) -> PeerState {
        PeerState {
            state: State::Dialing,
            strikes: 0,
            window: 2,
            largest: 0,
            asked: HashMap::new(),
            turn: 0,
            useful: now,
        }
    }

    /// How many blocks it may be asked for at a time.
    pub(super) fn room(&self, window: usize, bytes: usize) -> usize {
        self.window.min(window).min(bytes / self.largest.max(1)).max(1)
    }
}
