//! Blocks for whoever connects.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use futures::StreamExt;
use libp2p::core::transport::ListenerId;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, PeerId, Stream, Swarm};
use tokio::sync::{mpsc, oneshot};
use unsaid_core::{Error, ErrorKind, Result};

use crate::desk::{Blocks, Desk, Need, Request, UNTAKEN};
use crate::frame::{Budget, MAX_REQUEST};
use crate::link::MAX_READERS;
use crate::node::{self, Behaviour, BehaviourEvent};
use crate::streams::{Event, Version};
use crate::wire::Message;
use crate::{Options, frame};

/// Gives the blocks of a source to every peer that asks, until it is dropped.
///
/// Everything that a peer can make it keep is bounded: [`Options::max_connections`] connections, 16 streams
/// each, 1 MiB of requests, [`Options::max_wants`] wants, and one answer of at most 1 MiB or one block. A peer
/// that wants more waits; one that takes nothing is left.
#[derive(Debug)]
pub struct Server {
    peer: PeerId,
    addresses: Arc<Mutex<Vec<Multiaddr>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on addresses like `/ip4/127.0.0.1/tcp/0`, under a key that is made for it.
    ///
    /// # Errors
    /// `Usage` for no address or one that is not TCP; `Environment` where the system refuses it.
    pub fn start(listen: &[Multiaddr], blocks: Blocks, options: &Options) -> Result<Server> {
        if listen.is_empty() {
            return Err(Error::new(ErrorKind::Usage, "addresses to listen on").found("none"));
        }
        let runtime = node::runtime()?;
        let (listen, options) = (listen.to_vec(), options.clone());
        let addresses = Arc::new(Mutex::new(Vec::new()));
        let known = Arc::clone(&addresses);
        let (ready, is_ready) = channel();
        let (stop, stopped) = oneshot::channel();
        let thread = Builder::new()
            .name("unsaid-bitswap-serve".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    tokio::select! {
                        () = run(&listen, blocks, options, known, ready) => {}
                        // Sent or dropped: both are the end.
                        _ = stopped => {}
                    }
                });
                // A source that hangs must not hang us.
                runtime.shutdown_background();
            })
            .map_err(|e| Error::io("starting the network's thread", e))?;
        let mut server = Server { peer: PeerId::random(), addresses, stop: Some(stop), thread: Some(thread) };
        server.peer = is_ready
            .recv()
            .map_err(|_| Error::new(ErrorKind::Internal, "the network's thread has ended"))??;
        Ok(server)
    }

    /// Where it listens now, with its identity: what others are told to connect to.
    pub fn addresses(&self) -> Vec<Multiaddr> {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its identity.
    pub fn peer_id(&self) -> PeerId {
        self.peer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was a bug; there is nobody to tell.
            let _ = thread.join();
        }
    }
}

/// A connected peer, seen from the node.
struct Guest {
    requests: mpsc::Sender<Request>,
    streams: mpsc::Sender<(Stream, Version)>,
    readers: Arc<()>,
    budget: Budget,
}

struct Hall {
    swarm: Swarm<Behaviour>,
    blocks: Blocks,
    options: Options,
    guests: HashMap<PeerId, Guest>,
    needs: mpsc::Sender<Need>,
}

/// Listens, tells `ready` who it is, serves for ever.
async fn run(
    listen: &[Multiaddr],
    blocks: Blocks,
    options: Options,
    known: Arc<Mutex<Vec<Multiaddr>>>,
    ready: Sender<Result<PeerId>>,
) {
    let started = node::swarm(&options, options.max_connections).and_then(|mut swarm| {
        let listeners = listen.iter().map(|a| listen_on(&mut swarm, a)).collect::<Result<Vec<_>>>()?;
        Ok((swarm, listeners))
    });
    let (swarm, mut listeners) = match started {
        Ok(started) => started,
        Err(e) => {
            // Nobody waits any more if this fails.
            let _ = ready.send(Err(e));
            return;
        }
    };
    let me = *swarm.local_peer_id();
    let (needs, mut needed) = mpsc::channel(16);
    let mut hall = Hall { swarm, blocks, options, guests: HashMap::new(), needs };
    let mut ready = Some(ready);
    loop {
        let event = tokio::select! {
            event = hall.swarm.select_next_some() => event,
            Some(need) = needed.recv() => {
                hall.fetch(&need);
                continue;
            }
        };
        match event {
            SwarmEvent::NewListenAddr { listener_id, address } => {
                listeners.retain(|l| *l != listener_id);
                let address = address.with(Protocol::P2p(me));
                known.lock().unwrap_or_else(PoisonError::into_inner).push(address);
                if let Some(ready) = listeners.is_empty().then(|| ready.take()).flatten() {
                    let _ = ready.send(Ok(me));
                }
            }
            SwarmEvent::ExpiredListenAddr { address, .. } => {
                let address = address.with(Protocol::P2p(me));
                known.lock().unwrap_or_else(PoisonError::into_inner).retain(|a| *a != address);
            }
            SwarmEvent::ListenerClosed { reason, .. } => {
                if let Some(ready) = ready.take() {
                    let e = reason.err().unwrap_or_else(|| std::io::ErrorKind::AddrNotAvailable.into());
                    let _ = ready.send(Err(Error::io("listening for peers", e)));
                    return;
                }
            }
            event => hall.event(event),
        }
    }
}

fn listen_on(swarm: &mut Swarm<Behaviour>, address: &Multiaddr) -> Result<ListenerId> {
    let parts: Vec<Protocol<'_>> = address.iter().collect();
    let socket = match parts[..] {
        [Protocol::Ip4(ip), Protocol::Tcp(port)] => SocketAddr::from((ip, port)),
        [Protocol::Ip6(ip), Protocol::Tcp(port)] => SocketAddr::from((ip, port)),
        _ => {
            return Err(Error::new(ErrorKind::Usage, "an address to listen on")
                .found(address)
                .expected("/ip4/ADDRESS/tcp/PORT or /ip6/ADDRESS/tcp/PORT"));
        }
    };
    let refused = |e| Error::io(format!("listening on {address}"), e);
    // libp2p would share a port that somebody listens on already, and each get half of what comes.
    TcpListener::bind(socket).map_err(refused)?;
    use libp2p::TransportError::{MultiaddrNotSupported, Other};
    swarm.listen_on(address.clone()).map_err(|e| match e {
        MultiaddrNotSupported(_) => refused(std::io::ErrorKind::Unsupported.into()),
        Other(e) => refused(e),
    })
}

impl Hall {
    fn event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } => {
                self.guests.remove(&peer_id);
            }
            SwarmEvent::Behaviour(BehaviourEvent::Bitswap((peer, event))) => match event {
                Event::Inbound(stream) => self.read(peer, stream),
                Event::Opened(stream, version) => {
                    if let Some(guest) = self.guests.get(&peer) {
                        // A desk that waits no longer closes it.
                        let _ = guest.streams.try_send((stream, version));
                    }
                }
                // It does not listen for answers.
                Event::Refused(_) => {
                    self.guests.remove(&peer);
                    let _ = self.swarm.disconnect_peer_id(peer);
                }
            },
            _ => {}
        }
    }

    fn fetch(&mut self, need: &Need) {
        match need {
            Need::Stream(peer) => self.swarm.behaviour_mut().bitswap.open(*peer),
            Need::Leave(peer) => {
                self.guests.remove(peer);
                let _ = self.swarm.disconnect_peer_id(*peer);
            }
        }
    }

    fn read(&mut self, peer: PeerId, stream: Stream) {
        let guest = self.guests.entry(peer).or_insert_with(|| {
            let (requests, taken) = mpsc::channel(UNTAKEN);
            let (streams, opened) = mpsc::channel(1);
            tokio::spawn(
                Desk {
                    peer,
                    blocks: Arc::clone(&self.blocks),
                    options: self.options.clone(),
                    requests: taken,
                    streams: opened,
                    needs: self.needs.clone(),
                }
                .run(),
            );
            Guest { requests, streams, readers: Arc::new(()), budget: Budget::new(MAX_REQUEST, 1) }
        });
        // One count is ours, one of each reader. What nobody reads is closed.
        if Arc::strong_count(&guest.readers) <= MAX_READERS {
            let reader = listen_to(
                stream,
                guest.requests.clone(),
                guest.budget.clone(),
                self.options.clone(),
                Arc::clone(&guest.readers),
            );
            tokio::spawn(reader);
        }
    }
}

/// Reads the want lists of one stream, as fast as they are answered.
async fn listen_to(
    mut stream: Stream,
    requests: mpsc::Sender<Request>,
    budget: Budget,
    options: Options,
    _reader: Arc<()>,
) {
    while let Ok(Some(frame)) =
        frame::read(&mut stream, &budget, options.idle_timeout, options.message_timeout).await
    {
        // Nonsense ends the stream; its connection idles away unless better comes.
        let Ok(message) = Message::read(&frame.bytes) else { return };
        if message.full && requests.send(Request::Full).await.is_err() {
            return;
        }
        for entry in message.wants {
            if requests.send(Request::Entry(entry)).await.is_err() {
                return;
            }
        }
    }
}
