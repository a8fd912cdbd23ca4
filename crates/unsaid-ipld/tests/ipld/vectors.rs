//! What other programs wrote and refuse.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use unsaid_core::ErrorKind;
use unsaid_ipld::cbor::{self, Item};
use unsaid_ipld::dagcbor::{self, Bounds, Ipld};
use unsaid_ipld::{Block, Codec, car, cid, links};

use crate::common::{kind, unhex, vectors};

/// A type as a user writes it: bytes, a text that may be left out.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dictionary {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Segments")]
    segments: Vec<Bytes>,
    #[serde(rename = "Description", default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

#[derive(Debug, PartialEq)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E>(self, v: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(v.to_vec()))
            }
            fn visit_byte_buf<E>(self, v: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(v))
            }
        }
        d.deserialize_byte_buf(Visitor)
    }
}

fn json() -> Value {
    serde_json::from_slice(&fs::read(vectors().join("vectors.json")).unwrap()).unwrap()
}

fn len_edges() -> Vec<u8> {
    let sizes = [0, 1, 23, 24, 255, 256, 65_535, 65_536];
    let segments = sizes.map(|n| Bytes(vec![b'a'; n])).into();
    dagcbor::encode(&Dictionary { name: "edges".into(), segments, description: None }).unwrap()
}

#[test]
fn values_of_another_program_have_the_same_bytes_and_names() {
    let mut seen = 0;
    for case in json()["positive"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let bytes = case["hex"].as_str().map_or_else(len_edges, unhex);
        assert_eq!(bytes.len() as u64, case["size"].as_u64().unwrap(), "{name}");
        let block = Block::new(Codec::DagCbor, bytes.clone()).unwrap();
        assert_eq!(block.cid().to_string(), case["cid"].as_str().unwrap(), "{name}");
        assert_eq!(cid::read(&unhex(case["cidHex"].as_str().unwrap())).unwrap(), *block.cid(), "{name}");
        let value: Ipld = dagcbor::decode(&bytes, &Bounds::default()).unwrap();
        assert_eq!(dagcbor::encode(&value).unwrap(), bytes, "{name}");
        if let Ok(file) = fs::read(vectors().join(format!("{name}.cbor"))) {
            assert_eq!(file, bytes, "{name}");
        }
        if name.starts_with("dict-") {
            let dictionary: Dictionary = dagcbor::decode(&bytes, &Bounds::default()).unwrap();
            assert_eq!(dagcbor::encode(&dictionary).unwrap(), bytes, "{name}");
        }
        seen += 1;
    }
    assert_eq!(seen, 15);
}

/// Three of the cases are DAG-CBOR, but of another shape than a dictionary.
const OTHER_SHAPE: [&str; 3] = ["null-desc", "unknown-key-sorted", "text-segment"];

#[test]
fn values_that_another_program_made_to_be_refused_are_refused() {
    let mut kinds = BTreeMap::new();
    for case in json()["negative"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let bytes = unhex(case["hex"].as_str().unwrap());
        let value = dagcbor::decode::<Ipld>(&bytes, &Bounds::default());
        if OTHER_SHAPE.contains(&name) {
            assert!(value.is_ok(), "{name}");
        } else {
            let e = value.unwrap_err();
            assert!(e.offset().is_some_and(|at| at <= bytes.len() as u64), "{name}: {e}");
        }
        kinds.insert(name.to_owned(), kind(dagcbor::decode::<Dictionary>(&bytes, &Bounds::default())));
    }
    assert_eq!(kinds.len(), 24);
    for (name, kind) in kinds {
        let truncated = ["truncated", "deep-huge-len", "bytes-huge-len"].contains(&name.as_str());
        assert_eq!(kind, if truncated { ErrorKind::Truncated } else { ErrorKind::Corrupt }, "{name}");
    }
}

#[test]
fn a_null_is_not_what_is_left_out() {
    let bytes = unhex("a3644e616d656174685365676d656e7473806b4465736372697074696f6ef6");
    let e = dagcbor::decode::<Dictionary>(&bytes, &Bounds::default()).unwrap_err();
    // Only writing it again shows it, at the head of the map.
    assert_eq!(e.offset(), Some(0), "{e}");
}

#[test]
fn a_car_of_another_program_is_read_and_written_again() {
    let bytes = fs::read(vectors().join("multi.car")).unwrap();
    let mut reader = car::Reader::new(bytes.as_slice(), &car::Bounds::default()).unwrap();
    let roots = reader.roots().to_vec();
    let blocks: Vec<Block> = reader.by_ref().map(Result::unwrap).collect();
    assert_eq!(roots, [*blocks[0].cid()]);
    assert_eq!(blocks.len(), 5);
    assert!(reader.absent_roots().is_empty());
    let parts: Vec<_> = blocks[1..].iter().map(|block| *block.cid()).collect();
    assert_eq!(links(&blocks[0]).unwrap(), parts);
    for (name, block) in ["root", "part0", "part1", "part2", "part3"].iter().zip(&blocks) {
        assert_eq!(fs::read(vectors().join(format!("multi-{name}.cbor"))).unwrap(), block.data());
    }
    let mut writer = car::Writer::new(Vec::new(), &roots).unwrap();
    for block in &blocks {
        writer.put(block).unwrap();
    }
    assert_eq!(writer.bytes(), bytes.len() as u64);
    assert_eq!(writer.finish().unwrap(), bytes);
}

#[test]
fn plain_cbor_in_another_order_is_read_item_by_item() {
    // A file as the first implementation of ZIPFS wrote it: a text for the CID, "Dictionary" first.
    let mut bytes = Vec::new();
    cbor::write(&mut bytes, Item::Map(2));
    cbor::write(&mut bytes, Item::Text("Dictionary"));
    cbor::write(&mut bytes, Item::Text("bafyreicp5swjorv4iwoo7y4etqstuxolyf63mrsaudnbfjkfkoqirdca2m"));
    cbor::write(&mut bytes, Item::Text("Data"));
    cbor::write(&mut bytes, Item::Bytes(&[0x5f, 0x80]));
    assert_eq!(kind(dagcbor::check(&bytes, &Bounds::default())), ErrorKind::Corrupt);
    let mut reader = cbor::Reader::new(&bytes);
    assert_eq!(reader.map().unwrap(), 2);
    assert_eq!(reader.text().unwrap(), "Dictionary");
    assert!(cid::parse(reader.text().unwrap()).is_ok());
    assert_eq!(reader.text().unwrap(), "Data");
    assert_eq!(reader.bytes().unwrap(), [0x5f, 0x80]);
    reader.end().unwrap();
}

#[test]
fn the_example_of_the_page_is_the_value_of_the_vectors() {
    let page = fs::read_to_string(vectors().join("../../../docs/formats/blocks.md")).unwrap();
    let example = page.split("```").nth(1).unwrap();
    let hex: String = example
        .lines()
        .flat_map(|line| {
            line.split_whitespace()
                .take_while(|word| word.bytes().all(|b| b.is_ascii_hexdigit()) || word.contains('…'))
        })
        // Words of hexadecimal letters only are words.
        .filter(|word| word.len() % 2 == 0 || word.contains('…'))
        .collect();
    let bytes = fs::read(vectors().join("file-bytes.cbor")).unwrap();
    let whole: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let (start, end) = hex.split_once('…').unwrap();
    assert!(start.len() > 60 && whole.starts_with(start) && whole.ends_with(end), "{hex}");
    let block = Block::new(Codec::DagCbor, bytes).unwrap();
    assert!(page.contains(&block.cid().to_string()));
}
