//! HTTP as all network sources use it: deadlines, caps, few redirects, nothing compressed.
//!
//! What comes back is bytes to be verified; this only bounds what they may cost.

mod agents;
mod dial;
mod failure;
mod options;
mod pace;
mod redirect;
mod reply;
mod wire;
mod zone;

use std::time::{Duration, Instant};

use unsaid_core::{Error, ErrorKind, Result};
use ureq::http::uri::Scheme;
use ureq::http::{Response, Uri, header};
use ureq::{Agent, Body, Proxy, SendBody};

use agents::Agents;
use failure::Patience;
pub use options::NetOptions;
pub(crate) use pace::Paced;
pub(crate) use reply::Reply;
use wire::Wire;

/// A server that a user named, and how it is spoken to.
#[derive(Debug)]
pub(crate) struct Client {
    base: Uri,
    agents: Agents,
    pub(crate) options: NetOptions,
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
        // A proxy elsewhere could not reach this machine, and has no business with it.
        let proxy = match is_loopback(authority.host()) {
            true => None,
            false => Proxy::try_from_env(),
        };
        Ok(Client::by(proxy, base, options))
    }

    fn by(proxy: Option<Proxy>, base: Uri, options: NetOptions) -> Client {
        let config = Agent::config_builder()
            .proxy(proxy)
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
            .build();
        Client { base, agents: Agents::new(config), options }
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

    /// Gets `path` (from `/` on), following redirects that are allowed. `by` ends it: with the reading of
    /// the body where it is `whole`, or else before the head came.
    ///
    /// # Errors
    /// `Environment` for what the network or the server does, with the reason.
    pub(crate) fn get(&self, path: &str, accept: &str, by: Instant, whole: bool) -> Result<Reply> {
        let mut uri = self.at(path)?;
        let mut agent = self.agents.named();
        let patience = self.patience(self.options.block, self.options.stall);
        for _ in 0..=self.options.redirects {
            let left = Some(left(by, &self.name())?);
            let request = agent.get(&uri).header(header::ACCEPT, accept).config();
            let request = match whole {
                true => request.timeout_global(left),
                false => request.timeout_send_request(left).timeout_recv_response(left),
            };
            let (response, wire) = self.heard(patience, || request.build().call())?;
            match redirect::target(&uri, &response) {
                None => {
                    return Ok(Reply::of(response, wire, self.name(), patience));
                }
                Some(next) => {
                    let next = next.and_then(|next| self.followed(&uri, next));
                    uri = next.map_err(|e| e.hint("name another gateway"))?;
                    agent = self.agents.sent_by(wire.peer());
                }
            }
        }
        Err(Error::new(ErrorKind::Environment, format!("{} redirects without end", self.name()))
            .expected(format!("at most {} redirects", self.options.redirects)))
    }

    /// A redirect that may be followed as far as its name tells; its address is judged when it is known.
    fn followed(&self, from: &Uri, next: Uri) -> Result<Uri> {
        let same_host = match (from.host(), next.host()) {
            (Some(from), Some(next)) => from.eq_ignore_ascii_case(next),
            _ => false,
        };
        if same_host || !self.agents.by_proxy(&next) {
            return Ok(next);
        }
        // The proxy looks its name up, and may stand further inside than we.
        let host = unsaid_core::fs::escape(next.host().unwrap_or_default().as_bytes());
        Err(Error::new(ErrorKind::Environment, "a redirect that is not followed")
            .found(format!("another host, '{host}', which only the proxy could look up"))
            .expected("the same host, behind a proxy"))
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
        let left = by.map(|by| left(by, &self.name())).transpose()?;
        let patience = self.patience(left.unwrap_or(silence), silence);
        let request = self.agents.named().post(self.at(path)?).header(header::CONTENT_TYPE, content_type);
        let request = request.config().timeout_global(left).timeout_per_read(Some(silence)).build();
        let (response, wire) = self.heard(patience, || request.send(body))?;
        Ok(Reply::of(response, wire, self.name(), patience))
    }

    fn patience(&self, whole: Duration, silence: Duration) -> Patience {
        Patience { connect: self.options.connect, whole, silence }
    }

    /// The answer to a request, and the connection by which it came.
    fn heard(
        &self,
        patience: Patience,
        ask: impl FnOnce() -> std::result::Result<Response<Body>, ureq::Error>,
    ) -> Result<(Response<Body>, std::sync::Arc<Wire>)> {
        let what = || format!("asking {}", self.name());
        Wire::take_last();
        let response = ask().map_err(|e| failure::of(what(), e, patience))?;
        // Bytes that were there before the request are no answer to it.
        let wire = Wire::take_last().ok_or_else(|| {
            Error::new(ErrorKind::Environment, what()).found("an answer that was there before the question")
        })?;
        Ok((response, wire))
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

fn left(by: Instant, name: &str) -> Result<Duration> {
    match by.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(Error::new(ErrorKind::Environment, format!("{name} did not answer in time"))
            .hint("--timeout SECONDS gives it more")),
        left => Ok(left),
    }
}

#[cfg(test)]
mod tests;
