//! CAR: many blocks in one file. Version 1 is written; both versions are read.
//!
//! A header with the roots, then sections of a CID and the bytes of its block. Version 2 is a version 1 with
//! a frame: where it lies in the file, and an index behind it, which is ignored, as what it says
//! must be verified anyway.
//!
//! Sources: <https://ipld.io/specs/transport/car/carv1/>, <https://ipld.io/specs/transport/car/carv2/>.

mod indexed;
mod read;
mod write;

pub use indexed::Indexed;
pub use read::Reader;
pub use write::{Writer, export};

use unsaid_core::Limits;

use crate::block::MAX_READ;

/// How much a CAR may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of the header. 64 KiB.
    pub header: usize,
    /// Bytes of a block. [`MAX_READ`].
    pub block: usize,
    /// Blocks, the same one twice too. 4,194,304.
    pub blocks: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { header: 64 << 10, block: MAX_READ, blocks: 4 << 20 }
    }
}

impl Bounds {
    /// What these limits allow: an entry for each block.
    pub fn of(limits: &Limits) -> Bounds {
        Bounds { blocks: limits.entries, ..Bounds::default() }
    }
}
