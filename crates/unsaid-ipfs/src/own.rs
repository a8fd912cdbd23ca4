//! The user's own blocks: those that are kept, and those that were fetched once and may go any time.
//!
//! | | kept: what was put or pinned | cache: what was fetched |
//! |---|---|---|
//! | `$UNSAID_HOME` set | `$UNSAID_HOME/blocks/v1` | `$UNSAID_HOME/cache/blocks/v1` |
//! | else | `$XDG_DATA_HOME/unsaid/blocks/v1` (`~/.local/share`) | `$XDG_CACHE_HOME/unsaid/blocks/v1` (`~/.cache`) |
//!
//! The cache may be deleted at any moment, also while it is used. Pins lie beside the kept blocks.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use cid::Cid;
use cid::multihash::Multihash;
use unsaid_core::fs::Homes;
use unsaid_core::{Error, ErrorKind, Progress, Result};
use unsaid_ipld::walk::{Budget, Found, Walk};
use unsaid_ipld::{Block, BlockSource};

use crate::store::BlockStore;
use crate::{Disk, Durability, Pins};

/// What was put so recently may be about to be pinned by another process.
const YOUNG: Duration = Duration::from_secs(60 * 60);

/// As far as a walk over what is kept may go.
const WHOLE: Budget = Budget { nodes: 1 << 30, bytes: u64::MAX, depth: 1 << 20 };

/// The user's own blocks.
#[derive(Debug)]
pub struct Own {
    kept: Disk,
    cache: Disk,
    pins: Pins,
}

/// What a collection of garbage removed, or would remove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Blocks.
    pub blocks: u64,
    /// Their bytes, and those of damaged files that had been set aside.
    pub bytes: u64,
}

impl Own {
    /// The user's stores; nothing is made or read yet.
    ///
    /// # Errors
    /// `Environment` where no variable says where they are.
    pub fn of_user() -> Result<Own> {
        let Homes { data, cache } = Homes::of_user()?;
        Ok(Own::at(data, cache))
    }

    /// Stores below these folders, which are made when the first block comes.
    pub fn at(data: impl Into<PathBuf>, cache: impl Into<PathBuf>) -> Own {
        let data = data.into();
        Own {
            kept: Disk::at(&data, Durability::Synced),
            cache: Disk::at(cache, Durability::Cached),
            pins: Pins::at(data),
        }
    }

    /// What was put or pinned.
    pub fn kept(&self) -> &Disk {
        &self.kept
    }

    /// What was fetched.
    pub fn cache(&self) -> &Disk {
        &self.cache
    }

    /// The pinned blocks.
    pub fn pins(&self) -> &Pins {
        &self.pins
    }

    /// Keeps a block and all it links to, taking what is not kept yet from `source`; how many blocks that
    /// are.
    ///
    /// # Errors
    /// `Missing` where the source lacks one of them (nothing is pinned then), and as [`Walk`].
    pub fn pin(
        &self,
        root: &Cid,
        source: &dyn BlockSource,
        budget: Budget,
        progress: &dyn Progress,
    ) -> Result<u64> {
        let mut blocks = 0;
        for found in Walk::new(source, &[*root], budget) {
            let block = found?.present()?;
            self.kept.put(&block)?;
            blocks += 1;
            progress.advance(block.data().len() as u64, 0)?;
        }
        self.pins.add(root)?;
        Ok(blocks)
    }

    /// Removes the whole cache, and what is kept but hangs on no pin and was not put within the last hour.
    /// With `dry_run` it only tells. `each` is told of every block that goes, as a raw one, with its bytes.
    ///
    /// # Errors
    /// `Missing` where something that is pinned is not there: then it cannot be known what hangs on it,
    /// and nothing is removed. `Environment`, and what `each` returns, which ends it.
    pub fn gc(&self, dry_run: bool, each: &mut dyn FnMut(Cid, u64) -> Result<()>) -> Result<Collected> {
        let marked = self.marked()?;
        let mut collected = Collected::default();
        for (disk, is_cache) in [(&self.kept, false), (&self.cache, true)] {
            disk.files(&mut |cid, path| {
                // Gone meanwhile: another process collects too.
                let Ok(metadata) = std::fs::symlink_metadata(path) else { return Ok(()) };
                let age = metadata.modified().ok().and_then(|t| SystemTime::now().duration_since(t).ok());
                let young = age.is_none_or(|age| age < YOUNG);
                if !is_cache && (young || marked.contains(cid.hash())) {
                    return Ok(());
                }
                if dry_run || disk.remove(&cid)? {
                    collected.blocks += 1;
                    collected.bytes += metadata.len();
                    each(cid, metadata.len())?;
                }
                Ok(())
            })?;
            if !dry_run {
                collected.bytes += disk.forget_damaged()?;
            }
        }
        Ok(collected)
    }

    /// What hangs on a pin and is not kept; the cache does not count, as it may go any time.
    ///
    /// # Errors
    /// As [`Walk`].
    pub fn lacks(&self, pin: &Cid) -> Result<Vec<Cid>> {
        let mut lacks = Vec::new();
        for found in Walk::new(&self.kept, &[*pin], WHOLE) {
            if let Found::Missing(cid) = found? {
                lacks.push(cid);
            }
        }
        Ok(lacks)
    }

    /// The error for a block that a pin needs and that is not kept.
    pub fn lacking(pin: &Cid, block: &Cid) -> Error {
        let what = if pin == block {
            format!("block {block} is pinned and not kept")
        } else {
            format!("block {block}, which the pin {pin} needs, is not kept")
        };
        Error::new(ErrorKind::Missing, what)
            .expected("all that hangs on a pin")
            .hint(format!("fetch it: unsaid ipfs pin {pin}; or let it go: unsaid ipfs pin --unpin {pin}"))
    }

    fn marked(&self) -> Result<HashSet<Multihash<64>>> {
        let roots = self.pins.list()?;
        let mut marked = HashSet::new();
        for found in Walk::new(&self.kept, &roots, WHOLE) {
            match found? {
                Found::Block(block) => marked.insert(*block.cid().hash()),
                Found::Missing(cid) => {
                    let needs = |root: &&Cid| self.lacks(root).is_ok_and(|lacks| lacks.contains(&cid));
                    return Err(Own::lacking(roots.iter().find(needs).unwrap_or(&cid), &cid));
                }
            };
        }
        Ok(marked)
    }
}

impl BlockSource for Own {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        match self.kept.get(cid)? {
            Some(block) => Ok(Some(block)),
            None => self.cache.get(cid),
        }
    }
}

/// Puts into what is kept, lists and removes there and in the cache.
impl BlockStore for Own {
    fn put(&self, block: &Block) -> Result<bool> {
        self.kept.put(block)
    }

    fn has(&self, cid: &Cid) -> Result<bool> {
        Ok(self.kept.has(cid)? || self.cache.has(cid)?)
    }

    fn list(&self, each: &mut dyn FnMut(Cid) -> Result<()>) -> Result<()> {
        self.kept.list(each)?;
        self.cache.list(&mut |cid| if self.kept.has(&cid)? { Ok(()) } else { each(cid) })
    }

    fn remove(&self, cid: &Cid) -> Result<bool> {
        let kept = self.kept.remove(cid)?;
        Ok(self.cache.remove(cid)? || kept)
    }
}
