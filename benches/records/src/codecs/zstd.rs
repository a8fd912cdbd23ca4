//! zstd: the dictionary prepared once for each side, and the smallest frame there is: no magic, no
//! content size, no checksum, no dictionary id.

use zstd::zstd_safe::{
    CCtx, CDict, CParameter, DCtx, DDict, DParameter, FrameFormat, compress_bound, get_error_name,
};

use crate::codec::{Coder, Result};

/// Both contexts of one dictionary.
pub struct Zstd<'k> {
    compressor: CCtx<'k>,
    decompressor: DCtx<'k>,
    largest: usize,
}

fn check<T>(result: std::result::Result<T, usize>) -> Result<T> {
    result.map_err(|code| format!("zstd: {}", get_error_name(code)).into())
}

/// A dictionary of at most `size` bytes by zstd's own trainer.
pub fn train(docs: &[&[u8]], size: usize) -> Result<Vec<u8>> {
    let sizes: Vec<usize> = docs.iter().map(|d| d.len()).collect();
    Ok(zstd::dict::from_continuous(&docs.concat(), &sizes, size)?)
}

impl<'k> Zstd<'k> {
    /// Prepares `dictionary` (trained or raw; may be empty) at `level`.
    pub fn new(level: i32, dictionary: &'k [u8], largest: usize) -> Result<Self> {
        let mut compressor = CCtx::create();
        let mut decompressor = DCtx::create();
        for parameter in [
            CParameter::Format(FrameFormat::Magicless),
            CParameter::ContentSizeFlag(false),
            CParameter::ChecksumFlag(false),
            CParameter::DictIdFlag(false),
            CParameter::CompressionLevel(level),
        ] {
            check(compressor.set_parameter(parameter))?;
        }
        check(decompressor.set_parameter(DParameter::Format(FrameFormat::Magicless)))?;
        if !dictionary.is_empty() {
            // They live as long as the process: one contestant a process.
            let cdict: &'k CDict<'k> = Box::leak(Box::new(CDict::create_by_reference(dictionary, level)));
            let ddict: &'k DDict<'k> = Box::leak(Box::new(DDict::create_by_reference(dictionary)));
            check(compressor.ref_cdict(cdict))?;
            check(decompressor.ref_ddict(ddict))?;
        }
        Ok(Zstd { compressor, decompressor, largest })
    }
}

impl Coder for Zstd<'_> {
    fn compress(&mut self, doc: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.reserve(compress_bound(doc.len()));
        check(self.compressor.compress2(out, doc))?;
        Ok(())
    }

    fn decompress(&mut self, coded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.reserve(self.largest);
        check(self.decompressor.decompress(out, coded))?;
        Ok(())
    }
}
