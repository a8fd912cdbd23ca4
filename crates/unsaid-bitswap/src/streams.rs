//! Streams of messages from and to connected peers.
//!
//! Every answer of Bitswap comes on a stream that the other side opened, and some peers open one for each
//! message: a stream that is dropped because nobody looked yet is a lost block. So streams wait here, in
//! order, and the connection reads no further while [`WAITING`] of them do.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll, Waker};

use libp2p::core::transport::PortUse;
use libp2p::core::{Endpoint, InboundUpgrade, OutboundUpgrade, UpgradeInfo};
use libp2p::swarm::handler::{ConnectionEvent, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p::swarm::{
    ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm, NetworkBehaviour,
    NotifyHandler, Stream, StreamProtocol, StreamUpgradeError, SubstreamProtocol, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

/// The protocols, the best first. 1.1 is 1.2 without presences; 1.0 names no blocks.
const PROTOCOLS: [StreamProtocol; 4] = [
    StreamProtocol::new("/ipfs/bitswap/1.2.0"),
    StreamProtocol::new("/ipfs/bitswap/1.1.0"),
    StreamProtocol::new("/ipfs/bitswap/1.0.0"),
    StreamProtocol::new("/ipfs/bitswap"),
];

/// The most streams of one connection that wait to be looked at; more are closed.
const WAITING: usize = 32;

/// What a peer understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// Blocks without names.
    V1_0,
    /// Blocks, no presences.
    V1_1,
    /// All of it.
    V1_2,
}

/// What happened on a connection.
#[derive(Debug)]
pub(crate) enum Event {
    /// The peer opened a stream.
    Inbound(Stream),
    /// The stream that was asked for.
    Opened(Stream, Version),
    /// The stream that was asked for cannot be had, and why; `None` where the peer does not speak Bitswap.
    Refused(Option<String>),
}

/// The part of a swarm that speaks Bitswap.
#[derive(Default)]
pub(crate) struct Behaviour {
    events: VecDeque<ToSwarm<(PeerId, Event), ()>>,
    waker: Option<Waker>,
}

impl Behaviour {
    /// Asks for a stream to a peer: an [`Event::Opened`] or [`Event::Refused`] follows, or the end of the
    /// connection.
    pub(crate) fn open(&mut self, peer: PeerId) {
        self.events.push_back(ToSwarm::NotifyHandler {
            peer_id: peer,
            handler: NotifyHandler::Any,
            event: (),
        });
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = Handler;
    type ToSwarm = (PeerId, Event);

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(Handler::default())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(Handler::default())
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, peer: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        self.events.push_back(ToSwarm::GenerateEvent((peer, event)));
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        match self.events.pop_front() {
            Some(event) => Poll::Ready(event),
            None => {
                self.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// One connection's side of it.
#[derive(Default)]
pub(crate) struct Handler {
    open: usize,
    events: VecDeque<Event>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = ();
    type ToBehaviour = Event;
    type InboundProtocol = Upgrade;
    type OutboundProtocol = Upgrade;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Upgrade> {
        SubstreamProtocol::new(Upgrade, ())
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<Upgrade, (), Event>> {
        // No waker: only the two calls below fill these, and the connection polls again after each.
        if let Some(event) = self.events.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(event));
        }
        if self.open > 0 {
            self.open -= 1;
            let protocol = SubstreamProtocol::new(Upgrade, ());
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, (): ()) {
        self.open += 1;
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Upgrade, Upgrade>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: (stream, _), ..
            }) if self.events.len() < WAITING => self.events.push_back(Event::Inbound(stream)),
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: (stream, version),
                ..
            }) => self.events.push_back(Event::Opened(stream, version)),
            ConnectionEvent::DialUpgradeError(e) => {
                let unknown = matches!(e.error, StreamUpgradeError::NegotiationFailed);
                self.events.push_back(Event::Refused((!unknown).then(|| e.error.to_string())));
            }
            _ => {}
        }
    }
}

/// Agrees on a version; the stream itself is what comes out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upgrade;

impl UpgradeInfo for Upgrade {
    type Info = StreamProtocol;
    type InfoIter = std::array::IntoIter<StreamProtocol, 4>;

    fn protocol_info(&self) -> Self::InfoIter {
        PROTOCOLS.into_iter()
    }
}

fn version(protocol: &StreamProtocol) -> Version {
    match protocol.as_ref() {
        "/ipfs/bitswap/1.2.0" => Version::V1_2,
        "/ipfs/bitswap/1.1.0" => Version::V1_1,
        _ => Version::V1_0,
    }
}

impl InboundUpgrade<Stream> for Upgrade {
    type Output = (Stream, Version);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, protocol: StreamProtocol) -> Self::Future {
        ready(Ok((stream, version(&protocol))))
    }
}

impl OutboundUpgrade<Stream> for Upgrade {
    type Output = (Stream, Version);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, protocol: StreamProtocol) -> Self::Future {
        ready(Ok((stream, version(&protocol))))
    }
}
