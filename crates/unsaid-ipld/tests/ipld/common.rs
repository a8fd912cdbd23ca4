//! What the tests share.

use std::path::PathBuf;

use unsaid_core::{ErrorKind, Result};
use unsaid_ipld::cbor::{self, Item};
use unsaid_ipld::{Block, BlockSource, Cid, Codec};

pub(crate) fn vectors() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/ipld"))
}

pub(crate) fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

/// The kind of the error, which must be there.
pub(crate) fn kind<T>(result: Result<T>) -> ErrorKind {
    match result {
        Ok(_) => panic!("this must be refused"),
        Err(e) => e.kind(),
    }
}

/// A DAG-CBOR list of links.
pub(crate) fn list(links: &[Cid]) -> Block {
    let mut bytes = Vec::new();
    cbor::write(&mut bytes, Item::List(links.len() as u64));
    for link in links {
        cbor::write_link(&mut bytes, link);
    }
    Block::new(Codec::DagCbor, bytes).unwrap()
}

pub(crate) fn raw(bytes: &[u8]) -> Block {
    Block::new(Codec::Raw, bytes.to_vec()).unwrap()
}

/// Runs on a stack on which nothing may recurse deeply.
pub(crate) fn on_a_small_stack(run: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        std::thread::Builder::new().stack_size(192 << 10).spawn_scoped(scope, run).unwrap().join().unwrap();
    });
}

/// A source that counts what it is asked for.
#[derive(Default)]
pub(crate) struct Counting<S> {
    pub(crate) inner: S,
    pub(crate) asked: std::sync::atomic::AtomicUsize,
    pub(crate) batches: std::sync::atomic::AtomicUsize,
}

impl<S: BlockSource> BlockSource for Counting<S> {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.inner.get(cid)
    }

    fn get_many(&self, cids: &[Cid], each: &mut dyn FnMut(Block) -> Result<()>) -> Result<()> {
        self.asked.fetch_add(cids.len(), std::sync::atomic::Ordering::Relaxed);
        self.batches.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        // Any order is allowed.
        for cid in cids.iter().rev() {
            if let Some(block) = self.inner.get(cid)? {
                each(block)?;
            }
        }
        Ok(())
    }
}
