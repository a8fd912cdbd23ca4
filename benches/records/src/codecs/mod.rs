//! The contestants, one file each.

mod brotli;
mod fsst;
mod lz4;
mod unsaid;
mod zipfs;
mod zlib;
mod zstd;

use crate::codec::{Coder, Contestant, Knowledge, Result};

/// zstd's usual dictionary, and the large one.
pub const SMALL: usize = 110 << 10;
/// The large dictionary.
pub const LARGE: usize = 1 << 20;

/// Everything that is measured on a set; `model` is the size of Unsaid's model file for it.
pub fn contestants(model: Option<usize>) -> Vec<Contestant> {
    let mut all = Vec::new();
    let mut add = |codec, level, knowledge| all.push(Contestant { codec, level, knowledge });
    for level in ["3", "19"] {
        for knowledge in [Knowledge::None, Knowledge::Trained(SMALL), Knowledge::Trained(LARGE)] {
            add("zstd", level, knowledge);
        }
        for size in [1 << 20, 4 << 20].into_iter().chain(model) {
            add("zstd", level, Knowledge::Raw(size));
        }
    }
    for level in ["5", "11"] {
        for knowledge in [Knowledge::Trained(SMALL), Knowledge::Raw(LARGE), Knowledge::Raw(4 << 20)] {
            add("brotli", level, knowledge);
        }
    }
    for level in ["fast", "hc12"] {
        for knowledge in [Knowledge::Trained(64 << 10), Knowledge::Raw(64 << 10)] {
            add("lz4", level, knowledge);
        }
    }
    for knowledge in [Knowledge::Trained(32 << 10), Knowledge::Raw(32 << 10)] {
        add("zlib", "9", knowledge);
    }
    add("fsst", "8 bit", Knowledge::Symbols);
    for level in zipfs::LEVELS {
        add("zipfs", level, Knowledge::Dictionary);
    }
    all
}

/// Unsaid, one model for all levels.
pub fn ours() -> Vec<Contestant> {
    unsaid::levels().map(|level| Contestant { codec: "unsaid", level, knowledge: Knowledge::Model }).to_vec()
}

/// Makes the knowledge from the training documents.
pub fn train(knowledge: Knowledge, docs: &[&[u8]]) -> Result<Vec<u8>> {
    match knowledge {
        Knowledge::None => Ok(Vec::new()),
        Knowledge::Trained(size) => zstd::train(docs, size),
        Knowledge::Raw(size) => {
            let all = docs.concat();
            Ok(all[all.len().saturating_sub(size)..].to_vec())
        }
        Knowledge::Symbols => Ok(fsst::train(docs)),
        Knowledge::Model => unsaid::train(docs),
        Knowledge::Dictionary => zipfs::train(docs),
    }
}

/// Prepares a contestant; `largest` is the length of the longest document it will see, for codecs
/// whose coded form does not tell its own size.
pub fn open<'k>(
    codec: &str,
    level: &str,
    knowledge: &'k [u8],
    largest: usize,
) -> Result<Box<dyn Coder + 'k>> {
    Ok(match codec {
        "zstd" => Box::new(zstd::Zstd::new(level.parse()?, knowledge, largest)?),
        "brotli" => Box::new(brotli::Brotli::new(level.parse()?, knowledge)?),
        "lz4" => Box::new(lz4::Lz4::new(level, knowledge, largest)?),
        "zlib" => Box::new(zlib::Zlib::new(level.parse()?, knowledge, largest)),
        "unsaid" => Box::new(unsaid::Unsaid::new(level, knowledge)?),
        "zipfs" => Box::new(zipfs::Zipfs::new(level, knowledge)?),
        "fsst" => Box::new(fsst::Fsst::new(knowledge)?),
        _ => return Err(format!("unknown codec '{codec}'").into()),
    })
}
