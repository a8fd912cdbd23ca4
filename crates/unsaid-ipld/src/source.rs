//! Where a reader of blocks gets them.

use std::collections::HashMap;

use ::cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};

use crate::Block;
use crate::ahead::asked;

/// A place that blocks come from. What it gives is verified by being a [`Block`].
pub trait BlockSource: Sync {
    /// The block, or `None` where it is not here.
    ///
    /// # Errors
    /// Whatever keeps the source from telling.
    fn get(&self, cid: &Cid) -> Result<Option<Block>>;

    /// Whether the block is here, as far as can be told without reading it: [`get`](Self::get) may still
    /// find it damaged.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn holds(&self, cid: &Cid) -> Result<bool> {
        Ok(self.get(cid)?.is_some())
    }

    /// Gives the blocks that are here to `each`, in any order, several at once where it can. Those that
    /// `each` was not called with are not here.
    ///
    /// # Errors
    /// As [`get`](Self::get), and what `each` returns, which ends it.
    fn get_many(&self, cids: &[Cid], each: &mut dyn FnMut(Block) -> Result<()>) -> Result<()> {
        for cid in cids {
            if let Some(block) = self.get(cid)? {
                each(block)?;
            }
        }
        Ok(())
    }
}

impl<S: BlockSource + ?Sized> BlockSource for &S {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        (**self).get(cid)
    }

    fn holds(&self, cid: &Cid) -> Result<bool> {
        (**self).holds(cid)
    }

    fn get_many(&self, cids: &[Cid], each: &mut dyn FnMut(Block) -> Result<()>) -> Result<()> {
        (**self).get_many(cids, each)
    }
}

/// Blocks in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory(HashMap<Cid, Block>);

impl Memory {
    /// Keeps a block.
    pub fn put(&mut self, block: Block) {
        self.0.insert(*block.cid(), block);
    }

    /// Forgets a block, and gives it away where it was here.
    pub fn remove(&mut self, cid: &Cid) -> Option<Block> {
        self.0.remove(cid)
    }

    /// How many blocks are here.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Block> for Memory {
    fn from_iter<I: IntoIterator<Item = Block>>(blocks: I) -> Self {
        Memory(blocks.into_iter().map(|block| (*block.cid(), block)).collect())
    }
}

impl BlockSource for Memory {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        Ok(self.0.get(cid).cloned())
    }

    fn holds(&self, cid: &Cid) -> Result<bool> {
        Ok(self.0.contains_key(cid))
    }
}

/// The error for a block that no source has.
pub fn missing(cid: &Cid) -> Error {
    Error::new(ErrorKind::Missing, format!("block {cid} is not at hand"))
}

/// The block, which must be there. What a name carries itself is never asked for.
///
/// # Errors
/// As [`BlockSource::get`], and `Missing`.
pub fn require(source: &dyn BlockSource, cid: &Cid) -> Result<Block> {
    match Block::of_name(cid)? {
        Some(block) => Ok(block),
        None => asked(cid, source.get(cid)?)?.ok_or_else(|| missing(cid)),
    }
}
