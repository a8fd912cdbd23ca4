//! The client's thread: connections and streams on one side, [`Wants`] on the other.

mod contact;
mod reach;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use cid::Cid;
use futures::StreamExt;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, PeerId, Stream, Swarm};
use tokio::sync::mpsc;
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::Block;

use crate::link::{self, MAX_READERS, MAX_UNSENT, News};
use crate::node::{self, Behaviour, BehaviourEvent};
use crate::options::Options;
use crate::streams::{Event, Version};
use crate::wants::{Action, Peer, Session, State, Wants};
use crate::wire::{Entry, Message};
use contact::{Contact, Writer, contacts};

/// How often time is looked at while something is wanted.
const TICK: Duration = Duration::from_millis(50);

/// What the other threads ask of this one.
pub(crate) enum Command {
    /// Get these; see [`Reply`].
    Call { session: Session, cids: Vec<Cid>, replies: Sender<Reply>, unread: Arc<AtomicUsize> },
    /// A caller has read something: there may be room for more.
    Read,
    /// A caller wants no more.
    HangUp(Session),
}

/// What a caller is told.
pub(crate) enum Reply {
    Block(Block),
    End(Result<()>),
}

struct Engine {
    options: Options,
    swarm: Swarm<Behaviour>,
    contacts: Vec<Contact>,
    by_id: HashMap<PeerId, Peer>,
    wants: Wants,
    callers: HashMap<Session, Sender<Reply>>,
    news: mpsc::Sender<(PeerId, News)>,
    /// Tells whoever made the client that one peer is connected, or that none can be.
    ready: Option<Sender<Result<()>>>,
}

/// Runs until the client is dropped.
pub(crate) async fn run(
    peers: Vec<Multiaddr>,
    options: Options,
    mut commands: mpsc::UnboundedReceiver<Command>,
    ready: Sender<Result<()>>,
) {
    let swarm = match node::swarm(&options, 0) {
        Ok(swarm) => swarm,
        Err(e) => {
            // Nobody waits any more if this fails.
            let _ = ready.send(Err(e));
            return;
        }
    };
    let (news, mut heard) = mpsc::channel(4);
    let contacts = contacts(peers);
    let wants = Wants::new(contacts.len(), &options, Instant::now());
    let by_id = contacts.iter().enumerate().filter_map(|(i, c)| Some((c.id?, i))).collect();
    let mut engine =
        Engine { options, swarm, contacts, by_id, wants, callers: HashMap::new(), news, ready: Some(ready) };
    for peer in 0..engine.contacts.len() {
        engine.dial(peer);
    }
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let waiting = engine.wants.is_busy() || engine.ready.is_some();
        tokio::select! {
            command = commands.recv() => match command {
                Some(command) => engine.command(command),
                None => return,
            },
            event = engine.swarm.select_next_some() => engine.event(event),
            Some((id, news)) = heard.recv() => engine.hear(id, news),
            _ = tick.tick(), if waiting => {}
        }
        engine.step();
    }
}

impl Engine {
    fn command(&mut self, command: Command) {
        match command {
            Command::Call { session, cids, replies, unread } => {
                self.callers.insert(session, replies);
                self.wants.call(session, &cids, unread);
                // Whoever was unreachable before gets another chance.
                for peer in 0..self.contacts.len() {
                    if self.wants.state(peer) == State::Down {
                        self.contacts[peer].failures = 0;
                        self.dial(peer);
                    }
                }
            }
            Command::Read => {}
            Command::HangUp(session) => {
                self.callers.remove(&session);
                self.wants.hang_up(session);
            }
        }
    }

    fn event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, .. } => {
                self.connected(peer_id, connection_id);
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } => {
                if let Some(peer) = self.by_id.get(&peer_id).copied() {
                    self.lost(peer);
                }
            }
            SwarmEvent::ConnectionClosed { peer_id, .. } => {
                // The stream that was asked for may have been asked of the connection that went.
                let peer = self.by_id.get(&peer_id).copied();
                if peer.is_some_and(|peer| matches!(self.contacts[peer].writer, Writer::Opening)) {
                    self.swarm.behaviour_mut().bitswap.open(peer_id);
                }
            }
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                let failed = self.contacts.iter().position(|c| c.dialing == Some(connection_id));
                if let Some(peer) = failed {
                    self.unreachable(peer, &error);
                }
            }
            SwarmEvent::Behaviour(BehaviourEvent::Bitswap((id, event))) => {
                let Some(peer) = self.by_id.get(&id).copied() else { return };
                match event {
                    Event::Inbound(stream) => self.read(peer, id, stream),
                    Event::Opened(stream, version) => self.opened(peer, id, stream, version),
                    Event::Refused(None) => {
                        self.contacts[peer].error = Some(format!("{id} does not speak Bitswap"));
                        self.wants.leave(peer);
                    }
                    Event::Refused(Some(why)) => {
                        self.contacts[peer].error = Some(why);
                        // Its connection hangs or broke; the end of it makes a new one.
                        let _ = self.swarm.disconnect_peer_id(id);
                    }
                }
            }
            _ => {}
        }
    }

    fn read(&mut self, peer: Peer, id: PeerId, stream: Stream) {
        let contact = &mut self.contacts[peer];
        // What nobody reads is dropped, and the peer sees its stream closed.
        if contact.readers < MAX_READERS && self.wants.state(peer) == State::Connected {
            contact.readers += 1;
            let reader =
                link::read(id, stream, contact.budget.clone(), self.options.clone(), self.news.clone());
            tokio::spawn(reader);
        }
    }

    fn opened(&mut self, peer: Peer, id: PeerId, stream: Stream, version: Version) {
        let (sender, receiver) = mpsc::channel(MAX_UNSENT);
        tokio::spawn(link::write(id, stream, receiver, self.options.clone(), self.news.clone()));
        let contact = &mut self.contacts[peer];
        contact.writer = Writer::Open(sender, version);
        // A new stream starts with all that is wanted.
        contact.unsent.clear();
        let wants: Vec<Entry> = self.wants.asked(peer).into_iter().map(want).collect();
        if !wants.is_empty() {
            self.send(peer, Message { full: true, wants, ..Message::default() });
        }
        if let Some(ready) = self.ready.take() {
            let _ = ready.send(Ok(()));
        }
    }

    fn hear(&mut self, id: PeerId, news: News) {
        let Some(peer) = self.by_id.get(&id).copied() else { return };
        let now = Instant::now();
        match news {
            News::Message(message, share) => {
                for (cid, has) in &message.presences {
                    self.wants.presence(peer, cid, *has, now);
                }
                for (cid, data) in message.blocks {
                    self.wants.block(peer, cid, data, now);
                }
                if message.strange > 0 {
                    self.wants.strike(peer, message.strange as u32);
                }
                drop(share);
            }
            News::Nonsense(e) => {
                self.contacts[peer].error = Some(e.to_string());
                self.wants.strike(peer, 4);
            }
            News::ReaderEnded => {
                let readers = &mut self.contacts[peer].readers;
                *readers = readers.saturating_sub(1);
            }
            News::WriterEnded => {
                if self.swarm.is_connected(&id) && matches!(self.contacts[peer].writer, Writer::Open(..)) {
                    self.contacts[peer].writer = Writer::Opening;
                    self.swarm.behaviour_mut().bitswap.open(id);
                }
            }
        }
    }

    /// Does what is due now.
    fn step(&mut self) {
        let now = Instant::now();
        for peer in 0..self.contacts.len() {
            if self.contacts[peer].dial_at.is_some_and(|at| at <= now) {
                self.dial(peer);
            }
        }
        for action in self.wants.step(now) {
            match action {
                Action::Ask(peer, cid) => self.contacts[peer].unsent.push(want(cid)),
                Action::Cancel(peer, cid) => {
                    self.contacts[peer].unsent.push(Entry { cancel: true, ..want(cid) });
                }
                Action::Give(session, block) => {
                    let gone =
                        self.callers.get(&session).is_some_and(|c| c.send(Reply::Block(block)).is_err());
                    if gone {
                        self.command(Command::HangUp(session));
                    }
                }
                Action::End(session, ending) => {
                    if let Some(caller) = self.callers.remove(&session) {
                        let _ = caller.send(Reply::End(ending.result()));
                    }
                }
                Action::Leave(peer) => {
                    if let Some(id) = self.contacts[peer].id {
                        let _ = self.swarm.disconnect_peer_id(id);
                    }
                }
            }
        }
        for peer in 0..self.contacts.len() {
            if !self.contacts[peer].unsent.is_empty()
                && matches!(self.contacts[peer].writer, Writer::Open(..))
            {
                let wants = std::mem::take(&mut self.contacts[peer].unsent);
                self.send(peer, Message { wants, ..Message::default() });
            }
        }
        self.tell_that_nobody_is_there();
    }

    fn send(&mut self, peer: Peer, message: Message) {
        let contact = &self.contacts[peer];
        let Writer::Open(writer, version) = &contact.writer else { return };
        if let Err(mpsc::error::TrySendError::Full(_)) =
            writer.try_send(message.write(*version == Version::V1_0))
        {
            // It reads nothing at all.
            self.wants.leave(peer);
        }
    }

    fn tell_that_nobody_is_there(&mut self) {
        let none = (0..self.contacts.len())
            .all(|p| matches!(self.wants.state(p), State::Down | State::Left | State::Same));
        if let Some(ready) = none.then(|| self.ready.take()).flatten() {
            let why: Vec<&str> = self.contacts.iter().filter_map(|c| c.error.as_deref()).collect();
            let _ = ready.send(Err(Error::new(ErrorKind::Environment, "no peer can be reached")
                .found(why.join("; "))
                .hint("is it running, and is the address the one that it prints?")));
        }
    }
}

fn want(cid: Cid) -> Entry {
    Entry { cid, priority: 1, cancel: false, have: false, send_dont_have: true }
}
