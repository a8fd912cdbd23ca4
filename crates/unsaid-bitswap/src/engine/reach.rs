//! Connections to the peers that were named: made, lost, tried again.

use std::time::{Duration, Instant};

use libp2p::PeerId;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError};

use super::Engine;
use super::contact::Writer;
use crate::wants::{Peer, State};

/// The first pause before a lost peer is dialled again; the next are four times as long each.
const PAUSE: Duration = Duration::from_millis(100);
/// How often a peer is dialled for one want before it is unreachable.
const MAX_DIALS: u32 = 3;

impl Engine {
    pub(super) fn connected(&mut self, id: PeerId, connection: ConnectionId) {
        let dialed = self.contacts.iter().position(|c| c.dialing == Some(connection));
        let Some(peer) = dialed.or_else(|| self.by_id.get(&id).copied()) else {
            // Nobody else can reach a client; be sure.
            let _ = self.swarm.disconnect_peer_id(id);
            return;
        };
        let known = *self.by_id.entry(id).or_insert(peer);
        self.contacts[peer].dialing = None;
        if known != peer {
            // Two addresses turned out to be one peer.
            self.wants.set(peer, State::Same, Instant::now());
            self.contacts[peer].addresses.clear();
        }
        let peer = known;
        let contact = &mut self.contacts[peer];
        (contact.dial_at, contact.failures, contact.id) = (None, 0, Some(id));
        self.wants.set(peer, State::Connected, Instant::now());
        if matches!(self.contacts[peer].writer, Writer::None) {
            self.contacts[peer].writer = Writer::Opening;
            self.swarm.behaviour_mut().bitswap.open(id);
        }
    }

    pub(super) fn lost(&mut self, peer: Peer) {
        let contact = &mut self.contacts[peer];
        contact.writer = Writer::None;
        contact.unsent.clear();
        contact.readers = 0;
        let unnamed = contact.named.is_none();
        if let Some(id) = contact.id.take_if(|_| unnamed) {
            self.by_id.remove(&id);
        }
        let state = self.wants.state(peer);
        if state == State::Left {
            return;
        }
        self.wants.set(peer, State::Down, Instant::now());
        if self.wants.is_busy() {
            self.again(peer);
        }
    }

    pub(super) fn unreachable(&mut self, peer: Peer, error: &DialError) {
        let contact = &mut self.contacts[peer];
        contact.dialing = None;
        contact.failures += 1;
        contact.error = Some(error.to_string());
        if self.wants.state(peer) == State::Connected {
            return;
        }
        self.wants.set(peer, State::Down, Instant::now());
        if self.ready.is_none() && self.wants.is_busy() {
            self.again(peer);
        }
    }

    /// Dials a peer once more after a pause, but not for ever.
    pub(super) fn again(&mut self, peer: Peer) {
        let contact = &mut self.contacts[peer];
        if contact.failures < MAX_DIALS && !contact.addresses.is_empty() {
            contact.dial_at = Some(Instant::now() + PAUSE * 4u32.pow(contact.failures));
            self.wants.set(peer, State::Dialing, Instant::now());
        }
    }

    pub(super) fn dial(&mut self, peer: Peer) {
        let contact = &mut self.contacts[peer];
        contact.dial_at = None;
        if contact.dialing.is_some() || contact.addresses.is_empty() {
            return;
        }
        let options = match (contact.named, &contact.addresses[..]) {
            (None, [address]) => DialOpts::unknown_peer_id().address(address.clone()).build(),
            (None, _) => return,
            (Some(id), addresses) => DialOpts::peer_id(id)
                .condition(PeerCondition::Disconnected)
                .addresses(addresses.to_vec())
                .build(),
        };
        contact.dialing = Some(options.connection_id());
        self.wants.set(peer, State::Dialing, Instant::now());
        if let Err(e) = self.swarm.dial(options) {
            self.unreachable(peer, &e);
        }
    }
}
