//! The bytes are those of the original program, both ways, at every level.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use sha2::{Digest, Sha256};
use unsaid_cm::paq9a::{Level, Mode};
use unsaid_testkit::{Kind, bytes};

use common::{level, pack, unpack, vector};

/// Each row of the table for one kind: encodes to the same bytes, and these decode to the input.
fn holds_for(kind: Kind) {
    let table = String::from_utf8(vector("single.tsv")).unwrap();
    let mut rows = 0;
    for row in table.lines().filter(|row| row.split('\t').next() == Some(kind.name())) {
        let fields: Vec<&str> = row.split('\t').collect();
        let [_, seed, length, number, size, hash] = fields[..] else { panic!("{row}") };
        let input = bytes(kind, seed.parse().unwrap(), length.parse().unwrap());
        let archive = pack(level(number.parse().unwrap()), &[("in", &input, Mode::Compressed)]);
        assert_eq!(archive.len().to_string(), size, "{row}");
        let digest: String = Sha256::digest(&archive).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(digest, hash, "{row}");
        if input.len() <= 5000 {
            assert_eq!(archive, vector(&format!("{}.{length}.{number}.paq9a", kind.name())), "{row}");
        }
        assert_eq!(unpack(&archive).unwrap(), [(b"in".to_vec(), input)], "{row}");
        rows += 1;
    }
    assert_eq!(rows, 15);
}

#[test]
fn text_as_the_original() {
    holds_for(Kind::Text);
}

#[test]
fn json_as_the_original() {
    holds_for(Kind::Json);
}

#[test]
fn csv_as_the_original() {
    holds_for(Kind::Csv);
}

#[test]
fn struct_as_the_original() {
    holds_for(Kind::Struct);
}

#[test]
fn noise_as_the_original() {
    holds_for(Kind::Noise);
}

#[test]
fn runs_as_the_original() {
    holds_for(Kind::Runs);
}

#[test]
fn mixed_as_the_original() {
    holds_for(Kind::Mixed);
}

/// The model goes on from one compressed file to the next, across stored ones; names may repeat.
#[test]
fn solid_archive_as_the_original() {
    let (a, b, c) = (bytes(Kind::Text, 2, 3000), bytes(Kind::Noise, 2, 2000), bytes(Kind::Json, 2, 4000));
    let files: [(&str, &[u8], Mode); 6] = [
        ("a.txt", &a, Mode::Compressed),
        ("b.bin", &b, Mode::Stored),
        ("empty", &[], Mode::Stored),
        ("c.json", &c, Mode::Compressed),
        ("a.txt", &a, Mode::Compressed),
        ("empty", &[], Mode::Compressed),
    ];
    let archive = vector("solid.3.paq9a");
    assert_eq!(pack(level(3), &files), archive);
    let wanted: Vec<_> =
        files.iter().map(|(name, data, _)| (name.as_bytes().to_vec(), data.to_vec())).collect();
    assert_eq!(unpack(&archive).unwrap(), wanted);
}

#[test]
fn an_archive_without_a_level_is_level_7() {
    let a = bytes(Kind::Text, 2, 3000);
    let archive = vector("default-level.paq9a");
    assert_eq!(pack(Level::DEFAULT, &[("a.txt", &a, Mode::Compressed)]), archive);
    assert_eq!(unpack(&archive).unwrap(), [(b"a.txt".to_vec(), a)]);
}

/// The magic number that the original's text names, and that no program wrote.
#[test]
fn the_magic_number_of_the_text_is_read_too() {
    let mut archive = vector("text.1000.1.paq9a");
    archive[..4].copy_from_slice(b"lPq\x01");
    assert_eq!(unpack(&archive).unwrap()[0].1, bytes(Kind::Text, 1, 1000));
}

/// Payloads that can be worked out by hand.
#[test]
fn the_shortest_payloads() {
    let payload = |data: &[u8]| {
        let archive = pack(level(1), &[("x", data, Mode::Compressed)]);
        archive[16..].to_vec()
    };
    assert_eq!(payload(b""), [0, 0xff, 0xff, 0xff]);
    assert_eq!(payload(b"A"), [0x92, 0xff, 0xff, 0xff]);
}
