//! What needs nobody else to be asked.

use std::sync::Arc;

use cid::Cid;
use unsaid_core::Result;
use unsaid_ipld::{Block, BlockSource};

use super::Sources;
use crate::store::BlockStore;

impl Sources<'_> {
    /// A block that needs no one to be asked.
    pub(super) fn here(&self, cid: &Cid) -> Result<Option<(Block, Arc<str>)>> {
        if let Some(block) = Block::of_name(cid)? {
            return Ok(Some((block, "its name".into())));
        }
        for given in &self.given {
            // The user named the file: what is wrong with it is what the user must hear.
            if let Some(block) = given.get(cid)? {
                return Ok(Some((block, format!("file {}", given.path().display()).into())));
            }
        }
        if let Some(own) = &self.own {
            for (disk, name) in [(own.kept(), "own blocks"), (own.cache(), "cache")] {
                let got = disk.get(cid);
                disk.take_notes().iter().for_each(|note| self.note(note));
                if let Some(block) = self.tolerated(name, got) {
                    return Ok(Some((block, name.into())));
                }
            }
        }
        if let Some(repository) = &self.repository {
            let name = "local repository";
            return Ok(self.tolerated(name, repository.get(cid)).map(|block| (block, name.into())));
        }
        Ok(None)
    }

    /// Looks without reading where that is possible. Who is not on this machine is not asked: it would have
    /// to send the block.
    pub(super) fn is_here(&self, cid: &Cid) -> Result<bool> {
        if Block::of_name(cid)?.is_some() {
            return Ok(true);
        }
        for given in &self.given {
            if given.holds(cid)? {
                return Ok(true);
            }
        }
        if let Some(own) = &self.own {
            for (disk, name) in [(own.kept(), "own blocks"), (own.cache(), "cache")] {
                if self.told(name, disk.has(cid)) {
                    return Ok(true);
                }
            }
        }
        let kept = self.repository.as_ref();
        if kept.is_some_and(|repository| self.told("local repository", repository.holds(cid))) {
            return Ok(true);
        }
        let mut local = self.remotes.iter().filter(|remote| remote.rank.is_local() && remote.is_usable());
        Ok(local.any(|remote| self.told(&remote.name, remote.holds(cid))))
    }

    /// What a source of many has; that it cannot tell is noted once, and the next is asked.
    fn tolerated(&self, name: &str, got: Result<Option<Block>>) -> Option<Block> {
        got.unwrap_or_else(|e| {
            self.note(&match e.path() {
                Some(path) => format!("{name}: '{}': {e}", path.display()),
                None => format!("{name}: {e}"),
            });
            None
        })
    }

    /// Whether a source says that it has a block; that it cannot tell is noted.
    fn told(&self, name: &str, holds: Result<bool>) -> bool {
        holds.unwrap_or_else(|e| {
            self.note(&format!("{name}: {e}"));
            false
        })
    }
}
