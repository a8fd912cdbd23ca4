//! Where an answer sends us, if it does and we go there.

use unsaid_core::{Error, ErrorKind, Result};
use ureq::Body;
use ureq::http::uri::{Authority, PathAndQuery, Scheme};
use ureq::http::{Response, Uri, header};

/// The address an answer redirects to; `None` where it does not.
///
/// HTTP or HTTPS only, and never from HTTPS back to HTTP. Whether the host may be asked is decided when
/// its name is resolved.
pub(super) fn target(from: &Uri, response: &Response<Body>) -> Option<Result<Uri>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(header::LOCATION)?;
    Some(location.to_str().map_err(|_| refuse("one that is no text")).and_then(|text| resolve(from, text)))
}

fn refuse(found: &str) -> Error {
    Error::new(ErrorKind::Environment, "a redirect that is not followed")
        .found(found)
        .expected("an address with https:// (or http://, if that was asked)")
}

fn resolve(from: &Uri, location: &str) -> Result<Uri> {
    let found = || refuse(&format!("'{}'", unsaid_core::fs::escape(location.as_bytes())));
    let mut parts = from.clone().into_parts();
    let bare = location.split('#').next().unwrap_or_default();
    if let Some(rest) = bare.strip_prefix("//") {
        let slash = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(slash);
        parts.authority = Some(authority.parse::<Authority>().map_err(|_| found())?);
        parts.path_and_query = Some(path_of(path).ok_or_else(found)?);
    } else if bare.starts_with('/') {
        parts.path_and_query = Some(path_of(bare).ok_or_else(found)?);
    } else if bare.contains("://") {
        parts = bare.parse::<Uri>().map_err(|_| found())?.into_parts();
    } else {
        // Relative to a path: no gateway needs it, and there is one spelling less to get wrong.
        return Err(found());
    }
    let scheme = parts.scheme.clone();
    let uri = Uri::from_parts(parts).map_err(|_| found())?;
    let allowed = match scheme {
        Some(s) if s == Scheme::HTTPS => true,
        Some(s) if s == Scheme::HTTP => from.scheme() == Some(&Scheme::HTTP),
        _ => false,
    };
    let bare_host = uri.authority().is_some_and(|a| !a.as_str().contains('@'));
    if allowed && bare_host { Ok(uri) } else { Err(found()) }
}

fn path_of(text: &str) -> Option<PathAndQuery> {
    match text {
        "" => Some(PathAndQuery::from_static("/")),
        text => text.parse().ok(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    fn go(from: &str, location: &str) -> Option<String> {
        resolve(&from.parse().unwrap(), location).ok().map(|uri| uri.to_string())
    }

    #[test]
    fn e4_redirects_keep_to_http_and_never_go_down() {
        let (plain, secure) = ("http://a.example/ipfs/x?format=raw", "https://a.example/ipfs/x?format=raw");
        assert_eq!(go(secure, "https://b.example/y?z#f").as_deref(), Some("https://b.example/y?z"));
        assert_eq!(go(secure, "/y").as_deref(), Some("https://a.example/y"));
        assert_eq!(go(secure, "//b.example").as_deref(), Some("https://b.example/"));
        assert_eq!(go(plain, "http://b.example/").as_deref(), Some("http://b.example/"));
        assert_eq!(go(plain, "https://b.example/").as_deref(), Some("https://b.example/"));
        for location in [
            "http://a.example/y",
            "file:///etc/passwd",
            "gopher://b.example/",
            "ftp://b.example/",
            "y",
            "",
            "../y",
            "https://u:p@b.example/",
            "https:///y",
            "javascript:alert(1)",
            "https://b example/",
        ] {
            assert_eq!(go(secure, location), None, "{location}");
        }
    }
}
