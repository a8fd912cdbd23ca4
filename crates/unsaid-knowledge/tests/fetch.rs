//! What comes by CID is what the CID says, whatever was written down before.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::fs;

use unsaid_core::check::Hash;
use unsaid_core::{ErrorKind, Limits, Silent};
use unsaid_ipld::source::Memory;
use unsaid_ipld::{Block, BlockSource, Cid, Codec};
use unsaid_knowledge::{About, Files, fetch};

/// Three chunks and a half, and where they are.
fn file() -> Vec<u8> {
    (0..900_000u32).map(|n| (n.wrapping_mul(n) >> 9) as u8).collect()
}

fn place() -> (tempfile::TempDir, Files) {
    let dir = tempfile::tempdir().unwrap();
    let files = Files::at(dir.path().join("kept"));
    (dir, files)
}

/// Another place that keeps the file, as blocks.
fn elsewhere() -> (Memory, Cid) {
    let (dir, files) = place();
    let path = dir.path().join("f");
    fs::write(&path, file()).unwrap();
    let kept = files.keep(&path, &Silent).unwrap();
    assert_eq!((kept.hash, kept.size, kept.added), (Hash::of(&file()), 900_000, true));
    let mut blocks = Memory::default();
    let named = files
        .name(&kept.hash, &mut |block| {
            blocks.put(block);
            Ok(())
        })
        .unwrap();
    assert_eq!(named.cid, kept.cid);
    (blocks, kept.cid)
}

#[test]
fn a_file_comes_back_from_its_blocks_and_is_fetched_once() {
    let ((blocks, cid), (_dir, files)) = (elsewhere(), place());
    let fetch = |from: &dyn BlockSource| files.fetch(&cid, from, &Limits::default(), &Silent);
    let kept = fetch(&blocks).unwrap();
    assert_eq!((kept.hash, kept.size, kept.added), (Hash::of(&file()), 900_000, true));
    files.set_about(&kept.hash, &About { cid: Some(cid), ..About::default() }).unwrap();
    assert!(!fetch(&Memory::default()).unwrap().added);
    // Nothing is written down: it is fetched, and found to be there.
    files.set_about(&kept.hash, &About::default()).unwrap();
    assert!(!fetch(&blocks).unwrap().added);
    assert_eq!(fetch(&Memory::default()).unwrap_err().kind(), ErrorKind::Missing);
}

#[test]
fn a_missing_block_leaves_nothing_behind() {
    let ((mut blocks, cid), (_dir, files)) = (elsewhere(), place());
    let links = unsaid_ipld::links(&blocks.get(&cid).unwrap().unwrap()).unwrap();
    assert_eq!(links.len(), 4);
    blocks.remove(&links[2]).unwrap();
    let e = files.fetch(&cid, &blocks, &Limits::default(), &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Missing);
    assert!(e.to_string().contains(&links[2].to_string()), "{e}");
    assert_eq!(files.hashes().unwrap(), []);
}

#[test]
fn c4_a_wrong_note_about_a_cid_gives_no_wrong_file() {
    let ((blocks, cid), (_dir, files)) = (elsewhere(), place());
    let (wrong, _) = files.put(b"not the file of this name").unwrap();
    files.set_about(&wrong, &About { cid: Some(cid), ..About::default() }).unwrap();
    let kept = files.fetch(&cid, &blocks, &Limits::default(), &Silent).unwrap();
    assert_eq!((kept.hash, kept.added), (Hash::of(&file()), true));
    // One that was damaged on the disk is fetched again.
    files.remove(&wrong).unwrap();
    files.set_about(&kept.hash, &About { cid: Some(cid), ..About::default() }).unwrap();
    fs::write(files.path(&kept.hash), &file()[1..]).unwrap();
    assert!(files.fetch(&cid, &blocks, &Limits::default(), &Silent).unwrap().added);
    assert_eq!(files.verify(&kept.hash, &Silent).unwrap(), 900_000);
}

#[test]
fn c11_what_is_too_large_is_refused_before_it_is_fetched() {
    let ((blocks, cid), (_dir, files)) = (elsewhere(), place());
    let mut limits = Limits::default();
    limits.output = Some(899_999);
    // Of all blocks only the first is there: no other is asked for.
    let first: Memory = [blocks.get(&cid).unwrap().unwrap()].into_iter().collect();
    let e = files.fetch(&cid, &first, &limits, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    assert!(e.hint_text().unwrap().contains("--max-output 900000"), "{e:?}");
    limits.entries = 4;
    limits.output = None;
    let e = files.fetch(&cid, &blocks, &limits, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    assert!(e.hint_text().unwrap().contains("--max-entries"), "{e:?}");
    assert_eq!(files.hashes().unwrap(), []);
    limits.entries = 5;
    limits.output = Some(900_000);
    assert!(files.fetch(&cid, &blocks, &limits, &Silent).unwrap().added);
}

#[test]
fn c11_without_a_limit_two_gibibytes_are_the_most() {
    let varint = |mut n: u64| {
        let mut bytes = Vec::new();
        while n > 127 {
            bytes.push(n as u8 | 128);
            n >>= 7;
        }
        bytes.push(n as u8);
        bytes
    };
    let field = |key: u8, bytes: &[u8]| [&[key][..], &varint(bytes.len() as u64), bytes].concat();
    let leaf = Block::new(Codec::Raw, b"leaf".to_vec()).unwrap();
    let (_dir, files) = place();
    for (size, kind) in [(fetch::MOST, ErrorKind::Missing), (fetch::MOST + 1, ErrorKind::Limit)] {
        // A file whose one part is as long as this.
        let data = [&[0x08, 2, 0x18][..], &varint(size), &[0x20], &varint(size)].concat();
        let link = [field(0x0a, &leaf.cid().to_bytes()), field(0x12, b""), vec![0x18, 4]].concat();
        let root = Block::new(Codec::DagPb, [field(0x12, &link), field(0x0a, &data)].concat()).unwrap();
        let source: Memory = [root.clone()].into_iter().collect();
        let e = files.fetch(root.cid(), &source, &Limits::default(), &Silent).unwrap_err();
        assert_eq!(e.kind(), kind, "{e}");
    }
}
