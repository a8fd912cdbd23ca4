//! A repository as Kubo leaves it.

use std::fs;
use std::path::Path;

use unsaid_core::ErrorKind;
use unsaid_ipfs::Flatfs;
use unsaid_ipld::{Block, BlockSource, Codec};

use crate::common::block;

const SHARDING: &str = "/repo/flatfs/shard/v1/next-to-last/2\n";

/// The dictionary whose file name in a repository of Kubo is known.
fn dictionary() -> Block {
    let bytes = b"\xa3dNamedtinyhSegments\x83AaCaltB\x00\xffkDescriptioniseed test";
    Block::new(Codec::DagCbor, bytes.to_vec()).unwrap()
}

fn repository(folder: &Path) {
    fs::create_dir(folder.join("blocks")).unwrap();
    fs::write(folder.join("blocks/SHARDING"), SHARDING).unwrap();
}

/// As `base32` of coreutils would name it: not by the code that is tested.
fn put(folder: &Path, block: &Block) -> std::path::PathBuf {
    let mut bits = String::new();
    for byte in block.cid().hash().to_bytes() {
        bits.push_str(&format!("{byte:08b}"));
    }
    bits.push_str(&"0".repeat((5 - bits.len() % 5) % 5));
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let name: String = (0..bits.len() / 5)
        .map(|n| char::from(letters[usize::from_str_radix(&bits[5 * n..5 * n + 5], 2).unwrap()]))
        .collect();
    let shard = folder.join("blocks").join(&name[name.len() - 3..name.len() - 1]);
    fs::create_dir_all(&shard).unwrap();
    let path = shard.join(format!("{name}.data"));
    fs::write(&path, block.data()).unwrap();
    path
}

#[test]
fn blocks_of_a_repository_are_found_by_their_hash() {
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    let dictionary = dictionary();
    assert_eq!(dictionary.cid().to_string(), "bafyreicp5swjorv4iwoo7y4etqstuxolyf63mrsaudnbfjkfkoqirdca2m");
    let path = put(folder.path(), &dictionary);
    assert!(path.file_name().unwrap().to_str().unwrap().starts_with("CIQ"));
    let flatfs = Flatfs::open(folder.path()).unwrap();
    assert_eq!(flatfs.get(dictionary.cid()).unwrap().as_ref(), Some(&dictionary));
    assert!(flatfs.get(block(1, 10).cid()).unwrap().is_none());
    fs::write(folder.path().join("blocks/_README"), "x").unwrap();
    fs::write(path.with_extension("data.tmp"), "x").unwrap();
    let mut listed = Vec::new();
    flatfs
        .list(&mut |cid| {
            listed.push(*cid.hash());
            Ok(())
        })
        .unwrap();
    assert_eq!(listed, [*dictionary.cid().hash()]);
}

#[test]
fn a_damaged_block_of_a_repository_is_an_error_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    let dictionary = dictionary();
    let path = put(folder.path(), &dictionary);
    fs::write(&path, "damaged").unwrap();
    let e = Flatfs::open(folder.path()).unwrap().get(dictionary.cid()).unwrap_err();
    assert_eq!((e.kind(), e.path()), (ErrorKind::Corrupt, Some(&*path)));
    assert_eq!(fs::read(&path).unwrap(), b"damaged");
}

#[test]
fn other_ways_to_keep_blocks_are_refused_with_a_way_out() {
    for sharding in [
        "/repo/flatfs/shard/v1/prefix/2",
        "/repo/flatfs/shard/v1/next-to-last/3",
        "/repo/flatfs/shard/v2/x",
        "",
    ] {
        let folder = tempfile::tempdir().unwrap();
        repository(folder.path());
        fs::write(folder.path().join("blocks/SHARDING"), sharding).unwrap();
        let e = Flatfs::open(folder.path()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::NewerVersion, "{sharding}");
        assert!(e.hint_text().unwrap().contains("RPC"), "{e:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("datastore_spec"), r#"{"path":"pebbleds","type":"pebbleds"}"#).unwrap();
    let e = Flatfs::open(folder.path()).unwrap_err();
    assert!(e.hint_text().unwrap().contains("RPC"), "{e:?}");
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(Flatfs::open(empty.path()).unwrap_err().kind(), ErrorKind::Missing);
}
