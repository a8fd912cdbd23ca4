//! HTTP as all network sources use it: deadlines, caps, few redirects, nothing compressed.
//!
//! What comes back is bytes to be verified; this only bounds what they may cost.

mod guard;
mod options;
mod pace;
mod redirect;

use std::io::Read;
use std::time::{Duration, Instant};

use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::MAX_READ;
use ureq::http::uri::Scheme;
use ureq::http::{Response, Uri, header};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, SendBody, Timeout};

pub use options::NetOptions;
pub(crate) use pace::Paced;

/// A server that a user named, and how it is spoken to.
#[derive(Debug)]
pub(crate) struct Client {
    base: Uri,
    agent: Agent,
    pub(crate) options: NetOptions,
}

/// An answer whose body has not been read yet.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// How long the source asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
    server: String,
    length: Option<u64>,
    encoding: Option<String>,
    body: Body,
}

impl Client {
    /// A client of this URL: `http://` or `https://`, a host, perhaps a port and a path.
    ///
    /// # Errors
    /// `Usage` for anything else.
    pub(crate) fn new(url: &str, options: NetOptions) -> Result<Client> {
        let wrong = |why: String| {
            let e = Error::new(ErrorKind::Usage, "this is no address of a server")
                .found(format!("'{url}'{why}"))
                .expected("for instance https://gateway.example or http://127.0.0.1:8080");
            match url.contains("://") || url.is_empty() {
                true => e,
                false => e.hint(format!("say how it is spoken to: {}", with_scheme(url))),
            }
        };
        let base: Uri = url.trim_end_matches('/').parse().map_err(|e| wrong(format!(" ({e})")))?;
        let known = base.scheme().is_some_and(|s| *s == Scheme::HTTP || *s == Scheme::HTTPS);
        let authority = base.authority().ok_or_else(|| wrong(String::new()))?;
        if !known || base.query().is_some() || authority.host().is_empty() {
            return Err(wrong(String::new()));
        }
        if authority.as_str().contains('@') {
            return Err(Error::new(ErrorKind::Usage, "names and passwords in an address are not used"));
        }
        let mut config = Agent::config_builder();
        if is_loopback(authority.host()) {
            // A proxy elsewhere could not reach it, and has no business with it.
            config = config.proxy(None);
        }
        let agent = Agent::with_parts(
            config
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .user_agent("unsaid")
                .accept_encoding("identity")
                .max_response_header_size(16 << 10)
                .timeout_resolve(Some(options.connect))
                .timeout_connect(Some(options.connect))
                .timeout_per_read(Some(options.stall))
                .timeout_per_write(Some(options.stall))
                .max_idle_connections(options.parallel * 2)
                .max_idle_connections_per_host(options.parallel)
                .build(),
            DefaultConnector::new(),
            guard::Guard::new(authority.host()),
        );
        Ok(Client { base, agent, options })
    }

    /// The server as the user named it.
    pub(crate) fn name(&self) -> String {
        self.base.to_string().trim_end_matches('/').to_owned()
    }

    /// The host, as it stands in the address.
    pub(crate) fn host(&self) -> &str {
        self.base.host().unwrap_or_default()
    }

    fn at(&self, path: &str) -> Result<Uri> {
        let text = format!("{}{path}", self.name());
        text.parse().map_err(|e| Error::new(ErrorKind::Internal, format!("making an address: {e}")))
    }

    /// Gets `path` (from `/` on), following redirects that are allowed; `by` ends it, where given, with
    /// the reading of the body.
    ///
    /// # Errors
    /// `Environment` for what the network or the server does, with the reason.
    pub(crate) fn get(&self, path: &str, accept: &str, by: Option<Instant>) -> Result<Reply> {
        let mut uri = self.at(path)?;
        for _ in 0..=self.options.redirects {
            let request = self.agent.get(&uri).header(header::ACCEPT, accept);
            let request = request.config().timeout_global(left(by, &self.name())?).build();
            let response = request.call().map_err(|e| self.failed(e))?;
            match redirect::target(&uri, &response) {
                None => return Ok(Reply::of(response, self.name())),
                Some(next) => uri = next.map_err(|e| e.hint("name another gateway"))?,
            }
        }
        Err(Error::new(ErrorKind::Environment, format!("{} redirects without end", self.name()))
            .expected(format!("at most {} redirects", self.options.redirects)))
    }

    /// Posts a body to `path`; redirects are answers like others. The server may be silent for `silence`.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) fn post(
        &self,
        path: &str,
        content_type: &str,
        body: SendBody<'_>,
        by: Option<Instant>,
        silence: Duration,
    ) -> Result<Reply> {
        let request = self.agent.post(self.at(path)?).header(header::CONTENT_TYPE, content_type);
        let request = request.config().timeout_global(left(by, &self.name())?);
        let request = request.timeout_per_read(Some(silence)).build();
        let sent = request.send(body).map_err(|e| self.failed(e))?;
        Ok(Reply::of(sent, self.name()))
    }

    /// What the network said, with what can be done about it.
    fn failed(&self, e: ureq::Error) -> Error {
        let what = format!("asking {}", self.name());
        match e {
            ureq::Error::Io(e) => explain(network(what, e)),
            ureq::Error::Timeout(phase) => {
                let (limit, flag) = match phase {
                    Timeout::Global => (self.options.block, " (--timeout)"),
                    Timeout::Resolve | Timeout::Connect => (self.options.connect, ""),
                    _ => (self.options.stall, ""),
                };
                let found = format!("no answer within {} s{flag}", limit.as_secs_f32());
                Error::new(ErrorKind::Environment, what).found(found)
            }
            other => explain(Error::new(ErrorKind::Environment, what).found(other)),
        }
    }
}

/// An address whose scheme was left away.
fn with_scheme(url: &str) -> String {
    let host = url.split(['/', ':']).next().unwrap_or_default();
    format!("{}://{url}", if is_loopback(host) { "http" } else { "https" })
}

/// Whether a host of an address is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

/// What a connection said. One that ends early is the network's doing: nothing of ours is cut.
fn network(what: String, e: std::io::Error) -> Error {
    match e.kind() {
        std::io::ErrorKind::UnexpectedEof => Error::new(ErrorKind::Environment, what).found(e),
        _ => Error::io(what, e),
    }
}

/// A certificate that is out of date is often a clock that is: either way the bytes are verified.
fn explain(e: Error) -> Error {
    let text = e.to_string().to_ascii_lowercase();
    if ["certificate", "notvalidyet", "expired"].iter().any(|word| text.contains(word)) {
        return e.hint(
            "its certificate is not accepted: look at this machine's clock first; blocks are verified by \
             their hash whatever the certificate says, so any other gateway will do",
        );
    }
    e
}

fn left(by: Option<Instant>, name: &str) -> Result<Option<Duration>> {
    match by.map(|by| by.saturating_duration_since(Instant::now())) {
        Some(Duration::ZERO) => {
            Err(Error::new(ErrorKind::Environment, format!("{name} did not answer in time")))
        }
        left => Ok(left),
    }
}

impl Reply {
    fn of(response: Response<Body>, server: String) -> Reply {
        let text = |name| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let retry_after = text(header::RETRY_AFTER)
            .map(|value| Duration::from_secs(value.trim().parse().unwrap_or(u64::from(u32::MAX))));
        Reply {
            server,
            status: response.status().as_u16(),
            content_type: text(header::CONTENT_TYPE).unwrap_or_default(),
            retry_after,
            length: text(header::CONTENT_LENGTH).and_then(|value| value.trim().parse().ok()),
            encoding: text(header::CONTENT_ENCODING).filter(|value| value != "identity"),
            body: response.into_body(),
        }
    }

    /// The body as a stream that may not dawdle.
    pub(crate) fn stream(self, options: &NetOptions) -> Result<Paced<impl Read + use<>>> {
        if let Some(encoding) = self.encoding {
            return Err(Error::corrupt(format!("{} compressed what it was asked for as it is", self.server))
                .found(format!("Content-Encoding {encoding}")));
        }
        Ok(Paced::new(self.body.into_with_config().limit(u64::MAX).reader(), options))
    }

    /// The whole body, at most `cap` bytes of it.
    ///
    /// # Errors
    /// `Corrupt` where it is longer or compressed, `Environment` for the network.
    pub(crate) fn read(self, cap: usize, options: &NetOptions) -> Result<Vec<u8>> {
        let server = self.server.clone();
        let too_long = |found: String| {
            Error::corrupt(format!("{server} sends more than was asked for"))
                .found(found)
                .expected(format!("at most {cap} bytes"))
        };
        let announced = self.length;
        if let Some(length) = announced.filter(|length| *length > cap as u64) {
            return Err(too_long(format!("{length} bytes announced")));
        }
        let mut data = Vec::new();
        let mut stream = self.stream(options)?.take(cap as u64 + 1);
        stream.read_to_end(&mut data).map_err(|e| network(format!("reading what {server} sends"), e))?;
        match data.len() > cap {
            true => Err(too_long(format!("more than {cap} bytes"))),
            false => Ok(data),
        }
    }

    /// The body of a block.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) fn read_block(self, options: &NetOptions) -> Result<Vec<u8>> {
        self.read(MAX_READ, options)
    }

    /// The beginning of an error message, made fit to be shown.
    pub(crate) fn message(self, options: &NetOptions) -> String {
        let mut data = Vec::new();
        if let Ok(stream) = self.stream(options) {
            let _ = stream.take(512).read_to_end(&mut data);
        }
        unsaid_core::fs::escape(data.trim_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e11_a_certificate_that_is_not_accepted_points_at_the_clock() {
        for text in ["invalid peer certificate: Expired", "invalid peer certificate: NotValidYet"] {
            let e = explain(Error::new(ErrorKind::Environment, "asking https://x").found(text));
            assert!(e.hint_text().is_some_and(|hint| hint.contains("clock")), "{text}");
        }
        assert_eq!(explain(Error::new(ErrorKind::Environment, "connection refused")).hint_text(), None);
    }
}
