//! Every single bit of small archives turned: what is found, what does not matter, what goes
//! unnoticed. `docs/formats/paq9a.md`, section 10, is this in words.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::collections::BTreeMap;

use unsaid_cm::paq9a::Mode;
use unsaid_core::ErrorKind;

use common::{Block, blocks, level, pack, unpack, vector};

/// Where a bit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Magic,
    Level,
    Name,
    Mark,
    Mode,
    Size,
    Packed,
    Stored,
    Coded,
}

fn place(blocks: &[Block], at: usize) -> Place {
    match at {
        0..4 => return Place::Magic,
        4 => return Place::Level,
        _ => {}
    }
    let block = blocks.iter().find(|b| at < b.payload.end).unwrap();
    match at.checked_sub(block.mark) {
        None => Place::Name,
        Some(0) => Place::Mark,
        Some(1) => Place::Mode,
        Some(2..6) => Place::Size,
        Some(6..10) => Place::Packed,
        Some(_) if block.mode == b's' => Place::Stored,
        Some(_) => Place::Coded,
    }
}

/// What became of the flips at one kind of place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    found: usize,
    /// Not found, and the files came out as they went in: the bit does not matter.
    harmless: usize,
    /// Not found, and a name or a content came out wrong.
    wrong: usize,
}

fn flip_every_bit(archive: &[u8]) -> BTreeMap<Place, Tally> {
    let files = unpack(archive).unwrap();
    let all = blocks(archive);
    let mut tallies = BTreeMap::<Place, Tally>::new();
    for bit in 0..archive.len() * 8 {
        let (at, mask) = (bit / 8, 1u8 << (bit % 8));
        let mut damaged = archive.to_vec();
        damaged[at] ^= mask;
        let place = place(&all, at);
        let tally = tallies.entry(place).or_default();
        match unpack(&damaged) {
            Err(e) => {
                let kinds: &[ErrorKind] = match place {
                    Place::Magic => &[ErrorKind::NotThisFormat],
                    Place::Level | Place::Mode | Place::Size | Place::Coded => &[ErrorKind::Corrupt],
                    Place::Name | Place::Mark | Place::Packed => &[ErrorKind::Corrupt, ErrorKind::Truncated],
                    Place::Stored => &[],
                };
                assert!(kinds.contains(&e.kind()), "byte {at} ({place:?}) ^ {mask:02x}: {:?} {e}", e.kind());
                tally.found += 1;
            }
            Ok(got) if got == files => tally.harmless += 1,
            Ok(got) => {
                tally.wrong += 1;
                let names = |f: &[(Vec<u8>, Vec<u8>)]| f.iter().map(|f| f.0.clone()).collect::<Vec<_>>();
                match place {
                    // Exactly the flipped bit of the name, and nothing else, is wrong.
                    Place::Name => {
                        let changed = got.iter().zip(&files).filter(|(a, b)| a.0 != b.0).count();
                        assert_eq!((changed, got.len()), (1, files.len()));
                        assert!(got.iter().zip(&files).all(|(a, b)| a.1 == b.1));
                    }
                    // Exactly the flipped bit of the content is wrong.
                    Place::Stored => {
                        let bits: u32 = got
                            .iter()
                            .zip(&files)
                            .flat_map(|(a, b)| a.1.iter().zip(&b.1).map(|(a, b)| (a ^ b).count_ones()))
                            .sum();
                        assert_eq!((bits, names(&got)), (1, names(&files)));
                    }
                    // Contents are wrong from some byte on; sizes and names are right.
                    Place::Coded | Place::Level => {
                        assert_eq!(names(&got), names(&files));
                        assert!(got.iter().zip(&files).all(|(a, b)| a.1.len() == b.1.len()));
                    }
                    Place::Size | Place::Mode => assert_eq!(names(&got), names(&files)),
                    Place::Magic | Place::Mark | Place::Packed => panic!("byte {at} ({place:?}) unnoticed"),
                }
            }
        }
    }
    tallies
}

/// Everything that surrounds the payload behaves alike in every archive of one file called `in`:
/// the magic number is checked; a digit that is another level is taken for it; either byte of the
/// name changes the name (neither becomes zero by one flip); marks, modes and packed sizes cannot
/// change unnoticed. Whether another level, another size or another payload is noticed depends on
/// the payload: only the count of its bytes is checked.
fn assert_flips(name: &str, level: [usize; 3], size: [usize; 3], coded: [usize; 3]) {
    let got: Vec<_> = flip_every_bit(&vector(&format!("{name}.paq9a")))
        .into_iter()
        .map(|(place, t)| (place, [t.found, t.harmless, t.wrong]))
        .collect();
    let expected = [
        (Place::Magic, [32, 0, 0]),
        (Place::Level, level),
        (Place::Name, [0, 0, 16]),
        (Place::Mark, [8, 0, 0]),
        (Place::Mode, [8, 0, 0]),
        (Place::Size, size),
        (Place::Packed, [32, 0, 0]),
        (Place::Coded, coded),
    ];
    assert_eq!(got, expected, "{name}");
}

#[test]
fn b2_every_flip_of_tiny_archives() {
    // An empty file: no byte of the payload says anything.
    assert_flips("text.0.1", [5, 3, 0], [28, 0, 4], [0, 32, 0]);
    assert_flips("text.0.3", [5, 3, 0], [28, 0, 4], [0, 32, 0]);
    assert_flips("text.1.1", [5, 3, 0], [32, 0, 0], [5, 24, 11]);
    assert_flips("json.1.3", [5, 3, 0], [30, 0, 2], [4, 20, 8]);
    assert_flips("noise.1.1", [5, 3, 0], [31, 0, 1], [11, 27, 2]);
}

#[test]
fn b2_every_flip_of_1000_bytes() {
    assert_flips("runs.1000.1", [6, 2, 0], [24, 0, 8], [610, 20, 10]);
    assert_flips("runs.1000.3", [5, 3, 0], [24, 0, 8], [610, 20, 10]);
    assert_flips("mixed.1000.1", [6, 2, 0], [21, 0, 11], [492, 27, 1]);
}

#[test]
fn b2_every_flip_of_1000_bytes_of_json() {
    assert_flips("json.1000.1", [8, 0, 0], [27, 0, 5], [2601, 26, 37]);
}

#[test]
fn b2_every_flip_of_1000_bytes_of_csv() {
    assert_flips("csv.1000.1", [8, 0, 0], [29, 0, 3], [2328, 17, 119]);
}

#[test]
fn b2_every_flip_of_5000_bytes() {
    assert_flips("mixed.5000.1", [6, 2, 0], [22, 0, 10], [1872, 21, 11]);
    assert_flips("runs.5000.1", [6, 2, 0], [21, 0, 11], [1834, 23, 15]);
}

/// The golden archives of at most 400 bytes, at the levels that are cheap, beside those above: which flips go
/// unnoticed is held against the page bit by bit, how many is not pinned.
#[test]
fn b2_every_flip_of_every_other_small_golden_archive() {
    let pinned = [
        "text.0.1",
        "text.0.3",
        "text.1.1",
        "json.1.3",
        "noise.1.1",
        "runs.1000.1",
        "runs.1000.3",
        "mixed.1000.1",
        "json.1000.1",
        "csv.1000.1",
        "mixed.5000.1",
        "runs.5000.1",
    ];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/paq9a");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".paq9a") else { continue };
        let cheap = stem.ends_with(".1") || stem.ends_with(".3");
        if !cheap || pinned.contains(&stem) || entry.metadata().unwrap().len() > 400 {
            continue;
        }
        seen += 1;
        let tallies = flip_every_bit(&vector(&name));
        for (place, bits) in [(Place::Magic, 32), (Place::Mark, 8), (Place::Mode, 8), (Place::Packed, 32)] {
            assert_eq!(tallies[&place].found, bits, "{name}: {place:?}");
        }
        assert_eq!(tallies[&Place::Name].wrong, 16, "{name}");
    }
    assert_eq!(seen, 28);
}

/// A stored block keeps two equal sizes; its bytes are not checked at all. A name that has a byte
/// with one bit set can end early.
#[test]
fn b2_every_flip_of_a_stored_file() {
    let tallies = flip_every_bit(&pack(level(1), &[("a@b", b"stored", Mode::Stored)]));
    let got: Vec<_> = tallies.into_iter().map(|(p, t)| (p, [t.found, t.harmless, t.wrong])).collect();
    let expected = [
        (Place::Magic, [32, 0, 0]),
        (Place::Level, [5, 3, 0]), // No model: the level says nothing.
        (Place::Name, [1, 0, 23]),
        (Place::Mark, [8, 0, 0]),
        (Place::Mode, [8, 0, 0]),
        (Place::Size, [32, 0, 0]),
        (Place::Packed, [32, 0, 0]),
        (Place::Stored, [0, 0, 48]),
    ];
    assert_eq!(got, expected);
}
