//! CAR, version 1.

use std::io::Write;

use ::cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};

use super::Bounds;
use crate::cbor::{self, Item};
use crate::walk::{Budget, Walk};
use crate::{Block, BlockSource, varint};

/// Writes blocks in the order in which they come.
pub struct Writer<W> {
    output: W,
    bytes: u64,
}

impl<W: Write> Writer<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// `Limit` for more roots than a reader takes, and what the output says.
    pub fn new(output: W, roots: &[Cid]) -> Result<Self> {
        let mut header = Vec::new();
        cbor::write(&mut header, Item::Map(2));
        cbor::write(&mut header, Item::Text("roots"));
        cbor::write(&mut header, Item::List(roots.len() as u64));
        for root in roots {
            crate::cid::check(root)?;
            cbor::write_link(&mut header, root);
        }
        cbor::write(&mut header, Item::Text("version"));
        cbor::write(&mut header, Item::Uint(1));
        let most = Bounds::default().header;
        if header.len() > most {
            return Err(Error::new(ErrorKind::Limit, "a CAR with too many roots")
                .found(format!("{} roots", roots.len()))
                .expected(format!("a header of at most {most} bytes")));
        }
        let mut writer = Writer { output, bytes: 0 };
        writer.section(&[], &header)?;
        Ok(writer)
    }

    /// Writes a block.
    ///
    /// # Errors
    /// What the output says.
    pub fn put(&mut self, block: &Block) -> Result<()> {
        self.section(&block.cid().to_bytes(), block.data())
    }

    /// How many bytes were written.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Gives the output back, flushed.
    ///
    /// # Errors
    /// What the output says.
    pub fn finish(mut self) -> Result<W> {
        self.output.flush().map_err(|e| Error::io("writing a CAR", e))?;
        Ok(self.output)
    }

    fn section(&mut self, name: &[u8], data: &[u8]) -> Result<()> {
        let mut head = Vec::new();
        varint::write(&mut head, (name.len() + data.len()) as u64);
        head.extend_from_slice(name);
        self.bytes += (head.len() + data.len()) as u64;
        self.output
            .write_all(&head)
            .and_then(|()| self.output.write_all(data))
            .map_err(|e| Error::io("writing a CAR", e))
    }
}

/// Writes all that hangs on `roots`, each block once. Blocks that carry their data in their name are left out.
///
/// # Errors
/// As [`Walk`], `Missing` for a block that the source does not have, and what the output says.
pub fn export<W: Write>(source: &dyn BlockSource, roots: &[Cid], budget: Budget, output: W) -> Result<W> {
    let mut writer = Writer::new(output, roots)?;
    for found in Walk::new(source, roots, budget) {
        let block = found?.present()?;
        if Block::of_name(block.cid())?.is_none() {
            writer.put(&block)?;
        }
    }
    writer.finish()
}
