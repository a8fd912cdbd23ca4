//! Blocks, small servers that answer as they are told, and a progress that listens.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use unsaid_core::{Progress, Result};
use unsaid_ipfs::NetOptions;
use unsaid_ipld::{Block, BlockSource, Cid, Codec};

/// A raw block of `length` bytes, another one for each `seed`.
pub(crate) fn block(seed: u8, length: usize) -> Block {
    let data = (0..length).map(|n| (n as u8).wrapping_mul(31) ^ (n >> 8) as u8 ^ seed).collect();
    Block::new(Codec::Raw, data).unwrap()
}

/// Enough to be quick, and not so little that a busy machine fails.
pub(crate) fn quick() -> NetOptions {
    let mut options = NetOptions::default().with_timeout(Duration::from_secs(5));
    options.stall = Duration::from_millis(1500);
    options.pace = Duration::from_millis(500);
    options.longest_wait = Duration::from_millis(300);
    options.hedge = Duration::from_millis(200);
    options
}

/// Remembers notes.
#[derive(Default)]
pub(crate) struct Notes(pub(crate) Mutex<Vec<String>>);

impl Notes {
    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }
}

impl Progress for Notes {
    fn note(&self, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}

/// A server that lets `answer` do what it wants with each connection, after the head of a request came.
pub(crate) struct Small {
    pub(crate) address: SocketAddr,
    /// Requests so far.
    pub(crate) asked: Arc<AtomicUsize>,
}

impl Small {
    /// `answer` gets the first line of each request and the connection, which closes afterwards.
    pub(crate) fn start(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Small {
        Small::with_head(move |head, stream| answer(head.lines().next().unwrap_or_default(), stream))
    }

    /// As [`start`](Self::start), with the whole head.
    pub(crate) fn with_head(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Small {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let (answer, count) = (Arc::new(answer), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let (answer, count) = (Arc::clone(&answer), Arc::clone(&count));
                thread::spawn(move || {
                    let Some(head) = read_head(&mut stream) else { return };
                    count.fetch_add(1, Ordering::SeqCst);
                    answer(&head, &mut stream);
                });
            }
        });
        Small { address, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// A gateway that tells the truth about these blocks.
    pub(crate) fn honest(blocks: Vec<Block>) -> Small {
        Small::start(move |line, stream| match wanted(line, &blocks) {
            Some(block) => respond(stream, 200, "application/vnd.ipld.raw", block.data()),
            None => respond(stream, 404, "text/plain", b"no"),
        })
    }
}

fn wanted<'b>(line: &str, blocks: &'b [Block]) -> Option<&'b Block> {
    blocks.iter().find(|block| line.contains(&format!("/{}?", block.cid())))
}

/// The head of a request, as text. The body of a POST is left where it is.
pub(crate) fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > 65_536 || stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

pub(crate) fn respond(stream: &mut TcpStream, status: u16, content_type: &str, body: &[u8]) {
    respond_with(stream, status, &format!("Content-Type: {content_type}\r\n"), body);
}

pub(crate) fn respond_with(stream: &mut TcpStream, status: u16, lines: &str, body: &[u8]) {
    let head =
        format!("HTTP/1.1 {status} X\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    finish(stream);
}

/// Closes so that what was not read of the request does not reset what was sent.
pub(crate) fn finish(stream: &mut TcpStream) {
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let mut rest = [0; 65_536];
    while stream.read(&mut rest).is_ok_and(|n| n > 0) {}
}

/// All that a source gives for these names.
pub(crate) fn got(source: &dyn BlockSource, cids: &[Cid]) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    source.get_many(cids, &mut |block| {
        blocks.push(block);
        Ok(())
    })?;
    blocks.sort_by_key(|block| *block.cid());
    Ok(blocks)
}
