//! All that hangs on a root: each block once, root first, depth first, in the order of the links.
//!
//! Whoever made the blocks decides how many there are, how deep they lie and how often they are named: a walk
//! uses no recursion, knows what it has seen, and has a budget.

use std::collections::HashSet;

use ::cid::Cid;
use unsaid_core::{Error, ErrorKind, Limits, Result};

use crate::ahead::Ahead;
use crate::source::missing;
use crate::{Block, BlockSource, links};

/// How far a walk may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Blocks visited, and links known but not followed yet. 1,048,576.
    pub nodes: u64,
    /// Bytes of all blocks visited. 64 GiB.
    pub bytes: u64,
    /// Links from a root to a block. 1,024.
    pub depth: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { nodes: 1 << 20, bytes: 64 << 30, depth: 1 << 10 }
    }
}

/// Bytes of memory that a block may take of whoever walks: its name, and what is known of what it leads to.
const MEMORY: u64 = 2 << 10;

impl Budget {
    /// What these limits allow: an entry for each block, of which each may take 2 KiB of the memory; and the bytes
    /// of output, where they are limited. The limits' defaults give the default.
    pub fn of(limits: &Limits) -> Budget {
        let all = Budget::default();
        Budget {
            nodes: limits.entries.min(limits.memory / MEMORY),
            bytes: limits.output.unwrap_or(all.bytes),
            ..all
        }
    }
}

/// What raises a budget; depth is nobody's to raise.
pub(crate) fn more(what: &str, e: Error) -> Error {
    match what {
        "bytes" => e.hint("if you trust them, allow more: --max-output N"),
        "blocks" | "links to follow" => {
            e.hint("if you trust them, allow more: --max-entries N, with 2 KiB of --max-memory for each")
        }
        _ => e,
    }
}

/// What a walk came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A block; what it names comes next.
    Block(Block),
    /// A name whose block is not in the source. The walk goes on beside it.
    Missing(Cid),
}

impl Found {
    /// The block.
    ///
    /// # Errors
    /// `Missing` where it is not here.
    pub fn present(self) -> Result<Block> {
        match self {
            Found::Block(block) => Ok(block),
            Found::Missing(cid) => Err(missing(&cid)),
        }
    }
}

/// A walk, as an iterator. It ends after an error.
pub struct Walk<'s> {
    ahead: Ahead<'s>,
    budget: Budget,
    seen: HashSet<Cid>,
    /// Links to follow: those of a block together, the last first, with how deep they lead. None is empty.
    way: Vec<(usize, Vec<Cid>)>,
    /// Links in `way`.
    pending: u64,
    nodes: u64,
    bytes: u64,
}

impl<'s> Walk<'s> {
    /// Walks from `roots`, the first one first.
    pub fn new(source: &'s dyn BlockSource, roots: &[Cid], budget: Budget) -> Self {
        let level: Vec<Cid> = roots.iter().rev().copied().collect();
        Walk {
            ahead: Ahead::new(source),
            budget,
            seen: HashSet::new(),
            way: if level.is_empty() { Vec::new() } else { vec![(0, level)] },
            pending: roots.len() as u64,
            nodes: 0,
            bytes: 0,
        }
    }

    /// Blocks visited, missing ones too.
    pub fn nodes(&self) -> u64 {
        self.nodes
    }

    /// Bytes of the blocks visited.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn visit(&mut self, cid: Cid, depth: usize) -> Result<Found> {
        let over = |what: &str, limit: u64| {
            let e = Error::new(ErrorKind::Limit, format!("block {cid} is beyond the budget of a walk"));
            Err(more(what, e.expected(format!("at most {limit} {what}"))))
        };
        self.nodes += 1;
        if self.nodes > self.budget.nodes {
            return over("blocks", self.budget.nodes);
        }
        let next = self.way.iter().rev().flat_map(|(_, level)| level.iter().rev());
        let seen = &self.seen;
        let Some(block) = self.ahead.get(&cid, next.filter(|cid| !seen.contains(cid)))? else {
            return Ok(Found::Missing(cid));
        };
        self.bytes += block.data().len() as u64;
        if self.bytes > self.budget.bytes {
            return over("bytes", self.budget.bytes);
        }
        let mut level = links(&block)?;
        let mut here = HashSet::new();
        level.retain(|cid| !self.seen.contains(cid) && here.insert(*cid));
        if !level.is_empty() {
            if depth >= self.budget.depth {
                return over("links from the root", self.budget.depth as u64);
            }
            self.pending += level.len() as u64;
            if self.pending > self.budget.nodes {
                return over("links to follow", self.budget.nodes);
            }
            level.reverse();
            self.way.push((depth + 1, level));
        }
        Ok(Found::Block(block))
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Found>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((depth, level)) = self.way.last_mut() {
            let depth = *depth;
            let cid = level.pop();
            // Before its own links are pushed: a list of a million blocks takes the place of one.
            if level.is_empty() {
                self.way.pop();
            }
            let Some(cid) = cid else { continue };
            self.pending -= 1;
            if self.seen.insert(cid) {
                let found = self.visit(cid, depth);
                if found.is_err() {
                    self.way.clear();
                }
                return Some(found);
            }
        }
        None
    }
}
