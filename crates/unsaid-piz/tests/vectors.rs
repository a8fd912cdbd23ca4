//! The vectors, the page's examples, and what damage can be seen.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod slow;

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use slow::Source;
use unsaid_core::{Error, ErrorKind, Inline, Limits, Progress, Result, Silent};
use unsaid_pi::computed::Computed;
use unsaid_piz::Metadata;

/// Keeps the warnings.
#[derive(Default)]
struct Warnings(Mutex<Vec<String>>);

impl Progress for Warnings {
    fn warn(&self, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}

/// Data, metadata and warnings.
fn unpack(archive: &[u8]) -> Result<(Vec<u8>, Metadata, Vec<String>), Error> {
    let mut limits = Limits::default();
    limits.digits = 105_000;
    let (mut out, warnings) = (Vec::new(), Warnings::default());
    let metadata = unsaid_piz::unpack(archive, &mut out, &Source::ALL, &limits, &Inline, &warnings)?;
    Ok((out, metadata, warnings.0.into_inner().unwrap()))
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/piz"))
}

fn vector(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap()
}

#[test]
fn every_vector_gives_its_bytes() {
    let source = Computed::new(Limits::default(), &Inline, &Silent);
    let mut count = 0;
    for file in fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "piz") {
            continue;
        }
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let expected = match stem {
            "readme_full_223" | "readme_full_224" => vector("readme_full.true.out"),
            "readme_min_9" | "readme_min_10" => Vec::new(),
            _ => vector(&format!("{stem}.true.out")),
        };
        let archive = fs::read(&path).unwrap();
        let (out, _, warnings) = unpack(&archive).unwrap();
        assert!(out == expected, "{stem}");
        assert_eq!(slow::unpack(&archive, 105_000).unwrap().0, expected, "{stem}");
        // With the digits that are computed, too.
        let mut computed = Vec::new();
        unsaid_piz::unpack(&archive[..], &mut computed, &source, &Limits::default(), &Inline, &Silent)
            .unwrap();
        assert!(computed == expected, "{stem}");
        let warned = match stem {
            "readme_full_223" => {
                vec!["line 22: the empty last line is missing; the archive may have been cut here"]
            }
            "readme_min_9" => {
                vec!["line 4: the empty last line is missing; the archive may have been cut here"]
            }
            "case_trail" => vec!["line 5: what follows the archive's empty last line was not read"],
            _ => Vec::new(),
        };
        assert_eq!(warnings, warned, "{stem}");
        count += 1;
    }
    assert_eq!(count, 21);
}

#[test]
fn the_large_example_says_what_its_file_was() {
    let (out, metadata, _) = unpack(&vector("readme_full_224.piz")).unwrap();
    assert_eq!(out.len(), 2725);
    let mut lines = Vec::new();
    metadata.write(&mut lines).unwrap();
    let time = "2022-10-17 14:45:27";
    let expected = format!(
        "\tctime:\t{time}\n\tmtime:\t{time}\n\tatime:\t{time}\n\tfname:\ttrash-data.bin\n\tfmode:\t0777\n\towner:\tuser:users\n"
    );
    assert_eq!(String::from_utf8(lines).unwrap(), expected);
    // And in which order they stand does not matter.
    let archive = String::from_utf8(vector("readme_full_224.piz")).unwrap();
    let mut turned: Vec<&str> = archive.split_inclusive('\n').collect();
    turned[1..7].reverse();
    assert_eq!(unpack(turned.concat().as_bytes()).unwrap().1, metadata);
}

#[test]
fn the_pages_examples_are_right() {
    for (archive, expected) in [
        ("PiZ\n0\n\t0\n\n", &b""[..]),
        ("PiZ\tDec\tHex\n2\n\t0\n4\n\t0\n\t2\n\n", b"\x24\x24\x3f\x3f\x6a"),
        ("PiZ\tDec\tHex\n3\n\t0\n4\n\t0\n\t2\n\n", b"\x24\x3f\x24\x3f\x3f\x6a"),
        ("PiZ\t256\tHex\n2\n\t0\n4\n\t0\n\t2\n\n", b"\x24\x24\x3f\x3f\x6a"),
    ] {
        assert_eq!(unpack(archive.as_bytes()).unwrap().0, expected, "{archive}");
        for page in ["piz.md", "piz.ru.md"] {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/").to_owned() + page;
            let page = fs::read_to_string(path).unwrap();
            if archive.starts_with("PiZ\tDec\tHex\n2") || archive.starts_with("PiZ\n") {
                // The bytes stand in the page's left columns.
                let hex: Vec<String> = archive.bytes().map(|byte| format!("{byte:02X}")).collect();
                let shown: String = page
                    .lines()
                    .filter(|line| {
                        line.len() > 2
                            && line.is_char_boundary(2)
                            && u8::from_str_radix(&line[..2], 16).is_ok()
                    })
                    .map(|line| line.split("   ").next().unwrap().replace("  ", " ").trim().to_owned() + " ")
                    .collect();
                assert!(shown.contains(&hex.join(" ")), "{archive}\n{shown}");
            }
        }
    }
    assert_eq!(slow::numeral(256, 255), b"\x1bD");
    assert_eq!(slow::numeral(256, 256), b"10");
}

#[test]
fn a_byte_in_every_base_is_the_least_number_of_digits() {
    // 3.243F6A… in base 16; the first digits of the others by hand from the published tables.
    for (archive, expected) in [
        ("PiZ\tDec\tBin\n8\n\t0\n\n", &[0b0010_0100][..]),
        ("PiZ\tDec\t3\n6\n\t0\n\n", &[81 + 2 * 9 + 3 + 1]),
        ("PiZ\tDec\t256\n2\n\t0\n\n", &[0x24, 0x3F]),
        ("PiZ\tDec\tDec\n3\n\t0\n\n", &[141]),
        ("PiZ\tDec\tOct\n3\n\t0\n\n", &[0o110]),
        ("PiZ\tDec\t255\n1\n\t5\n\n", &[]),
    ] {
        let got = unpack(archive.as_bytes());
        match expected {
            // 75·255 + 70 is no byte.
            [] => assert_eq!(got.unwrap_err().kind(), ErrorKind::Corrupt),
            _ => assert_eq!(got.unwrap().0, expected, "{archive}"),
        }
    }
}

/// Small, and with everything in it.
const SMALL: &[u8] = b"PiZ\tDec\tHex\n\tfmode:\t0644\n2\n\t0\n\t10\n3\n\t14\n\n";

#[test]
fn b1_a_prefix_is_refused_but_where_a_line_ends_and_then_it_is_a_warning() {
    let (whole, _, _) = unpack(SMALL).unwrap();
    let mut valid = Vec::new();
    for length in 0..SMALL.len() {
        match unpack(&SMALL[..length]) {
            Ok((out, _, warnings)) => {
                assert!(whole.starts_with(&out), "{length}");
                assert_eq!(warnings.len(), 1, "{length}");
                assert!(warnings[0].contains("last line is missing"), "{warnings:?}");
                valid.push((length, out.len()));
            }
            Err(e) => assert_eq!(e.kind(), ErrorKind::Truncated, "{length}: {e}"),
        }
    }
    // After the header, the metadata, the size, and every position.
    assert_eq!(valid, [(12, 0), (25, 0), (27, 0), (30, 1), (34, 2), (36, 2), (40, 4)]);
}

#[test]
fn b2_a_flipped_bit_is_refused_or_makes_another_valid_archive() {
    // What each change of a bit that is not refused makes of it: the byte's place, what it becomes, the data.
    let (whole, metadata, _) = unpack(SMALL).unwrap();
    let mut accepted = Vec::new();
    for at in 0..SMALL.len() {
        for bit in 0..8 {
            let mut archive = SMALL.to_vec();
            archive[at] ^= 1 << bit;
            let expected = slow::unpack(&archive, 105_000);
            match unpack(&archive) {
                Ok((out, read, warnings)) => {
                    assert_eq!(Some(&out), expected.as_ref().map(|(out, _)| out), "{at} {bit}");
                    let what = if out != whole {
                        "other data"
                    } else if read != metadata {
                        "other metadata"
                    } else {
                        "same"
                    };
                    accepted.push((at, archive[at] as char, what, warnings.len()));
                }
                Err(e) => {
                    // Nothing else than the metadata makes our reader stricter than the slow one.
                    assert!(expected.is_none() || (12..25).contains(&at), "{at} {bit}: {e}");
                    let placed = e.kind() == ErrorKind::Limit || e.to_string().contains("line ");
                    assert!(placed && e.offset().is_some(), "{e}");
                }
            }
        }
    }
    let rows = |what: &str| {
        let mut rows: Vec<(usize, String)> = Vec::new();
        for (at, byte, _, warnings) in accepted.iter().filter(|row| row.2 == what) {
            assert_eq!(*warnings, 0);
            match rows.last_mut().filter(|(last, _)| last == at) {
                Some((_, bytes)) => bytes.push(*byte),
                None => rows.push((*at, byte.to_string())),
            }
        }
        rows
    };
    let own = |rows: &[(usize, &str)]| {
        rows.iter().map(|(at, bytes)| (*at, (*bytes).to_owned())).collect::<Vec<_>>()
    };
    // Another numeral in a size (25, 34) or a position.
    let numerals =
        [(25, "306"), (28, "1248"), (31, "0359"), (32, "1248"), (34, "217"), (37, "0359"), (38, "560")];
    assert_eq!(rows("other data"), own(&numerals));
    // A name that is not known, its colon too; another octal digit.
    let metadata = [
        (13, "gdbnvF&\u{e6}"),
        (14, "loie}M-\u{ed}"),
        (15, "nmkg\u{7f}O/\u{ef}"),
        (16, "ef`ltD$\u{e4}"),
        (17, "dgamuE%\u{e5}"),
        (18, ";8>2*\u{1a}z\u{ba}"),
        (20, "124"),
        (21, "742"),
        (22, "560"),
        (23, "560"),
    ];
    assert_eq!(rows("other metadata"), own(&metadata));
    assert_eq!(rows("same"), []);
}

#[test]
fn the_damage_that_the_page_lists_is_not_seen() {
    let data = |archive: &str| unpack(archive.as_bytes()).map(|(out, _, warnings)| (out, warnings.len()));
    let head = "PiZ\tDec\tHex\n\tfname:\tx\n";
    let whole = format!("{head}2\n\t0\n\t1\n4\n\t2\n\n");
    assert_eq!(data(&whole).unwrap(), (vec![0x24, 0x43, 0x3F, 0x6A], 0));
    let rows: [(u8, String, &[u8], usize); 14] = [
        (1, format!("{head}2\n\t0\n"), b"\x24", 1),
        (2, format!("{head}2\n\t0\n\n\t1\n4\n\t2\n\n"), b"\x24", 1),
        (3, format!("{head}2\n\t0\n\t7\n4\n\t2\n\n"), b"\x24\x88\x3f\x6a", 0),
        (3, format!("{head}4\n\t0\n\t1\n4\n\t2\n\n"), b"\x24\x3f\x43\xf6\x3f\x6a", 0),
        (4, "PiZ\tHex\tHex\n2\n\tA\n\n".to_owned(), b"\xa3", 0),
        (5, whole.replace("Hex", "256"), b"\x24\x3f\x3f\x6a\x6a\x88\x85\xa3", 0),
        (6, format!("{head}2\n\t1\n\t0\n4\n\t2\n\n"), b"\x43\x24\x3f\x6a", 0),
        (6, format!("{head}\t0\n\t1\n4\n\t2\n\n"), b"\x3f\x6a", 0),
        (7, format!("{head}2\n\t0\n1\n4\n\t2\n\n"), b"\x24\x3f\x6a", 0),
        (7, format!("{head}\t2\n\t0\n\t1\n4\n\t2\n\n"), b"\x3f\x6a", 0),
        (8, format!("{head}2\n\t0\n\t14\n\t2\n\n"), b"\x24\xd3\x3f", 0),
        (8, format!("{head}2\n\t0\n\t1\n4\n\t0\n2\n\n"), b"\x24\x43\x24\x3f", 0),
        (9, whole.replace("fname", "fnume"), b"\x24\x43\x3f\x6a", 0),
        (10, format!("{whole}PiZ\n"), b"\x24\x43\x3f\x6a", 1),
    ];
    for (number, archive, out, warnings) in rows {
        assert_eq!(data(&archive).unwrap(), (out.to_vec(), warnings), "{number} {archive}");
    }
    assert_eq!(data("PiZ\tHex\tHex\n2\n\ta\n\n").unwrap().0, b"\xa3");
    // Before a tab, a lost LF is seen.
    assert_eq!(data("PiZ\tDec\tHex\n2\t0\n\n").unwrap_err().kind(), ErrorKind::Corrupt);
    // Those are the page's ten.
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/piz.md")).unwrap();
    let list = page.split("## 7 ").nth(1).unwrap().split("## 8 ").next().unwrap();
    let numbered =
        list.lines().filter(|line| line.split_once(". ").is_some_and(|(n, _)| n.parse::<u8>().is_ok()));
    assert_eq!(numbered.count(), 10);
}
