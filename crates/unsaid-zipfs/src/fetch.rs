//! Gets the parts that are wanted, and no others.

use std::collections::BTreeMap;

use unsaid_core::{Limits, Progress, Result};
use unsaid_ipld::{Block, BlockSource, Cid};
use unsaid_lexicon::ByteStrings;

use crate::root::{PartRef, missing};

/// The parts with these places among `all`, each read and compared with what the root says, by place.
///
/// # Errors
/// `Missing` with the CIDs that the source does not have, `Limit` for more memory than allowed, those of
/// [`PartRef::read`], of the source and of `progress`.
pub fn parts(
    all: &[PartRef],
    wanted: &[usize],
    source: &dyn BlockSource,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<BTreeMap<usize, ByteStrings>> {
    let claimed = |index: &usize| all.get(*index).map_or(0, |part| part.bytes + 8 * part.count);
    limits.check_memory(wanted.iter().map(claimed).sum(), "what is read of the dictionary")?;
    // The same block may be several parts.
    let mut places: BTreeMap<Cid, Vec<usize>> = BTreeMap::new();
    let mut cids = Vec::new();
    for &index in wanted {
        let Some(part) = all.get(index) else { continue };
        let at = places.entry(part.part).or_default();
        if at.is_empty() {
            cids.push(part.part);
        }
        at.push(index);
    }
    let mut fetched = BTreeMap::new();
    let mut take = |block: Block| {
        // What was not asked for, or came before, is no part.
        for index in places.remove(block.cid()).unwrap_or_default() {
            if let Some(part) = all.get(index) {
                fetched.insert(index, part.read(&block)?);
            }
        }
        progress.advance(block.data().len() as u64, 0)
    };
    // What a name carries itself is never asked for.
    let mut asked = Vec::with_capacity(cids.len());
    for cid in cids {
        match Block::of_name(&cid)? {
            Some(block) => take(block)?,
            None => asked.push(cid),
        }
    }
    source.get_many(&asked, &mut take)?;
    asked.retain(|cid| places.contains_key(cid));
    match asked.is_empty() {
        true => Ok(fetched),
        false => Err(missing("parts of the dictionary are not at hand", &asked)),
    }
}
