//! FSST: a table of up to 255 symbols of at most 8 bytes, one code a byte.
#![allow(unsafe_code, reason = "its buffers are uninitialised")]

use fsst::{Compressor, Symbol};

use crate::codec::{Coder, Result};

/// One symbol table.
pub struct Fsst(Compressor);

/// The table as it is kept: each symbol's length, then its bytes.
pub fn train(docs: &[&[u8]]) -> Vec<u8> {
    let compressor = Compressor::train(&docs.to_vec());
    let mut table = Vec::new();
    for (symbol, &length) in compressor.symbol_table().iter().zip(compressor.symbol_lengths()) {
        table.push(length);
        table.extend(&symbol.to_u64().to_le_bytes()[..usize::from(length)]);
    }
    table
}

impl Fsst {
    /// Reads what [`train`] wrote.
    pub fn new(mut table: &[u8]) -> Result<Self> {
        let (mut symbols, mut lengths) = (Vec::new(), Vec::new());
        while let Some((&length, rest)) = table.split_first() {
            let mut symbol = [0; 8];
            let (bytes, rest) = rest.split_at_checked(usize::from(length)).ok_or("cut table")?;
            symbol[..bytes.len()].copy_from_slice(bytes);
            symbols.push(Symbol::from_slice(&symbol));
            lengths.push(length);
            table = rest;
        }
        Ok(Fsst(Compressor::rebuild_from(symbols, lengths)))
    }
}

impl Coder for Fsst {
    fn compress(&mut self, doc: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.reserve(2 * doc.len() + 16);
        // SAFETY: at worst every byte is escaped, two bytes for one.
        unsafe {
            let written = self.0.compress_into(doc, out.spare_capacity_mut());
            out.set_len(written);
        }
        Ok(())
    }

    fn decompress(&mut self, coded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let decompressor = self.0.decompressor();
        out.reserve(decompressor.max_decompression_capacity(coded));
        // SAFETY: the room is what the library asks for; it returns what it wrote.
        unsafe {
            let written = decompressor.decompress_into(coded, out.spare_capacity_mut());
            out.set_len(written);
        }
        Ok(())
    }
}
