//! `docs/formats/zipfs.md` says what the code does: its examples, and its list of damage that goes unnoticed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use common::{Blocks, decode, dictionary, flips, hex, limits};
use unsaid_core::{ErrorKind, Silent};
use unsaid_ipld::{Block, Codec};
use unsaid_zipfs::encode::Rule;
use unsaid_zipfs::{CompressedFile, Dictionary, Encoder, Naming, Options, Profile, Root, compress, files};

const SEGMENTS: [&str; 5] = ["a", "alt", "l", "t", "e"];
const LENGTHS: [u64; 4] = [0, 2, 2, 1];

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/zipfs.md");
    std::fs::read_to_string(path).unwrap()
}

/// The block of bytes with this title in section 7: the line before it ends with the title and a colon.
fn example(title: &str) -> Vec<u8> {
    let page = page();
    let section = page.split("## 7 Examples").nth(1).unwrap().split("\n## ").next().unwrap();
    let (_, rest) =
        section.split_once(&format!("{title}:\n\n```\n")).unwrap_or_else(|| panic!("no '{title}'"));
    let hex_of = |line: &str| line.split("  #").next().unwrap().to_owned();
    hex(&rest.split("```").next().unwrap().lines().map(hex_of).collect::<Vec<_>>().join(" "))
}

fn encode(dictionary: &Dictionary, profile: Profile, rule: Rule, text: &[u8]) -> Vec<u8> {
    Encoder::new(dictionary, profile, &limits()).unwrap().encode(text, rule, &limits(), &Silent).unwrap()
}

#[test]
fn the_data_of_the_page_is_what_is_written_and_read() {
    let plain = dictionary(&SEGMENTS, None);
    let lengths = dictionary(&SEGMENTS, Some(&LENGTHS));
    for (title, dictionary, profile, rule, text) in [
        ("Unary, the seed's rule", &plain, Profile::Unary, Rule::Seed, &b"alte"[..]),
        ("Unary, the fewest bits", &plain, Profile::Unary, Rule::Fewest, b"alte"),
        ("Strict, the seed's rule", &plain, Profile::Strict, Rule::Seed, b"alte"),
        ("Strict, the fewest bits", &plain, Profile::Strict, Rule::Fewest, b"alte"),
        ("Canonical", &lengths, Profile::Canonical, Rule::Fewest, b"alte!"),
    ] {
        let data = example(title);
        assert_eq!(encode(dictionary, profile, rule, text), data, "{title}");
        assert_eq!(decode(dictionary, profile, &data, &limits()).unwrap(), text, "{title}");
    }
}

#[test]
fn the_blocks_of_the_page_are_what_is_written_and_read() {
    let page = page();
    for (title, lengths) in [("The dictionary", None), ("With lengths", Some(&LENGTHS[..]))] {
        let block = Block::new(Codec::DagCbor, example(title)).unwrap();
        let dictionary = dictionary(&SEGMENTS, lengths);
        assert_eq!(dictionary.to_block().unwrap(), block, "{title}");
        assert_eq!(Dictionary::read(&block, &limits()).unwrap(), dictionary);
        assert!(page.contains(&block.cid().to_string()), "{title}: {}", block.cid());
    }
    let dictionary = dictionary(&SEGMENTS, Some(&LENGTHS));
    let (root, parts) = dictionary.to_multi(18).unwrap();
    assert_eq!(root.data(), example("Its root"));
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[0].data(), example("Its first part"));
    assert_eq!(parts[1].data(), example("Its second part"));
    let read = Root::read(&root, &limits()).unwrap();
    assert_eq!(read.dictionary(&Blocks::of(parts), &limits(), &Silent).unwrap(), dictionary);
}

#[test]
fn the_files_of_the_page_are_what_is_written_and_read() {
    let plain = dictionary(&SEGMENTS, None);
    let lengths = dictionary(&SEGMENTS, Some(&LENGTHS));
    for (title, dictionary, rule, text) in [
        ("As the author's program writes it", &plain, Rule::Seed, &b"alte"[..]),
        ("The file", &lengths, Rule::Fewest, b"alte!"),
    ] {
        let block = dictionary.to_block().unwrap();
        let options = Options { profile: None, rule };
        let file = compress(dictionary, block.cid(), text, &options, &limits(), &Silent).unwrap();
        assert_eq!(file, example(title), "{title}");
        assert_eq!(files::to_vec(&file, None, &Blocks::of([block]), &limits()).unwrap(), text);
    }
}

#[test]
fn the_wrapping_has_the_bytes_of_the_page() {
    let cid = *dictionary(&SEGMENTS, None).to_block().unwrap().cid();
    for (length, wrapping) in [(0, 59), (23, 59), (24, 60), (255, 60), (256, 61), (65_535, 61), (65_536, 63)]
    {
        let file = CompressedFile::new(cid, Naming::Link, vec![0; length]).unwrap();
        assert_eq!(file.to_bytes().len() - length, wrapping);
    }
}

/// The names of the list of section 8 behind this title.
fn listed(title: &str) -> Vec<String> {
    let page = page();
    let section = page.split("## 8 ").nth(1).unwrap().split("\n## ").next().unwrap();
    let (_, rest) = section.split_once(&format!("{title}: `")).unwrap_or_else(|| panic!("no '{title}'"));
    let list = rest.split('`').next().unwrap();
    list.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn b2_the_flips_of_data_that_go_unnoticed_are_those_of_the_page() {
    let plain = dictionary(&SEGMENTS, None);
    let lengths = dictionary(&SEGMENTS, Some(&LENGTHS));
    for (profile, dictionary, data, title) in [
        (Profile::Unary, &plain, example("Unary, the fewest bits"), "Unary"),
        (Profile::Strict, &plain, example("Strict, the fewest bits"), "Strict"),
        (Profile::Canonical, &lengths, example("Canonical"), "Canonical"),
    ] {
        let unnoticed: Vec<String> = flips(&data)
            .filter(|(_, damaged)| match decode(dictionary, profile, damaged, &limits()) {
                Ok(_) => true,
                Err(e) => {
                    assert!(matches!(e.kind(), ErrorKind::Corrupt | ErrorKind::Truncated), "{e}");
                    false
                }
            })
            .map(|(name, _)| name)
            .collect();
        assert_eq!(unnoticed, listed(title), "{title}: {}", unnoticed.join(" "));
    }
}

#[test]
fn b1_the_prefixes_of_data_that_go_unnoticed_are_those_of_the_page() {
    let plain = dictionary(&SEGMENTS, None);
    let lengths = dictionary(&SEGMENTS, Some(&LENGTHS));
    for (profile, dictionary, data, title) in [
        (Profile::Unary, &plain, example("Unary, the seed's rule"), "Unary, first bytes"),
        (Profile::Strict, &plain, example("Strict, the seed's rule"), "Strict, first bytes"),
        (Profile::Canonical, &lengths, example("Canonical"), "Canonical, first bytes"),
    ] {
        let unnoticed: Vec<String> = (0..data.len())
            .filter(|&end| decode(dictionary, profile, &data[..end], &limits()).is_ok())
            .map(|end| end.to_string())
            .collect();
        assert_eq!(unnoticed, listed(title), "{title}: {}", unnoticed.join(" "));
    }
}

/// Whether a damaged file is refused, or at least asks for a dictionary that is not there.
fn noticed(file: &[u8], source: &Blocks) -> bool {
    files::to_vec(file, None, source, &limits()).is_err()
}

#[test]
fn b1_b2_a_files_wrapping_notices_every_flip_and_every_cut() {
    for title in ["As the author's program writes it", "The file"] {
        let file = example(title);
        let source =
            Blocks::of([None, Some(&LENGTHS[..])].map(|l| dictionary(&SEGMENTS, l).to_block().unwrap()));
        assert!(!noticed(&file, &source));
        for end in 0..file.len() {
            assert!(noticed(&file[..end], &source), "{title}: cut at {end}");
        }
        let data = CompressedFile::read(&file, &limits()).unwrap().data().to_vec();
        let at = file.windows(data.len()).position(|w| w == data).unwrap();
        for (name, damaged) in flips(&file) {
            let byte: usize = name.split('.').next().unwrap().parse().unwrap();
            assert!((at..at + data.len()).contains(&byte) || noticed(&damaged, &source), "{title}: {name}");
        }
        let mut longer = file.clone();
        longer.push(0);
        assert!(noticed(&longer, &source));
    }
}

#[test]
fn the_unary_changes_of_zeros_that_go_unnoticed_are_those_of_the_page() {
    let plain = dictionary(&SEGMENTS, None);
    let read = |data: &[u8]| decode(&plain, Profile::Unary, data, &limits());
    // alt, e, and one byte of zeros more or less where the text stays the same.
    assert_eq!(read(&hex("df 00")).unwrap(), b"alte");
    assert_eq!(read(&hex("df 00 00")).unwrap(), b"alte");
    assert_eq!(read(&hex("df 00 00 00")).unwrap_err().kind(), ErrorKind::Corrupt);
    // The two zeros of the author's writer behind alt.
    assert_eq!(read(&[0b1100_0111, 0b1100_0000]).unwrap(), b"alte");
    // Whole bytes: a, a, a, a, and the byte of zeros.
    assert_eq!(read(&hex("aa 00")).unwrap(), b"aaaa");
    assert_eq!(read(&hex("aa")).unwrap(), b"aaaa");
    assert_eq!(read(&hex("00 aa 00")).unwrap(), b"aaaa");
    assert_eq!(read(&hex("aa 00 00")).unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(read(&hex("00 00")).unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(read(&[]).unwrap(), b"");
}
