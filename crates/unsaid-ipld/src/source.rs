//! Where a reader of blocks gets them.

use ::cid::Cid;
use unsaid_core::Result;

use crate::Block;

/// A place that blocks come from. What it gives is verified by being a [`Block`].
pub trait BlockSource: Sync {
    /// The block, or `None` where it is not here.
    ///
    /// # Errors
    /// Whatever keeps the source from telling.
    fn get(&self, cid: &Cid) -> Result<Option<Block>>;

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
