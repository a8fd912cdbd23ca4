//! How an answer gets to a client that may not read it.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cid::Cid;
use unsaid_ipld::BlockSource;
use unsaid_ipld::car;
use unsaid_ipld::walk::Budget;

use super::ServeOptions;
use super::head::{Head, Refusal};
use super::route::{Answer, CAR, RAW};

/// Blocks never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const PIECE: usize = 64 << 10;

/// Tells one too many to come back, without waiting for what it wants.
pub(super) fn refuse_crowd(stream: &TcpStream) {
    let _ = stream.set_nonblocking(true);
    let _ = (&*stream).write(
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
}

pub(super) fn refuse(stream: &TcpStream, options: &ServeOptions, refusal: &Refusal) -> io::Result<()> {
    let Refusal { status, reason, text } = refusal;
    let mut out = Out { stream, stall: options.stall };
    out.write_all(text_answer(*status, reason, text, false, false).as_bytes())
}

fn text_answer(status: u16, reason: &str, text: &str, keep: bool, is_head: bool) -> String {
    let extra = if status == 405 { "Allow: GET, HEAD\r\n" } else { "" };
    let length = text.len() + 1;
    let body = if is_head { String::new() } else { format!("{text}\n") };
    format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
         X-Content-Type-Options: nosniff\r\n{extra}{}\r\n{body}",
        connection(keep)
    )
}

fn connection(keep: bool) -> &'static str {
    if keep { "" } else { "Connection: close\r\n" }
}

/// The lines that an answer of a block has in any form.
fn common(cid: &Cid, kind: &str, content_type: &str) -> String {
    let (etag, extension) = (Answer::etag(cid, kind), if kind == "raw" { "bin" } else { "car" });
    format!(
        "Content-Type: {content_type}\r\nETag: {etag}\r\nCache-Control: {FOR_EVER}\r\n\
         X-Ipfs-Path: /ipfs/{cid}\r\nX-Ipfs-Roots: {cid}\r\nX-Content-Type-Options: nosniff\r\n\
         Vary: Accept\r\nContent-Disposition: attachment; filename=\"{cid}.{extension}\"\r\n"
    )
}

pub(super) fn send(
    stream: &TcpStream,
    options: &ServeOptions,
    head: &Head,
    answer: Answer,
    source: &dyn BlockSource,
    keep: bool,
) -> io::Result<()> {
    let mut out = Out { stream, stall: options.stall };
    match answer {
        Answer::Refused(status, reason, text) => {
            out.write_all(text_answer(status, reason, &text, keep, head.is_head).as_bytes())
        }
        Answer::NotModified(cid, kind) => {
            let etag = Answer::etag(&cid, kind);
            let connection = connection(keep);
            let lines = format!("ETag: {etag}\r\nCache-Control: {FOR_EVER}\r\n{connection}");
            out.write_all(format!("HTTP/1.1 304 Not Modified\r\n{lines}\r\n").as_bytes())
        }
        Answer::Raw(block) => {
            let common = common(block.cid(), "raw", RAW);
            let (length, connection) = (block.data().len(), connection(keep));
            let lines = format!("HTTP/1.1 200 OK\r\n{common}Content-Length: {length}\r\n{connection}\r\n");
            out.write_all(lines.as_bytes())?;
            if head.is_head { Ok(()) } else { out.write_all(block.data()) }
        }
        Answer::Car(block, all) => {
            let root = *block.cid();
            let common = common(&root, if all { "car" } else { "block.car" }, CAR);
            // Its length is not known before its end, which HTTP/1.0 can only tell by hanging up.
            let (how, keep) =
                if head.is_http_11 { ("Transfer-Encoding: chunked\r\n", keep) } else { ("", false) };
            let connection = connection(keep);
            out.write_all(format!("HTTP/1.1 200 OK\r\n{common}{how}{connection}\r\n").as_bytes())?;
            if !head.is_head {
                let mut body = Body { out, chunked: head.is_http_11, buffer: Vec::with_capacity(PIECE) };
                // Cut off where a block is missing: the client sees that the end never came.
                match all {
                    true => drop(car::export(source, &[root], Budget::default(), &mut body)?),
                    false => car::Writer::new(&mut body, &[root]).and_then(|mut car| {
                        car.put(&block)?;
                        car.finish().map(drop)
                    })?,
                }
                body.end()?;
            }
            if keep { Ok(()) } else { Err(io::ErrorKind::ConnectionAborted.into()) }
        }
    }
}

/// A client that must take 64 KiB in the time it has for that.
struct Out<'s> {
    stream: &'s TcpStream,
    stall: Duration,
}

impl Write for Out<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = bytes.get(..bytes.len().min(PIECE)).unwrap_or(bytes);
        let by = Instant::now() + self.stall;
        let mut rest = piece;
        while !rest.is_empty() {
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_write_timeout(Some(left))?;
            match (&mut &*self.stream).write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => rest = rest.get(n..).unwrap_or_default(),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A body of unknown length.
struct Body<'s> {
    out: Out<'s>,
    chunked: bool,
    buffer: Vec<u8>,
}

impl Body<'_> {
    fn send(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        if self.chunked {
            let length = self.buffer.len();
            self.out.write_all(format!("{length:x}\r\n").as_bytes())?;
            self.buffer.extend_from_slice(b"\r\n");
        }
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn end(mut self) -> io::Result<()> {
        self.send()?;
        if self.chunked { self.out.write_all(b"0\r\n\r\n") } else { Ok(()) }
    }
}

impl Write for Body<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() >= PIECE {
            self.send()?;
        }
        let room = PIECE - self.buffer.len().min(PIECE);
        let piece = bytes.get(..bytes.len().min(room)).unwrap_or(bytes);
        self.buffer.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}
