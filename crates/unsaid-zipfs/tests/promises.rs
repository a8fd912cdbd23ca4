//! What is written comes back, in every profile, with every dictionary, in one block or in many.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use common::{Blocks, decode, dictionary, limits};
use proptest::prelude::*;
use unsaid_core::{ErrorKind, Silent};
use unsaid_ipld::Cid;
use unsaid_lexicon::ByteStrings;
use unsaid_testkit::{Kind, bytes};
use unsaid_zipfs::encode::{Rule, WINDOW};
use unsaid_zipfs::{
    CompressedFile, Dictionary, Encoder, Lengths, Naming, Opened, Options, Profile, Root, compress, files,
};

fn encode(dictionary: &Dictionary, profile: Profile, rule: Rule, text: &[u8]) -> Vec<u8> {
    Encoder::new(dictionary, profile, &limits()).unwrap().encode(text, rule, &limits(), &Silent).unwrap()
}

/// Lengths that use up all room with the escape, from `first` bits on.
fn some_lengths(segments: usize, first: u32) -> Lengths {
    let mut left = segments as u64;
    let mut room = 1_u64 << first;
    let mut counts = vec![0; first as usize - 1];
    loop {
        // Half of the codes go on, and if that does not do, all but one.
        let rest = (32 - counts.len() - 1).min(20) as u32;
        let here = if left < room { left } else { (room / 2).max(1).min(left) };
        let here = if (room - here) << rest > left - here { here } else { 0 };
        counts.push(here);
        left -= here;
        if left == 0 {
            return Lengths::new(&counts).unwrap();
        }
        room = (room - here) * 2;
    }
}

fn with_lengths(segments: ByteStrings, first: u32) -> Dictionary {
    let lengths = if segments.is_empty() { Lengths::default() } else { some_lengths(segments.len(), first) };
    Dictionary::new("odd", None, segments, Some(lengths)).unwrap()
}

/// Every profile and rule, and the whole file as well.
fn comes_back(dictionary: &Dictionary, text: &[u8]) {
    let block = dictionary.to_block().unwrap();
    let source = Blocks::of([block.clone()]);
    for profile in Profile::ALL {
        let mut sizes = Vec::new();
        for rule in [Rule::Seed, Rule::Fewest] {
            let data = encode(dictionary, profile, rule, text);
            assert_eq!(decode(dictionary, profile, &data, &limits()).unwrap(), text, "{profile:?} {rule:?}");
            sizes.push(data.len());
            let told = (profile == Profile::Strict).then_some(profile);
            let options = Options { profile: Some(profile), rule };
            let file = compress(dictionary, block.cid(), text, &options, &limits(), &Silent).unwrap();
            // For one text only what occurs in it is prepared, with the same outcome.
            assert_eq!(CompressedFile::read(&file, &limits()).unwrap().data(), data);
            assert_eq!(files::to_vec(&file, told, &source, &limits()).unwrap(), text, "{profile:?} {rule:?}");
        }
        // The byte of zeros may be what the shorter one has and the longer one has not.
        assert!(sizes[1] <= sizes[0] + 1, "{profile:?}: {sizes:?}");
    }
}

#[test]
fn odd_dictionaries_write_every_text() {
    let text = bytes(Kind::Text, 7, 3000);
    let all: ByteStrings = (0..=255_u8).map(|byte| [byte]).collect();
    let many: ByteStrings = (0..300).map(|n| format!("{n:x}")).collect();
    let longer: ByteStrings = (0..40_u8).map(|n| vec![b'a' + n % 26; usize::from(n) + 1]).collect();
    for segments in [ByteStrings::new(), ["the "].iter().collect(), all, many, longer] {
        for first in [1, 2, 5, 10] {
            let dictionary = with_lengths(segments.clone(), first);
            comes_back(&dictionary, b"");
            comes_back(&dictionary, b"a");
            comes_back(&dictionary, &text[..200]);
        }
    }
    let two = with_lengths(["e", "th"].iter().collect(), 1);
    comes_back(&two, &text);
}

#[test]
fn a_dictionary_of_65536_segments_writes_every_text() {
    let text = bytes(Kind::Text, 1, 400_000);
    let segments: ByteStrings = text.chunks(6).take(65_536).collect();
    let dictionary = with_lengths(segments, 8);
    assert_eq!(dictionary.segments().len(), 65_536);
    for end in [0, 1, 7, 1000, text.len()] {
        let data = encode(&dictionary, Profile::Canonical, Rule::Fewest, &text[..end]);
        assert_eq!(decode(&dictionary, Profile::Canonical, &data, &limits()).unwrap(), &text[..end]);
    }
    let mut one = Encoder::for_text(&dictionary, Profile::Canonical, &text[..999], &limits()).unwrap();
    let data = one.encode(&text[..999], Rule::Fewest, &limits(), &Silent).unwrap();
    assert_eq!(data, encode(&dictionary, Profile::Canonical, Rule::Fewest, &text[..999]));
    // A unary code of the last of them has 65,537 bits.
    let last = dictionary.segments().iter().last().unwrap();
    let data = encode(&dictionary, Profile::Strict, Rule::Seed, last);
    assert_eq!(decode(&dictionary, Profile::Strict, &data, &limits()).unwrap(), last);
}

#[test]
fn texts_longer_than_a_window_come_back() {
    let text = bytes(Kind::Text, 3, WINDOW * 2 + 12_345);
    let dictionary = with_lengths(["e", " ", "th", "and "].iter().collect(), 2);
    let data = encode(&dictionary, Profile::Canonical, Rule::Fewest, &text);
    assert_eq!(decode(&dictionary, Profile::Canonical, &data, &limits()).unwrap(), text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_is_written_comes_back(
        segments in prop::collection::vec(prop::collection::vec(97..100_u8, 1..20), 0..40),
        first in 1_u32..12,
        text in prop::collection::vec(97..101_u8, 0..300),
    ) {
        comes_back(&with_lengths(segments.iter().collect(), first), &text);
    }

    #[test]
    fn b18_whatever_is_decoded_is_decoded_alike_fast_and_plainly(
        segments in prop::collection::vec(prop::collection::vec(97..100_u8, 1..20), 0..40),
        first in 1_u32..12,
        data in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let dictionary = with_lengths(segments.iter().collect(), first);
        for profile in Profile::ALL {
            let _ = decode(&dictionary, profile, &data, &limits());
        }
    }

}

#[test]
fn one_block_or_many_give_the_same_data_and_only_needed_parts_are_asked_for() {
    let words = bytes(Kind::Text, 5, 60_000);
    let segments: ByteStrings = words.chunks(7).collect();
    let dictionary = with_lengths(segments, 6);
    let single = dictionary.to_block().unwrap();
    let text = &words[7 * 300..7 * 360];
    for profile in Profile::ALL {
        let options = Options { profile: Some(profile), rule: Rule::Fewest };
        let told = (profile == Profile::Strict).then_some(profile);
        let make = |cid: &Cid| compress(&dictionary, cid, text, &options, &limits(), &Silent).unwrap();
        let one = make(single.cid());
        for part_size in [1, 100, 1000, 5000, 1 << 16, 1 << 20] {
            let (root, parts) = dictionary.to_multi(part_size).unwrap();
            assert!(parts.iter().all(|part| part.data().len() <= part_size.max(19)));
            let many = make(root.cid());
            let data = |file: &[u8]| CompressedFile::read(file, &limits()).unwrap().data().to_vec();
            assert_eq!(data(&one), data(&many));

            let source = Blocks::of(parts.iter().cloned().chain([root.clone()]));
            let read = Root::read(&root, &limits()).unwrap();
            assert_eq!(read.clone().dictionary(&source, &limits(), &Silent).unwrap(), dictionary);
            source.asked.lock().unwrap().clear();
            let needs = Opened::new(&many, told, &source, &limits()).unwrap().needs().unwrap();
            assert_eq!(files::to_vec(&many, told, &source, &limits()).unwrap(), text);
            let mut asked = source.asked.into_inner().unwrap();
            asked.retain(|cid| cid != root.cid());
            let wanted: Vec<_> = needs.parts.iter().map(|&part| read.parts()[part].part).collect();
            assert_eq!(asked, wanted);
            assert!(needs.parts.len() < parts.len() || part_size >= 5000);

            // No other part is needed, and none of these can be missing.
            let needed = || parts.iter().filter(|part| wanted.contains(part.cid())).cloned();
            let few = Blocks::of(needed().chain([root.clone()]));
            assert_eq!(files::to_vec(&many, told, &few, &limits()).unwrap(), text);
            for cid in wanted.iter().take(3) {
                let fewer = Blocks::of(needed().chain([root.clone()])).without(cid);
                let e = files::to_vec(&many, told, &fewer, &limits()).unwrap_err();
                assert_eq!(e.kind(), ErrorKind::Missing);
                assert!(e.to_string().contains(&cid.to_string()), "{e}");
            }
        }
    }
}

#[test]
fn the_profile_follows_from_the_name_and_the_lengths() {
    let root = |lengths| Root::read(&dictionary(&["a"], lengths).to_block().unwrap(), &limits()).unwrap();
    let (plain, lengths) = (root(None), root(Some(&[1])));
    let cid = *dictionary(&["a"], None).to_block().unwrap().cid();
    let file = |naming| CompressedFile::new(cid, naming, vec![]).unwrap();
    assert_eq!(file(Naming::Text).profile(&plain), Profile::Unary);
    assert_eq!(file(Naming::Text).profile(&lengths), Profile::Unary);
    assert_eq!(file(Naming::Link).profile(&plain), Profile::Unary);
    assert_eq!(file(Naming::Link).profile(&lengths), Profile::Canonical);
    let canonical = Options { profile: Some(Profile::Canonical), rule: Rule::Fewest };
    let e = compress(&dictionary(&["a"], None), &cid, b"a", &canonical, &limits(), &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Usage);
}

#[test]
fn files_are_read_in_every_form_and_written_in_one() {
    let dictionary = dictionary(&["a", "alt", "l", "t", "e"], None);
    let block = dictionary.to_block().unwrap();
    let source = Blocks::of([block.clone()]);
    let text = block.cid().to_string();
    let link = [&[0xd8, 0x2a, 0x58, 0x25, 0][..], &block.cid().to_bytes()].concat();
    let text = [&[0x78, 59][..], text.as_bytes()].concat();
    let (data, list) = (&b"\x43\xbb\xdf\x00"[..], &b"\x83\x18\xbb\x18\xdf\x00"[..]);
    let file = |first: (&[u8], &[u8]), second: (&[u8], &[u8])| {
        [b"\xa2", first.0, first.1, second.0, second.1].concat()
    };
    let (d, n) = (&b"\x64Data"[..], &b"\x6aDictionary"[..]);
    for good in [
        file((d, data), (n, &link)),
        file((d, list), (n, &link)),
        file((d, data), (n, &text)),
        file((n, &text), (d, data)),
        file((n, &text), (d, list)),
    ] {
        assert!(CompressedFile::recognise(&good));
        assert_eq!(CompressedFile::read(&good, &limits()).unwrap().to_bytes(), good);
        assert_eq!(files::to_vec(&good, None, &source, &limits()).unwrap(), b"alte");
    }
    let kind = |bytes: &[u8]| CompressedFile::read(bytes, &limits()).unwrap_err().kind();
    assert_eq!(kind(&file((n, &link), (d, data))), ErrorKind::Corrupt);
    let options = Options { profile: None, rule: Rule::Fewest };
    let ours = compress(&dictionary, block.cid(), b"alte", &options, &limits(), &Silent).unwrap();
    assert!(ours.starts_with(b"\xa2\x64Data\x42\xdf\x00\x6aDictionary\xd8\x2a\x58\x25\x00\x01\x71\x12\x20"));
}

#[test]
fn a_dictionary_may_be_in_the_name_itself_and_is_never_asked_for() {
    let dictionary = dictionary(&["a", "alt"], None);
    let data = dictionary.to_block().unwrap().into_data();
    let bytes = [&[1, 0x71, 0, data.len() as u8][..], &data].concat();
    let cid = unsaid_ipld::cid::read(&bytes).unwrap();
    let options = Options::default();
    let file = compress(&dictionary, &cid, b"alta", &options, &limits(), &Silent).unwrap();
    assert_eq!(files::to_vec(&file, None, &Blocks::default(), &limits()).unwrap(), b"alta");
}
