//! What is kept, what may go.

use std::fs;
use std::time::{Duration, SystemTime};

use unsaid_core::{ErrorKind, Silent};
use unsaid_ipfs::{BlockStore, Own};
use unsaid_ipld::dagcbor::{self, Ipld};
use unsaid_ipld::source::Memory;
use unsaid_ipld::walk::Budget;
use unsaid_ipld::{Block, BlockSource, Codec};

use crate::common::block;

/// A block that links to others.
pub(crate) fn list(of: &[Block]) -> Block {
    let links = of.iter().map(|block| Ipld::Link(*block.cid())).collect();
    Block::new(Codec::DagCbor, dagcbor::encode(&Ipld::List(links)).unwrap()).unwrap()
}

pub(crate) fn age(own: &Own) {
    for shard in fs::read_dir(own.kept().folder()).unwrap().flatten() {
        for entry in fs::read_dir(shard.path()).into_iter().flatten().flatten() {
            // What others remove meanwhile is old enough.
            if let Ok(file) = fs::File::open(entry.path()) {
                file.set_modified(SystemTime::now() - Duration::from_secs(7200)).unwrap();
            }
        }
    }
}

fn place() -> (tempfile::TempDir, Own) {
    let folder = tempfile::tempdir().unwrap();
    let own = Own::at(folder.path().join("data"), folder.path().join("cache"));
    (folder, own)
}

#[test]
fn a_pin_keeps_all_that_hangs_on_it_and_the_rest_goes() {
    let (_folder, own) = place();
    let leaves = [block(1, 100), block(2, 200)];
    let root = list(&leaves);
    let source: Memory = leaves.iter().chain([&root]).cloned().collect();
    assert_eq!(own.pin(root.cid(), &source, Budget::default(), &Silent).unwrap(), 3);
    assert_eq!(own.pins().list().unwrap(), [*root.cid()]);
    let (loose, fetched) = (block(3, 300), block(4, 400));
    own.put(&loose).unwrap();
    own.cache().put(&fetched).unwrap();

    // What was put a moment ago may be somebody's who is about to pin it.
    let collected = own.gc(true, &Silent, &mut |_, _| Ok(())).unwrap();
    assert_eq!((collected.blocks, collected.bytes), (1, 400));
    assert!(own.has(fetched.cid()).unwrap());
    age(&own);
    let mut gone = Vec::new();
    let collected = own
        .gc(false, &Silent, &mut |cid, _| {
            gone.push(cid);
            Ok(())
        })
        .unwrap();
    assert_eq!((collected.blocks, collected.bytes), (2, 700));
    assert_eq!(gone, [*loose.cid(), *fetched.cid()]);
    for block in [&leaves[0], &leaves[1], &root] {
        assert_eq!(own.get(block.cid()).unwrap().as_ref(), Some(block));
    }

    assert!(own.pins().remove(root.cid()).unwrap());
    assert!(!own.pins().remove(root.cid()).unwrap());
    assert_eq!(own.gc(false, &Silent, &mut |_, _| Ok(())).unwrap().blocks, 3);
}

#[test]
fn putting_a_block_again_makes_it_young() {
    let (_folder, own) = place();
    let block = block(1, 100);
    own.put(&block).unwrap();
    age(&own);
    assert!(!own.put(&block).unwrap());
    assert_eq!(own.gc(false, &Silent, &mut |_, _| Ok(())).unwrap().blocks, 0);
    assert!(own.has(block.cid()).unwrap());
}

#[test]
fn nothing_is_pinned_that_is_not_whole() {
    let (_folder, own) = place();
    let leaves = [block(1, 100), block(2, 200)];
    let root = list(&leaves);
    let source: Memory = [leaves[0].clone(), root.clone()].into_iter().collect();
    let e = own.pin(root.cid(), &source, Budget::default(), &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Missing);
    assert!(e.to_string().contains(&leaves[1].cid().to_string()));
    assert!(own.pins().list().unwrap().is_empty());
}

#[test]
fn nothing_is_collected_while_a_pin_is_not_whole() {
    let (_folder, own) = place();
    let leaves = [block(1, 100), block(2, 200)];
    let (middle, loose) = (list(&leaves), block(3, 300));
    let root = list(std::slice::from_ref(&middle));
    let source: Memory = leaves.iter().chain([&middle, &root]).cloned().collect();
    own.pin(root.cid(), &source, Budget::default(), &Silent).unwrap();
    own.put(&loose).unwrap();
    own.kept().remove(middle.cid()).unwrap();
    age(&own);
    let e = own.gc(false, &Silent, &mut |_, _| Ok(())).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Missing);
    assert!(e.to_string().contains(&middle.cid().to_string()), "{e}");
    assert!(own.has(loose.cid()).unwrap() && own.has(leaves[0].cid()).unwrap());
    own.pin(root.cid(), &source, Budget::default(), &Silent).unwrap();
    age(&own);
    assert_eq!(own.gc(false, &Silent, &mut |_, _| Ok(())).unwrap().blocks, 1);
}
