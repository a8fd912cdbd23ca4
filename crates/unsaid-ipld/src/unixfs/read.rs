//! Blocks become a file again, from front to back.

use std::io::Write;

use ::cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};

use super::data::{Data, Kind};
use crate::ahead::Ahead;
use crate::dagpb::Node;
use crate::source::{missing, require};
use crate::walk::{Budget, more};
use crate::{Block, BlockSource, Codec};

/// What a name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// File ([`Kind::Raw`] and [`Kind::File`]), directory ([`Kind::Directory`] and [`Kind::Shard`]) or another.
    pub kind: Kind,
    /// Bytes of a file, as its first block says. 0 for all else.
    pub size: u64,
}

/// Looks at the first block of a file or directory.
///
/// # Errors
/// `Missing`, as the source, `Usage` for a block that is no UnixFS, and `Corrupt` for sizes that do not add up.
pub fn info(source: &dyn BlockSource, cid: &Cid) -> Result<Info> {
    let block = require(source, cid)?;
    match Codec::of(cid)? {
        Codec::Raw => Ok(Info { kind: Kind::Raw, size: block.data().len() as u64 }),
        Codec::DagCbor => Err(no_file(cid)),
        Codec::DagPb => {
            let node = Node::decode(block.data())?;
            let data = Data::of(&node)?;
            let size = match data.kind {
                Kind::Raw | Kind::File => data.file_size(node.links.len())?,
                _ => 0,
            };
            Ok(Info { kind: data.kind, size })
        }
    }
}

/// Writes the bytes of a file to `out` and says how many there are. A node may stand in a file many times; each
/// time counts. What links say of sizes is not looked at; what nodes say must be true.
///
/// # Errors
/// `Missing`; `Usage` for what is no file; `Limit` above the budget, of which `bytes` are those of the file;
/// `Corrupt` for sizes that do not add up or a part that is no part of a file; what source and output
/// say. Bytes may have been written before.
pub fn cat(source: &dyn BlockSource, cid: &Cid, budget: &Budget, out: &mut dyn Write) -> Result<u64> {
    let mut ahead = Ahead::new(source);
    // Parts to come: those of a node together, the last first, with how deep they lie. None is empty.
    let mut way: Vec<(usize, Vec<Claim>)> = vec![(0, vec![(*cid, None)])];
    let (mut nodes, mut pending, mut written) = (0u64, 1u64, 0u64);
    // Bytes of blocks, each time they are visited.
    let mut visited = 0u64;
    while let Some((depth, level)) = way.last_mut() {
        let depth = *depth;
        let next = level.pop();
        if level.is_empty() {
            way.pop();
        }
        let Some((cid, claimed)) = next else { continue };
        pending -= 1;
        nodes += 1;
        if nodes > budget.nodes {
            return Err(over(&cid, "blocks", budget.nodes));
        }
        let after = way.iter().rev().flat_map(|(_, level)| level.iter().rev().map(|(cid, _)| cid));
        let block = ahead.get(&cid, after)?.ok_or_else(|| missing(&cid))?;
        visited += block.data().len() as u64;
        if visited > written.saturating_mul(TIMES).saturating_add(AHEAD) {
            return Err(Error::corrupt(format!(
                "the blocks of a file hold far more than the file, up to {cid}"
            ))
            .found(format!("{visited} bytes for {written}")));
        }
        let part = part(block, claimed.is_none())?;
        if claimed.is_some_and(|claimed| claimed != part.size) {
            return Err(Error::corrupt(format!("block {cid} is not as long as the file says"))
                .found(format!("{} bytes", part.size))
                .expected(claimed.unwrap_or_default()));
        }
        // Nothing is written of a file that says that it is too long.
        if part.size > budget.bytes.saturating_sub(written) {
            return Err(over(&cid, "bytes", budget.bytes));
        }
        out.write_all(&part.bytes).map_err(|e| Error::io("writing a file", e))?;
        written += part.bytes.len() as u64;
        if !part.below.is_empty() {
            if depth >= budget.depth {
                return Err(over(&cid, "links from the root", budget.depth as u64));
            }
            pending += part.below.len() as u64;
            if pending > budget.nodes {
                return Err(over(&cid, "links to follow", budget.nodes));
            }
            way.push((depth + 1, part.below));
        }
    }
    Ok(written)
}

/// Blocks may have this many bytes for one of the file, beyond [`AHEAD`]: whoever made them could name blocks that are
/// all padding again and again.
const TIMES: u64 = 4;
/// Nodes come before what they lead to.
const AHEAD: u64 = 64 << 20;

/// A part to come, and how long the node above says that it is. Nothing is above the root.
type Claim = (Cid, Option<u64>);

/// A part of a file.
struct Part {
    /// With all below.
    size: u64,
    bytes: Vec<u8>,
    /// The last first.
    below: Vec<Claim>,
}

fn part(block: Block, root: bool) -> Result<Part> {
    let cid = *block.cid();
    match Codec::of(&cid)? {
        Codec::Raw => {
            let bytes = block.into_data();
            return Ok(Part { size: bytes.len() as u64, bytes, below: Vec::new() });
        }
        Codec::DagPb => {}
        Codec::DagCbor if root => return Err(no_file(&cid)),
        Codec::DagCbor => return Err(Error::corrupt(format!("block {cid} is no part of a file"))),
    }
    let node = Node::decode(block.data())?;
    let data = Data::of(&node)?;
    match data.kind {
        Kind::File => {}
        Kind::Raw if node.links.is_empty() => {}
        Kind::Raw => return Err(Error::corrupt(format!("block {cid} is raw and has links"))),
        other if root => {
            let hint = match other {
                Kind::Directory | Kind::Shard => "name a file in it: CID/NAME",
                _ => "only files can be read",
            };
            return Err(Error::new(ErrorKind::Usage, format!("{cid} is no file"))
                .found(format!("{other:?}").to_lowercase())
                .hint(hint));
        }
        other => {
            return Err(Error::corrupt(format!("block {cid} is no part of a file"))
                .found(format!("{other:?}").to_lowercase()));
        }
    }
    let size = data.file_size(node.links.len())?;
    let below = node.links.iter().zip(&data.sizes).rev().map(|(link, size)| (link.cid, Some(*size)));
    Ok(Part { size, below: below.collect(), bytes: data.bytes.unwrap_or_default() })
}

fn no_file(cid: &Cid) -> Error {
    Error::new(ErrorKind::Usage, format!("{cid} is no file")).found("DAG-CBOR").expected("UnixFS")
}

fn over(cid: &Cid, what: &str, limit: u64) -> Error {
    let e = Error::new(ErrorKind::Limit, format!("block {cid} is beyond the budget of a file"));
    more(what, e.expected(format!("at most {limit} {what}")))
}
