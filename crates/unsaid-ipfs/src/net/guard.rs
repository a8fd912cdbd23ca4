//! Which addresses a name may lead to.
//!
//! A gateway that a user named may be anywhere. Where it redirects to may not be inside: a public server
//! must not make this machine ask its own services, its router or a cloud's metadata address. Names are
//! judged by what they resolve to, when they are resolved, so a name that changes its answer gains nothing.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Resolves names, and refuses private addresses but where the named host has one.
#[derive(Debug)]
pub(super) struct Guard {
    inner: DefaultResolver,
    /// The host that the user named.
    home: String,
    /// Whether it was found to have a private address.
    home_is_private: Arc<AtomicBool>,
}

impl Guard {
    pub(super) fn new(home: &str) -> Guard {
        Guard {
            inner: DefaultResolver::default(),
            home: home.to_ascii_lowercase(),
            home_is_private: Arc::default(),
        }
    }

    fn is_home(&self, uri: &Uri) -> bool {
        uri.host().is_some_and(|host| host.eq_ignore_ascii_case(&self.home))
    }
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        // At most 16 addresses come back, however many the name has.
        let found = self.inner.resolve(uri, config, timeout)?;
        // A proxy is what the user's environment names, wherever it stands.
        if config.proxy().is_some_and(|proxy| uri.host() == Some(proxy.host())) {
            return Ok(found);
        }
        if self.is_home(uri) {
            if found.iter().any(|address| is_private(address.ip())) {
                self.home_is_private.store(true, Ordering::Relaxed);
            }
            return Ok(found);
        }
        if self.home_is_private.load(Ordering::Relaxed) {
            return Ok(found);
        }
        let mut allowed = self.empty();
        for address in found.iter().filter(|address| !is_private(address.ip())) {
            allowed.push(*address);
        }
        match allowed.is_empty() {
            true => Err(refused(&found)),
            false => Ok(allowed),
        }
    }
}

fn refused(found: &[SocketAddr]) -> ureq::Error {
    let address = found.first().map(|a| a.ip().to_string()).unwrap_or_default();
    ureq::Error::Io(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("it redirects to {address}, which is not a public address"),
    ))
}

/// Whether an address is not one of a public host: loopback, private, link-local, shared, documentation,
/// benchmarking, multicast, reserved.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => is_private_v6(v6),
    }
}

fn is_private_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    v4.is_loopback()
        || v4.is_private()
        || v4.is_link_local()
        || v4.is_documentation()
        || a == 0
        || (a == 100 && b & 0xc0 == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && b & 0xfe == 18)
        || a >= 224
}

fn is_private_v6(v6: Ipv6Addr) -> bool {
    let segments = v6.segments();
    let embedded = match segments {
        [0, 0, 0, 0, 0, 0xffff, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] | [0, 0, 0, 0, 0, 0, _, _] => {
            Some((segments[6], segments[7]))
        }
        // 6to4 holds its IPv4 address in front.
        [0x2002, high, low, ..] => Some((high, low)),
        _ => None,
    };
    if let Some((high, low)) = embedded {
        return is_private_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    }
    // Global unicast is 2000::/3; of it, documentation (2001:db8::/32) and Teredo (2001::/32) are not hosts.
    segments[0] & 0xe000 != 0x2000 || (segments[0] == 0x2001 && matches!(segments[1], 0 | 0xdb8))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    fn goes(guard: &Guard, url: &str) -> bool {
        let timeout = NextTimeout {
            after: std::time::Duration::from_secs(5).into(),
            reason: ureq::Timeout::Resolve,
            ..NextTimeout::default()
        };
        guard.resolve(&url.parse().unwrap(), &Config::default(), timeout).is_ok()
    }

    #[test]
    fn e4_a_public_gateway_cannot_send_us_inside() {
        let public = Guard::new("203.0.114.7");
        assert!(goes(&public, "https://203.0.114.7/"));
        for inside in
            ["http://169.254.169.254/latest", "http://127.0.0.1:5001/", "http://localhost/", "http://[::1]/"]
        {
            assert!(!goes(&public, inside), "{inside}");
        }
        assert!(goes(&public, "https://1.1.1.1/"));
        // Whoever named this machine may be sent to this machine.
        let here = Guard::new("127.0.0.1");
        assert!(!goes(&here, "http://localhost/"), "before it is known where it is");
        assert!(goes(&here, "http://127.0.0.1:8080/"));
        assert!(goes(&here, "http://localhost/"));
    }

    #[test]
    fn e4_no_spelling_of_an_inner_address_is_taken_for_a_public_one() {
        for inner in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2001:db8::1",
            "::7f00:1",
        ] {
            assert!(inner.parse().is_ok_and(is_private), "{inner}");
        }
        for public in
            ["1.1.1.1", "8.8.8.8", "209.94.90.1", "100.128.0.1", "2606:4700::1111", "2602:fea2:2::1"]
        {
            assert!(public.parse().is_ok_and(|address| !is_private(address)), "{public}");
        }
    }
}
