//! Files of the author's program, and blocks of `@ipld/dag-cbor`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use common::{Blocks, hex, limits, vector, vectors};
use serde_json::Value;
use unsaid_core::{ErrorKind, Silent};
use unsaid_ipld::{Block, Codec};
use unsaid_zipfs::encode::Rule;
use unsaid_zipfs::{CompressedFile, Dictionary, Naming, Opened, Options, Profile, Root, compress, files};

fn dictionary_block(name: &str) -> Block {
    Block::new(Codec::DagCbor, vector("zipfs", &format!("{name}.dict.dagcbor"))).unwrap()
}

#[test]
fn files_of_the_authors_program_are_read_and_written_byte_for_byte() {
    let mut seen = 0;
    for name in ["alt", "english", "empty"] {
        let block = dictionary_block(name);
        let cid = String::from_utf8(vector("zipfs", &format!("{name}.dict.cid"))).unwrap();
        assert_eq!(block.cid().to_string(), cid.trim());
        let dictionary = Dictionary::read(&block, &limits()).unwrap();
        assert_eq!(dictionary.to_block().unwrap(), block);
        let source = Blocks::of([block.clone()]);
        for text in ["a7", "a8", "alte", "empty", "eng"] {
            let file = vector("zipfs", &format!("{text}.txt.{name}.zipfs"));
            let text = vector("zipfs", &format!("{text}.txt"));
            assert_eq!(files::to_vec(&file, None, &source, &limits()).unwrap(), text, "{name}");
            let options = Options { profile: None, rule: Rule::Seed };
            let ours = compress(&dictionary, block.cid(), &text, &options, &limits(), &Silent).unwrap();
            assert_eq!(ours, file, "{name}");
            seen += 1;
        }
    }
    let folder = std::fs::read_dir(vectors("zipfs", "")).unwrap();
    let files = folder.filter(|e| e.as_ref().unwrap().file_name().to_str().unwrap().ends_with(".zipfs"));
    assert_eq!(seen, files.count());
}

fn cases(kind: &str) -> Vec<Value> {
    let all: Value = serde_json::from_slice(&vector("ipld", "vectors.json")).unwrap();
    all[kind].as_array().unwrap().clone()
}

fn case_bytes(case: &Value) -> Vec<u8> {
    if let Some(text) = case["hex"].as_str() {
        return hex(text);
    }
    // The one that is too long to be written out.
    assert_eq!(case["name"], "dict-len-edges");
    let mut out = hex("a2 64 4e616d65 65 6564676573 68 5365676d656e7473 88");
    for (length, head) in [
        (0, "40"),
        (1, "41"),
        (23, "57"),
        (24, "5818"),
        (255, "58ff"),
        (256, "590100"),
        (65_535, "59ffff"),
        (65_536, "5a00010000"),
    ] {
        out.extend(hex(head));
        out.extend(vec![b'a'; length]);
    }
    out
}

#[test]
fn blocks_of_dag_cbor_are_read_and_written_byte_for_byte() {
    let mut kinds = (0, 0, 0);
    for case in cases("positive") {
        let name = case["name"].as_str().unwrap();
        let block = Block::new(Codec::DagCbor, case_bytes(&case)).unwrap();
        assert_eq!(block.data().len() as u64, case["size"].as_u64().unwrap(), "{name}");
        assert_eq!(block.cid().to_string(), case["cid"].as_str().unwrap(), "{name}");
        let other = || Root::read(&block, &limits()).unwrap_err().kind();
        if name.starts_with("dict-") {
            let dictionary = Dictionary::read(&block, &limits()).unwrap();
            assert_eq!(dictionary.to_block().unwrap(), block, "{name}");
            kinds.0 += 1;
        } else if name.ends_with("root") {
            let root = Root::read(&block, &limits()).unwrap();
            assert_eq!((root.count(), root.parts().len()), (40, 4));
            let e = Dictionary::read(&block, &limits()).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Missing);
        } else if name.contains("part") {
            assert_eq!(other(), ErrorKind::Corrupt, "{name}: a part is no dictionary");
            kinds.1 += 1;
        } else {
            assert_eq!(other(), ErrorKind::Corrupt, "{name}: a file is no dictionary");
            let file = CompressedFile::read(block.data(), &limits()).unwrap();
            assert_eq!(file.to_bytes(), block.data(), "{name}");
            assert_eq!(file.naming(), Naming::Link);
            let data: &[u8] = if name == "file-empty" { &[] } else { &[0x5f, 0x80] };
            assert_eq!(file.data(), data, "{name}");
            kinds.2 += 1;
        }
    }
    assert_eq!(kinds, (6, 4, 4));
}

#[test]
fn d3_what_is_not_in_its_one_form_is_refused() {
    let all = cases("negative");
    assert_eq!(all.len(), 24);
    for case in all {
        let (name, bytes) = (&case["name"], case_bytes(&case));
        let block = Block::new(Codec::DagCbor, bytes.clone()).unwrap();
        let e = Root::read(&block, &limits()).unwrap_err();
        assert!(matches!(e.kind(), ErrorKind::Corrupt | ErrorKind::Truncated), "{name}: {e}");
        let e = CompressedFile::read(&bytes, &limits()).unwrap_err();
        let named = name.as_str().unwrap().starts_with("cid-");
        let kind = if named { ErrorKind::Corrupt } else { ErrorKind::NotThisFormat };
        assert_eq!(e.kind(), kind, "{name}: {e}");
    }
}

#[test]
fn the_file_over_a_dictionary_in_many_blocks_has_its_meaning_in_each_profile() {
    let blocks = ["multi-root", "multi-part0", "multi-part1", "multi-part2", "multi-part3"]
        .map(|name| Block::new(Codec::DagCbor, vector("ipld", &format!("{name}.cbor"))).unwrap());
    let source = Blocks::of(blocks.clone());
    let file = vector("ipld", "multi-file.cbor");
    assert_eq!(files::to_vec(&file, None, &source, &limits()).unwrap(), b"seg000seg005");
    let strict = files::to_vec(&file, Some(Profile::Strict), &source, &limits()).unwrap();
    let wanted = [0, 1, 6, 0, 0, 0, 0, 0, 0].map(|n| format!("seg{n:03}")).concat();
    assert_eq!(strict, wanted.as_bytes());
    // The parts that unary needs are 0 and 1; the others may be missing.
    let source = source.without(blocks[3].cid()).without(blocks[4].cid());
    assert_eq!(files::to_vec(&file, None, &source, &limits()).unwrap(), b"seg000seg005");
    let opened = Opened::new(&file, None, &source, &limits()).unwrap();
    let needs = opened.needs().unwrap();
    assert_eq!((needs.segments, needs.parts), (vec![0, 5], vec![0, 1]));

    let source = Blocks::of(blocks.clone());
    let root = Root::read(&blocks[0], &limits()).unwrap();
    let dictionary = root.dictionary(&source, &limits(), &Silent).unwrap();
    // The vector's parts hold 4, 8, 16 and 12 segments; ours are filled.
    let (root, parts) = dictionary.to_multi(1 << 16).unwrap();
    assert_eq!(parts.len(), 1);
    assert_ne!(root.cid(), blocks[0].cid());
}
