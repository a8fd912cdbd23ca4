//! Hostile CAR files.

use std::collections::BTreeSet;
use std::io::{self, Cursor, Read};

use proptest::prelude::*;
use unsaid_core::{ErrorKind, Limits, Result};
use unsaid_ipld::car::{Bounds, Indexed, Reader, Writer, export};
use unsaid_ipld::source::Memory;
use unsaid_ipld::walk::{Budget, Walk};
use unsaid_ipld::{Block, BlockSource, Cid, MAX_READ};

use crate::common::{kind, list, raw};

/// A root, a leaf, a block between them, and the leaf again.
fn blocks() -> Vec<Block> {
    let a = raw(b"first leaf");
    let b = list(&[*a.cid()]);
    vec![list(&[*a.cid(), *b.cid()]), a.clone(), b, a]
}

fn car(roots: &[Cid], blocks: &[Block]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), roots).unwrap();
    blocks.iter().for_each(|block| writer.put(block).unwrap());
    writer.finish().unwrap()
}

fn sample() -> Vec<u8> {
    car(&[*blocks()[0].cid()], &blocks())
}

/// The blocks and the roots that did not come.
fn read(bytes: &[u8]) -> Result<(Vec<Block>, Vec<Cid>)> {
    let mut reader = Reader::new(bytes, &Bounds::default())?;
    let blocks = reader.by_ref().collect::<Result<_>>()?;
    Ok((blocks, reader.absent_roots()))
}

fn indexed(bytes: &[u8]) -> Result<Indexed<Cursor<&[u8]>>> {
    Indexed::open(Cursor::new(bytes), &Bounds::default(), &Limits::default(), 0)
}

/// A CAR of version 2 around one of version 1.
fn version_2(inner: &[u8], padding: usize, index: &[u8]) -> Vec<u8> {
    let mut out = vec![0x0a, 0xa1, 0x67];
    out.extend(b"version\x02");
    out.extend([0; 16]);
    let data = 51 + padding as u64;
    let end = data + inner.len() as u64;
    for number in [data, inner.len() as u64, if index.is_empty() { 0 } else { end + padding as u64 }] {
        out.extend(number.to_le_bytes());
    }
    out.extend(vec![0; padding]);
    out.extend(inner);
    if !index.is_empty() {
        out.extend(vec![0; padding]);
        out.extend(index);
    }
    out
}

/// Sets one of the three numbers of the frame of version 2.
fn set(bytes: &[u8], which: usize, value: u64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = 11 + 16 + which * 8;
    bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    bytes
}

#[test]
fn what_is_written_is_read_in_the_same_order_and_by_name() {
    let bytes = sample();
    assert_eq!(read(&bytes).unwrap(), (blocks(), vec![]));
    let source = indexed(&bytes).unwrap();
    assert_eq!(source.roots(), [*blocks()[0].cid()]);
    assert_eq!(source.cids().count(), 3, "a block that is there twice is one");
    for block in blocks() {
        assert!(source.has(block.cid()));
        assert_eq!(source.get(block.cid()).unwrap(), Some(block));
    }
    assert_eq!(source.get(raw(b"other").cid()).unwrap(), None);
}

#[test]
fn an_export_is_the_walk_and_comes_back() {
    let source: Memory = blocks().into_iter().collect();
    let roots = [*blocks()[0].cid()];
    let bytes = export(&source, &roots, Budget::default(), Vec::new()).unwrap();
    let walked: Vec<_> =
        Walk::new(&source, &roots, Budget::default()).map(|f| f.unwrap().present().unwrap()).collect();
    assert_eq!(read(&bytes).unwrap().0, walked);
    let again = export(&indexed(&bytes).unwrap(), &roots, Budget::default(), Vec::new()).unwrap();
    assert_eq!(again, bytes);
    let lacking: Memory = blocks().into_iter().take(2).collect();
    assert_eq!(kind(export(&lacking, &roots, Budget::default(), Vec::new())), ErrorKind::Missing);
}

#[test]
fn d10_headers_are_bounded_and_strict() {
    // A header of a gibibyte.
    let mut huge = vec![0x80, 0x80, 0x80, 0x80, 0x04, 0xa2];
    huge.extend([0; 100]);
    assert_eq!(kind(read(&huge)), ErrorKind::Limit);
    let root = *raw(b"x").cid();
    assert_eq!(kind(Writer::new(Vec::new(), &vec![root; 2000])), ErrorKind::Limit);
    let most = car(&vec![root; 1500], &[raw(b"x")]);
    assert_eq!(read(&most).unwrap().1, []);
    let header = |cbor: &[u8]| [&[cbor.len() as u8][..], cbor].concat();
    let version = b"\x67version";
    for (bytes, wanted) in [
        (vec![], ErrorKind::Truncated),
        (b"PK\x03\x04 what else is a file".to_vec(), ErrorKind::NotThisFormat),
        (header(b"\xa0"), ErrorKind::NotThisFormat),
        (header(&[b"\xa1", &version[..], b"\x01"].concat()), ErrorKind::NotThisFormat),
        (header(&[b"\xa1", &version[..], b"\x03"].concat()), ErrorKind::NewerVersion),
        (header(&[b"\xa2\x65roots\x80", &version[..], b"\x03"].concat()), ErrorKind::NewerVersion),
        (header(&[b"\xa2\x65roots\x80", &version[..], b"\x02"].concat()), ErrorKind::NotThisFormat),
        (header(&[b"\xa2\x65roots\x80", &version[..], b"\x18\x01"].concat()), ErrorKind::Corrupt),
        (header(&[b"\xa2\x65roots\xf6", &version[..], b"\x01"].concat()), ErrorKind::Corrupt),
        (header(&[b"\xa2\x65roots\x81\x00", &version[..], b"\x01"].concat()), ErrorKind::Corrupt),
        (header(&[b"\xa2", &version[..], b"\x01\x65roots\x80"].concat()), ErrorKind::Corrupt),
        (header(&[b"\xa2\x65roots\x80", &version[..], b"\x01\x00"].concat()), ErrorKind::Corrupt),
    ] {
        assert_eq!(kind(read(&bytes)), wanted, "{bytes:02x?}");
    }
    let empty = header(&[b"\xa2\x65roots\x80", &version[..], b"\x01"].concat());
    assert_eq!(read(&empty).unwrap(), (vec![], vec![]));
    assert_eq!(car(&[], &[]), empty);
}

#[test]
fn d10_roots_that_are_missing_are_told_and_others_are_no_error() {
    let all = blocks();
    let absent = *raw(b"absent").cid();
    let (read_blocks, missing) = read(&car(&[*all[0].cid(), absent], &all[..3])).unwrap();
    assert_eq!((read_blocks.len(), missing), (3, vec![absent]));
    // Leaves first.
    let backwards: Vec<_> = all.iter().rev().cloned().collect();
    assert_eq!(read(&car(&[*all[0].cid()], &backwards)).unwrap(), (backwards, vec![]));
}

#[test]
fn d10_a_block_that_is_not_what_its_name_means_is_refused_with_its_place() {
    let good = sample();
    let cut = car(&[*blocks()[0].cid()], &blocks()[..1]).len();
    let mut bytes = good.clone();
    bytes[cut + 1 + 36 + 3] ^= 1;
    let mut reader = Reader::new(bytes.as_slice(), &Bounds::default()).unwrap();
    assert!(reader.next_block().is_ok());
    let e = reader.next_block().unwrap_err();
    assert_eq!((e.kind(), e.offset()), (ErrorKind::Corrupt, Some(cut as u64)));
    assert_eq!(reader.next_block().unwrap(), None, "an error ends it");
    // By name the others are still there, and the damaged one is found at its first copy.
    let source = indexed(&bytes).unwrap();
    assert!(source.get(blocks()[0].cid()).unwrap().is_some());
    assert!(source.get(blocks()[2].cid()).unwrap().is_some());
    assert_eq!(kind(source.get(blocks()[1].cid())), ErrorKind::Corrupt);
}

#[test]
fn d10_sections_and_their_number_are_bounded() {
    let root = *raw(b"x").cid();
    let mut bytes = car(&[root], &[]);
    bytes.extend([0xff, 0xff, 0xff, 0xff, 0x0f, 1, 0x55, 0x12, 0x20]);
    assert_eq!(kind(read(&bytes)), ErrorKind::Limit);
    assert_eq!(kind(indexed(&bytes)), ErrorKind::Limit);
    // An empty section, and one too short for its CID.
    for section in [&[0][..], &[4, 1, 0x55, 0x12, 0x20]] {
        let bytes = [&car(&[root], &[])[..], section, &[0; 40]].concat();
        assert_eq!(kind(read(&bytes)), ErrorKind::Corrupt);
        assert_eq!(kind(indexed(&bytes)), ErrorKind::Corrupt);
    }
    let bounds = Bounds { blocks: 3, block: 85, ..Bounds::default() };
    let bytes = sample();
    let counted = Reader::new(bytes.as_slice(), &bounds).unwrap().collect::<Result<Vec<_>>>();
    assert_eq!(kind(counted), ErrorKind::Limit);
    let bounds = Bounds { block: 82, ..Bounds::default() };
    let sized = Reader::new(bytes.as_slice(), &bounds).unwrap().collect::<Result<Vec<_>>>();
    assert_eq!(kind(sized), ErrorKind::Limit);
    // The largest block that any peer sends is read.
    let large = Block::verify(*raw_cid(&vec![7; MAX_READ]), vec![7; MAX_READ]).unwrap();
    assert_eq!(read(&car(&[*large.cid()], std::slice::from_ref(&large))).unwrap().0, [large]);
}

#[test]
fn d10_the_index_of_a_car_is_charged_against_the_memory() {
    const COUNT: u64 = 20_000;
    let blocks: Vec<Block> = (0..COUNT as u32).map(|n| raw(&n.to_le_bytes())).collect();
    let bytes = car(&[*blocks[0].cid()], &blocks);
    let open = |memory: u64, held: u64| {
        let mut limits = Limits::default();
        limits.memory = memory;
        Indexed::open(Cursor::new(&bytes), &Bounds::of(&limits), &limits, held)
    };
    let whole = open(1 << 30, 0).unwrap();
    let memory = whole.memory();
    // 36 bytes of name and 24 of place, and the room to grow.
    assert!((60 * COUNT..=91 * COUNT).contains(&memory), "{memory}");
    assert_eq!(whole.cids().count() as u64, COUNT);
    assert!(blocks.iter().all(|block| whole.get(block.cid()).unwrap().as_ref() == Some(block)));
    // Where it grows, old and new are there.
    assert!(open(3 * memory, 0).is_ok());
    for (limit, held) in [(0, 0), (4096, 0), (memory - 1, 0), (3 * memory, 3 * memory), (1 << 30, u64::MAX)] {
        let e = open(limit, held).err().unwrap();
        assert_eq!(e.kind(), ErrorKind::Limit);
        assert!(e.hint_text().unwrap().contains("--max-memory"), "{e:?}");
    }
}

#[test]
fn a_car_has_as_many_blocks_as_the_limits_allow_entries() {
    let mut limits = Limits::default();
    let bytes = sample();
    for (entries, fits) in [(3, false), (4, true)] {
        limits.entries = entries;
        let read = Reader::new(bytes.as_slice(), &Bounds::of(&limits)).unwrap().collect::<Result<Vec<_>>>();
        let opened = Indexed::open(Cursor::new(&bytes), &Bounds::of(&limits), &limits, 0).map(drop);
        for done in [read.map(drop), opened] {
            match done {
                Ok(()) => assert!(fits),
                Err(e) => {
                    assert!(!fits && e.kind() == ErrorKind::Limit);
                    assert!(e.hint_text().unwrap().contains("--max-entries"), "{e:?}");
                }
            }
        }
    }
}

/// The name of bytes that are too many to be written.
fn raw_cid(bytes: &[u8]) -> &'static Cid {
    use sha2::Digest;
    let mut name = vec![1, 0x55, 0x12, 32];
    name.extend(sha2::Sha256::digest(bytes));
    Box::leak(Box::new(unsaid_ipld::cid::read(&name).unwrap()))
}

#[test]
fn d10_version_2_is_read_where_its_offsets_make_sense() {
    let inner = sample();
    for padding in [0, 5, 9000] {
        for index in [&b""[..], b"an index that nobody looks at"] {
            let bytes = version_2(&inner, padding, index);
            assert_eq!(read(&bytes).unwrap(), (blocks(), vec![]));
            let source = indexed(&bytes).unwrap();
            for block in blocks() {
                assert_eq!(source.get(block.cid()).unwrap(), Some(block));
            }
        }
    }
    let good = version_2(&inner, 5, b"index");
    let size = inner.len() as u64;
    for (which, value, wanted) in [
        (0, 50, ErrorKind::Corrupt),
        (0, 0, ErrorKind::Corrupt),
        (0, u64::MAX, ErrorKind::Corrupt),
        (1, 0, ErrorKind::Corrupt),
        (1, u64::MAX, ErrorKind::Corrupt),
        (1, size + 6, ErrorKind::Corrupt),
        (2, 56, ErrorKind::Corrupt),
        (2, 1, ErrorKind::Corrupt),
    ] {
        let bytes = set(&good, which, value);
        assert_eq!(kind(read(&bytes)), wanted, "{which} {value}");
        assert_eq!(kind(indexed(&bytes)), wanted, "{which} {value}");
    }
    let unframed = set(&good, 2, 0);
    // The data ends within a section, or beyond the file.
    assert_eq!(kind(read(&set(&unframed, 1, size - 3))), ErrorKind::Corrupt);
    assert_eq!(kind(indexed(&set(&unframed, 1, size - 3))), ErrorKind::Corrupt);
    assert!(read(&set(&unframed, 1, 1 << 40)).is_err());
    assert!(indexed(&set(&unframed, 1, 1 << 40)).is_err());
    let far = set(&set(&unframed, 0, 1 << 50), 1, 10);
    assert_eq!(kind(read(&far)), ErrorKind::Truncated);
    // Version 2 within version 2.
    assert_eq!(kind(read(&version_2(&good, 0, b""))), ErrorKind::Corrupt);
}

/// Where sections begin and end, from the header on.
fn ends() -> BTreeSet<usize> {
    (0..=blocks().len()).map(|n| car(&[*blocks()[0].cid()], &blocks()[..n]).len()).collect()
}

#[test]
fn every_prefix_of_a_car_is_truncated_unless_it_ends_between_blocks() {
    let bytes = sample();
    let ends = ends();
    for cut in 0..bytes.len() {
        let part = &bytes[..cut];
        if ends.contains(&cut) {
            assert!(read(part).is_ok() && indexed(part).is_ok(), "{cut}");
        } else {
            assert_eq!(kind(read(part)), ErrorKind::Truncated, "{cut}");
            assert_eq!(kind(indexed(part)), ErrorKind::Truncated, "{cut}");
        }
    }
    let framed = version_2(&bytes, 3, b"");
    for cut in 0..framed.len() {
        assert_eq!(kind(read(&framed[..cut])), ErrorKind::Truncated, "{cut}");
        assert_eq!(kind(indexed(&framed[..cut])), ErrorKind::Truncated, "{cut}");
    }
}

/// The list of `docs/formats/blocks.md`: what a reader of a CAR cannot see. All else is an error or shows in
/// [`Reader::absent_roots`].
#[test]
fn damage_that_a_car_cannot_show_is_the_list_of_the_page() {
    let good = read(&sample()).unwrap();
    let root = *blocks()[0].cid();
    let whole = |bytes: &[u8]| read(bytes).is_ok_and(|(_, absent)| absent.is_empty());
    let mut unseen = BTreeSet::new();
    // Any flipped bit.
    let bytes = sample();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if whole(&flipped) {
            let (blocks, _) = read(&flipped).unwrap();
            for (was, is) in good.0.iter().zip(&blocks) {
                assert_eq!(was.data(), is.data(), "no byte of a block changes unseen");
            }
            let other = blocks.iter().zip(&good.0).filter(|(is, was)| is.cid() != was.cid()).count();
            assert_eq!((blocks.len(), other), (good.0.len(), 1), "bit {bit}");
            unseen.insert("the codec of a block that is no root");
        }
    }
    // Whole sections.
    let all = blocks();
    if whole(&car(&[root], &all[..2])) {
        unseen.insert("a cut between blocks");
    }
    if whole(&car(&[root], &[all[0].clone(), all[2].clone()])) {
        unseen.insert("a block left out");
    }
    if whole(&car(&[root], &[&all[..], &[raw(b"new")]].concat())) {
        unseen.insert("a block added");
    }
    if whole(&car(&[root], &[all[2].clone(), all[1].clone(), all[0].clone()])) {
        unseen.insert("blocks in another order");
    }
    if whole(&car(&[*all[1].cid()], &all)) {
        unseen.insert("other roots, of blocks that are there");
    }
    if whole(&car(&all[..0].iter().map(|b| *b.cid()).collect::<Vec<_>>(), &all)) {
        unseen.insert("a root left out");
    }
    assert!(!whole(&car(&[root], &all[1..])), "the root left out shows");
    // A frame of version 2.
    let framed = version_2(&sample(), 3, b"an index");
    for bit in 0..framed.len() * 8 {
        let mut flipped = framed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let at = bit / 8;
        let data = 54..54 + sample().len();
        if whole(&flipped) && !data.contains(&at) {
            unseen.insert(match at {
                11..27 => "version 2: what the frame says of the index",
                43..51 => "version 2: where the index lies",
                51..54 => "version 2: padding and index",
                _ if at >= data.end => "version 2: padding and index",
                _ => panic!("byte {at} of the frame changes unseen"),
            });
        }
    }
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/blocks.md"))
        .unwrap();
    let listed: BTreeSet<_> = page
        .lines()
        .skip_while(|line| *line != "### What a CAR cannot show")
        .skip(1)
        .take_while(|line| !line.starts_with('#'))
        .filter_map(|line| line.strip_prefix("* "))
        .collect();
    assert_eq!(listed, unseen);
}

#[test]
fn a_walk_from_the_roots_shows_what_the_file_cannot() {
    let root = *blocks()[0].cid();
    for blocks in [&blocks()[..2], &blocks()[..1]] {
        let bytes = car(&[root], blocks);
        let source = indexed(&bytes).unwrap();
        let lost = Walk::new(&source, source.roots(), Budget::default())
            .filter(|found| found.as_ref().unwrap().clone().present().is_err())
            .count();
        assert_eq!(lost, 3 - blocks.len());
    }
}

#[test]
fn a_file_that_changed_after_it_was_opened_gives_no_other_bytes() {
    /// Gives other bytes from the third time on that it is read from the start.
    struct Changing(Cursor<Vec<u8>>, bool);
    impl Read for Changing {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let n = self.0.read(buf)?;
            if self.1 && n > 0 {
                buf[0] ^= 1;
            }
            Ok(n)
        }
    }
    impl io::Seek for Changing {
        fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
            // Opening never seeks to a place within; reading a block does.
            if let io::SeekFrom::Start(1..) = to {
                self.1 = true;
            }
            self.0.seek(to)
        }
    }
    let source =
        Indexed::open(Changing(Cursor::new(sample()), false), &Bounds::default(), &Limits::default(), 0)
            .unwrap();
    assert_eq!(kind(source.get(blocks()[1].cid())), ErrorKind::Corrupt);
}

proptest! {
    #[test]
    fn any_blocks_come_back(data in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..600), 0..40)) {
        let blocks: Vec<_> = data.iter().map(|bytes| raw(bytes)).collect();
        let roots: Vec<_> = blocks.iter().take(2).map(|block| *block.cid()).collect();
        let bytes = car(&roots, &blocks);
        prop_assert_eq!(&read(&bytes).unwrap().0, &blocks);
        let source = indexed(&bytes).unwrap();
        for block in &blocks {
            prop_assert_eq!(source.get(block.cid()).unwrap(), Some(block.clone()));
        }
    }
}
