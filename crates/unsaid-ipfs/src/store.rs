//! What every store of blocks can do.

use cid::Cid;
use unsaid_core::Result;
use unsaid_ipld::{Block, BlockSource};

/// A place that blocks come from and go to.
///
/// What was put is verified by being a [`Block`]; what is got back is verified again, so a store may lie
/// and can only be useless.
pub trait BlockStore: BlockSource {
    /// Keeps a block; `false` where it was there already. Putting the same block from many places at once
    /// is harmless.
    ///
    /// # Errors
    /// Whatever keeps the store from taking it.
    fn put(&self, block: &Block) -> Result<bool>;

    /// Whether there is something under this name. It has not been read: only [`get`](BlockSource::get)
    /// knows whether it is the block.
    ///
    /// # Errors
    /// Whatever keeps the store from telling.
    fn has(&self, cid: &Cid) -> Result<bool>;

    /// Names all blocks, in any order, each once. A store that knows blocks by their hash alone names them
    /// as raw blocks, as `ipfs refs local` does; the bytes are the same whatever the codec.
    ///
    /// # Errors
    /// Whatever keeps the store from telling, and what `each` returns, which ends it.
    fn list(&self, each: &mut dyn FnMut(Cid) -> Result<()>) -> Result<()>;

    /// Removes a block; `false` where it was not there.
    ///
    /// # Errors
    /// Whatever keeps the store from removing it.
    fn remove(&self, cid: &Cid) -> Result<bool>;
}
