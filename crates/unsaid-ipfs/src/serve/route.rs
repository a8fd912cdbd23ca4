//! What is asked for, and what the answer is.

use cid::Cid;
use unsaid_core::ErrorKind;
use unsaid_ipld::{Block, BlockSource};

use super::head::Head;

pub(super) const RAW: &str = "application/vnd.ipld.raw";
pub(super) const CAR: &str = "application/vnd.ipld.car; version=1; order=dfs; dups=n";

/// An answer whose bytes are sent by `send`.
pub(super) enum Answer {
    /// The block, as it is.
    Raw(Block),
    /// The block and all it links to (or, with `false`, it alone) as a CAR.
    Car(Block, bool),
    /// The client has it.
    NotModified(Cid, &'static str),
    /// A status, its name, and a text for people.
    Refused(u16, &'static str, String),
}

impl Answer {
    /// What names the answer's bytes for ever.
    pub(super) fn etag(cid: &Cid, kind: &str) -> String {
        // A CAR of the same blocks may be in another order.
        let weak = if kind == "raw" { "" } else { "W/" };
        format!("{weak}\"{cid}.{kind}\"")
    }
}

fn refused(status: u16, reason: &'static str, text: impl Into<String>) -> Answer {
    Answer::Refused(status, reason, text.into())
}

fn bad(text: impl Into<String>) -> Answer {
    refused(400, "Bad Request", text)
}

pub(super) fn answer(head: &Head, source: &dyn BlockSource, loopback: bool) -> Answer {
    if !head.is_get && !head.is_head {
        return refused(405, "Method Not Allowed", "only GET and HEAD");
    }
    // A page elsewhere whose name was made to mean this machine must not read what is here.
    if loopback && !head.host.as_deref().is_none_or(is_this_machine) {
        return refused(421, "Misdirected Request", "this server answers to localhost only");
    }
    let (path, query) = head.target.split_once('?').unwrap_or((&head.target, ""));
    let Some(name) = path.strip_prefix("/ipfs/") else {
        return refused(404, "Not Found", "ask for /ipfs/CID?format=raw or /ipfs/CID?format=car");
    };
    if name.contains(['/', '%', '\\']) {
        return bad("only whole blocks and CARs are served: nothing may follow the CID");
    }
    let cid = match Cid::try_from(name) {
        Ok(cid) if unsaid_ipld::cid::check(&cid).is_ok() => cid,
        Ok(_) => return bad("this CID has a codec or a hash that is not followed"),
        Err(_) => return bad("this is no CID"),
    };
    let format = match Format::of(query, &head.accept) {
        Ok(format) => format,
        Err(answer) => return answer,
    };
    let (kind, all) = match format {
        Format::Raw => ("raw", false),
        Format::Car { all: true } => ("car", true),
        Format::Car { all: false } => ("block.car", false),
    };
    // What is not here has no version that a client could have.
    let known = head.if_none_match.as_deref().is_some_and(|tags| matches(tags, &Answer::etag(&cid, kind)));
    if known && (cid.hash().code() == 0 || source.holds(&cid).unwrap_or(false)) {
        return Answer::NotModified(cid, kind);
    }
    let got = match Block::of_name(&cid) {
        Ok(None) => source.get(&cid),
        named => named,
    };
    match (got, kind) {
        (Ok(Some(block)), "raw") => Answer::Raw(block),
        (Ok(Some(block)), _) => Answer::Car(block, all),
        (Ok(None), _) => refused(404, "Not Found", format!("{cid} is not here")),
        (Err(e), _) if e.kind() == ErrorKind::Missing => {
            refused(404, "Not Found", format!("{cid} is not here"))
        }
        // What went wrong here is not the client's to know.
        (Err(_), _) => refused(500, "Internal Server Error", "the block cannot be read"),
    }
}

enum Format {
    Raw,
    Car { all: bool },
}

impl Format {
    /// What the query says, or else the header.
    fn of(query: &str, accept: &str) -> Result<Format, Answer> {
        let value = |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
        let accepted = |kind: &str| {
            let mut kinds = accept.split(',').map(|one| one.split(';').next().unwrap_or_default().trim());
            kinds.any(|one| one.eq_ignore_ascii_case(kind))
        };
        let is_car = match value("format") {
            Some("raw") => false,
            Some("car") => true,
            Some(_) => return Err(refused(406, "Not Acceptable", "format is raw or car")),
            None if accepted("application/vnd.ipld.raw") => false,
            None if accepted("application/vnd.ipld.car") => true,
            None => {
                return Err(refused(
                    406,
                    "Not Acceptable",
                    "this gateway is trustless: ask for format=raw or format=car",
                ));
            }
        };
        if !is_car {
            return Ok(Format::Raw);
        }
        if !matches!(value("car-version"), None | Some("1")) || accept.replace(' ', "").contains("version=2")
        {
            return Err(refused(406, "Not Acceptable", "CARs have version 1"));
        }
        match value("dag-scope") {
            None | Some("all") => Ok(Format::Car { all: true }),
            Some("block") => Ok(Format::Car { all: false }),
            // More than the entity is no harm: a client takes what it needs of a CAR.
            Some("entity") => Ok(Format::Car { all: true }),
            Some(_) => Err(bad("dag-scope is block, entity or all")),
        }
    }
}

fn matches(tags: &str, etag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.split(',').any(|tag| tag.trim() == "*" || bare(tag) == bare(etag))
}

/// Whether a Host line names this machine, with any port, and is nothing but a name and a port.
fn is_this_machine(host: &str) -> bool {
    let (name, rest) = match host.strip_prefix('[') {
        Some(bracketed) => match bracketed.split_once(']') {
            Some((name, rest)) if name.parse::<std::net::Ipv6Addr>().is_ok() => (name, rest),
            _ => return false,
        },
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let is_port = |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.len() <= 5;
    (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port)) && crate::net::is_loopback(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i1_a_host_is_this_machine_to_the_last_letter() {
        for host in
            ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080", "localhost:"]
        {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "",
            ":80",
            "[::1]evil.com",
            "[::1]:80evil.com",
            "[::1",
            "::1",
            "[localhost]",
            "[127.0.0.1]",
            "[[::1]]",
            "localhost:80@evil.com",
            "localhost@evil.com",
            "localhost:evil.com",
            "localhost:80:80",
            "localhost:123456",
            "localhost/evil.com",
            "localhost.evil.com",
            "127.0.0.1.evil.com",
            "evil.com",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
