//! Hostile CBOR.

use std::collections::BTreeMap;

use proptest::prelude::*;
use unsaid_core::ErrorKind;
use unsaid_ipld::cbor::{Item, MAX_DEPTH, Reader, write};
use unsaid_ipld::dagcbor::{self, Bounds, Ipld};
use unsaid_ipld::{Block, Codec};
use unsaid_testkit::{Kind, Rng};

use crate::common::{kind, list, on_a_small_stack, raw, unhex};

fn read(bytes: &[u8]) -> unsaid_core::Result<Ipld> {
    dagcbor::decode(bytes, &Bounds::default())
}

#[test]
fn d1_nesting_ends_at_64_and_nothing_recurses() {
    on_a_small_stack(|| {
        for head in [&[0x81][..], &[0xa1, 0x60], &[0x82, 0x00]] {
            let deep = head.repeat(200_000);
            let e = read(&deep).unwrap_err();
            assert_eq!((e.kind(), e.offset()), (ErrorKind::Limit, Some((MAX_DEPTH * head.len()) as u64)));
            assert_eq!(kind(Reader::new(&deep).skip()), ErrorKind::Limit);
        }
        // Tags of tags are no links.
        assert_eq!(kind(read(&[0xc1; 200_000])), ErrorKind::Corrupt);
        assert_eq!(kind(Reader::new(&[0xc1; 200_000]).skip()), ErrorKind::Limit);
        let mut allowed = vec![0x81; MAX_DEPTH - 1];
        allowed.push(0x80);
        assert_eq!(dagcbor::encode(&read(&allowed).unwrap()).unwrap(), allowed);
        assert!(Reader::new(&allowed).skip().is_ok());
        allowed.insert(0, 0x81);
        assert_eq!(kind(read(&allowed)), ErrorKind::Limit);
        let bounds = Bounds { depth: 2, ..Bounds::default() };
        assert!(dagcbor::check(&[0x81, 0x80], &bounds).is_ok());
        assert_eq!(kind(dagcbor::check(&[0x81, 0x81, 0x80], &bounds)), ErrorKind::Limit);
    });
}

#[test]
fn d1_writing_is_bounded_too() {
    let mut deep = Ipld::Null;
    for _ in 0..=MAX_DEPTH {
        deep = Ipld::List(vec![deep]);
    }
    assert_eq!(kind(dagcbor::encode(&deep)), ErrorKind::Limit);
    assert_eq!(kind(dagcbor::encode(&f64::NAN)), ErrorKind::Usage);
    assert_eq!(kind(dagcbor::encode(&BTreeMap::from([(1, 2)]))), ErrorKind::Usage);
}

#[test]
fn d2_claims_beyond_the_bytes_are_truncated_before_anything_is_made() {
    for major in [2u8, 3, 4, 5] {
        for claim in [1 << 63, u64::MAX, 1 << 62, 1 << 40] {
            let mut bytes = vec![major << 5 | 27];
            bytes.extend(u64::to_be_bytes(claim));
            let e = read(&bytes).unwrap_err();
            assert_eq!((e.kind(), e.offset()), (ErrorKind::Truncated, Some(0)), "{e}");
        }
    }
    // A map of three pairs in five bytes.
    assert_eq!(kind(read(&[0xa3, 0x60, 0, 0x61, b'a'])), ErrorKind::Truncated);
    let bounds = Bounds { bytes: 4, ..Bounds::default() };
    assert_eq!(kind(dagcbor::check(&[0x44, 1, 2, 3, 4], &bounds)), ErrorKind::Limit);
}

#[test]
fn d3_only_one_way_to_write_a_value_is_read() {
    let cases = [
        ("5f4161ff", "bytes of indefinite length"),
        ("7f6161ff", "text of indefinite length"),
        ("9fff", "list of indefinite length"),
        ("bfff", "map of indefinite length"),
        ("1817", "17 in two bytes"),
        ("1900ff", "255 in three bytes"),
        ("1a0000ffff", "65535 in five bytes"),
        ("1b00000000ffffffff", "2^32-1 in nine bytes"),
        ("3817", "-24 in two bytes"),
        ("580161", "a byte in a long form"),
        ("780161", "a text in a long form"),
        ("9800", "a list in a long form"),
        ("b800", "a map in a long form"),
        ("d82b00", "tag 43"),
        ("d9002a00", "tag 42 in a long form"),
        ("c24101", "a large number"),
        ("f97e00", "half NaN"),
        ("f93c00", "half 1"),
        ("fa3f800000", "single 1"),
        ("fb7ff8000000000000", "NaN"),
        ("fb7ff8000000000001", "NaN with a payload"),
        ("fb7ff0000000000000", "infinity"),
        ("fbfff0000000000000", "negative infinity"),
        ("f7", "undefined"),
        ("f0", "simple 16"),
        ("f820", "simple 32"),
        ("f814", "false in two bytes"),
        ("ff", "break"),
        ("1c", "reserved"),
        ("a2616100616100", "a key twice"),
        ("a2616200616100", "keys out of order"),
        ("a262616100616200", "a longer key first"),
        ("a10000", "a number as key"),
        ("a1410000", "bytes as key"),
        ("a1800000", "a list as key"),
        ("0000", "two values"),
        ("d82a40", "an empty link"),
        ("d82a420001", "half a CID"),
        ("d82a00", "a link that is a number"),
        ("d82a6100", "a link that is a text"),
    ];
    for (hex, what) in cases {
        let bytes = unhex(hex);
        let e = read(&bytes).expect_err(what);
        assert_eq!(e.kind(), ErrorKind::Corrupt, "{what}: {e}");
        assert!(e.offset().is_some_and(|at| at < bytes.len() as u64), "{what}: {e}");
        // It is refused within other values as well.
        let within = [&[0x82, 0x00][..], &bytes].concat();
        assert_eq!(kind(read(&within)), ErrorKind::Corrupt, "{what}");
    }
}

#[test]
fn d4_texts_are_utf8_and_keys_cost_what_they_say() {
    for hex in ["61ff", "62c080", "63eda080", "64f4908080", "61c3"] {
        assert_eq!(kind(read(&unhex(hex))), ErrorKind::Corrupt, "{hex}");
    }
    let key = "k".repeat(16 << 20);
    let mut bytes = vec![0xa1];
    write(&mut bytes, Item::Text(&key));
    write(&mut bytes, Item::Null);
    assert_eq!(kind(read(&bytes)), ErrorKind::Limit);
    let bounds = Bounds { bytes: 32 << 20, ..Bounds::default() };
    assert!(dagcbor::check(&bytes, &bounds).is_ok());
    // A million keys are read in the time that their bytes take: they are sorted, not hashed.
    let mut bytes = Vec::new();
    write(&mut bytes, Item::Map(1_000_000));
    for n in 0..1_000_000u32 {
        write(&mut bytes, Item::Text(&format!("{n:07x}")));
        write(&mut bytes, Item::Null);
    }
    let Ipld::Map(map) = dagcbor::decode(&bytes, &bounds).unwrap() else { panic!("a map") };
    assert_eq!(map.len(), 1_000_000);
}

fn sample() -> Vec<u8> {
    let value = Ipld::Map(BTreeMap::from([
        (
            "list".to_owned(),
            Ipld::List(vec![Ipld::Integer(-5), Ipld::Float(1.5), Ipld::Bool(true), Ipld::Null]),
        ),
        ("link".to_owned(), Ipld::Link(*raw(b"leaf").cid())),
        ("n".to_owned(), Ipld::Integer(70_000)),
        ("bytes".to_owned(), Ipld::Bytes(vec![7; 300])),
    ]));
    dagcbor::encode(&value).unwrap()
}

#[test]
fn every_prefix_is_truncated() {
    let bytes = sample();
    for cut in 0..bytes.len() {
        assert_eq!(kind(read(&bytes[..cut])), ErrorKind::Truncated, "{cut}");
    }
}

#[test]
fn every_flipped_bit_of_a_block_is_found() {
    let block = Block::new(Codec::DagCbor, sample()).unwrap();
    for bit in 0..block.data().len() * 8 {
        let mut bytes = block.data().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(value) = read(&bytes) {
            assert_eq!(dagcbor::encode(&value).unwrap(), bytes);
        }
        assert_eq!(kind(Block::verify(*block.cid(), bytes)), ErrorKind::Corrupt);
    }
    for cut in 0..block.data().len() {
        assert_eq!(kind(Block::verify(*block.cid(), block.data()[..cut].to_vec())), ErrorKind::Corrupt);
    }
}

#[test]
fn what_decodes_encodes_to_the_same_bytes_on_noise_and_on_damaged_values() {
    let mut rng = Rng::new(5);
    let sample = sample();
    let mut accepted = 0;
    for round in 0..40_000u64 {
        let mut bytes = if round % 4 == 0 {
            unsaid_testkit::bytes(Kind::Noise, round, 1 + (round % 24) as usize)
        } else {
            sample.clone()
        };
        for _ in 0..rng.below(4) {
            let at = rng.below(bytes.len() as u64) as usize;
            bytes[at] = rng.next_u64() as u8;
        }
        if let Ok(value) = read(&bytes) {
            assert_eq!(dagcbor::encode(&value).unwrap(), bytes);
            accepted += 1;
        }
    }
    assert!(accepted > 1000, "{accepted}");
}

#[test]
fn an_error_leaves_the_reader_where_it_was() {
    let mut reader = Reader::new(&[0x01, 0x61, 0xff, 0x02]);
    assert_eq!(reader.uint().unwrap(), 1);
    assert!(reader.item().is_err());
    assert_eq!(reader.offset(), 1);
    assert!(reader.map().is_err());
    assert_eq!((reader.offset(), reader.rest()), (1, &[0x61, 0xff, 0x02][..]));
    assert_eq!(kind(reader.end()), ErrorKind::Corrupt);
}

#[test]
fn links_come_in_the_order_in_which_they_are_written() {
    let cids: Vec<_> = [b"b", b"a", b"b"].iter().map(|bytes| *raw(*bytes).cid()).collect();
    assert_eq!(unsaid_ipld::links(&list(&cids)).unwrap(), cids);
    assert!(unsaid_ipld::links(&raw(b"x")).unwrap().is_empty());
    let nonsense = Block::new(Codec::DagCbor, vec![0xff]).unwrap();
    assert_eq!(kind(unsaid_ipld::links(&nonsense)), ErrorKind::Corrupt);
}

fn value() -> impl Strategy<Value = Ipld> {
    let leaf = prop_oneof![
        Just(Ipld::Null),
        any::<bool>().prop_map(Ipld::Bool),
        any::<u64>().prop_map(|n| Ipld::Integer(n.into())),
        any::<u64>().prop_map(|n| Ipld::Integer(-1 - i128::from(n))),
        any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(Ipld::Float),
        ".{0,12}".prop_map(Ipld::String),
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(Ipld::Bytes),
        any::<[u8; 4]>().prop_map(|bytes| Ipld::Link(*raw(&bytes).cid())),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Ipld::List),
            proptest::collection::btree_map(".{0,9}", inner, 0..8).prop_map(Ipld::Map),
        ]
    })
}

proptest! {
    #[test]
    fn values_come_back(value in value()) {
        let bytes = dagcbor::encode(&value).unwrap();
        let again: Ipld = read(&bytes).unwrap();
        prop_assert_eq!(&again, &value);
        let mut reader = Reader::new(&bytes);
        reader.skip().unwrap();
        reader.end().unwrap();
        // The pull parser and its twin agree with the library.
        let (mut reader, mut out) = (Reader::new(&bytes), Vec::new());
        while !reader.rest().is_empty() {
            write(&mut out, reader.item().unwrap());
        }
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(value) = read(&bytes) {
            prop_assert_eq!(dagcbor::encode(&value).unwrap(), bytes);
        }
    }
}
