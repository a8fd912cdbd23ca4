//! What the network did, in words, with what can be done about it.

use std::time::Duration;

use unsaid_core::{Error, ErrorKind};
use ureq::Timeout;

/// How long is waited for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) connect: Duration,
    /// For the whole, or where that may take any time, for its head.
    pub(super) whole: Duration,
    pub(super) silence: Duration,
}

/// Why a request has no answer, or an answer no end.
pub(super) fn of(what: String, e: ureq::Error, patience: Patience) -> Error {
    let e = match e {
        ureq::Error::Timeout(phase) => return late(what, phase, patience),
        ureq::Error::Io(e) => e,
        other => return explain(Error::new(ErrorKind::Environment, what).found(other)),
    };
    match e.downcast::<ureq::Error>() {
        Ok(ureq::Error::Timeout(phase)) => late(what, phase, patience),
        Ok(other) => explain(Error::new(ErrorKind::Environment, what).found(other)),
        // One that ends early is the network's doing: nothing of ours is cut.
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            Error::new(ErrorKind::Environment, what).found(e)
        }
        Err(e) => explain(Error::io(what, e)),
    }
}

/// What is being done while a body is read.
pub(super) fn reading(server: &str) -> String {
    format!("reading what {server} sends")
}

fn late(what: String, phase: Timeout, patience: Patience) -> Error {
    let (what_not, limit) = match phase {
        Timeout::Global | Timeout::PerCall => ("no whole answer", patience.whole),
        Timeout::Resolve => ("no address for its name", patience.connect),
        Timeout::Connect => ("no connection", patience.connect),
        Timeout::SendRequest | Timeout::RecvResponse => ("no head of an answer", patience.whole),
        _ => ("silence: nothing", patience.silence),
    };
    Error::new(ErrorKind::Environment, what)
        .found(format!("{what_not} within {} s", limit.as_millis().div_ceil(100) as f64 / 10.0))
        .hint("--timeout SECONDS allows more; so long a wait is also a server that is gone")
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
