//! Where messages end: each has its length before it, as a varint.

use std::sync::Arc;
use std::time::Duration;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use unsaid_core::{Error, ErrorKind, Result};

/// The longest message that a client reads.
pub(crate) const MAX_MESSAGE: usize = 4 << 20;
/// The longest message that a server reads: it wants lists, not blocks.
pub(crate) const MAX_REQUEST: usize = 1 << 20;

/// Kept for a message is what came of it, in steps of this.
const STEP: usize = 64 << 10;

/// How much of a peer's messages is in memory at once, whatever the number of its streams.
#[derive(Clone)]
pub(crate) struct Budget {
    steps: Arc<Semaphore>,
    largest: usize,
}

impl Budget {
    /// `messages` of `largest` bytes.
    pub(crate) fn new(largest: usize, messages: usize) -> Budget {
        Budget { steps: Arc::new(Semaphore::new(messages * largest.div_ceil(STEP))), largest }
    }
}

/// The share of a budget that a message has while it lives.
pub(crate) struct Share {
    _steps: OwnedSemaphorePermit,
}

/// Bytes of a message.
pub(crate) struct Frame {
    pub(crate) bytes: Vec<u8>,
    pub(crate) share: Share,
}

/// The next message, or `None` at the end of the stream.
///
/// # Errors
/// `Limit` for a longer one than the budget has, `Truncated` inside of one, `Environment` where the
/// connection broke or was silent for `idle`, or the message took longer than `whole`.
pub(crate) async fn read<S: AsyncRead + Unpin>(
    stream: &mut S,
    budget: &Budget,
    idle: Duration,
    whole: Duration,
) -> Result<Option<Frame>> {
    let mut first = [0];
    match timeout(idle, stream.read(&mut first)).await {
        Err(_) => return Err(late("a peer was silent")),
        Ok(Err(e)) => return Err(Error::io("reading from a peer", e)),
        Ok(Ok(0)) => return Ok(None),
        Ok(Ok(_)) => {}
    }
    timeout(whole, rest(stream, first[0], budget))
        .await
        .map_err(|_| late("a message of a peer is too slow"))?
        .map(Some)
}

async fn rest<S: AsyncRead + Unpin>(stream: &mut S, first: u8, budget: &Budget) -> Result<Frame> {
    let broken = |e| Error::io("reading from a peer", e);
    let mut length = usize::from(first & 0x7f);
    let (mut byte, mut shift) = (first, 7);
    while byte >= 0x80 {
        let mut next = [0];
        stream.read_exact(&mut next).await.map_err(broken)?;
        byte = next[0];
        // Four bytes hold 28 bits, far more than any bound.
        if shift > 21 {
            length = usize::MAX;
            break;
        }
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
    }
    if length > budget.largest {
        return Err(Error::new(ErrorKind::Limit, "a message of a peer is too large")
            .expected(format!("at most {} bytes", budget.largest)));
    }
    let steps = length.div_ceil(STEP) as u32;
    let share = Arc::clone(&budget.steps).acquire_many_owned(steps).await;
    let share = share.map_err(|e| Error::new(ErrorKind::Internal, format!("a budget was closed: {e}")))?;
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let have = bytes.len();
        bytes.resize(have + STEP.min(length - have), 0);
        stream.read_exact(&mut bytes[have..]).await.map_err(broken)?;
    }
    Ok(Frame { bytes, share: Share { _steps: share } })
}

/// Writes a message that has its length already.
///
/// # Errors
/// `Environment` where the connection broke or the peer did not take it within `whole`.
pub(crate) async fn write<S: AsyncWrite + Unpin>(
    stream: &mut S,
    message: &[u8],
    whole: Duration,
) -> Result<()> {
    let writing = async {
        stream.write_all(message).await?;
        stream.flush().await
    };
    match timeout(whole, writing).await {
        Err(_) => Err(late("a peer takes a message too slowly")),
        Ok(result) => result.map_err(|e| Error::io("writing to a peer", e)),
    }
}

fn late(what: &str) -> Error {
    Error::new(ErrorKind::Environment, what)
}
