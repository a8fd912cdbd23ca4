//! js-ipfs as a daemon: our client of the RPC interface.

use std::path::Path;

use unsaid_ipfs::rpc::Reach;
use unsaid_ipfs::{BlockStore, NetOptions, Rpc};
use unsaid_ipld::source::Memory;
use unsaid_ipld::walk::Budget;
use unsaid_ipld::{Block, BlockSource, Cid, Codec, car, unixfs};

use crate::dictionary::{fetch_all, large, raw, small};
use crate::leash::{Leash, here, node, peers};

fn daemon() -> (Leash, Rpc) {
    let leash = Leash::start(&node(), &[peers().join("js-ipfs/daemon.mjs")]);
    let rpc = Rpc::new(&leash.address, Reach::Local, NetOptions::default()).unwrap();
    (leash, rpc)
}

#[test]
fn js_ipfs_takes_and_gives_blocks() {
    let (_leash, rpc) = daemon();
    assert!(rpc.version().unwrap().starts_with("0."), "{:?}", rpc.version());
    let blocks: Vec<Block> =
        small().into_iter().chain([raw(1, 1), raw(2, 256 << 10), raw(3, 1 << 20)]).collect();
    for block in &blocks {
        assert!(!rpc.has(block.cid()).unwrap());
        assert!(rpc.put(block).unwrap());
        assert!(rpc.has(block.cid()).unwrap());
    }
    fetch_all(&rpc, &blocks);
    let mut listed = Vec::new();
    rpc.list(&mut |cid| {
        listed.push(cid);
        Ok(())
    })
    .unwrap();
    for block in &blocks {
        assert!(listed.iter().any(|cid| cid.hash() == block.cid().hash()), "{}", block.cid());
    }
    assert!(rpc.remove(blocks[7].cid()).unwrap());
    assert!(!rpc.has(blocks[7].cid()).unwrap());
    assert_eq!(rpc.get(blocks[7].cid()).unwrap(), None);
}

#[test]
fn a_block_of_another_codec_keeps_its_name() {
    let (_leash, rpc) = daemon();
    let block = Block::new(Codec::DagCbor, vec![0xa0]).unwrap();
    rpc.put(&block).unwrap();
    assert_eq!(rpc.get(block.cid()).unwrap(), Some(block));
}

#[test]
fn js_ipfs_imports_pins_and_exports_our_dictionaries() {
    let (_leash, rpc) = daemon();
    for blocks in [small(), large(100)] {
        let root = *blocks[0].cid();
        let source: Memory = blocks.iter().cloned().collect();
        let file = car::export(&source, &[root], Budget::default(), Vec::new()).unwrap();
        assert_eq!(rpc.import(&file[..], true).unwrap(), [root]);
        assert!(rpc.pins().unwrap().contains(&root));
        fetch_all(&rpc, &blocks);
        let mut reader = car::Reader::new(rpc.export(&root).unwrap(), &car::Bounds::default()).unwrap();
        assert_eq!(reader.roots(), [root]);
        let mut exported = Vec::new();
        while let Some(block) = reader.next_block().unwrap() {
            exported.push(block);
        }
        assert!(exported == blocks, "the same blocks in the same order");
        rpc.unpin(&root).unwrap();
        assert!(!rpc.pins().unwrap().contains(&root));
    }
}

/// What js-ipfs names a file, by its own `add` with the options that ours are the defaults of.
fn added(leash: &Leash, path: &Path) -> Cid {
    let program = here("js-ipfs/add.mjs");
    let output = std::process::Command::new(node())
        .args([program.as_os_str(), leash.address.as_ref(), path.as_os_str()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

#[test]
fn files_have_the_names_that_js_ipfs_gives_them() {
    let (leash, rpc) = daemon();
    let folder = tempfile::tempdir().unwrap();
    // Around a chunk, around a node of 174 chunks, and beyond it.
    let chunk = unixfs::CHUNK;
    let full = chunk * unixfs::LINKS;
    for size in [0, 1, chunk - 1, chunk, chunk + 1, 5 * chunk + 7, full, full + 1, 2 * full + chunk] {
        // Chunks that are equal are equal blocks; the last ones differ.
        let mut data: Vec<u8> = raw(size as u64, chunk).into_data().into_iter().cycle().take(size).collect();
        let end = data.len();
        data[end.saturating_sub(3)..].fill(size as u8);
        let path = folder.path().join("file");
        std::fs::write(&path, &data).unwrap();
        let mut blocks = Vec::new();
        let ours = unixfs::write(&mut &data[..], &unixfs::Options::default(), &mut |block| {
            blocks.push(block);
            Ok(())
        })
        .unwrap();
        assert_eq!(added(&leash, &path), ours.cid, "{size} bytes");
        let root = blocks.last().unwrap();
        assert!(rpc.get(root.cid()).unwrap().as_ref() == Some(root), "the same block");
        let mut back = Vec::new();
        unixfs::cat(&rpc, &ours.cid, &Budget::default(), &mut back).unwrap();
        assert!(back == data, "{size} bytes");
    }
}
