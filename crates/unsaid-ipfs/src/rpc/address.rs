//! Where a daemon listens: as it writes it itself, or as a URL.

use unsaid_core::{Error, ErrorKind, Result};

use crate::flatfs;

/// Where a daemon listens unless it says otherwise.
pub const DEFAULT: &str = "/ip4/127.0.0.1/tcp/5001";

/// The URL of a daemon from a URL or a multiaddress such as `/ip4/127.0.0.1/tcp/5001`.
///
/// # Errors
/// `Usage` for a multiaddress of another kind.
pub(crate) fn url(address: &str) -> Result<String> {
    let address = address.trim();
    if !address.starts_with('/') {
        return Ok(address.to_owned());
    }
    let wrong = || {
        Error::new(ErrorKind::Usage, "this is no address of a daemon")
            .found(format!("'{}'", unsaid_core::fs::escape(address.as_bytes())))
            .expected(format!("for instance {DEFAULT} or http://127.0.0.1:5001"))
    };
    let mut parts = address.split('/').skip(1);
    let mut next = || parts.next().ok_or_else(wrong);
    let host = match (next()?, next()?) {
        ("ip4", ip) => ip.parse::<std::net::Ipv4Addr>().map_err(|_| wrong())?.to_string(),
        ("ip6", ip) => format!("[{}]", ip.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?),
        ("dns" | "dns4" | "dns6", name) if !name.is_empty() => name.to_owned(),
        _ => return Err(wrong()),
    };
    let port = match (next()?, next()?) {
        ("tcp", port) => port.parse::<u16>().map_err(|_| wrong())?,
        _ => return Err(wrong()),
    };
    let scheme = match parts.collect::<Vec<_>>()[..] {
        [] | ["http"] => "http",
        ["https"] | ["tls", "http"] => "https",
        _ => return Err(wrong()),
    };
    Ok(format!("{scheme}://{host}:{port}"))
}

/// What a running daemon wrote into the user's repository.
///
/// # Errors
/// `Environment` where the file cannot be read.
pub(crate) fn of_user() -> Result<Option<String>> {
    let Some(repository) = flatfs::repository(|name| std::env::var_os(name)) else { return Ok(None) };
    let text = flatfs::small_file(&repository.join("api"))?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_is_found_by_its_multiaddress() {
        for (address, expected) in [
            ("/ip4/127.0.0.1/tcp/5001", "http://127.0.0.1:5001"),
            ("/ip4/127.0.0.1/tcp/5002/http\n", "http://127.0.0.1:5002"),
            ("/ip6/::1/tcp/5001", "http://[::1]:5001"),
            ("/dns4/node.example/tcp/443/https", "https://node.example:443"),
            ("http://127.0.0.1:5001", "http://127.0.0.1:5001"),
        ] {
            assert_eq!(url(address).unwrap(), expected);
        }
        for address in [
            "/",
            "/ip4",
            "/ip4/127.0.0.1",
            "/ip4/127.0.0.1/udp/5001",
            "/ip4/x/tcp/1",
            "/ip4/1.2.3.4/tcp/70000",
            "/unix/run/kubo",
            "/ip4/127.0.0.1/tcp/5001/ws",
            "/dns4//tcp/1",
        ] {
            assert_eq!(url(address).unwrap_err().kind(), ErrorKind::Usage, "{address}");
        }
    }
}
