//! Which names are in a directory?

use std::collections::BTreeSet;

use ::cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};

use super::data::{Data, Kind};
use super::shard::Shard;
use crate::dagpb::{Link, Node};
use crate::source::require;
use crate::walk::{Budget, more};
use crate::{BlockSource, Codec};

/// A name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name: neither empty nor `.` nor `..`, without `/` and NUL.
    pub name: String,
    /// Where it leads.
    pub cid: Cid,
    /// What the directory says of the bytes of all blocks below. It may be wrong.
    pub claimed: Option<u64>,
}

/// The names of a directory, in the order of the directory. Those of a sharded one come from many blocks, each at
/// the place that the hash of its name gives it.
///
/// # Errors
/// `Missing`; `Usage` for what is no directory; `Limit` above the budget (its bytes are those of the
/// directory's own blocks); `Corrupt` for a name that cannot be one or is there twice, and for shards that
/// contradict themselves.
pub fn list(source: &dyn BlockSource, cid: &Cid, budget: &Budget) -> Result<Vec<Entry>> {
    collect(source, cid, budget, None)
}

/// A name of a directory; of a sharded one, only the blocks are read that may hold it.
///
/// # Errors
/// As [`list`]. A name that is not there is none.
pub fn find(source: &dyn BlockSource, cid: &Cid, name: &str, budget: &Budget) -> Result<Option<Entry>> {
    let entries = collect(source, cid, budget, Some(name))?;
    Ok(entries.into_iter().find(|entry| entry.name == name))
}

/// All names, or at least those that may be `wanted`.
fn collect(source: &dyn BlockSource, cid: &Cid, budget: &Budget, wanted: Option<&str>) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut names = BTreeSet::new();
    let (mut nodes, mut bytes) = (0u64, 0u64);
    // Blocks to read, the last first: a shard knows the place that led to it.
    let mut way: Vec<(Cid, Option<Shard>)> = vec![(*cid, None)];
    while let Some((cid, above)) = way.pop() {
        let over = |what: &str, limit: u64| {
            let e = Error::new(ErrorKind::Limit, format!("block {cid} is beyond the budget of a directory"));
            more(what, e.expected(format!("at most {limit} {what}")))
        };
        nodes += 1;
        if nodes.saturating_add(way.len() as u64) > budget.nodes {
            return Err(over("blocks", budget.nodes));
        }
        if Codec::of(&cid)? != Codec::DagPb {
            return Err(no_directory(&cid, "another block", above.is_some()));
        }
        let block = require(source, &cid)?;
        bytes += block.data().len() as u64;
        if bytes > budget.bytes {
            return Err(over("bytes", budget.bytes));
        }
        let node = Node::decode(block.data())?;
        let data = Data::of(&node)?;
        let mut found = Vec::new();
        match data.kind {
            Kind::Directory if above.is_none() => {
                found = node
                    .links
                    .into_iter()
                    .map(|link| (link.name.clone().unwrap_or_default(), link))
                    .collect();
            }
            Kind::Shard => {
                let shard = Shard::new(&data, node.links.len(), above.as_ref())?;
                let mut last = None;
                let mut below = Vec::new();
                for link in node.links {
                    let place = shard.place(link.name.as_deref().unwrap_or_default(), last)?;
                    last = Some(place.number);
                    match place.name {
                        "" if wanted.is_some_and(|wanted| !shard.leads(place.number, wanted)) => {}
                        "" => below.push((link.cid, Some(shard.below(place.number)?))),
                        name if shard.leads(place.number, name) => found.push((name.to_owned(), link)),
                        name => {
                            return Err(Error::corrupt(
                                "a name is at the wrong place of a sharded directory",
                            )
                            .found(format!("{name:?}")));
                        }
                    }
                }
                way.extend(below.into_iter().rev());
            }
            other => {
                return Err(no_directory(&cid, &format!("{other:?}").to_lowercase(), above.is_some()));
            }
        }
        for (name, Link { cid, size, .. }) in found {
            if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
                return Err(Error::new(ErrorKind::UnsafePath, "a name in a directory cannot be one")
                    .found(format!("{name:?}")));
            }
            if !names.insert(name.clone()) {
                return Err(Error::corrupt("a name is in a directory twice").found(format!("{name:?}")));
            }
            entries.push(Entry { name, cid, claimed: size });
        }
    }
    Ok(entries)
}

fn no_directory(cid: &Cid, found: &str, within: bool) -> Error {
    let kind = if within { ErrorKind::Corrupt } else { ErrorKind::Usage };
    Error::new(kind, format!("{cid} is no directory")).found(found)
}
