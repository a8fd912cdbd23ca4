//! zlib with a preset dictionary, as raw deflate: no header, no Adler-32.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::codec::{Coder, Result};

/// Both streams, reset for every document.
pub struct Zlib<'k> {
    dictionary: &'k [u8],
    compressor: Compress,
    decompressor: Decompress,
    largest: usize,
}

impl<'k> Zlib<'k> {
    /// `dictionary` is at most 32 KiB: the window.
    pub fn new(level: u32, dictionary: &'k [u8], largest: usize) -> Self {
        let compressor = Compress::new(Compression::new(level), false);
        Zlib { dictionary, compressor, decompressor: Decompress::new(false), largest }
    }
}

impl Coder for Zlib<'_> {
    fn compress(&mut self, doc: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.reserve(doc.len() + doc.len() / 1000 + 64);
        self.compressor.reset();
        self.compressor.set_dictionary(self.dictionary)?;
        match self.compressor.compress_vec(doc, out, FlushCompress::Finish)? {
            Status::StreamEnd => Ok(()),
            other => Err(format!("zlib stops at {other:?}").into()),
        }
    }

    fn decompress(&mut self, coded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.reserve(self.largest);
        self.decompressor.reset(false);
        self.decompressor.set_dictionary(self.dictionary)?;
        match self.decompressor.decompress_vec(coded, out, FlushDecompress::Finish)? {
            Status::StreamEnd => Ok(()),
            other => Err(format!("zlib stops at {other:?}").into()),
        }
    }
}
