//! Bodies of the fuzz targets of this crate. Each takes any bytes and must neither panic nor hang nor use
//! more than its limits; what is accepted must keep the promises of the formats.

use std::io::Cursor;

use unsaid_core::{ErrorKind, Limits};

use crate::cbor::{Item, LINK, Reader, write, write_link};
use crate::dagcbor::{self, Bounds, Ipld};
use crate::dagpb::Node;
use crate::path::Path;
use crate::source::Memory;
use crate::unixfs::{self, Options, Writer};
use crate::walk::{Budget, Walk};
use crate::{Block, BlockSource, Codec, car, cid, links};

const BUDGET: Budget = Budget { nodes: 2000, bytes: 1 << 20, depth: 64 };

/// DAG-CBOR: what is read is written to the same bytes, and the pull parser agrees.
pub fn cbor(data: &[u8]) {
    let _ = Reader::new(data).skip();
    let value = dagcbor::decode::<Ipld>(data, &Bounds::default());
    let checked = dagcbor::check(data, &Bounds::default());
    assert_eq!(value.is_ok(), checked.is_ok(), "both gates let the same pass: {value:?} {checked:?}");
    let Ok(value) = value else { return };
    assert_eq!(dagcbor::encode(&value).ok().as_deref(), Some(data), "one value, one form");
    let (mut reader, mut again, mut named) = (Reader::new(data), Vec::new(), Vec::new());
    while let (false, Ok(item)) = (reader.rest().is_empty(), reader.item()) {
        if item != Item::Tag(LINK) {
            write(&mut again, item);
        } else if let Ok(cid) = reader.link_after_tag() {
            write_link(&mut again, &cid);
            named.push(cid);
        }
    }
    assert!(again == data, "items are written as they were read");
    if let Ok(block) = Block::new(Codec::DagCbor, data.to_vec()) {
        assert_eq!(links(&block).ok().as_ref(), Some(&named));
        let source: Memory = [block.clone()].into_iter().collect();
        // A block in its own name may be nonsense.
        let inline = named.iter().any(|cid| cid.hash().code() == cid::IDENTITY);
        let whole = Walk::new(&source, &[*block.cid()], BUDGET).all(|found| found.is_ok());
        assert!(whole || inline || named.len() as u64 > BUDGET.nodes / 2, "what is read is walked");
    }
}

/// A CAR front to back, and by name: both give the same blocks.
pub fn car(data: &[u8]) {
    let bounds = car::Bounds { blocks: 1000, ..car::Bounds::default() };
    let indexed = car::Indexed::open(Cursor::new(data), &bounds, &Limits::default(), 0);
    let Ok(mut reader) = car::Reader::new(data, &bounds) else {
        assert!(indexed.is_err(), "the same header");
        return;
    };
    let mut blocks = Vec::new();
    let end = loop {
        match reader.next_block() {
            Ok(Some(block)) => blocks.push(block),
            Ok(None) => break None,
            Err(e) => break Some(e),
        }
    };
    let Ok(indexed) = indexed else {
        assert!(end.is_some(), "a whole CAR is read by name");
        return;
    };
    // Blocks that are not what they are called are only found when they are asked for.
    assert!(end.is_none_or(|e| e.kind() == ErrorKind::Corrupt), "the same sections");
    assert_eq!(indexed.roots(), reader.roots());
    for block in &blocks {
        let again = indexed.get(block.cid());
        assert!(matches!(&again, Ok(Some(again)) if again == block), "the same blocks: {again:?}");
    }
    let Ok(mut writer) = car::Writer::new(Vec::new(), reader.roots()) else { return };
    assert!(blocks.iter().all(|block| writer.put(block).is_ok()));
    let Ok(bytes) = writer.finish() else { unreachable!("memory takes everything") };
    let again: Result<Vec<_>, _> = car::Reader::new(bytes.as_slice(), &bounds).map(|r| r.flatten().collect());
    assert_eq!(again.ok(), Some(blocks));
}

/// A node as a file and as a directory; what it links to may be in the names. And the bytes as a file.
pub fn unixfs(data: &[u8]) {
    if let Ok(node) = Node::decode(data) {
        let again = Node::decode(&node.encode());
        assert_eq!(again.ok(), Some(node), "a node has a form");
    }
    let Ok(block) = Block::new(Codec::DagPb, data.to_vec()) else { return };
    let cid = *block.cid();
    let source: Memory = [block].into_iter().collect();
    let mut out = Vec::new();
    let read = unixfs::cat(&source, &cid, &BUDGET, &mut out);
    assert!(out.len() as u64 <= BUDGET.bytes);
    if let Ok(size) = read {
        assert_eq!(size, out.len() as u64);
        assert_eq!(unixfs::info(&source, &cid).ok().map(|info| info.size), Some(size), "sizes are true");
    }
    if let Ok(entries) = unixfs::list(&source, &cid, &BUDGET) {
        assert!(entries.iter().all(|entry| !entry.name.is_empty() && !entry.name.contains('/')));
    }
    let Some((&[chunk, links], file)) = data.split_first_chunk::<2>() else { return };
    // Chunks of a byte are a block each.
    let file = file.get(..200).unwrap_or(file);
    let options = Options { chunk: usize::from(chunk) + 1, links: usize::from(links) + 2 };
    let mut source = Memory::default();
    let added = Writer::new(&options, |block| {
        source.put(block);
        Ok(())
    })
    .and_then(|mut writer| {
        writer.push(file)?;
        writer.finish()
    });
    let Ok(added) = added else { unreachable!("a shape that is allowed") };
    let mut out = Vec::new();
    let budget = Budget { nodes: 1 << 20, ..Budget::default() };
    assert!(unixfs::cat(&source, &added.cid, &budget, &mut out).is_ok() && out == file, "files come back");
}

/// Names from bytes, from text, and paths.
pub fn cid(data: &[u8]) {
    if let Ok((name, length)) = cid::read_prefix(data) {
        assert!(length <= cid::MAX_BYTES, "{length}");
        assert_eq!(name.to_bytes(), data[..length], "a name has one form");
        assert_eq!(cid::read(data).is_ok(), length == data.len());
        assert_eq!(cid::parse(&name.to_string()).ok(), Some(name), "a name is written and read");
        let _ = Block::verify(name, data[length..].to_vec());
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = cid::parse(text);
    if let Ok(path) = Path::parse(text) {
        assert_eq!(Path::parse(&path.to_string()).ok(), Some(path.clone()), "a path has one form");
        let _ = path.resolve(&Memory::default(), &BUDGET);
    }
}
