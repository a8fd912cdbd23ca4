//! Blocks from and for the peers of IPFS, over Bitswap 1.2 on libp2p (TCP, Noise, Yamux).
//!
//! | module | question it answers |
//! |---|---|
//! | [`client`] | Which blocks do these peers have? |
//! | [`server`] | What may others have of ours? |
//! | [`options`] | How long, how much, how many? |
//! | `wants` | Whom is each block asked of, and when is it given up? |
//! | `tickets`, `desk` | What does one peer still want from us, and how is it answered? |
//! | `wire`, `frame` | How is a message written, and where does it end? |
//! | `streams`, `node` | How do streams of messages come from libp2p? |
//!
//! Nothing is found here: no DHT, no multicast, no relays. A [`Client`] speaks with the peers that it was
//! given, a [`Server`] listens where it was told to. Both are ordinary blocking objects; each has one thread.
//!
//! Source: <https://specs.ipfs.tech/bitswap-protocol/>.

pub mod client;
mod desk;
mod engine;
mod frame;
mod link;
mod node;
pub mod options;
pub mod server;
mod streams;
mod tickets;
mod wants;
mod wire;

pub use client::Client;
pub use libp2p::{Multiaddr, PeerId};
pub use options::Options;
pub use server::Server;
