//! Connecting, and to whom not.
//!
//! What is judged is the address that a connection is made to, at the moment it is made: a name that
//! answers differently the second time gains nothing. Behind a proxy it is the proxy that connects; then
//! all that can be judged is the name, see [`redirect`](super::redirect).

use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Instant;

use ureq::Error;
use ureq::unversioned::transport::{
    ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, RustlsConnector, TcpConnector,
    Transport,
};

use super::agents::Sender;
use super::wire::{Counted, Wire};
use super::zone::{Zone, may_send};

/// Whom a client may be connected to.
#[derive(Debug)]
pub(super) enum Allowed {
    /// Whoever the name meant that the user gave, the first time it was looked up: its zones, and further
    /// out. Empty before that.
    Named(Mutex<Vec<Zone>>),
    /// Where what answered may send us.
    From(Sender),
}

impl Allowed {
    pub(super) fn named() -> Allowed {
        Allowed::Named(Mutex::default())
    }

    /// Those of `found` that may be connected to.
    fn of(&self, found: &[SocketAddr]) -> Vec<SocketAddr> {
        let all = found.iter().copied();
        match self {
            Allowed::From(from) => all.filter(|to| may_send(*from, to.ip())).collect(),
            Allowed::Named(zones) => {
                let mut zones = zones.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                if zones.is_empty() {
                    zones.extend(found.iter().map(|address| Zone::of(address.ip())));
                }
                all.filter(|to| matches!(Zone::of(to.ip()), z if z == Zone::Public || zones.contains(&z)))
                    .collect()
            }
        }
    }

    fn refused(&self, found: &[SocketAddr]) -> Error {
        let to = found.first().map(|a| a.ip().to_string()).unwrap_or_default();
        let how = match self {
            Allowed::From(_) => "it redirects to",
            Allowed::Named(_) => "its name, which led elsewhere before, now leads to",
        };
        let why = format!("{how} {to}, which is further inside the network");
        Error::Io(io::Error::new(io::ErrorKind::PermissionDenied, why))
    }
}

/// All that makes a connection: a proxy's tunnel or a socket of our own, TLS over it.
pub(super) fn connector(allowed: Allowed, behind_proxy: bool) -> impl Connector {
    ().chain(ConnectProxyConnector::default())
        .chain(Dial { allowed, behind_proxy, tcp: TcpConnector::default() })
        .chain(RustlsConnector::default())
}

#[derive(Debug)]
struct Dial {
    allowed: Allowed,
    behind_proxy: bool,
    tcp: TcpConnector,
}

impl<In: Transport> Connector<In> for Dial {
    type Out = Counted<Box<dyn Transport>>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if let Some(tunnel) = chained {
            return Ok(Some(Counted { inner: Box::new(tunnel), wire: Wire::new(None) }));
        }
        // The way to the proxy is asked for with settings that have none: where it stands is the user's
        // business. What `NO_PROXY` exempts is asked for with the settings as they are.
        if self.behind_proxy && details.config.proxy().is_none() {
            let found = details.addrs.to_vec();
            return self.first::<In>(details, &found).map(|(inner, _)| {
                // The tunnel through it is counted.
                Some(Counted { inner, wire: Wire::uncounted() })
            });
        }
        // One that is no tunnel of HTTP: what comes after must not go past it.
        if details.config.proxy().is_some_and(|proxy| !proxy.is_no_proxy(details.uri)) {
            return Err(Error::Io(io::Error::new(
                io::ErrorKind::Unsupported,
                "the environment names a proxy of a kind that is not used (only http:// and https:// are)",
            )));
        }
        let allowed = self.allowed.of(&details.addrs);
        if allowed.is_empty() && !details.addrs.is_empty() {
            return Err(self.allowed.refused(&details.addrs));
        }
        let (inner, address) = self.first::<In>(details, &allowed)?;
        Ok(Some(Counted { inner, wire: Wire::new(Some(address)) }))
    }
}

impl Dial {
    /// The first address that answers; each gets half of the time that is left, the last one all of it.
    fn first<In: Transport>(
        &self,
        details: &ConnectionDetails<'_>,
        addresses: &[SocketAddr],
    ) -> Result<(Box<dyn Transport>, SocketAddr), Error> {
        let start = Instant::now();
        let mut failed = None;
        for (i, address) in addresses.iter().enumerate() {
            let mut timeout = details.timeout;
            if !timeout.after.is_not_happening() {
                let left = timeout.after.saturating_sub(start.elapsed());
                if left.is_zero() {
                    return Err(Error::Timeout(timeout.reason));
                }
                timeout = NextTimeout { after: share(left, i + 1 == addresses.len()).into(), ..timeout };
            }
            match self.one::<In>(details, *address, timeout) {
                Ok(inner) => return Ok((inner, *address)),
                Err(e) if concerns_one_address(&e) => failed = Some(e),
                Err(e) => return Err(e),
            }
        }
        Err(failed.unwrap_or(Error::HostNotFound))
    }

    fn one<In: Transport>(
        &self,
        details: &ConnectionDetails<'_>,
        address: SocketAddr,
        timeout: NextTimeout,
    ) -> Result<Box<dyn Transport>, Error> {
        let mut addrs = details.resolver.empty();
        addrs.push(address);
        let details = ConnectionDetails {
            uri: details.uri,
            addrs,
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: (details.current_time)(),
            timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let made = Connector::<In>::connect(&self.tcp, &details, None)?;
        made.map(|tcp| Box::new(tcp) as Box<dyn Transport>).ok_or(Error::ConnectionFailed)
    }
}

fn share(left: std::time::Duration, last: bool) -> std::time::Duration {
    if last { left } else { left / 2 }
}

/// Whether another address of the same name may still do.
fn concerns_one_address(e: &Error) -> bool {
    use io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable};
    match e {
        Error::Timeout(_) => true,
        Error::Io(e) => {
            matches!(e.kind(), ConnectionRefused | HostUnreachable | NetworkUnreachable | AddrNotAvailable)
        }
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    fn of(allowed: &Allowed, found: &[&str]) -> Vec<String> {
        let found: Vec<SocketAddr> =
            found.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 80)).collect();
        allowed.of(&found).iter().map(|address| address.ip().to_string()).collect()
    }

    #[test]
    fn e4_a_name_that_answers_differently_the_second_time_leads_no_further_in() {
        let public = Allowed::named();
        assert_eq!(of(&public, &["203.0.114.7"]), ["203.0.114.7"]);
        for inner in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1"] {
            assert!(of(&public, &[inner]).is_empty(), "{inner}");
        }
        assert_eq!(of(&public, &["127.0.0.1", "203.0.114.8"]), ["203.0.114.8"]);
        // What the user named is asked wherever it is, and stays there or goes out.
        let here = Allowed::named();
        assert_eq!(of(&here, &["127.0.0.1"]), ["127.0.0.1"]);
        assert_eq!(of(&here, &["192.168.0.1", "::1", "1.1.1.1"]), ["::1", "1.1.1.1"]);
        // A house's server with an address of either kind.
        let house = Allowed::named();
        assert_eq!(of(&house, &["2606:4700::1111", "192.168.0.9"]).len(), 2);
        assert_eq!(of(&house, &["192.168.0.9", "127.0.0.1"]), ["192.168.0.9"]);
    }

    #[test]
    fn e4_a_redirect_leads_to_those_addresses_of_a_name_that_are_not_inside() {
        let public = Allowed::From(Some("203.0.114.7".parse().unwrap()));
        assert_eq!(of(&public, &["10.0.0.1", "1.1.1.1", "127.0.0.1"]), ["1.1.1.1"]);
        let here = Allowed::From(Some("127.0.0.1".parse().unwrap()));
        assert_eq!(of(&here, &["169.254.169.254", "fe80::1", "192.168.0.1", "::1"]), ["::1"]);
    }
}
