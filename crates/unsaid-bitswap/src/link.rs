//! The two tasks of a connected peer: one reads its messages, one writes ours.

use libp2p::Stream;
use tokio::sync::mpsc;
use unsaid_core::{Error, Result};

use crate::frame::{self, Budget, Share};
use crate::wire::Message;
use crate::{Options, PeerId};

/// The most streams of one peer that are read at once; more are closed.
pub(crate) const MAX_READERS: usize = 16;
/// Messages that wait to be written; a peer that leaves more unread is left.
pub(crate) const MAX_UNSENT: usize = 64;

/// What a task of a peer found.
pub(crate) enum News {
    /// A message, with its share of memory.
    Message(Message, Share),
    /// Nonsense instead of one.
    Nonsense(Error),
    /// A stream that was read has ended.
    ReaderEnded,
    /// A stream that was written to has failed.
    WriterEnded,
}

/// Reads a stream to its end or its first mistake.
pub(crate) async fn read(
    peer: PeerId,
    mut stream: Stream,
    budget: Budget,
    options: Options,
    news: mpsc::Sender<(PeerId, News)>,
) {
    let mistake = loop {
        match frame::read(&mut stream, &budget, options.idle_timeout, options.message_timeout).await {
            Ok(None) => break None,
            Ok(Some(frame)) => match Message::read(&frame.bytes) {
                Ok(message) => {
                    drop(frame.bytes);
                    // A full channel stops the reading, and with it the peer.
                    if news.send((peer, News::Message(message, frame.share))).await.is_err() {
                        return;
                    }
                }
                Err(e) => break Some(e),
            },
            Err(e) => break Some(e),
        }
    };
    use unsaid_core::ErrorKind::{Corrupt, Limit};
    if let Some(e) = mistake.filter(|e| matches!(e.kind(), Corrupt | Limit)) {
        // Whoever listens has gone if this fails.
        let _ = news.send((peer, News::Nonsense(e))).await;
    }
    let _ = news.send((peer, News::ReaderEnded)).await;
}

/// Writes what comes until there is no more, or the peer takes no more.
pub(crate) async fn write(
    peer: PeerId,
    mut stream: Stream,
    mut messages: mpsc::Receiver<Vec<u8>>,
    options: Options,
    news: mpsc::Sender<(PeerId, News)>,
) {
    while let Some(message) = messages.recv().await {
        let written: Result<()> = frame::write(&mut stream, &message, options.message_timeout).await;
        if written.is_err() {
            let _ = news.send((peer, News::WriterEnded)).await;
            return;
        }
    }
    // The peer may have gone already.
    let _ = futures::AsyncWriteExt::close(&mut stream).await;
}
