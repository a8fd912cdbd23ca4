//! A peer that says whatever a test wants: streams and bytes, on a node of its own.

use std::future::Future;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Stream, StreamProtocol, identify, noise, tcp, yamux};
use libp2p_stream::{Control, IncomingStreams};
use tokio::sync::{mpsc, oneshot};
use unsaid_ipld::{Block, Cid};

pub(crate) const BITSWAP: StreamProtocol = StreamProtocol::new("/ipfs/bitswap/1.2.0");

#[derive(NetworkBehaviour)]
struct Behaviour {
    identify: identify::Behaviour,
    streams: libp2p_stream::Behaviour,
}

/// A node while it lives.
pub(crate) struct Raw {
    pub(crate) address: Multiaddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// What a liar has in hand.
pub(crate) struct Hand {
    pub(crate) control: Control,
    pub(crate) incoming: IncomingStreams,
    dial: mpsc::Sender<Multiaddr>,
    connected: mpsc::Receiver<PeerId>,
}

impl Hand {
    /// A stream to that peer.
    pub(crate) async fn open(&mut self, peer: PeerId) -> Stream {
        self.control.open_stream(peer, BITSWAP).await.unwrap()
    }

    /// The next stream that another peer opened.
    pub(crate) async fn next(&mut self) -> (PeerId, Stream) {
        self.incoming.next().await.unwrap()
    }

    /// Connects to a server and opens a stream to it.
    pub(crate) async fn reach(&mut self, address: Multiaddr) -> (PeerId, Stream) {
        self.dial.send(address).await.unwrap();
        let peer = self.connected.recv().await.unwrap();
        (peer, self.open(peer).await)
    }
}

/// Starts a node that does what `deed` does with it, and then nothing until it is dropped.
pub(crate) fn raw<F, D>(protocol: StreamProtocol, deed: D) -> Raw
where
    F: Future<Output = ()> + Send,
    D: FnOnce(Hand) -> F + Send + 'static,
{
    let (told, address) = std::sync::mpsc::channel();
    let (stop, stopped) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let thread = std::thread::spawn(move || {
        runtime.block_on(async move {
            let mut swarm = libp2p::SwarmBuilder::with_new_identity()
                .with_tokio()
                .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
                .unwrap()
                .with_behaviour(|key| Behaviour {
                    identify: identify::Behaviour::new(identify::Config::new("x/1".to_owned(), key.public())),
                    streams: libp2p_stream::Behaviour::new(),
                })
                .unwrap()
                .with_swarm_config(|c| c.with_idle_connection_timeout(Duration::from_secs(60)))
                .build();
            swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse().unwrap()).unwrap();
            let me = *swarm.local_peer_id();
            let mut control = swarm.behaviour().streams.new_control();
            let incoming = control.accept(protocol).unwrap();
            let (dial, mut dials) = mpsc::channel::<Multiaddr>(1);
            let (connect, connected) = mpsc::channel(8);
            let swimming = async move {
                loop {
                    tokio::select! {
                        event = swarm.select_next_some() => match event {
                            SwarmEvent::NewListenAddr { address, .. } => {
                                told.send(address.with(Protocol::P2p(me))).unwrap();
                            }
                            SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                                let _ = connect.try_send(peer_id);
                            }
                            _ => {}
                        },
                        Some(address) = dials.recv() => swarm.dial(address).unwrap(),
                    }
                }
            };
            let acting = async move {
                deed(Hand { control, incoming, dial, connected }).await;
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = swimming => {}
                () = acting => {}
                _ = stopped => {}
            }
        });
        runtime.shutdown_background();
    });
    Raw { address: address.recv().unwrap(), stop: Some(stop), thread: Some(thread) }
}

/// Runs `deed` to its end on a node of its own.
pub(crate) fn act<F, D, T>(deed: D) -> T
where
    T: Send + 'static,
    F: Future<Output = T> + Send,
    D: FnOnce(Hand) -> F + Send + 'static,
{
    let (done, result) = std::sync::mpsc::channel();
    let _node = raw(BITSWAP, move |hand| async move {
        let _ = done.send(deed(hand).await);
    });
    result.recv_timeout(Duration::from_secs(120)).expect("the peer of the test ended without a result")
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.stop = None;
        let result = self.thread.take().map(|t| t.join());
        if !std::thread::panicking() {
            assert!(matches!(result, Some(Ok(()))), "the raw peer panicked");
        }
    }
}

// Protobuf as the specification of Bitswap has it, written once more.

fn varint(mut n: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
    out
}

pub(crate) fn bytes(field: u8, data: &[u8]) -> Vec<u8> {
    [&[field << 3 | 2][..], &varint(data.len()), data].concat()
}

/// `kind` 0 wants the block, 1 whether it is there.
pub(crate) fn want(cid: &Cid, kind: u8, cancel: bool) -> Vec<u8> {
    let flags = [0x10, 1, 0x18, u8::from(cancel), 0x20, kind, 0x28, 1];
    bytes(1, &[bytes(1, &cid.to_bytes()), flags.to_vec()].concat())
}

pub(crate) fn list(wants: &[Vec<u8>]) -> Vec<u8> {
    framed(&bytes(1, &wants.concat()))
}

pub(crate) fn payload(data: &[u8]) -> Vec<u8> {
    bytes(3, &[bytes(1, &[1, 0x55, 0x12, 0x20]), bytes(2, data)].concat())
}

pub(crate) fn presence(cid: &Cid, has: bool) -> Vec<u8> {
    // Zero, which is "have", is what a missing number means.
    let kind: &[u8] = if has { &[] } else { &[0x10, 1] };
    bytes(4, &[&bytes(1, &cid.to_bytes()), kind].concat())
}

pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    [varint(message.len()), message.to_vec()].concat()
}

/// The next message of a stream; `None` at its end or when it breaks.
pub(crate) async fn receive(stream: &mut Stream) -> Option<Vec<u8>> {
    let (mut length, mut shift) = (0usize, 0);
    loop {
        let mut byte = [0];
        stream.read_exact(&mut byte).await.ok()?;
        length |= usize::from(byte[0] & 0x7f) << shift;
        shift += 7;
        if byte[0] < 0x80 {
            break;
        }
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message).await.ok()?;
    Some(message)
}

pub(crate) async fn send(stream: &mut Stream, message: &[u8]) -> std::io::Result<()> {
    stream.write_all(message).await?;
    stream.flush().await
}

/// Whether a message carries these bytes.
pub(crate) fn carries(message: &[u8], block: &Block) -> bool {
    message.windows(block.data().len().max(1)).any(|w| w == block.data())
}
