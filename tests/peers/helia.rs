//! Helia, the JavaScript implementation.

use std::path::Path;

use unsaid_ipld::{Block, BlockSource, Cid, Codec};

use crate::dictionary::{client, fetch_all, large, raw, serve, small};
use crate::leash::{Leash, node, peers};

pub(crate) fn helia() -> Leash {
    Leash::start(&node(), &[peers().join("helia/peer.mjs")])
}

/// A block as Helia has it.
pub(crate) fn get(helia: &mut Leash, folder: &Path, cid: &Cid) -> Vec<u8> {
    let path = folder.join(cid.to_string());
    helia.tell(&format!("get {cid} {}", path.display()));
    std::fs::read(path).unwrap()
}

/// Gives a block to Helia.
pub(crate) fn put(helia: &mut Leash, folder: &Path, block: &Block) {
    let path = folder.join(block.cid().to_string());
    std::fs::write(&path, block.data()).unwrap();
    let codec = if block.cid().codec() == Codec::Raw as u64 { "raw" } else { "dag-cbor" };
    let cid: Cid = helia.tell(&format!("put {codec} {}", path.display())).parse().unwrap();
    assert_eq!(cid, *block.cid());
}

#[test]
fn helia_fetches_from_us() {
    let blocks: Vec<Block> =
        small().into_iter().chain(large(20)).chain([1, 236, 256 << 10, 1 << 20].map(|n| raw(5, n))).collect();
    let server = serve(&blocks);
    let mut helia = helia();
    let folder = tempfile::tempdir().unwrap();
    helia.tell(&format!("connect {}", server.addresses()[0]));
    for block in &blocks {
        assert!(get(&mut helia, folder.path(), block.cid()) == block.data(), "{}", block.cid());
    }
}

#[test]
fn we_fetch_from_helia() {
    let blocks: Vec<Block> = small()
        .into_iter()
        .chain(large(100))
        .chain([1, 236, 256 << 10, 1 << 20].map(|n| raw(5, n)))
        .collect();
    let mut helia = helia();
    let folder = tempfile::tempdir().unwrap();
    for block in &blocks {
        put(&mut helia, folder.path(), block);
    }
    let client = client(&helia.address);
    fetch_all(&client, &blocks);
    assert_eq!(client.get(raw(9, 100).cid()).unwrap(), None, "Helia says what it does not have");
}
