//! Blocks fetched a few before they are needed, so that a source may fetch several at once.

use std::collections::{HashMap, HashSet};

use ::cid::Cid;
use unsaid_core::{Error, Result};

use crate::{Block, BlockSource};

/// How many blocks are asked for at once.
const WINDOW: usize = 16;
/// How many bytes may wait; above it blocks are asked for one by one.
const WAITING: usize = 32 << 20;

/// A source, and the blocks that it gave before their turn.
pub(crate) struct Ahead<'s> {
    source: &'s dyn BlockSource,
    ready: HashMap<Cid, Block>,
    bytes: usize,
}

impl<'s> Ahead<'s> {
    pub(crate) fn new(source: &'s dyn BlockSource) -> Self {
        Ahead { source, ready: HashMap::new(), bytes: 0 }
    }

    /// The block `cid`. Where it must be asked for, those of `next` that come first are asked for too.
    ///
    /// # Errors
    /// As [`BlockSource::get`]; a block that was asked for too early is no error.
    pub(crate) fn get<'c>(
        &mut self,
        cid: &Cid,
        next: impl Iterator<Item = &'c Cid>,
    ) -> Result<Option<Block>> {
        if let Some(block) = Block::of_name(cid)? {
            return Ok(Some(block));
        }
        if let Some(block) = self.ready.remove(cid) {
            self.bytes -= block.data().len();
            return Ok(Some(block));
        }
        let mut wanted = vec![*cid];
        if self.bytes < WAITING {
            let mut seen = HashSet::from([*cid]);
            // A node may name the same few blocks a million times.
            for cid in next.take(WINDOW * 4) {
                if wanted.len() == WINDOW {
                    break;
                }
                let inline = Block::of_name(cid).map_or(true, |block| block.is_some());
                if !inline && !self.ready.contains_key(cid) && seen.insert(*cid) {
                    wanted.push(*cid);
                }
            }
        }
        if wanted.len() == 1 {
            return asked(cid, self.source.get(cid)?);
        }
        let mut found = None;
        self.source.get_many(&wanted, &mut |block| {
            if block.cid() == cid {
                found = Some(block);
            } else if wanted.contains(block.cid()) {
                self.bytes += block.data().len();
                if let Some(twice) = self.ready.insert(*block.cid(), block) {
                    self.bytes -= twice.data().len();
                }
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// A source that gives another block than it was asked for must not lead a walk round.
pub(crate) fn asked(cid: &Cid, block: Option<Block>) -> Result<Option<Block>> {
    match block {
        Some(block) if block.cid() != cid => {
            Err(Error::corrupt("a source gave another block").found(block.cid()).expected(cid))
        }
        block => Ok(block),
    }
}
