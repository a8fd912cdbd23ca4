//! A trustless gateway of our own: blocks and CARs for whoever asks, read only.
//!
//! <https://specs.ipfs.tech/http-gateways/trustless-gateway/>: `GET` and `HEAD` of
//! `/ipfs/CID?format=raw` and `?format=car`. It gives what its source has and asks no one else, so give it
//! local sources. It listens on this machine unless told otherwise.
//!
//! | module | question it answers |
//! |---|---|
//! | `listen` (here) | Who may connect, how many at once? |
//! | `crowd` | Who has to go when there are too many? |
//! | `head` | What is asked for, and is it asked in time? |
//! | `route` | What is the answer? |
//! | `send` | How does it get there? |

mod crowd;
mod head;
mod route;
mod send;

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use unsaid_core::{Error, ErrorKind, Result};

use crate::SharedSource;
use crowd::{Crowd, Place, Room};
use head::{Head, Heads};

/// Where a server listens unless told otherwise.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:8080";

/// What clients of a server may use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServeOptions {
    /// Connections at once. Where there are as many, one that asks for nothing makes room. 64.
    pub connections: usize,
    /// Connections at once from one address that is not this machine (of IPv6: one /64). 16.
    pub connections_each: usize,
    /// For the head of a request, from its first byte on. 10 s.
    pub head: Duration,
    /// Between requests on one connection. 30 s.
    pub idle: Duration,
    /// For a client to take 64 KiB. 15 s.
    pub stall: Duration,
    /// Requests on one connection. 10,000.
    pub requests: u32,
}

impl Default for ServeOptions {
    fn default() -> Self {
        ServeOptions {
            connections: 64,
            connections_each: 16,
            head: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            stall: Duration::from_secs(15),
            requests: 10_000,
        }
    }
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    source: SharedSource,
    options: ServeOptions,
    /// Whether only this machine can reach it.
    loopback: bool,
    stop: Arc<AtomicBool>,
    crowd: Arc<Crowd>,
}

impl Server {
    /// Listens at `address` (host and port; port 0 is any that is free) and gives blocks of `source`.
    ///
    /// # Errors
    /// `Usage` for what is no address, `Environment` where it cannot listen there.
    pub fn start(address: &str, source: SharedSource, options: ServeOptions) -> Result<Server> {
        let found: Vec<SocketAddr> = address
            .to_socket_addrs()
            .map_err(|e| {
                let wrong = Error::new(ErrorKind::Usage, "this is no address to listen at")
                    .found(format!("'{address}' ({e})"))
                    .expected(format!("for instance {DEFAULT_ADDRESS}"));
                match address.trim_start_matches(':').parse::<u16>() {
                    Ok(port) => wrong.hint(format!(
                        "127.0.0.1:{port} is for this machine only, 0.0.0.0:{port} for all that reach it"
                    )),
                    Err(_) => wrong,
                }
            })?
            .collect();
        let failed = |e: io::Error| {
            let taken = e.kind() == io::ErrorKind::AddrInUse;
            let e = Error::new(ErrorKind::Environment, format!("listening at {address}")).found(e);
            if taken { e.hint("another program listens there: choose another port") } else { e }
        };
        let listener = TcpListener::bind(&found[..]).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let stop = Arc::new(AtomicBool::new(false));
        let shared = Arc::new(Shared {
            source,
            options,
            loopback: address.ip().is_loopback(),
            stop: Arc::clone(&stop),
            crowd: Arc::default(),
        });
        let thread = std::thread::Builder::new()
            .name("unsaid-serve".into())
            .spawn(move || shared.accept(&listener))
            .map_err(|e| Error::io("starting a thread", e))?;
        Ok(Server { address, stop, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, as a gateway is named.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits for ever, or until it cannot listen any more.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.stop.store(true, Ordering::Relaxed);
        // It waits for somebody to come.
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(if address.is_ipv4() {
                [127, 0, 0, 1].into()
            } else {
                [0, 0, 0, 0, 0, 0, 0, 1].into()
            });
        }
        if TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        loop {
            let accepted = listener.accept();
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            match accepted {
                Ok((stream, peer)) => self.welcome(stream, peer.ip()),
                // Out of descriptors, or a client that was gone before it was here.
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// Serves a client on a thread of its own, if there is room.
    fn welcome(self: &Arc<Self>, stream: TcpStream, peer: IpAddr) {
        let stream = Arc::new(stream);
        let room = Room::of(&self.options, self.loopback);
        let Some(place) = self.crowd.enter(room, &stream, peer) else {
            send::refuse_crowd(&stream);
            return;
        };
        let shared = Arc::clone(self);
        // A thread that cannot be started drops the stream and gives the place back.
        let _ = std::thread::Builder::new().name("unsaid-client".into()).spawn(move || {
            shared.serve(&stream, &place);
        });
    }

    fn serve(&self, stream: &TcpStream, place: &Place) {
        let _ = stream.set_nodelay(true);
        let mut heads = Heads::new(stream, &self.options);
        for served in 1..=self.options.requests {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let head: Head = match heads.next() {
                Ok(Some(head)) => head,
                Ok(None) => return,
                Err(refusal) => {
                    let _ = send::refuse(stream, &self.options, &refusal);
                    return;
                }
            };
            if !place.asks() {
                return;
            }
            let keep = head.keep_alive && served < self.options.requests;
            let answer = route::answer(&head, &*self.source, self.loopback);
            if send::send(stream, &self.options, &head, answer, &*self.source, keep).is_err() || !keep {
                return;
            }
            place.has_its_answer();
        }
    }
}
