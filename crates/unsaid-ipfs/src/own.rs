//! The user's own blocks: those that are kept, and those that were fetched once and may go any time.
//!
//! | | kept: what was put or pinned | cache: what was fetched |
//! |---|---|---|
//! | `$UNSAID_HOME` set | `$UNSAID_HOME/blocks/v1` | `$UNSAID_HOME/cache/blocks/v1` |
//! | else | `$XDG_DATA_HOME/unsaid/blocks/v1` (`~/.local/share`) | `$XDG_CACHE_HOME/unsaid/blocks/v1` (`~/.cache`) |
//!
//! The cache may be deleted at any moment, also while it is used. Pins lie beside the kept blocks.
//!
//! Whoever adds blocks to pin them holds the lock of the kept blocks until they are pinned ([`Own::adding`]);
//! whoever collects garbage holds it alone. So a pin that takes a day loses nothing, nor does a block that is put
//! again while others look for garbage. Reading, and fetching into the cache, need no lock.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use cid::Cid;
use cid::multihash::Multihash;
use unsaid_core::fs::{Homes, Lock, Waiting};
use unsaid_core::{Error, ErrorKind, Progress, Result, Silent};
use unsaid_ipld::walk::{Budget, Found, Walk};
use unsaid_ipld::{Block, BlockSource};

use crate::store::BlockStore;
use crate::{Disk, Durability, Pins};

/// What was put so recently may be about to be pinned by another command, or over a file system without locks.
const YOUNG: Duration = Duration::from_secs(60 * 60);

/// As far as a walk over what is kept may go.
const WHOLE: Budget = Budget { nodes: 1 << 30, bytes: u64::MAX, depth: 1 << 20 };

/// How long whoever adds blocks waits for the end of a collection.
const TO_ADD: Duration = Duration::from_secs(10 * 60);

/// How long a collection waits for those who add blocks.
const TO_COLLECT: Duration = Duration::from_secs(30);

/// The user's own blocks.
#[derive(Debug)]
pub struct Own {
    kept: Disk,
    cache: Disk,
    pins: Pins,
    to_add: Duration,
    to_collect: Duration,
}

/// Blocks are being added, and nobody collects garbage until this is dropped.
#[derive(Debug)]
pub struct Adding<'o> {
    own: &'o Own,
    _lock: Lock,
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
            to_add: TO_ADD,
            to_collect: TO_COLLECT,
        }
    }

    /// Waits at most so long for others, instead of ten minutes to add and half a minute to collect.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Own {
        (self.to_add, self.to_collect) = (patience, patience);
        self
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

    /// Keeps garbage from being collected until what it gives is dropped: hold it from the first block that is put
    /// until the last one is pinned. Many may at once.
    ///
    /// # Errors
    /// `Environment` where garbage is collected for longer than one waits, and what the system refuses;
    /// `Interrupted`.
    pub fn adding(&self, progress: &dyn Progress) -> Result<Adding<'_>> {
        let lock = self.kept.lock_to_add(&Waiting { patience: self.to_add, progress })?;
        Ok(Adding { own: self, _lock: lock })
    }

    /// As [`Adding::pin`], alone.
    ///
    /// # Errors
    /// As [`adding`](Self::adding) and [`Adding::pin`].
    pub fn pin(
        &self,
        root: &Cid,
        source: &dyn BlockSource,
        budget: Budget,
        progress: &dyn Progress,
    ) -> Result<u64> {
        self.adding(progress)?.pin(root, source, budget, progress)
    }

    /// Removes the whole cache, and what is kept but hangs on no pin and was not put within the last hour.
    /// With `dry_run` it only tells. `each` is told of every block that goes, as a raw one, with its bytes, and must
    /// not add any.
    ///
    /// # Errors
    /// `Missing` where something that is pinned is not there: then it cannot be known what hangs on it,
    /// and nothing is removed. `Environment`, also where others add blocks for longer than one waits, and what
    /// `each` returns, which ends it.
    pub fn gc(
        &self,
        dry_run: bool,
        progress: &dyn Progress,
        each: &mut dyn FnMut(Cid, u64) -> Result<()>,
    ) -> Result<Collected> {
        let _lock = match dry_run {
            true => None,
            false => self.kept.lock_to_remove(&Waiting { patience: self.to_collect, progress })?,
        };
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

impl Adding<'_> {
    /// Keeps a block; `false` where it was kept.
    ///
    /// # Errors
    /// As [`Disk::put`](BlockStore::put).
    pub fn put(&self, block: &Block) -> Result<bool> {
        self.own.kept.put(block)
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
            self.put(&block)?;
            blocks += 1;
            progress.advance(block.data().len() as u64, 0)?;
        }
        self.pin_whole(root)?;
        Ok(blocks)
    }

    /// Pins a block that was put with all it links to since this began; `false` where it was pinned.
    ///
    /// # Errors
    /// `Environment`.
    pub fn pin_whole(&self, root: &Cid) -> Result<bool> {
        self.own.pins.add(root)
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

/// Puts into what is kept, lists and removes there and in the cache. What is to be pinned is put by
/// [`Own::adding`].
impl BlockStore for Own {
    fn put(&self, block: &Block) -> Result<bool> {
        self.adding(&Silent)?.put(block)
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
