//! Files as blocks: the same names as others give them, and hostile trees.

use std::collections::BTreeSet;
use std::fs;

use proptest::prelude::*;
use serde_json::Value;
use unsaid_core::{ErrorKind, Result};
use unsaid_ipld::dagpb::{Link, Node};
use unsaid_ipld::source::Memory;
use unsaid_ipld::unixfs::{self, Added, CHUNK, Info, Kind, LINKS, Options, Writer};
use unsaid_ipld::walk::{Budget, Walk};
use unsaid_ipld::{Block, BlockSource, Cid, Codec, cid, links};
use unsaid_testkit::{Fault, FaultyReader, FaultyWriter};

use crate::common::{kind, list, on_a_small_stack, raw, unhex, vectors};

/// The bytes of the recipe: those of i * 2654435761, the highest.
fn bytes(n: usize) -> Vec<u8> {
    (0..n as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn add(bytes: &[u8], options: &Options) -> (Added, Memory) {
    let mut source = Memory::default();
    let added = unixfs::write(&mut &bytes[..], options, &mut |block| {
        source.put(block);
        Ok(())
    });
    (added.unwrap(), source)
}

fn cat(source: &dyn BlockSource, cid: &Cid) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let written = unixfs::cat(source, cid, &Budget::default(), &mut out)?;
    assert_eq!(written, out.len() as u64);
    Ok(out)
}

fn golden() -> Value {
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
fn message(
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

fn leb(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn node(message: Vec<u8>, links: &[(&str, Cid, u64)]) -> Block {
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

fn file(size: Option<u64>, sizes: &[u64], parts: &[&Block]) -> Block {
    let links: Vec<_> = parts.iter().map(|part| ("", *part.cid(), 17)).collect();
    node(message(2, None, size, sizes, None), &links)
}

fn of(blocks: &[&Block]) -> Memory {
    blocks.iter().map(|block| (*block).clone()).collect()
}

#[test]
fn d8_sizes_that_do_not_add_up_are_refused() {
    let (a, b) = (raw(b"four"), raw(b"sixsix"));
    let good = file(Some(10), &[4, 6], &[&a, &b]);
    assert_eq!(cat(&of(&[&a, &b, &good]), good.cid()).unwrap(), b"foursixsix");
    for (size, sizes, what) in [
        (Some(11), &[4, 6][..], "a sum that is not the size"),
        (Some(10), &[5, 5], "sizes that are not those of the parts"),
        (Some(10), &[10], "fewer sizes than parts"),
        (Some(10), &[4, 6, 0], "more sizes than parts"),
        (None, &[4, 6], "no size"),
        (Some(0), &[], "no sizes"),
        (Some(9), &[u64::MAX, 10], "a sum of more than 64 bits"),
        (Some(10), &[1 << 63, (1 << 63) + 10], "negative sizes that add up"),
    ] {
        let root = file(size, sizes, &[&a, &b]);
        assert_eq!(kind(cat(&of(&[&a, &b, &root]), root.cid())), ErrorKind::Corrupt, "{what}");
    }
    let root = file(Some(u64::MAX), &[u64::MAX, 0], &[&a, &b]);
    assert_eq!(kind(cat(&of(&[&a, &b, &root]), root.cid())), ErrorKind::Limit);
    // A part within says less than it holds, and the root believes it.
    let inner = node(message(2, Some(b"xyz"), Some(4), &[], None), &[]);
    let root = file(Some(8), &[4, 4], &[&a, &inner]);
    assert_eq!(kind(cat(&of(&[&a, &inner, &root]), root.cid())), ErrorKind::Corrupt);
    // Bytes of its own come before those of the parts.
    let own = node(message(2, Some(b"own,"), Some(8), &[4], None), &[("", *a.cid(), 4)]);
    assert_eq!(cat(&of(&[&a, &own]), own.cid()).unwrap(), b"own,four");
    // An old leaf of kind 0, without a size.
    let leaf = node(message(0, Some(b"leaf"), None, &[], None), &[]);
    assert_eq!(cat(&of(&[&leaf]), leaf.cid()).unwrap(), b"leaf");
}

#[test]
fn d8_a_message_is_read_strictly() {
    let hex = |hex: &str| Block::new(Codec::DagPb, unhex(hex)).unwrap();
    for (bytes, wanted, what) in [
        ("", ErrorKind::Corrupt, "no data"),
        ("0a00", ErrorKind::Corrupt, "no kind"),
        ("0a020806", ErrorKind::NewerVersion, "kind 6"),
        ("0a0408024801", ErrorKind::NewerVersion, "field 9"),
        ("0a0408020802", ErrorKind::Corrupt, "the kind twice"),
        ("0a020a00", ErrorKind::Corrupt, "a kind that is bytes"),
        ("0a05080212057878", ErrorKind::Truncated, "data cut"),
        ("0a0208020a020802", ErrorKind::Corrupt, "data twice"),
        ("0a0408828000", ErrorKind::Corrupt, "a number in a long form"),
        ("0a0b08ffffffffffffffffff7f", ErrorKind::Corrupt, "a number of 70 bits"),
        ("0a020802120a", ErrorKind::Truncated, "a link cut"),
        ("0a0208021200", ErrorKind::Corrupt, "a link without a CID"),
        ("1a00", ErrorKind::Corrupt, "field 3 of a node"),
        ("0d00000000", ErrorKind::Corrupt, "a field of four bytes"),
        ("0aff", ErrorKind::Truncated, "a length cut"),
        ("0affffffffffffffffff01", ErrorKind::Truncated, "a length of 2^64 - 1"),
    ] {
        let block = hex(bytes);
        assert_eq!(kind(cat(&of(&[&block]), block.cid())), wanted, "{what}");
    }
    // Sizes may be packed.
    let a = raw(b"four");
    let packed = [unhex("0a080802180822020404"), vec![]].concat();
    let mut bytes =
        Node { links: (0..2).map(|_| Link { cid: *a.cid(), name: None, size: None }).collect(), data: None }
            .encode();
    bytes.extend(packed);
    let root = Block::new(Codec::DagPb, bytes).unwrap();
    assert_eq!(cat(&of(&[&a, &root]), root.cid()).unwrap(), b"fourfour");
    // Data before links is how old writers wrote; links around data never were.
    let link = &root.data()[..root.data().len() - 10];
    let data = &root.data()[root.data().len() - 10..];
    let old = Block::new(Codec::DagPb, [data, link].concat()).unwrap();
    assert_eq!(links(&old).unwrap(), links(&root).unwrap());
    let mixed = [&link[..link.len() / 2], data, &link[link.len() / 2..]].concat();
    assert_eq!(kind(Node::decode(&mixed)), ErrorKind::Corrupt);
}

#[test]
fn d8_only_files_are_parts_of_files() {
    let a = raw(b"four");
    let directory = node(message(1, None, None, &[], None), &[("a", *a.cid(), 4)]);
    let symlink = node(message(4, Some(b"/etc/passwd"), None, &[], None), &[]);
    let shard = node(message(5, Some(b""), None, &[], Some((0x22, 256))), &[]);
    let cbor = list(&[*a.cid()]);
    for part in [&directory, &symlink, &shard, &cbor] {
        let source = of(&[&a, part]);
        assert_eq!(kind(cat(&source, part.cid())), ErrorKind::Usage);
        let root = file(Some(4), &[4], &[part]);
        assert_eq!(kind(cat(&of(&[&a, part, &root]), root.cid())), ErrorKind::Corrupt);
    }
    assert_eq!(unixfs::info(&of(&[&symlink]), symlink.cid()).unwrap(), Info { kind: Kind::Symlink, size: 0 });
    assert_eq!(kind(unixfs::info(&of(&[&cbor]), cbor.cid())), ErrorKind::Usage);
    let leaves_with_links = node(message(0, Some(b""), Some(4), &[4], None), &[("", *a.cid(), 4)]);
    assert_eq!(kind(cat(&of(&[&a, &leaves_with_links]), leaves_with_links.cid())), ErrorKind::Corrupt);
}

#[test]
fn d6_a_file_of_2_to_the_40_parts_ends_at_the_budget() {
    let mut block = raw(b"");
    let mut source = of(&[&block]);
    for _ in 0..40 {
        block = file(Some(0), &[0, 0], &[&block, &block]);
        source.put(block.clone());
    }
    let budget = Budget { nodes: 10_000, ..Budget::default() };
    assert_eq!(kind(unixfs::cat(&source, block.cid(), &budget, &mut Vec::new())), ErrorKind::Limit);
    // And one of 2^40 bytes, from 41 blocks that tell the truth: refused before a byte is written.
    let mut block = raw(b"x");
    let mut source = of(&[&block]);
    for level in 0..40 {
        block = file(Some(2 << level), &[1 << level; 2], &[&block, &block]);
        source.put(block.clone());
    }
    let budget = Budget { bytes: 1 << 30, ..Budget::default() };
    let mut out = Vec::new();
    assert_eq!(kind(unixfs::cat(&source, block.cid(), &budget, &mut out)), ErrorKind::Limit);
    assert!(out.is_empty());
    assert_eq!(unixfs::info(&source, block.cid()).unwrap().size, 1 << 40);
}

#[test]
fn d7_a_file_that_is_a_list_is_read_without_recursion() {
    let mut block = raw(b"end");
    let mut source = of(&[&block]);
    for _ in 0..20_000 {
        block = file(Some(3), &[3], &[&block]);
        source.put(block.clone());
    }
    on_a_small_stack(|| {
        assert_eq!(kind(cat(&source, block.cid())), ErrorKind::Limit);
        let budget = Budget { depth: 20_000, ..Budget::default() };
        let mut out = Vec::new();
        unixfs::cat(&source, block.cid(), &budget, &mut out).unwrap();
        assert_eq!(out, b"end");
    });
}

#[test]
fn d9_what_links_say_of_sizes_is_never_looked_at() {
    let (a, b) = (raw(b"four"), raw(b"sixsix"));
    for lie in [0, 1, u64::MAX] {
        let links = [("", *a.cid(), lie), ("", *b.cid(), lie)];
        let root = node(message(2, None, Some(10), &[4, 6], None), &links);
        assert_eq!(cat(&of(&[&a, &b, &root]), root.cid()).unwrap(), b"foursixsix");
    }
    // A writer counts them itself.
    let (added, source) = add(b"foursixsix", &Options { chunk: 4, links: 3 });
    let root = Node::decode(source.get(&added.cid).unwrap().unwrap().data()).unwrap();
    let sizes: Vec<_> = root.links.iter().map(|link| link.size.unwrap()).collect();
    assert_eq!(sizes, [4, 4, 2]);
}

#[test]
fn a_missing_part_is_named() {
    let (added, mut source) = add(&bytes(1000), &Options { chunk: 64, links: 4 });
    let part = links(&source.get(&added.cid).unwrap().unwrap()).unwrap()[1];
    source.remove(&part);
    let e = cat(&source, &added.cid).unwrap_err();
    assert!(e.kind() == ErrorKind::Missing && e.to_string().contains(&part.to_string()), "{e}");
}

fn names(source: &dyn BlockSource, cid: &Cid) -> Result<BTreeSet<String>> {
    let entries = unixfs::list(source, cid, &Budget::default())?;
    for entry in &entries {
        // The files of the vectors hold their own names.
        assert_eq!(cat(source, &entry.cid)?, entry.name.as_bytes());
    }
    Ok(entries.into_iter().map(|entry| entry.name).collect())
}

fn golden_directory(name: &str) -> (Memory, Cid, BTreeSet<String>) {
    let golden = golden();
    let case = &golden["directories"][name];
    let blocks = case["blocks"].as_object().unwrap().iter();
    let source = blocks
        .map(|(name, hex)| Block::verify(cid::parse(name).unwrap(), unhex(hex.as_str().unwrap())).unwrap());
    let names = case["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
    (source.collect(), cid::parse(case["cid"].as_str().unwrap()).unwrap(), names.collect())
}

#[test]
fn directories_of_another_program_are_listed() {
    for name in ["plain", "sharded", "sharded by 8", "empty"] {
        let (source, cid, wanted) = golden_directory(name);
        assert_eq!(names(&source, &cid).unwrap(), wanted, "{name}");
        let budget = Budget { nodes: 1, bytes: 10, ..Budget::default() };
        if name != "empty" {
            assert_eq!(kind(unixfs::list(&source, &cid, &budget)), ErrorKind::Limit, "{name}");
        }
    }
    // These really are several levels deep.
    for (name, blocks) in [("sharded", 62), ("sharded by 8", 70)] {
        let (source, ..) = golden_directory(name);
        assert!(source.len() >= blocks, "{name} {}", source.len());
    }
}

#[test]
fn d8_directories_with_names_that_cannot_be_are_refused() {
    let a = raw(b"x");
    let directory = |names: &[&str]| {
        let links: Vec<_> = names.iter().map(|name| (*name, *a.cid(), 1)).collect();
        node(message(1, None, None, &[], None), &links)
    };
    let listed = |block: &Block| unixfs::list(&of(&[block]), block.cid(), &Budget::default());
    for name in ["", ".", "..", "a/b", "/", "a\0"] {
        assert_eq!(kind(listed(&directory(&[name]))), ErrorKind::UnsafePath, "{name:?}");
    }
    assert_eq!(kind(listed(&directory(&["a", "b", "a"]))), ErrorKind::Corrupt);
    assert_eq!(listed(&directory(&["b", "..."])).unwrap().len(), 2);
    assert_eq!(kind(unixfs::list(&of(&[&a]), a.cid(), &Budget::default())), ErrorKind::Usage);
    let plain = file(Some(1), &[1], &[&a]);
    assert_eq!(kind(listed(&plain)), ErrorKind::Usage);
}

/// The root of the sharded directory of the vectors, changed, and what listing it comes to.
fn changed(name: &str, change: impl FnOnce(&mut Node)) -> Result<BTreeSet<String>> {
    let (mut source, cid, _) = golden_directory(name);
    let mut root = Node::decode(source.get(&cid).unwrap().unwrap().data()).unwrap();
    change(&mut root);
    let root = Block::new(Codec::DagPb, root.encode()).unwrap();
    source.put(root.clone());
    names(&source, root.cid())
}

#[test]
fn d8_shards_that_contradict_themselves_are_refused() {
    let whole = changed("sharded", |_| {}).unwrap();
    assert_eq!(whole.len(), 60);
    // Fan-outs, and hashes that are none.
    for (hash, fanout) in
        [(0x22, 0), (0x22, 1), (0x22, 3), (0x22, 4), (0x22, 255), (0x22, 2048), (0x22, 1 << 31), (0x23, 256)]
    {
        let block = node(message(5, Some(b""), None, &[], Some((hash, fanout))), &[]);
        let e = unixfs::list(&of(&[&block]), block.cid(), &Budget::default());
        assert_eq!(kind(e), ErrorKind::Corrupt, "{hash} {fanout}");
    }
    let block = node(message(5, Some(b""), None, &[], None), &[]);
    assert_eq!(kind(unixfs::list(&of(&[&block]), block.cid(), &Budget::default())), ErrorKind::Corrupt);
    let empty = node(message(5, Some(&[0; 32]), None, &[], Some((0x22, 256))), &[]);
    assert!(unixfs::list(&of(&[&empty]), empty.cid(), &Budget::default()).unwrap().is_empty());
    let wide = node(message(5, Some(&[0; 33]), None, &[], Some((0x22, 256))), &[]);
    assert_eq!(kind(unixfs::list(&of(&[&wide]), wide.cid(), &Budget::default())), ErrorKind::Corrupt);
    // Names and numbers.
    let rename = |from: fn(&str) -> String| {
        move |root: &mut Node| {
            let link = root.links.iter_mut().find(|link| link.name.as_ref().unwrap().len() > 2).unwrap();
            link.name = Some(from(link.name.as_ref().unwrap()));
        }
    };
    let renames: [(fn(&str) -> String, &str); 7] = [
        (|name| format!("{}x", name), "a name at the wrong place"),
        (|name| name[2..].to_owned(), "no number"),
        (
            |name| format!("{}{}", name[..2].to_lowercase().replace(['0', '1'], "a"), &name[2..]),
            "small digits",
        ),
        (|name| format!("+1{}", &name[2..]), "a sign"),
        (|_| "A".to_owned(), "half a number"),
        (|_| "ü".to_owned(), "no digits"),
        (|name| format!("0{name}"), "a number too long"),
    ];
    for (change, what) in renames {
        assert_eq!(kind(changed("sharded", rename(change))), ErrorKind::Corrupt, "{what}");
    }
    let e = changed("sharded", |root| root.links.swap(0, 1));
    assert_eq!(kind(e), ErrorKind::Corrupt, "out of order");
    let e = changed("sharded", |root| drop(root.links.pop()));
    assert_eq!(kind(e), ErrorKind::Corrupt, "a place that has nothing");
    let e = changed("sharded", |root| root.links.push(root.links[0].clone()));
    assert_eq!(kind(e), ErrorKind::Corrupt, "twice");
}

#[test]
fn d8_what_hangs_on_a_shard_must_be_a_shard() {
    // A link without a name that leads to a file, and one that leads round in the tree.
    let is_shard = |link: &&mut Link| link.name.as_ref().unwrap().len() == 1;
    let leaf = *raw(b"x").cid();
    let e = changed("sharded by 8", |root| root.links.iter_mut().find(is_shard).unwrap().cid = leaf);
    assert_eq!(kind(e), ErrorKind::Corrupt);
    let plain = node(message(1, None, None, &[], None), &[]);
    let (mut source, cid, _) = golden_directory("sharded by 8");
    source.put(plain.clone());
    let mut root = Node::decode(source.get(&cid).unwrap().unwrap().data()).unwrap();
    root.links.iter_mut().find(is_shard).unwrap().cid = *plain.cid();
    let root = Block::new(Codec::DagPb, root.encode()).unwrap();
    source.put(root.clone());
    assert_eq!(kind(names(&source, root.cid())), ErrorKind::Corrupt);
    // Two places with the same node: its names belong to one of them only.
    let e = changed("sharded by 8", |root| {
        let first = root.links.iter_mut().find(is_shard).unwrap().cid;
        root.links.iter_mut().filter(is_shard).for_each(|link| link.cid = first);
    });
    assert_eq!(kind(e), ErrorKind::Corrupt);
    // Deeper than the hash has bits.
    let mut block = node(message(5, Some(&[1]), None, &[], Some((0x22, 8))), &[("0a", leaf, 1)]);
    let mut source = of(&[&block]);
    for _ in 0..30 {
        block = node(message(5, Some(&[1]), None, &[], Some((0x22, 8))), &[("0", *block.cid(), 1)]);
        source.put(block.clone());
    }
    assert_eq!(kind(names(&source, block.cid())), ErrorKind::Corrupt);
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
