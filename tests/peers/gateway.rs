//! Trustless gateways: Helia behind HTTP for our client, our server for Helia.

use std::sync::Arc;

use unsaid_ipfs::serve::{ServeOptions, Server};
use unsaid_ipfs::{Gateway, NetOptions};
use unsaid_ipld::source::Memory;
use unsaid_ipld::{Block, BlockSource, Cid, car};

use crate::dictionary::{fetch_all, large, raw, small};
use crate::helia::{get, helia, put};

#[test]
fn a_gateway_of_helia_serves_us_blocks_and_whole_dictionaries() {
    let mut helia = helia();
    let folder = tempfile::tempdir().unwrap();
    let dictionaries = [small(), large(20)];
    let others = [raw(1, 1), raw(2, 256 << 10), raw(3, 1 << 20)];
    for block in dictionaries.iter().flatten().chain(&others) {
        put(&mut helia, folder.path(), block);
    }
    let gateway = Gateway::new(&helia.tell("serve"), NetOptions::default()).unwrap();
    fetch_all(&gateway, &others);
    for blocks in &dictionaries {
        fetch_all(&gateway, blocks);
        let root: Cid = *blocks[0].cid();
        let stream = gateway.open_car(&root).unwrap().expect("the gateway has the root");
        let mut reader = car::Reader::new(stream, &car::Bounds::default()).unwrap();
        assert_eq!(reader.roots(), [root]);
        let mut came: Vec<Block> = Vec::new();
        while let Some(block) = reader.next_block().unwrap() {
            came.push(block);
        }
        assert!(came == *blocks, "all of it, the root first");
    }
    assert!(!gateway.is_distrusted());
    assert!(gateway.get(small()[0].cid()).unwrap().is_some());
}

#[test]
fn helia_fetches_blocks_from_our_gateway() {
    let blocks: Vec<Block> =
        small().into_iter().chain(large(5)).chain([raw(1, 1), raw(2, 256 << 10), raw(3, 1 << 20)]).collect();
    let memory: Memory = blocks.iter().cloned().collect();
    let server = Server::start("127.0.0.1:0", Arc::new(memory), ServeOptions::default()).unwrap();
    let mut helia = helia();
    let folder = tempfile::tempdir().unwrap();
    helia.tell(&format!("gateway {}", server.url()));
    for block in &blocks {
        assert!(get(&mut helia, folder.path(), block.cid()) == block.data(), "{}", block.cid());
    }
}
