//! What a caller is told in the end.

use cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};

/// What a caller did not get because nobody could tell; blocks that no peer has are not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ending {
    pub(super) unknown: usize,
    pub(super) first: Option<Cid>,
    pub(super) silent: usize,
    pub(super) unreachable: usize,
    pub(super) left: usize,
}

impl Ending {
    /// `Ok` where every peer told about every block.
    pub(crate) fn result(self) -> Result<()> {
        let Some(first) = self.first else { return Ok(()) };
        let mut why = Vec::new();
        for (count, what) in [
            (self.silent, "kept silent or broke off"),
            (self.unreachable, "cannot be reached"),
            (self.left, "sent what was not asked for"),
        ] {
            if count > 0 {
                why.push(format!("{count} {} {what}", if count == 1 { "peer" } else { "peers" }));
            }
        }
        // Who could not be asked may have it; who sent something else was asked.
        let cut_off = self.silent + self.unreachable > 0;
        let kind = if cut_off { ErrorKind::Environment } else { ErrorKind::Missing };
        Err(Error::new(kind, format!("no peer gave {} of the blocks", self.unknown))
            .found(format!("{} for the first, {first}", why.join(", ")))
            .hint("name another peer, or try again"))
    }
}
