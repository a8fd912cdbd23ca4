//! Blocks to give, and a source that counts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use unsaid_bitswap::{Multiaddr, Options, Server};
use unsaid_core::Result;
use unsaid_ipld::{Block, BlockSource, Cid, Codec};

/// A block of `size` bytes; other seeds are other blocks.
pub(crate) fn block(seed: u64, size: usize) -> Block {
    let cid = Block::new(Codec::Raw, noise(seed, size.min(1 << 20))).unwrap();
    if size <= 1 << 20 { cid } else { large(noise(seed, size)) }
}

/// Above what Unsaid writes: others do.
fn large(data: Vec<u8>) -> Block {
    use sha2::Digest;
    let hash = multihash::Multihash::wrap(0x12, &sha2::Sha256::digest(&data)).unwrap();
    Block::verify(Cid::new_v1(0x55, hash), data).unwrap()
}

fn noise(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut data = Vec::with_capacity(size + 8);
    while data.len() < size {
        data.extend_from_slice(&next());
    }
    data.truncate(size);
    data
}

#[derive(Default)]
pub(crate) struct Memory {
    blocks: Mutex<HashMap<Cid, Block>>,
    /// How often it was asked.
    pub(crate) asked: AtomicUsize,
    /// Nothing is given while this is held.
    pub(crate) gate: Mutex<()>,
}

impl Memory {
    pub(crate) fn of(blocks: &[Block]) -> Arc<Memory> {
        let memory = Memory::default();
        for block in blocks {
            memory.blocks.lock().unwrap().insert(*block.cid(), block.clone());
        }
        Arc::new(memory)
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl BlockSource for Memory {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let _open = self.gate.lock().unwrap();
        Ok(self.blocks.lock().unwrap().get(cid).cloned())
    }

    fn holds(&self, cid: &Cid) -> Result<bool> {
        Ok(self.blocks.lock().unwrap().contains_key(cid))
    }
}

pub(crate) fn loopback() -> [Multiaddr; 1] {
    ["/ip4/127.0.0.1/tcp/0".parse().unwrap()]
}

pub(crate) fn serve(blocks: &[Block]) -> (Server, Arc<Memory>) {
    let memory = Memory::of(blocks);
    let server = Server::start(&loopback(), memory.clone(), &Options::default()).unwrap();
    (server, memory)
}

pub(crate) fn address(server: &Server) -> Multiaddr {
    server.addresses().remove(0)
}

/// Options under which a test of waiting is short.
pub(crate) fn impatient() -> Options {
    let mut options = Options::default();
    options.connect_timeout = Duration::from_secs(3);
    options.block_timeout = Duration::from_secs(1);
    options.message_timeout = Duration::from_secs(1);
    options
}

pub(crate) fn cids(blocks: &[Block]) -> Vec<Cid> {
    blocks.iter().map(|b| *b.cid()).collect()
}

/// All that comes, by name; each at most once.
pub(crate) fn fetch(source: &dyn BlockSource, wanted: &[Block]) -> (HashMap<Cid, Block>, Result<()>) {
    let mut got = HashMap::new();
    let result = source.get_many(&cids(wanted), &mut |block| {
        assert!(got.insert(*block.cid(), block).is_none(), "a block came twice");
        Ok(())
    });
    (got, result)
}

pub(crate) fn fetch_all(source: &dyn BlockSource, wanted: &[Block]) {
    let (got, result) = fetch(source, wanted);
    result.unwrap();
    for block in wanted {
        assert_eq!(got.get(block.cid()), Some(block));
    }
    assert_eq!(got.len(), wanted.len());
}
