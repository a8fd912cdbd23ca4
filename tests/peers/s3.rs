//! An S3 server: moto.

use unsaid_ipfs::s3::{Access, S3};
use unsaid_ipfs::{BlockStore, NetOptions};
use unsaid_ipld::{Block, BlockSource};

use crate::dictionary::{fetch_all, large, raw, small};
use crate::leash::{Leash, here, python};

#[test]
fn an_s3_server_holds_our_blocks() {
    let moto = Leash::start(&python(), &[here("s3_peer.py")]);
    let access = Access {
        key: "key".to_owned(),
        secret: "secret".to_owned(),
        endpoint: Some(moto.address.clone()),
        ..Access::default()
    };
    let store = S3::new("s3://blocks/some/folder", &access, NetOptions::default()).unwrap();
    let blocks: Vec<Block> =
        small().into_iter().chain(large(30)).chain([raw(1, 0), raw(2, 256 << 10), raw(3, 1 << 20)]).collect();
    assert_eq!(store.get(blocks[0].cid()).unwrap(), None);
    for block in &blocks {
        assert!(store.put(block).unwrap(), "it is new");
        assert!(!store.put(block).unwrap(), "it is there");
        assert!(store.has(block.cid()).unwrap());
    }
    fetch_all(&store, &blocks);
    let mut listed = Vec::new();
    store
        .list(&mut |cid| {
            listed.push(cid);
            Ok(())
        })
        .unwrap();
    let mut expected: Vec<_> = blocks.iter().map(|b| *b.cid()).collect();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
    assert!(store.remove(blocks[0].cid()).unwrap());
    assert!(!store.has(blocks[0].cid()).unwrap());
    assert_eq!(store.get(blocks[0].cid()).unwrap(), None);
    // Another user of the same bucket does not see this folder.
    let other = S3::new("s3://blocks/other", &access, NetOptions::default()).unwrap();
    assert_eq!(other.get(blocks[1].cid()).unwrap(), None);
}
