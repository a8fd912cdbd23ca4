//! The heads of requests: small, in time, without bodies.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::ServeOptions;

/// Bytes of a head.
const LARGEST: usize = 8 << 10;
/// Lines of a head.
const LINES: usize = 64;

/// What a request says that matters.
pub(super) struct Head {
    pub(super) is_head: bool,
    pub(super) is_get: bool,
    /// The path with its query.
    pub(super) target: String,
    pub(super) host: Option<String>,
    pub(super) accept: String,
    pub(super) if_none_match: Option<String>,
    pub(super) keep_alive: bool,
    pub(super) is_http_11: bool,
}

/// Why a request is not read: a status, its name and a text.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) reason: &'static str,
    pub(super) text: &'static str,
}

fn refusal(status: u16, reason: &'static str, text: &'static str) -> Refusal {
    Refusal { status, reason, text }
}

/// The requests of one connection.
pub(super) struct Heads<'s> {
    stream: &'s TcpStream,
    head: Duration,
    idle: Duration,
    /// What came and was not read yet.
    buffer: Vec<u8>,
}

impl<'s> Heads<'s> {
    pub(super) fn new(stream: &'s TcpStream, options: &ServeOptions) -> Heads<'s> {
        Heads { stream, head: options.head, idle: options.idle, buffer: Vec::new() }
    }

    /// The next request; `None` where the client is done, or gone.
    pub(super) fn next(&mut self) -> Result<Option<Head>, Refusal> {
        let mut by = Instant::now() + if self.buffer.is_empty() { self.idle } else { self.head };
        loop {
            if let Some((head, length)) = parse(&self.buffer)? {
                self.buffer.drain(..length);
                return Ok(Some(head));
            }
            if self.buffer.len() >= LARGEST {
                return Err(refusal(431, "Request Header Fields Too Large", "the request is too long"));
            }
            let left = by.saturating_duration_since(Instant::now());
            let was_empty = self.buffer.is_empty();
            let late = || if was_empty { Ok(None) } else { Err(refusal(408, "Request Timeout", "too slow")) };
            if left.is_zero() || self.stream.set_read_timeout(Some(left)).is_err() {
                return late();
            }
            let mut piece = [0; 2048];
            match (&mut &*self.stream).read(&mut piece) {
                Ok(0) => return Ok(None),
                Ok(n) => {
                    if was_empty {
                        by = Instant::now() + self.head;
                    }
                    self.buffer.extend_from_slice(piece.get(..n).unwrap_or_default());
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return late(),
                Err(_) => return Ok(None),
            }
        }
    }
}

/// A head and its length; `None` where it is not whole yet.
fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, Refusal> {
    let bad = |text| refusal(400, "Bad Request", text);
    let mut lines = [httparse::EMPTY_HEADER; LINES];
    let mut request = httparse::Request::new(&mut lines);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(refusal(431, "Request Header Fields Too Large", "too many header lines"));
        }
        Err(_) => return Err(bad("this is no HTTP request")),
    };
    let version = request.version.unwrap_or(0);
    let mut head = Head {
        is_head: request.method == Some("HEAD"),
        is_get: request.method == Some("GET"),
        target: request.path.unwrap_or_default().to_owned(),
        host: None,
        accept: String::new(),
        if_none_match: None,
        keep_alive: version == 1,
        is_http_11: version == 1,
    };
    for line in request.headers.iter() {
        let value = || String::from_utf8_lossy(line.value).trim().to_owned();
        match line.name.to_ascii_lowercase().as_str() {
            "host" if head.host.is_some() => return Err(bad("two Host lines")),
            "host" => head.host = Some(value()),
            "accept" => {
                if !head.accept.is_empty() {
                    head.accept.push(',');
                }
                head.accept.push_str(&value());
            }
            "if-none-match" => head.if_none_match = Some(value()),
            "connection" => {
                let value = value().to_ascii_lowercase();
                let mut words = value.split(',').map(str::trim);
                if words.any(|word| word == "close") {
                    head.keep_alive = false;
                } else if version == 0 && value.contains("keep-alive") {
                    head.keep_alive = true;
                }
            }
            // What follows could be taken for the next request by one reader and for a body by another.
            "transfer-encoding" => return Err(refusal(413, "Content Too Large", "no body is read")),
            "content-length" if value() != "0" => {
                return Err(refusal(413, "Content Too Large", "no body is read"));
            }
            _ => {}
        }
    }
    if version == 1 && head.host.is_none() {
        return Err(bad("a Host line is missing"));
    }
    Ok(Some((head, length)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    fn status(text: &str) -> u16 {
        match parse(text.as_bytes()) {
            Err(refusal) => refusal.status,
            Ok(Some(_)) => 200,
            Ok(None) => 0,
        }
    }

    #[test]
    fn i5_a_request_with_a_body_or_two_hosts_is_refused() {
        assert_eq!(status("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
        assert_eq!(status("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"), 200);
        assert_eq!(status("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"), 413);
        assert_eq!(status("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), 413);
        assert_eq!(status("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
        assert_eq!(status("GET / HTTP/1.1\r\n\r\n"), 400);
        assert_eq!(status("GET / HTTP/1.0\r\n\r\n"), 200);
        assert_eq!(status("GET / HTTP/1.1\r\nHost: a\r\n"), 0);
        assert_eq!(status("\u{1}\u{2}\r\n\r\n"), 400);
        let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "x: y\r\n".repeat(LINES));
        assert_eq!(status(&many), 431);
    }
}
