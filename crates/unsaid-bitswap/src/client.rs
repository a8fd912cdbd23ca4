//! Blocks from peers that the user named.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{Builder, JoinHandle};

use cid::Cid;
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::cid::IDENTITY;
use unsaid_ipld::{Block, BlockSource};

use crate::engine::{self, Command, Reply};
use crate::{Options, node};

/// The most addresses that one name of a host may stand for.
const MAX_RESOLVED: usize = 8;

/// A source of blocks: peers that are asked over Bitswap.
///
/// Every block is verified before anybody sees it. Lost connections are made again while something is
/// wanted; a peer that keeps sending what was not asked for is left. It listens nowhere. Any number of
/// threads may ask at once; together they keep to [`Options::window`].
#[derive(Debug)]
pub struct Client {
    commands: Option<UnboundedSender<Command>>,
    thread: Option<JoinHandle<()>>,
    sessions: AtomicU64,
}

impl Client {
    /// Connects to peers: addresses like `/ip4/192.0.2.1/tcp/4001/p2p/12D3Koo...`, with or without the last
    /// part, without which whoever answers there is taken. Returns when the first of them is there; the
    /// others may come later.
    ///
    /// # Errors
    /// `Usage` for no peers, too many, or an address that is not TCP; `Missing` where none can be reached
    /// within [`Options::connect_timeout`]; `Environment` where the system gives no thread.
    pub fn connect(peers: &[Multiaddr], options: &Options) -> Result<Client> {
        if peers.is_empty() || peers.len() > options.max_peers {
            return Err(Error::new(ErrorKind::Usage, "peers to ask for blocks")
                .found(peers.len())
                .expected(format!("1 to {}", options.max_peers)));
        }
        peers.iter().try_for_each(check)?;
        let runtime = node::runtime()?;
        let (commands, receiver) = unbounded_channel();
        let (ready, is_ready) = channel();
        let (peers, options) = (peers.to_vec(), options.clone());
        let thread = Builder::new()
            .name("unsaid-bitswap".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    let peers = resolve(peers, &options).await;
                    engine::run(peers, options, receiver, ready).await;
                });
                // A look-up of a name that hangs must not hang us.
                runtime.shutdown_background();
            })
            .map_err(|e| Error::io("starting the network's thread", e))?;
        let client = Client { commands: Some(commands), thread: Some(thread), sessions: AtomicU64::new(0) };
        is_ready.recv().map_err(|_| gone())??;
        Ok(client)
    }

    fn send(&self, command: Command) -> Result<()> {
        self.commands.as_ref().and_then(|c| c.send(command).ok()).ok_or_else(gone)
    }

    fn ask(&self, session: u64, cids: Vec<Cid>) -> Result<(Receiver<Reply>, Arc<AtomicUsize>)> {
        let (replies, receiver) = channel();
        let unread = Arc::new(AtomicUsize::new(0));
        self.send(Command::Call { session, cids, replies, unread: Arc::clone(&unread) })?;
        Ok((receiver, unread))
    }
}

impl BlockSource for Client {
    /// Asks one peer after the other; `None` where all of them say that they do not have it.
    ///
    /// # Errors
    /// `Corrupt` for a CID that is not followed; `Environment` where a peer could not be reached or did not
    /// tell in time, `Missing` where one was left because of what it sent.
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        let mut found = None;
        self.get_many(&[*cid], &mut |block| {
            found = Some(block);
            Ok(())
        })?;
        Ok(found)
    }

    /// Asks all peers at once, each for other blocks. What can be had is given before an error is returned.
    fn get_many(&self, cids: &[Cid], each: &mut dyn FnMut(Block) -> Result<()>) -> Result<()> {
        let mut seen = HashSet::new();
        let mut far = Vec::new();
        for cid in cids {
            unsaid_ipld::cid::check(cid)?;
            if !seen.insert(*cid) {
                continue;
            }
            if cid.hash().code() == IDENTITY {
                each(Block::verify(*cid, cid.hash().digest().to_vec())?)?;
            } else {
                far.push(*cid);
            }
        }
        if far.is_empty() {
            return Ok(());
        }
        let session = self.sessions.fetch_add(1, Ordering::Relaxed);
        let (replies, unread) = self.ask(session, far)?;
        loop {
            match replies.recv().map_err(|_| gone())? {
                Reply::Block(block) => {
                    unread.fetch_sub(block.data().len(), Ordering::Relaxed);
                    if let Err(e) = each(block).and_then(|()| self.send(Command::Read)) {
                        // Not worth an error of its own: the thread has gone.
                        let _ = self.send(Command::HangUp(session));
                        return Err(e);
                    }
                }
                Reply::End(result) => return result,
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was a bug, and its callers heard of it.
            let _ = thread.join();
        }
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::Internal, "the network's thread has ended")
}

/// Only TCP; names of hosts are looked up here.
fn check(address: &Multiaddr) -> Result<()> {
    let parts: Vec<Protocol<'_>> = address.iter().collect();
    use Protocol::{Dns, Dns4, Dns6, Ip4, Ip6, P2p, Tcp};
    match parts[..] {
        [Ip4(_) | Ip6(_) | Dns(_) | Dns4(_) | Dns6(_), Tcp(_)]
        | [Ip4(_) | Ip6(_) | Dns(_) | Dns4(_) | Dns6(_), Tcp(_), P2p(_)] => Ok(()),
        _ => Err(Error::new(ErrorKind::Usage, "the address of a peer")
            .found(address)
            .expected("/ip4/ADDRESS/tcp/PORT, /ip6/... or /dns/..., with or without /p2p/ID")),
    }
}

/// Names of hosts to addresses: at most [`MAX_RESOLVED`] each. One that cannot be found stays as it is,
/// and dialling it says so.
async fn resolve(peers: Vec<Multiaddr>, options: &Options) -> Vec<Multiaddr> {
    let mut resolved = Vec::new();
    let until = tokio::time::Instant::now() + options.connect_timeout;
    for address in peers {
        let parts: Vec<Protocol<'_>> = address.iter().collect();
        let (host, wanted) = match &parts[..] {
            [Protocol::Dns(host), ..] => (host, None),
            [Protocol::Dns4(host), ..] => (host, Some(true)),
            [Protocol::Dns6(host), ..] => (host, Some(false)),
            _ => {
                resolved.push(address);
                continue;
            }
        };
        let looked_up = tokio::net::lookup_host((host.as_ref(), 0));
        let Ok(Ok(found)) = tokio::time::timeout_at(until, looked_up).await else {
            resolved.push(address.clone());
            continue;
        };
        let before = resolved.len();
        for ip in
            found.map(|a| a.ip()).filter(|ip| wanted.is_none_or(|v4| ip.is_ipv4() == v4)).take(MAX_RESOLVED)
        {
            let mut numbered = Multiaddr::from(ip);
            parts[1..].iter().cloned().for_each(|part| numbered.push(part));
            resolved.push(numbered);
        }
        if resolved.len() == before {
            resolved.push(address.clone());
        }
    }
    resolved
}
