//! The peers that the user named.

use std::time::Instant;

use libp2p::multiaddr::Protocol;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::mpsc;

use crate::frame::{Budget, MAX_MESSAGE};
use crate::streams::Version;
use crate::wire::Entry;

/// A peer as the user gave it.
pub(super) struct Contact {
    /// Whom the user meant; without it whoever answers is taken.
    pub(super) named: Option<PeerId>,
    /// Who answered.
    pub(super) id: Option<PeerId>,
    pub(super) addresses: Vec<Multiaddr>,
    /// How often in a row it could not be reached.
    pub(super) failures: u32,
    pub(super) dial_at: Option<Instant>,
    pub(super) dialing: Option<ConnectionId>,
    pub(super) error: Option<String>,
    pub(super) writer: Writer,
    pub(super) unsent: Vec<Entry>,
    pub(super) readers: usize,
    pub(super) budget: Budget,
}

/// The stream that our wants go out by.
pub(super) enum Writer {
    None,
    Opening,
    Open(mpsc::Sender<Vec<u8>>, Version),
}

/// Addresses of one peer are one contact.
pub(super) fn contacts(peers: Vec<Multiaddr>) -> Vec<Contact> {
    let mut contacts: Vec<Contact> = Vec::new();
    for address in peers {
        let id = address.iter().find_map(|p| if let Protocol::P2p(id) = p { Some(id) } else { None });
        match contacts.iter_mut().find(|c| id.is_some() && c.id == id) {
            Some(contact) => contact.addresses.push(address),
            None => contacts.push(Contact {
                named: id,
                id,
                addresses: vec![address],
                failures: 0,
                dial_at: None,
                dialing: None,
                error: None,
                writer: Writer::None,
                unsent: Vec::new(),
                readers: 0,
                budget: Budget::new(MAX_MESSAGE, 2),
            }),
        }
    }
    contacts
}
