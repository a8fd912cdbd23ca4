//! Serving one peer: its wants come in, blocks go out, one message at a time.

use std::sync::Arc;

use cid::Cid;
use futures::AsyncWriteExt;
use libp2p::Stream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use unsaid_ipld::{Block, BlockSource};

use crate::streams::Version;
use crate::tickets::Tickets;
use crate::wire::{Entry, Message};
use crate::{Options, PeerId, frame};

/// A message is sent when its blocks have this size: other peers refuse 4 MiB, and wait less for less.
const ENOUGH: usize = 256 << 10;
/// No message is larger, save for one block that is.
const MOST: usize = 1 << 20;
/// The most lines that are looked up together.
const BATCH: usize = 64;

/// Lines of want lists that were read and not yet taken: few, so that a peer that wants too much waits.
pub(crate) const UNTAKEN: usize = 64;

/// What readers tell the desk.
pub(crate) enum Request {
    /// What follows is all that the peer wants.
    Full,
    Entry(Entry),
}

/// What the desk asks of the node.
pub(crate) enum Need {
    /// A stream to that peer.
    Stream(PeerId),
    /// An end: the peer takes nothing.
    Leave(PeerId),
}

/// Where blocks come from.
pub(crate) type Blocks = Arc<dyn BlockSource + Send + Sync>;

/// One peer's desk.
pub(crate) struct Desk {
    pub(crate) peer: PeerId,
    pub(crate) blocks: Blocks,
    pub(crate) options: Options,
    pub(crate) requests: mpsc::Receiver<Request>,
    pub(crate) streams: mpsc::Receiver<(Stream, Version)>,
    pub(crate) needs: mpsc::Sender<Need>,
}

impl Desk {
    /// Serves until the peer has gone.
    pub(crate) async fn run(mut self) {
        let mut tickets = Tickets::new(self.options.max_wants);
        let mut open: Option<(Stream, Version)> = None;
        // A block that had no room in the message before.
        let mut carried = None;
        loop {
            while !tickets.is_full() {
                match self.requests.try_recv() {
                    Ok(request) => take(&mut tickets, request),
                    Err(_) => break,
                }
            }
            if tickets.is_empty() && carried.is_none() {
                match timeout(self.options.idle_timeout, self.requests.recv()).await {
                    Ok(Some(request)) => take(&mut tickets, request),
                    Ok(None) => return,
                    Err(_) => {
                        // A stream keeps its connection; nobody needs either now.
                        if let Some((mut stream, _)) = open.take() {
                            let _ = timeout(self.options.message_timeout, stream.close()).await;
                        }
                    }
                }
                continue;
            }
            let (message, rest) = self.answer(&mut tickets, carried.take()).await;
            carried = rest;
            if !message.is_empty() && !self.send(&mut open, &message).await {
                // The node may have gone already.
                let _ = self.needs.send(Need::Leave(self.peer)).await;
                return;
            }
        }
    }

    /// The next message, and a block that is too large to go with it.
    async fn answer(&self, tickets: &mut Tickets, carried: Option<Block>) -> (Message, Option<Block>) {
        let mut message = Message::default();
        let mut size = 0;
        if let Some(block) = carried {
            size = block.data().len();
            message.blocks.push((*block.cid(), block.into_data()));
        }
        while size < ENOUGH && message.presences.len() < BATCH {
            let batch: Vec<Entry> = std::iter::from_fn(|| tickets.pop()).take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let looked_up = look_up(Arc::clone(&self.blocks), batch, ENOUGH - size).await;
            let (mut answers, later) =
                looked_up.into_iter().partition::<Vec<_>, _>(|(_, a)| *a != Answer::Later);
            // What was not looked at goes back to its place.
            later.into_iter().for_each(|(entry, _)| tickets.take(entry));
            while let Some((entry, answer)) = (!answers.is_empty()).then(|| answers.remove(0)) {
                match answer {
                    Answer::Block(block) if size > 0 && size + block.data().len() > MOST => {
                        // Looked up last, for nothing is looked up beyond ENOUGH.
                        return (message, Some(block));
                    }
                    Answer::Block(block) => {
                        size += block.data().len();
                        message.blocks.push((entry.cid, block.into_data()));
                    }
                    Answer::Here => message.presences.push((entry.cid, true)),
                    Answer::NotHere if entry.send_dont_have => message.presences.push((entry.cid, false)),
                    Answer::NotHere | Answer::Later => {}
                }
            }
        }
        (message, None)
    }

    /// Whether the peer took it: on the stream that is open, or else on a new one.
    async fn send(&mut self, open: &mut Option<(Stream, Version)>, message: &Message) -> bool {
        for _ in 0..2 {
            if open.is_none() {
                if self.needs.send(Need::Stream(self.peer)).await.is_err() {
                    return false;
                }
                *open = timeout(self.options.connect_timeout, self.streams.recv()).await.ok().flatten();
            }
            let Some((stream, version)) = open else { return false };
            let bytes = match version {
                Version::V1_2 => message.write(false),
                old => Message { presences: Vec::new(), ..message.clone() }.write(*old == Version::V1_0),
            };
            if frame::write(stream, &bytes, self.options.message_timeout).await.is_ok() {
                return true;
            }
            *open = None;
        }
        false
    }
}

fn take(tickets: &mut Tickets, request: Request) {
    match request {
        Request::Full => tickets.clear(),
        Request::Entry(entry) => tickets.take(entry),
    }
}

#[derive(PartialEq)]
enum Answer {
    Block(Block),
    Here,
    NotHere,
    /// There was enough before it.
    Later,
}

/// Looks wants up where disks may be waited for, until there are `enough` bytes.
async fn look_up(blocks: Blocks, entries: Vec<Entry>, enough: usize) -> Vec<(Entry, Answer)> {
    let find = move || {
        let mut size = 0;
        let answer = |entry: &Entry| {
            if size >= enough {
                return Answer::Later;
            }
            if entry.have {
                return if holds(&*blocks, &entry.cid) { Answer::Here } else { Answer::NotHere };
            }
            match here(&*blocks, &entry.cid) {
                Some(block) => {
                    size += block.data().len().max(1);
                    Answer::Block(block)
                }
                None => Answer::NotHere,
            }
        };
        let answers: Vec<Answer> = entries.iter().map(answer).collect();
        entries.into_iter().zip(answers).collect()
    };
    // A source that panicked has nothing more to say about these.
    tokio::task::spawn_blocking(find).await.unwrap_or_default()
}

/// What cannot be read now is not here now.
fn here(blocks: &dyn BlockSource, cid: &Cid) -> Option<Block> {
    unsaid_ipld::cid::check(cid).ok()?;
    blocks.get(cid).ok().flatten()
}

/// The same without reading it: who asks whether a block is here may ask for a thousand.
fn holds(blocks: &dyn BlockSource, cid: &Cid) -> bool {
    unsaid_ipld::cid::check(cid).is_ok() && blocks.holds(cid).unwrap_or(false)
}
