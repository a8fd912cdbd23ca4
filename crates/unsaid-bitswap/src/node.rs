//! One node of libp2p: a key made for it, TCP, Noise, Yamux, and how many connections it has.

use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{Swarm, SwarmBuilder, identify, noise, tcp, yamux};
use tokio::runtime::{Builder, Runtime};
use unsaid_core::{Error, ErrorKind, Result};

use crate::{Options, streams};

/// Streams of one connection at a time, each of which may have 256 KiB waiting to be read. Two are enough;
/// others open one for each message.
const MAX_STREAMS: usize = 64;
/// Streams of one connection whose protocol is not agreed on yet.
const MAX_NEGOTIATING: usize = 32;
/// Connections of one peer: two sides may dial at once.
const PER_PEER: u32 = 4;

/// What a node does on its connections.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    limits: connection_limits::Behaviour,
    /// Others only speak Bitswap with a peer that said that it does.
    identify: identify::Behaviour,
    pub(crate) bitswap: streams::Behaviour,
}

/// The runtime of one object: its own thread runs it, and a few more wait for disks.
///
/// # Errors
/// `Environment` where the system gives no more threads or files.
pub(crate) fn runtime() -> Result<Runtime> {
    Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(4)
        .thread_name("unsaid-bitswap-read")
        .build()
        .map_err(|e| Error::io("starting the network's thread", e))
}

/// A node that takes `inbound` connections at most. Call it inside of [`runtime`].
///
/// # Errors
/// `Internal` where no key can be made.
pub(crate) fn swarm(options: &Options, inbound: u32) -> Result<Swarm<Behaviour>> {
    let broken =
        |what: &dyn std::fmt::Display| Error::new(ErrorKind::Internal, "making a node of libp2p").found(what);
    let limits = ConnectionLimits::default()
        .with_max_established_incoming(Some(inbound))
        .with_max_pending_incoming(Some(inbound))
        .with_max_established_per_peer(Some(PER_PEER));
    let multiplexer = || {
        let mut config = yamux::Config::default();
        config.set_max_num_streams(MAX_STREAMS);
        config
    };
    let swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, multiplexer)
        .map_err(|e| broken(&e))?
        .with_behaviour(|key| {
            let about = identify::Config::new("ipfs/0.1.0".to_owned(), key.public())
                .with_agent_version(concat!("unsaid/", env!("CARGO_PKG_VERSION")).to_owned());
            Behaviour {
                limits: connection_limits::Behaviour::new(limits),
                identify: identify::Behaviour::new(about),
                bitswap: streams::Behaviour::default(),
            }
        })
        .map_err(|e| broken(&e))?
        .with_swarm_config(|config| {
            config
                .with_idle_connection_timeout(options.idle_timeout)
                .with_max_negotiating_inbound_streams(MAX_NEGOTIATING)
        })
        .with_connection_timeout(options.connect_timeout)
        .build();
    Ok(swarm)
}
