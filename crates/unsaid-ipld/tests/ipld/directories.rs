//! Directories of others, and hostile ones.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use unsaid_core::{ErrorKind, Result};
use unsaid_ipld::dagpb::{Link, Node};
use unsaid_ipld::source::Memory;
use unsaid_ipld::unixfs;
use unsaid_ipld::walk::Budget;
use unsaid_ipld::{Block, BlockSource, Cid, Codec, cid};

use crate::common::{Counting, kind, raw, unhex};
use crate::unixfs::{cat, file, golden, message, node, of};

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
    for name in ["plain", "sharded", "sharded by 8"] {
        let (inner, cid, wanted) = golden_directory(name);
        let source = Counting { inner, ..Counting::default() };
        for wanted in wanted {
            let entry = unixfs::find(&source, &cid, &wanted, &Budget::default()).unwrap().unwrap();
            assert_eq!(cat(&source.inner, &entry.cid).unwrap(), wanted.as_bytes());
        }
        assert_eq!(unixfs::find(&source, &cid, "absent", &Budget::default()).unwrap(), None);
        // Only the blocks on the way of a hash are read: at most a few for each name.
        assert!(source.asked.load(Ordering::Relaxed) <= 61 * 4, "{name}");
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

/// What becomes of the name of a link.
type Change = fn(&str) -> String;

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
    let rename = |from: Change| {
        move |root: &mut Node| {
            let link = root.links.iter_mut().find(|link| link.name.as_ref().unwrap().len() > 2).unwrap();
            link.name = Some(from(link.name.as_ref().unwrap()));
        }
    };
    let renames: [(Change, &str); 7] = [
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
