//! Dictionaries in several blocks, as others must be able to walk them: a root that links to its parts.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use unsaid_bitswap::{Client, Multiaddr, Options, Server};
use unsaid_ipld::source::Memory;
use unsaid_ipld::{Block, BlockSource, Cid, Codec};

/// The small one of the vectors: a root and four parts.
pub(crate) fn small() -> Vec<Block> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/ipld");
    ["root", "part0", "part1", "part2", "part3"]
        .iter()
        .map(|name| std::fs::read(folder.join(format!("multi-{name}.cbor"))).unwrap())
        .map(|data| Block::new(Codec::DagCbor, data).unwrap())
        .collect()
}

/// A root and `count` parts of about 64 KiB.
pub(crate) fn large(count: u64) -> Vec<Block> {
    let parts: Vec<Block> = (0..count).map(part).collect();
    let mut root = vec![0xa2, 0x64];
    root.extend(b"Name");
    root.push(0x65);
    root.extend(b"large");
    root.push(0x65);
    root.extend(b"Parts");
    head(&mut root, 4, count);
    for part in &parts {
        root.extend([0x84, 0xd8, 0x2a, 0x58, 37, 0]);
        root.extend(part.cid().to_bytes());
        for number in [1024, 62 * 1024, part.data().len() as u64] {
            head(&mut root, 0, number);
        }
    }
    let root = Block::new(Codec::DagCbor, root).unwrap();
    std::iter::once(root).chain(parts).collect()
}

/// 1,024 segments of 62 bytes.
fn part(seed: u64) -> Block {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut data = vec![0xa1, 0x68];
    data.extend(b"Segments");
    head(&mut data, 4, 1024);
    for _ in 0..1024 {
        head(&mut data, 2, 62);
        for _ in 0..62 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            data.push(state as u8);
        }
    }
    Block::new(Codec::DagCbor, data).unwrap()
}

/// The head of a CBOR item, the shortest there is.
fn head(out: &mut Vec<u8>, major: u8, n: u64) {
    let major = major << 5;
    match n {
        0..24 => out.push(major | n as u8),
        24..0x100 => out.extend([major | 24, n as u8]),
        0x100..0x1_0000 => {
            out.push(major | 25);
            out.extend((n as u16).to_be_bytes());
        }
        _ => {
            out.push(major | 26);
            out.extend((n as u32).to_be_bytes());
        }
    }
}

/// Raw bytes that repeat nowhere.
pub(crate) fn raw(seed: u64, size: usize) -> Block {
    let mut data: Vec<u8> = (0..size.div_ceil(part(seed).data().len()) as u64)
        .flat_map(|i| part(seed * 1000 + i).into_data())
        .collect();
    data.truncate(size);
    Block::new(Codec::Raw, data).unwrap()
}

/// Our server with these blocks.
pub(crate) fn serve(blocks: &[Block]) -> Server {
    let memory: Memory = blocks.iter().cloned().collect();
    let listen = ["/ip4/127.0.0.1/tcp/0".parse().unwrap()];
    Server::start(&listen, Arc::new(memory), &Options::default()).unwrap()
}

/// Our client, connected to a peer that said its address.
pub(crate) fn client(address: &str) -> Client {
    let address: Multiaddr = address.parse().unwrap();
    Client::connect(&[address], &Options::default()).unwrap()
}

/// All of them arrive, each once.
pub(crate) fn fetch_all(source: &dyn BlockSource, wanted: &[Block]) {
    let cids: Vec<Cid> = wanted.iter().map(|b| *b.cid()).collect();
    let mut got = HashMap::new();
    source
        .get_many(&cids, &mut |block| {
            assert!(got.insert(*block.cid(), block).is_none(), "a block came twice");
            Ok(())
        })
        .unwrap();
    for block in wanted {
        assert!(got.get(block.cid()) == Some(block), "{} did not come", block.cid());
    }
}
