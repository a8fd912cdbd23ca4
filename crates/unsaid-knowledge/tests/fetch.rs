//! What comes by CID is what the CID says, whatever was written down before.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::fs;

use unsaid_core::check::Hash;
use unsaid_core::{ErrorKind, Silent};
use unsaid_ipld::source::Memory;
use unsaid_ipld::walk::Budget;
use unsaid_ipld::{BlockSource, Cid};
use unsaid_knowledge::{About, Files};

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
    let fetch = |from: &dyn BlockSource| files.fetch(&cid, from, &Budget::default(), &Silent);
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
    let e = files.fetch(&cid, &blocks, &Budget::default(), &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Missing);
    assert!(e.to_string().contains(&links[2].to_string()), "{e}");
    assert_eq!(files.hashes().unwrap(), []);
}

#[test]
fn c4_a_wrong_note_about_a_cid_gives_no_wrong_file() {
    let ((blocks, cid), (_dir, files)) = (elsewhere(), place());
    let (wrong, _) = files.put(b"not the file of this name").unwrap();
    files.set_about(&wrong, &About { cid: Some(cid), ..About::default() }).unwrap();
    let kept = files.fetch(&cid, &blocks, &Budget::default(), &Silent).unwrap();
    assert_eq!((kept.hash, kept.added), (Hash::of(&file()), true));
    // One that was damaged on the disk is fetched again.
    files.remove(&wrong).unwrap();
    files.set_about(&kept.hash, &About { cid: Some(cid), ..About::default() }).unwrap();
    fs::write(files.path(&kept.hash), &file()[1..]).unwrap();
    assert!(files.fetch(&cid, &blocks, &Budget::default(), &Silent).unwrap().added);
    assert_eq!(files.verify(&kept.hash, &Silent).unwrap(), 900_000);
}

#[test]
fn c11_a_budget_ends_what_is_too_large() {
    let ((blocks, cid), (_dir, files)) = (elsewhere(), place());
    let budget = Budget { bytes: 800_000, ..Budget::default() };
    let e = files.fetch(&cid, &blocks, &budget, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    assert_eq!(files.hashes().unwrap(), []);
}
