//! The blocks of a local Kubo (or js-ipfs) repository, read where they lie and never written.
//!
//! `REPO/blocks/SHARDING` says how they lie. One way is read: flatfs with the two letters before the last
//! as the folder, which is what `ipfs init` makes. The file is called by the multihash in base32 capitals.
//! Writing into a repository would bypass its pins and its provider records; `put` goes through the
//! daemon.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::{Block, BlockSource};

use crate::name::{self, Letters};
use crate::{disk, file};

/// The environment variable for the repository.
pub const PATH_VARIABLE: &str = "IPFS_PATH";

const SHARDING: &str = "/repo/flatfs/shard/v1/next-to-last/2";

/// The blocks of a local repository.
#[derive(Debug)]
pub struct Flatfs {
    blocks: PathBuf,
}

impl Flatfs {
    /// The repository in this folder.
    ///
    /// # Errors
    /// `Missing` where there is none, `NewerVersion` where its blocks lie in another way.
    pub fn open(repository: &Path) -> Result<Flatfs> {
        let blocks = repository.join("blocks");
        let sharding = match small_file(&blocks.join("SHARDING"))? {
            Some(text) => text,
            None => return Err(absent(repository)),
        };
        if sharding.trim() != SHARDING {
            return Err(Error::new(
                ErrorKind::NewerVersion,
                "the blocks of this repository lie in another way",
            )
            .found(format!("'{}'", sharding.trim()))
            .expected(SHARDING)
            .in_file(blocks)
            .hint(HOW_ELSE));
        }
        Ok(Flatfs { blocks })
    }

    /// The user's repository, `None` where there is none: `$IPFS_PATH`, else `~/.ipfs`.
    ///
    /// # Errors
    /// As [`Flatfs::open`], but for `Missing` where the folder itself is not there.
    pub fn of_user() -> Result<Option<Flatfs>> {
        match repository(|name| std::env::var_os(name)) {
            Some(path) if path.is_dir() => Flatfs::open(&path).map(Some),
            _ => Ok(None),
        }
    }

    fn path(&self, cid: &Cid) -> PathBuf {
        let (shard, name) = name::of(cid, Letters::Upper);
        self.blocks.join(shard).join(format!("{name}.data"))
    }

    /// Names all blocks, as raw ones.
    ///
    /// # Errors
    /// `Environment`, and what `each` returns, which ends it.
    pub fn list(&self, each: &mut dyn FnMut(Cid) -> Result<()>) -> Result<()> {
        for shard in disk::sorted(&self.blocks)? {
            let folder = self.blocks.join(&shard);
            if shard.len() != 2 || !folder.is_dir() {
                continue;
            }
            for name in disk::sorted(&folder)? {
                let block = name.strip_suffix(".data").and_then(|n| name::parse(&shard, n, Letters::Upper));
                if let Some(cid) = block {
                    each(cid)?;
                }
            }
        }
        Ok(())
    }
}

impl BlockSource for Flatfs {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        if let Some(block) = Block::of_name(cid)? {
            return Ok(Some(block));
        }
        let path = self.path(cid);
        let Some(opened) = file::open(&path)? else { return Ok(None) };
        let block = Block::verify(*cid, file::read(&opened, &path)?);
        block.map(Some).map_err(|e| e.in_file(&path).hint("mend the repository: ipfs repo verify"))
    }

    fn holds(&self, cid: &Cid) -> Result<bool> {
        Ok(Block::of_name(cid)?.is_some() || file::open(&self.path(cid))?.is_some())
    }
}

/// Where the user's repository is, or would be.
pub(crate) fn repository(set: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| set(name).filter(|value| !value.is_empty());
    match set(PATH_VARIABLE) {
        Some(path) => Some(PathBuf::from(path)),
        None => set("HOME").or_else(|| set("USERPROFILE")).map(|home| PathBuf::from(home).join(".ipfs")),
    }
}

const HOW_ELSE: &str =
    "ask its daemon instead, over its RPC: ipfs daemon, then --api /ip4/127.0.0.1/tcp/5001";

fn absent(repository: &Path) -> Error {
    // What other datastores leave instead of a SHARDING file.
    match small_file(&repository.join("datastore_spec")) {
        Ok(Some(_)) => {
            Error::new(ErrorKind::NewerVersion, "this repository does not keep its blocks as flatfs")
                .found("a datastore_spec without blocks/SHARDING")
                .expected("flatfs")
                .in_file(repository)
                .hint(HOW_ELSE)
        }
        _ => Error::new(ErrorKind::Missing, "no repository of IPFS is here")
            .expected("blocks/SHARDING in it")
            .in_file(repository)
            .hint(format!("set {PATH_VARIABLE} to the folder that `ipfs init` made")),
    }
}

/// The text of a file that is some lines long; `None` where it is not there.
pub(crate) fn small_file(path: &Path) -> Result<Option<String>> {
    let failed = |e: io::Error| Error::io("reading the repository", e).in_file(path);
    // A link or a pipe is no such file either, but a repository may be put together with links.
    if !std::fs::metadata(path).is_ok_and(|m| m.is_file()) {
        return Ok(None);
    }
    let mut text = String::new();
    match std::fs::File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?.take(16 << 10).read_to_string(&mut text).map_err(failed)?,
    };
    Ok(Some(text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_says_where() {
        let with = |set: &[(&str, &str)]| {
            repository(|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v)))
        };
        assert_eq!(with(&[("IPFS_PATH", "/r"), ("HOME", "/h")]), Some(PathBuf::from("/r")));
        assert_eq!(with(&[("IPFS_PATH", ""), ("HOME", "/h")]), Some(PathBuf::from("/h/.ipfs")));
        assert_eq!(with(&[]), None);
    }
}
