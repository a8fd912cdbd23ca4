//! Files as blocks: the same names as others give them, and hostile trees.

use std::fs;

use proptest::prelude::*;
use serde_json::Value;
use unsaid_core::{ErrorKind, Result};
use unsaid_ipld::dagpb::{Link, Node};
use unsaid_ipld::source::Memory;
use unsaid_ipld::unixfs::{self, Added, CHUNK, LINKS, Options, Writer};
use unsaid_ipld::walk::{Budget, Walk};
use unsaid_ipld::{Block, BlockSource, Cid, Codec};
use unsaid_testkit::{Fault, FaultyReader, FaultyWriter};

use crate::common::{kind, unhex, vectors};

/// The bytes of the recipe: those of i * 2654435761, the highest.
pub(crate) fn bytes(n: usize) -> Vec<u8> {
    (0..n as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

pub(crate) fn add(bytes: &[u8], options: &Options) -> (Added, Memory) {
    let mut source = Memory::default();
    let added = unixfs::write(&mut &bytes[..], options, &mut |block| {
        source.put(block);
        Ok(())
    });
    (added.unwrap(), source)
}

pub(crate) fn cat(source: &dyn BlockSource, cid: &Cid) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let written = unixfs::cat(source, cid, &Budget::default(), &mut out)?;
    assert_eq!(written, out.len() as u64);
    Ok(out)
}

pub(crate) fn golden() -> Value {
    serde_json::from_slice(&fs::read(vectors().join("unixfs.json")).unwrap()).unwrap()
}

#[test]
fn files_have_the_names_that_other_programs_give_them() {
    let golden = golden();
    let files = golden["files"].as_array().unwrap();
    assert_eq!(files.len(), 33);
    let largest = bytes(174 * CHUNK + 1);
    for case in files {
        let number = |key: &str| case[key].as_u64().unwrap() as usize;
        let (size, options) = (number("size"), Options { chunk: number("chunk"), links: number("links") });
        let (added, source) = add(&largest[..size], &options);
        assert_eq!(added.cid.to_string(), case["cid"].as_str().unwrap(), "{size} {options:?}");
        assert_eq!((added.size, source.len()), (size as u64, number("different")));
        if let Some(root) = case["root"].as_str() {
            assert_eq!(source.get(&added.cid).unwrap().unwrap().data(), unhex(root));
        }
        assert!(cat(&source, &added.cid).unwrap() == largest[..size], "{size} {options:?}");
        assert_eq!(unixfs::info(&source, &added.cid).unwrap().size, size as u64);
    }
}

#[test]
fn a_file_is_what_it_was_however_it_comes() {
    let data = bytes(1000);
    let options = Options { chunk: 64, links: 3 };
    let (whole, _) = add(&data, &options);
    for step in [1, 7, 64, 65, 999] {
        let mut blocks = 0;
        let mut writer = Writer::new(&options, |_| {
            blocks += 1;
            Ok(())
        })
        .unwrap();
        data.chunks(step).for_each(|part| writer.push(part).unwrap());
        assert_eq!(writer.finish().unwrap(), whole);
        assert_eq!(blocks, whole.blocks);
    }
    let mut slow = FaultyReader::in_steps(data.as_slice(), 7);
    assert_eq!(unixfs::write(&mut slow, &options, &mut |_| Ok(())).unwrap(), whole);
}

#[test]
fn an_empty_file_is_an_empty_raw_block() {
    let (added, source) = add(b"", &Options::default());
    assert_eq!(added.cid.to_string(), "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
    assert_eq!((added.size, added.blocks), (0, 1));
    assert_eq!(cat(&source, &added.cid).unwrap(), b"");
}

#[test]
fn impossible_shapes_are_refused() {
    for (chunk, links) in [(0, LINKS), ((1 << 20) + 1, LINKS), (CHUNK, 0), (CHUNK, 1), (CHUNK, 8193)] {
        assert_eq!(kind(Writer::new(&Options { chunk, links }, |_| Ok(()))), ErrorKind::Usage);
    }
    let widest = Options { chunk: 1, links: 8192 };
    assert_eq!(add(&bytes(8192), &widest).0.blocks, 8193);
}

#[test]
fn the_whole_size_is_that_of_all_blocks() {
    let (added, source) = add(&bytes(1000), &Options { chunk: 100, links: 3 });
    let walked: u64 = Walk::new(&source, &[added.cid], Budget::default())
        .map(|found| found.unwrap().present().unwrap().data().len() as u64)
        .sum();
    assert_eq!(added.total, walked);
}

#[test]
fn what_readers_and_writers_of_files_say_comes_through() {
    let options = Options { chunk: 64, links: 3 };
    let refused = Fault::Fail(std::io::ErrorKind::PermissionDenied);
    let mut broken = FaultyReader::in_steps(&[7u8; 1000][..], 50).fault_at(9, refused);
    assert_eq!(kind(unixfs::write(&mut broken, &options, &mut |_| Ok(()))), ErrorKind::Environment);
    let (added, source) = add(&bytes(1000), &options);
    let mut full = FaultyWriter::in_steps(Vec::new(), 50).fault_at(9, refused);
    let written = unixfs::cat(&source, &added.cid, &Budget::default(), &mut full);
    assert_eq!(kind(written), ErrorKind::Environment);
    let mut writer = Writer::new(&options, |_| Err(unsaid_core::Error::corrupt("no"))).unwrap();
    assert_eq!(kind(writer.push(&[0; 64])), ErrorKind::Corrupt);
}

/// A UnixFS message: kind, bytes, size, sizes, hash, fan-out.
pub(crate) fn message(
    kind: u64,
    bytes: Option<&[u8]>,
    size: Option<u64>,
    sizes: &[u64],
    sharded: Option<(u64, u64)>,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut number = |field: u8, n: u64| {
        out.push(field << 3);
        leb(&mut out, n);
    };
    number(1, kind);
    if let Some(bytes) = bytes {
        out.push(2 << 3 | 2);
        leb(&mut out, bytes.len() as u64);
        out.extend(bytes);
    }
    let mut number = |field: u8, n: u64| {
        out.push(field << 3);
        leb(&mut out, n);
    };
    size.into_iter().for_each(|size| number(3, size));
    sizes.iter().for_each(|&size| number(4, size));
    if let Some((hash, fanout)) = sharded {
        number(5, hash);
        number(6, fanout);
    }
    out
}

pub(crate) fn leb(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

pub(crate) fn node(message: Vec<u8>, links: &[(&str, Cid, u64)]) -> Block {
    let links = links.iter().map(|(name, cid, size)| Link {
        cid: *cid,
        name: Some((*name).to_owned()),
        size: Some(*size),
    });
    let node = Node { links: links.collect(), data: Some(message) };
    let block = Block::new(Codec::DagPb, node.encode()).unwrap();
    assert_eq!(Node::decode(block.data()).unwrap(), node);
    block
}

pub(crate) fn file(size: Option<u64>, sizes: &[u64], parts: &[&Block]) -> Block {
    let links: Vec<_> = parts.iter().map(|part| ("", *part.cid(), 17)).collect();
    node(message(2, None, size, sizes, None), &links)
}

pub(crate) fn of(blocks: &[&Block]) -> Memory {
    blocks.iter().map(|block| (*block).clone()).collect()
}

#[test]
fn every_prefix_and_flipped_bit_of_a_node_is_found() {
    let (added, source) = add(&bytes(1000), &Options { chunk: 100, links: 20 });
    let root = source.get(&added.cid).unwrap().unwrap();
    for cut in 0..root.data().len() {
        assert_eq!(kind(Block::verify(added.cid, root.data()[..cut].to_vec())), ErrorKind::Corrupt);
        // Under a name of its own it may be a node, but no file.
        let block = Block::new(Codec::DagPb, root.data()[..cut].to_vec()).unwrap();
        let mut source = source.clone();
        source.put(block.clone());
        assert!(cat(&source, block.cid()).is_err(), "{cut}");
    }
    let mut other = 0;
    for bit in 0..root.data().len() * 8 {
        let mut bytes = root.data().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(kind(Block::verify(added.cid, bytes.clone())), ErrorKind::Corrupt);
        let block = Block::new(Codec::DagPb, bytes).unwrap();
        let mut source = source.clone();
        source.put(block.clone());
        if let Ok(read) = cat(&source, block.cid()) {
            assert_eq!(read.len(), 1000);
            other += 1;
        }
    }
    // What may change without another file: sizes and names of links, and raw leaves read by another codec.
    assert!(other > 0);
}

proptest! {
    #[test]
    fn any_file_comes_back(
        data in proptest::collection::vec(any::<u8>(), 0..2000), chunk in 1usize..300, links in 2usize..9,
    ) {
        let (added, source) = add(&data, &Options { chunk, links });
        prop_assert_eq!(cat(&source, &added.cid).unwrap(), data);
    }

    #[test]
    fn any_node_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let block = Block::new(Codec::DagPb, bytes).unwrap();
        let source = of(&[&block]);
        let _ = cat(&source, block.cid());
        let _ = unixfs::list(&source, block.cid(), &Budget::default());
    }
}
