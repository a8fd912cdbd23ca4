//! What the author's program writes, and what stops it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use common::{decode, dictionary, limits};
use proptest::prelude::*;
use unsaid_core::{ErrorKind, Silent};
use unsaid_ipld::{Block, Codec};
use unsaid_lexicon::ByteStrings;
use unsaid_zipfs::encode::Rule;
use unsaid_zipfs::{Dictionary, Encoder, Profile};

fn encode(dictionary: &Dictionary, rule: Rule, text: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(dictionary, Profile::Unary, &limits()).unwrap();
    encoder.encode(text, rule, &limits(), &Silent).unwrap()
}

proptest! {
    #[test]
    fn zeros_of_the_authors_writer_are_skipped(
        segments in prop::collection::vec("[ab]{1,7}", 1..6),
        text in "[abc]{0,60}",
    ) {
        let segments: ByteStrings = segments.iter().collect();
        let dictionary = Dictionary::new("author", None, segments, None).unwrap();
        let data = like_the_author(&dictionary, text.as_bytes());
        let read = decode(&dictionary, Profile::Unary, &data, &limits()).unwrap();
        prop_assert_eq!(read, text.as_bytes());
    }
}

/// Data as the author's program would write it if it did not stop where such a zero begins a byte.
fn like_the_author(dictionary: &Dictionary, text: &[u8]) -> Vec<u8> {
    let mut taken: Vec<Option<Option<usize>>> = vec![None; text.len()];
    for (id, segment) in dictionary.segments().iter().enumerate() {
        let mut at = 0;
        while at + segment.len() <= text.len() {
            let here = at..at + segment.len();
            if text[here.clone()] == *segment && taken[here.clone()].iter().all(Option::is_none) {
                taken[here.clone()].fill(Some(None));
                taken[at] = Some(Some(id));
                at = here.end;
            } else {
                at += 1;
            }
        }
    }
    let mut bits = String::new();
    let mut escaped = false;
    for (place, byte) in taken.iter().zip(text) {
        escaped = place.is_none();
        match place {
            Some(Some(id)) => bits += &format!("{}0", "1".repeat(id + 1)),
            Some(None) => bits += "0",
            None => bits += &format!("{}0{byte:08b}", "1".repeat(dictionary.segments().len() + 1)),
        }
    }
    if bits.len() % 8 == 0 && !escaped {
        bits += "00000000";
    }
    bits += &"0".repeat((8 - bits.len() % 8) % 8);
    (0..bits.len() / 8).map(|n| u8::from_str_radix(&bits[8 * n..8 * n + 8], 2).unwrap()).collect()
}

#[test]
fn what_stops_the_authors_program_is_written_and_read() {
    let dictionary = dictionary(&["ab"], None);
    for repeats in 0..40 {
        let text = "ab".repeat(repeats);
        for rule in [Rule::Seed, Rule::Fewest] {
            let data = encode(&dictionary, rule, text.as_bytes());
            // Two bits each, and no zeros behind them but those that fill the last byte or are it.
            assert_eq!(data.len(), repeats / 4 + 1);
            assert_eq!(decode(&dictionary, Profile::Unary, &data, &limits()).unwrap(), text.as_bytes());
        }
        let data = like_the_author(&dictionary, text.as_bytes());
        assert_eq!(decode(&dictionary, Profile::Unary, &data, &limits()).unwrap(), text.as_bytes());
    }
}

#[test]
fn a_segment_that_is_there_twice_or_is_empty_keeps_its_code() {
    let block =
        Block::new(Codec::DagCbor, b"\xa2\x64Name\x60\x68Segments\x84\x41a\x40\x41a\x41b".to_vec()).unwrap();
    let dictionary = Dictionary::read(&block, &limits()).unwrap();
    assert_eq!(dictionary.to_block().unwrap(), block);
    let read = |data: &[u8]| decode(&dictionary, Profile::Unary, data, &limits());
    // Codes 10, 110, 1110, 11110.
    assert_eq!(read(&[0b1011_1011, 0b1100_0000]).unwrap(), b"aab");
    assert_eq!(read(&[0b1011_0000]).unwrap_err().kind(), ErrorKind::Corrupt);
    for rule in [Rule::Seed, Rule::Fewest] {
        assert_eq!(encode(&dictionary, rule, b"aab"), [0b1010_1111, 0]);
    }
    let e = Dictionary::new("", None, ["a", ""].iter().collect(), None).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Usage);
}
