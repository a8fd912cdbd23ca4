//! What the tests share.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, not all used by each"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use unsaid_core::{ErrorKind, Limits, Result, Silent};
use unsaid_ipld::{Block, BlockSource, Cid};
use unsaid_zipfs::decode::decode_plainly;
use unsaid_zipfs::{Codes, Decoder, Dictionary, Lengths, Profile};

pub fn vectors(folder: &str, name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors")).join(folder).join(name)
}

pub fn vector(folder: &str, name: &str) -> Vec<u8> {
    let path = vectors(folder, name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub fn limits() -> Limits {
    Limits::default()
}

/// Blocks in memory, which remember what was asked for.
#[derive(Default)]
pub struct Blocks {
    blocks: BTreeMap<Cid, Block>,
    pub asked: Mutex<Vec<Cid>>,
}

impl Blocks {
    pub fn of(blocks: impl IntoIterator<Item = Block>) -> Self {
        let blocks = blocks.into_iter().map(|block| (*block.cid(), block)).collect();
        Blocks { blocks, asked: Mutex::default() }
    }

    pub fn without(mut self, cid: &Cid) -> Self {
        self.blocks.remove(cid).unwrap();
        self
    }
}

impl BlockSource for Blocks {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        self.asked.lock().unwrap().push(*cid);
        Ok(self.blocks.get(cid).cloned())
    }
}

pub fn dictionary(segments: &[&str], lengths: Option<&[u64]>) -> Dictionary {
    let lengths = lengths.map(|counts| Lengths::new(counts).unwrap());
    Dictionary::new("alt", None, segments.iter().collect(), lengths).unwrap()
}

/// Decodes twice, fast and plainly; both say the same.
pub fn decode(dictionary: &Dictionary, profile: Profile, data: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let fast = Decoder::new(dictionary, profile, limits)?.to_vec(data, limits);
    let segments = dictionary.segments();
    let codes = Codes::new(profile, segments.len() as u64, dictionary.lengths())?;
    let mut plain = Vec::new();
    let length = decode_plainly(&codes, segments, data, limits, &Silent, &mut |piece| {
        plain.extend_from_slice(piece);
        Ok(())
    });
    match (&fast, length) {
        (Ok(fast), Ok(length)) => {
            assert_eq!(*fast, plain);
            assert_eq!(length, plain.len() as u64);
        }
        // Where the text is given away in larger pieces, more of it is over the limit.
        (Err(a), Err(b)) if a.kind() == ErrorKind::Limit => assert_eq!(b.kind(), ErrorKind::Limit),
        (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
        (a, b) => panic!("fast {a:?}, plain {b:?}"),
    }
    fast
}

/// Every flip of one bit, with its name `byte.bit`.
pub fn flips(bytes: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> + '_ {
    (0..bytes.len() * 8).map(|n| {
        let mut damaged = bytes.to_vec();
        damaged[n / 8] ^= 1 << (n % 8);
        (format!("{}.{}", n / 8, n % 8), damaged)
    })
}

pub fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len() / 2).map(|n| u8::from_str_radix(&digits[2 * n..2 * n + 2], 16).unwrap()).collect()
}
