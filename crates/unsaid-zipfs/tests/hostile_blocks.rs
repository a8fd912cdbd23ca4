//! Dictionaries, roots and parts made to do harm.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use common::{Blocks, dictionary, flips, hex, limits};
use unsaid_core::{ErrorKind, Silent};
use unsaid_ipld::{Block, Cid, Codec};
use unsaid_zipfs::{CompressedFile, Naming, Opened, PartRef, Root};

const SEGMENTS: [&str; 5] = ["a", "alt", "l", "t", "e"];

fn block(bytes: Vec<u8>) -> Block {
    Block::new(Codec::DagCbor, bytes).unwrap()
}

fn root_with(parts: &[(&Cid, u64, u64, u64)], more: &str) -> Block {
    let mut bytes = hex("a2 64 4e616d65 60 65 5061727473");
    bytes[0] += u8::from(!more.is_empty());
    bytes.push(0x80 + parts.len() as u8);
    for (cid, count, size, whole) in parts {
        bytes.extend(hex("84 d82a 5825 00"));
        bytes.extend(cid.to_bytes());
        for number in [count, size, whole] {
            bytes.extend([&[0x1b][..], &number.to_be_bytes()].concat());
            // Shortest heads only.
            let at = bytes.len() - 9;
            let short: &[u8] = match *number {
                0..24 => &[*number as u8],
                24..256 => &[0x18, *number as u8],
                _ => continue,
            };
            bytes.splice(at.., short.iter().copied());
        }
    }
    bytes.extend(hex(more));
    block(bytes)
}

#[test]
fn d9_what_a_root_says_about_a_part_is_compared_with_it() {
    let (_, parts) = dictionary(&SEGMENTS, None).to_multi(1 << 16).unwrap();
    let part = &parts[0];
    let (count, bytes, size) = (5, 7, part.data().len() as u64);
    let honest = root_with(&[(part.cid(), count, bytes, size)], "");
    let source = Blocks::of(parts.clone());
    let read = |root: &Block| {
        Root::read(root, &limits()).and_then(|root| root.dictionary(&source, &limits(), &Silent))
    };
    assert_eq!(read(&honest).unwrap().segments().len(), 5);
    for lie in [
        (count - 1, bytes, size),
        (count + 1, bytes - 1, size),
        (count, bytes - 1, size),
        (count, bytes, size + 1),
        (count, bytes + 1, size + 9),
    ] {
        let root = root_with(&[(part.cid(), lie.0, lie.1, lie.2)], "");
        let e = read(&root).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Corrupt, "{lie:?}");
        assert!(e.to_string().contains("the root says"), "{lie:?}: {e}");
    }
    // These are refused before anything is fetched.
    for lie in [
        (0, 0, size),
        (count, bytes, size - 10),
        (1 << 63, 1 << 63, 1 << 63),
        (u64::MAX, u64::MAX, u64::MAX),
        (count, bytes, (2 << 20) + 1),
    ] {
        let root = root_with(&[(part.cid(), lie.0, lie.1, lie.2)], "");
        assert!(Root::read(&root, &limits()).is_err(), "{lie:?}");
    }
    let raw = Block::new(Codec::Raw, part.data().to_vec()).unwrap();
    assert!(Root::read(&root_with(&[(raw.cid(), count, bytes, size)], ""), &limits()).is_err());
}

#[test]
fn d6_a_part_may_be_there_several_times_and_memory_is_limited() {
    let (_, parts) = dictionary(&SEGMENTS, None).to_multi(1 << 16).unwrap();
    let part = &parts[0];
    let one = (part.cid(), 5, 7, part.data().len() as u64);
    let root = Root::read(&root_with(&[one, one, one], ""), &limits()).unwrap();
    let source = Blocks::of(parts.clone());
    let whole = root.clone().dictionary(&source, &limits(), &Silent).unwrap();
    assert_eq!(whole.segments().len(), 15);
    assert_eq!(source.asked.lock().unwrap().len(), 1);
    let mut little = limits();
    little.memory = 100;
    let e = root.dictionary(&source, &little, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
}

#[test]
fn d3_parts_and_roots_have_one_form() {
    let claim = PartRef { part: *block(vec![0]).cid(), count: 1, bytes: 1, size: 0 };
    for bad in [
        "a1 68 5365676d656e7473 81 61 61",
        "a1 68 5365676d656e7473 81 58 01 61",
        "a1 68 5365676d656e7473 9f 41 61 ff",
        "a1 68 5365676d656e7473 81 41 61 00",
        "a1 68 5365676d656e7473 9b 7fffffffffffffff 41 61",
        "a1 67 5365676d656e74 81 41 61",
        "a2 64 4e616d65 60 68 5365676d656e7473 81 41 61",
        "a2 68 5365676d656e7473 81 41 61 68 5365676d656e7473 81 41 61",
        "81 41 61",
        "a1",
        "",
    ] {
        let bytes = hex(bad);
        let claim = PartRef { size: bytes.len() as u64, ..claim };
        assert!(claim.read(&block(bytes)).is_err(), "{bad}");
    }
    let part = *block(vec![0]).cid();
    let parts = [(&part, 1, 1, 13)];
    assert!(Root::read(&root_with(&parts, ""), &limits()).is_ok());
    assert!(Root::read(&root_with(&parts, "67 4c656e67746873 81 01"), &limits()).is_ok());
    for bad in [
        // Segments beside Parts; Lengths of two codes, too many of them, open, or of too many bits.
        "68 5365676d656e7473 81 41 61",
        "67 4c656e67746873 82 00 02",
        "67 4c656e67746873 81 02",
        "67 4c656e67746873 81 1b8000000000000000",
        "67 4c656e67746873 82 01 00",
        "67 4c656e67746873 80",
        "6b 4465736372697074696f6e f6",
        "68 556e6b6e6f776e21 00",
    ] {
        let root = root_with(&parts, bad);
        assert_eq!(Root::read(&root, &limits()).unwrap_err().kind(), ErrorKind::Corrupt, "{bad}");
    }
}

#[test]
fn b2_damaged_dictionaries_are_read_or_refused() {
    let lengths = dictionary(&SEGMENTS, Some(&[0, 2, 2, 1]));
    let (root, parts) = lengths.to_multi(18).unwrap();
    let mut read = 0;
    for block_of in [&lengths.to_block().unwrap(), &root, &parts[0]] {
        for (_, damaged) in flips(block_of.data()) {
            let damaged = block(damaged);
            if let Ok(root) = Root::read(&damaged, &limits()) {
                // What was read is all that was there.
                let file = CompressedFile::new(*damaged.cid(), Naming::Link, vec![0x5f, 0x80]).unwrap();
                let _ = Opened::with_root(file, root, None).and_then(|opened| opened.needs());
                read += 1;
            }
        }
        for end in 0..block_of.data().len() {
            assert!(Root::read(&block(block_of.data()[..end].to_vec()), &limits()).is_err());
        }
    }
    assert!(read > 100);
}
