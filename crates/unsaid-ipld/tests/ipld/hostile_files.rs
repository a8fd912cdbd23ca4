//! Hostile files.

use unsaid_core::ErrorKind;
use unsaid_ipld::dagpb::{Link, Node};
use unsaid_ipld::unixfs::{self, Info, Kind, Options};
use unsaid_ipld::walk::Budget;
use unsaid_ipld::{Block, BlockSource, Codec, cid, links};

use crate::common::{kind, list, on_a_small_stack, raw, unhex};
use crate::unixfs::{add, bytes, cat, file, message, node, of};

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
    // Parts may be in their names.
    let inline =
        |codec: u8, data: &[u8]| cid::read(&[&[1, codec, 0, data.len() as u8][..], data].concat()).unwrap();
    let part = Node { links: vec![], data: Some(message(2, Some(b"inner"), Some(5), &[], None)) };
    let links = [("", inline(0x55, b"leaf,"), 0), ("", inline(0x70, &part.encode()), 0)];
    let root = node(message(2, None, Some(10), &[5, 5], None), &links);
    assert_eq!(cat(&of(&[&root]), root.cid()).unwrap(), b"leaf,inner");
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
fn d6_blocks_that_are_all_padding_are_not_visited_again_and_again() {
    // A name of a mebibyte in each node, no byte of a file: 2^20 ways would be a tebibyte.
    let padding = "p".repeat(1_000_000);
    let mut block = raw(b"");
    let mut source = of(&[&block]);
    for _ in 0..20 {
        let links = [(&*padding, *block.cid(), 0), ("", *block.cid(), 0)];
        block = node(message(2, None, Some(0), &[0, 0], None), &links);
        source.put(block.clone());
    }
    let e = unixfs::cat(&source, block.cid(), &Budget::default(), &mut Vec::new()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
    assert!(e.to_string().contains("far more than the file"), "{e}");
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
