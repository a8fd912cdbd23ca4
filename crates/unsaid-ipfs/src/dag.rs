//! A CAR that somebody sends: only what hangs on the root counts, each block as it comes.

use std::collections::HashSet;
use std::io::Read;

use cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::car::{Bounds, Reader};
use unsaid_ipld::walk::Budget;
use unsaid_ipld::{Block, links};

/// Blocks nobody asked for, after which a sender is not listened to any more.
const UNASKED: u64 = 1024;

/// What came of a DAG.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Blocks that were given on.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Names that were met and whose blocks did not come, in order.
    pub absent: Vec<Cid>,
}

/// Reads a CAR that should hold `root` and all that hangs on it, parents before children. Each block is
/// verified and given to `each` once; what does not hang on the root is dropped.
///
/// # Errors
/// As [`Reader`], `Limit` beyond the budget (its depth is not looked at: nothing recurses), `Corrupt` for
/// a sender that goes on sending what was not asked for, and what `each` returns.
pub fn receive(
    car: impl Read,
    root: &Cid,
    budget: Budget,
    each: &mut dyn FnMut(Block) -> Result<()>,
) -> Result<Received> {
    let over = |what: &str, limit: u64| {
        Err(Error::new(ErrorKind::Limit, format!("what hangs on {root} is beyond the budget"))
            .expected(format!("at most {limit} {what}")))
    };
    let mut reader = Reader::new(car, &Bounds::default())?;
    let mut wanted = HashSet::from([*root]);
    let mut seen = HashSet::new();
    let (mut received, mut unasked) = (Received::default(), 0);
    while let Some(block) = reader.next_block()? {
        if !wanted.remove(block.cid()) {
            unasked += u64::from(!seen.contains(block.cid()));
            if unasked > UNASKED {
                return Err(Error::corrupt(format!("a CAR of {root} with blocks that do not hang on it"))
                    .found(format!("{unasked} of them")));
            }
            continue;
        }
        seen.insert(*block.cid());
        received.blocks += 1;
        received.bytes += block.data().len() as u64;
        if received.blocks > budget.nodes {
            return over("blocks", budget.nodes);
        }
        if received.bytes > budget.bytes {
            return over("bytes", budget.bytes);
        }
        for cid in links(&block)? {
            if !seen.contains(&cid) && Block::of_name(&cid)?.is_none() {
                wanted.insert(cid);
            }
        }
        if wanted.len() as u64 > budget.nodes {
            return over("links to follow", budget.nodes);
        }
        each(block)?;
    }
    received.absent.extend(wanted);
    received.absent.sort();
    Ok(received)
}
