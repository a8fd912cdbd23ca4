//! Paths through blocks: `CID/a/b`, also as `/ipfs/CID/a/b` and `ipfs://CID/a/b`.
//!
//! A path is names as they are. Nothing in it is decoded, nothing goes up, nothing is looked up elsewhere: names that
//! change (IPNS) are refused.

use std::fmt;

use ::cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};

use crate::cbor::{Item, LINK, Reader};
use crate::dagcbor::{self, Bounds};
use crate::source::require;
use crate::walk::Budget;
use crate::{Block, BlockSource, Codec, cid, unixfs};

/// Names in a path, and blocks on the way.
pub const MAX_HOPS: usize = 8;

/// A block, and names from there on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Where it begins.
    pub root: Cid,
    /// At most [`MAX_HOPS`] names.
    pub names: Vec<String>,
}

impl Path {
    /// Reads a path. One `/` at its end means nothing.
    ///
    /// # Errors
    /// `Usage` for IPNS, what begins with no CID, and more than [`MAX_HOPS`] names; `UnsafePath` for names that
    /// are empty, `.` or `..`, or contain `%`, `\`, `?`, `#` or control characters, whatever these would mean
    /// elsewhere.
    pub fn parse(text: &str) -> Result<Path> {
        let lower = text.get(..6).unwrap_or_default().to_ascii_lowercase();
        if ["ipns:/", "/ipns/"].contains(&lower.as_str()) {
            return Err(Error::new(
                ErrorKind::Usage,
                "names of IPNS are not followed: they may mean another thing tomorrow",
            )
            .found(format!("'{text}'"))
            .expected("a CID: /ipfs/CID/..."));
        }
        let bare = text.strip_prefix("ipfs://").or_else(|| text.strip_prefix("/ipfs/")).unwrap_or(text);
        let mut parts = bare.strip_suffix('/').unwrap_or(bare).split('/');
        let root = cid::parse(parts.next().unwrap_or_default())?;
        let names: Vec<String> = parts.map(name).collect::<Result<_>>()?;
        if names.len() > MAX_HOPS {
            return Err(Error::new(ErrorKind::Usage, "a path has too many names")
                .found(names.len())
                .expected(format!("at most {MAX_HOPS}")));
        }
        Ok(Path { root, names })
    }

    /// Follows the path to the block that it means: through directories of UnixFS by name, through DAG-CBOR by keys
    /// and by numbers of lists.
    ///
    /// # Errors
    /// `Missing` for a block or a name that is not there; `Usage` where the path goes through a file or ends
    /// within a block; `Limit` above the budget, also for more than [`MAX_HOPS`] links; `Corrupt`.
    pub fn resolve(&self, source: &dyn BlockSource, budget: &Budget) -> Result<Cid> {
        let mut at = self.root;
        let mut names = self.names.as_slice();
        // Each turn takes a name, so that there are no more turns than names.
        while let Some((first, rest)) = names.split_first() {
            match Codec::of(&at)? {
                Codec::DagPb => {
                    let entry = unixfs::find(source, &at, first, budget)?;
                    at = entry.ok_or_else(|| self.no_name(&at, first))?.cid;
                    names = rest;
                }
                Codec::DagCbor => {
                    let block = require(source, &at)?;
                    (at, names) = self.through(&block, names)?;
                }
                Codec::Raw => {
                    return Err(Error::new(ErrorKind::Usage, format!("{self} goes through a file"))
                        .found(format!("'{first}' below {at}")));
                }
            }
        }
        Ok(at)
    }

    /// Follows names within a block to a link.
    fn through<'n>(&self, block: &Block, names: &'n [String]) -> Result<(Cid, &'n [String])> {
        dagcbor::check(block.data(), &Bounds::default())?;
        let mut reader = Reader::new(block.data());
        let mut names = names.iter();
        loop {
            let item = reader.item()?;
            if item == Item::Tag(LINK) {
                return Ok((reader.link_after_tag()?, names.as_slice()));
            }
            let Some(name) = names.next() else {
                return Err(Error::new(ErrorKind::Usage, format!("{self} ends within a block"))
                    .found(item.name())
                    .expected("a link"));
            };
            let found = match item {
                Item::Map(pairs) => seek(&mut reader, pairs, |reader| Ok(reader.text()? == name))?,
                Item::List(items) => {
                    // Numbers as they are written, so that each has one path.
                    let wanted = name.parse().ok().filter(|n: &u64| n.to_string() == *name);
                    let mut number = 0u64;
                    seek(&mut reader, items, |_| {
                        number += 1;
                        Ok(wanted == Some(number - 1))
                    })?
                }
                _ => false,
            };
            if !found {
                return Err(self.no_name(block.cid(), name));
            }
        }
    }

    fn no_name(&self, at: &Cid, name: &str) -> Error {
        Error::new(ErrorKind::Missing, format!("{self} leads nowhere")).found(format!("no '{name}' in {at}"))
    }
}

/// Skips items until `found` says that the next one is meant.
fn seek(
    reader: &mut Reader<'_>,
    items: u64,
    mut found: impl FnMut(&mut Reader<'_>) -> Result<bool>,
) -> Result<bool> {
    for _ in 0..items {
        if found(reader)? {
            return Ok(true);
        }
        reader.skip()?;
    }
    Ok(false)
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/ipfs/{}", self.root)?;
        self.names.iter().try_for_each(|name| write!(f, "/{name}"))
    }
}

fn name(name: &str) -> Result<String> {
    let bad = |why: &str| {
        Err(Error::new(ErrorKind::UnsafePath, "a name in a path").found(format!("{name:?}")).expected(why))
    };
    if ["", ".", ".."].contains(&name) {
        return bad("a name: nothing goes up or stays");
    }
    if name.contains(['%', '\\', '?', '#']) || name.chars().any(char::is_control) {
        return bad("a name as it is: nothing is decoded in it");
    }
    Ok(name.to_owned())
}
