//! Which blocks does a block name?

use ::cid::Cid;
use unsaid_core::Result;

use crate::dagcbor::{self, Bounds};
use crate::{Block, Codec, dagpb};

/// The links of a block in the order in which they are written, as often as they are.
///
/// # Errors
/// As [`dagcbor::scan`] and [`dagpb::Node::decode`].
pub fn links(block: &Block) -> Result<Vec<Cid>> {
    match Codec::of(block.cid())? {
        Codec::Raw => Ok(Vec::new()),
        Codec::DagPb => {
            Ok(dagpb::Node::decode(block.data())?.links.into_iter().map(|link| link.cid).collect())
        }
        Codec::DagCbor => {
            let mut links = Vec::new();
            dagcbor::scan(block.data(), &Bounds::default(), &mut |cid| {
                links.push(cid);
                Ok(())
            })?;
            Ok(links)
        }
    }
    .map_err(|e: unsaid_core::Error| e.hint(format!("it is in block {}", block.cid())))
}
