//! How long is waited, how much is kept, how many are served.

use std::time::Duration;

/// Times and bounds of a [`Client`](crate::Client) or [`Server`](crate::Server).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How long a connection may take, and how long a client looks for any peer at all. 10 s.
    pub connect_timeout: Duration,
    /// How long one peer may keep silent about a block before the next one is asked. A peer that keeps
    /// giving other blocks gets up to four times as long. 10 s.
    pub block_timeout: Duration,
    /// How long one message may take from its first byte to its last, either way. 30 s.
    pub message_timeout: Duration,
    /// How long a stream or a connection may be silent. 60 s.
    pub idle_timeout: Duration,
    /// How many blocks a client asks one peer for at a time. 16.
    pub window: usize,
    /// How many bytes of blocks a client asks one peer for at a time, judged by the blocks it gave lately.
    /// 2 MiB: servers fail when more is wanted at once.
    pub window_bytes: usize,
    /// How many peers a client knows; more are a mistake. 64.
    pub max_peers: usize,
    /// How many connections a server has. 64.
    pub max_connections: u32,
    /// How many wants a server remembers for one peer; it reads no further while there are as many. 1,024.
    pub max_wants: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            connect_timeout: Duration::from_secs(10),
            block_timeout: Duration::from_secs(10),
            message_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
            window: 16,
            window_bytes: 2 << 20,
            max_peers: 64,
            max_connections: 64,
            max_wants: 1024,
        }
    }
}
