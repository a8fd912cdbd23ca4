//! Data and files made to do harm.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use common::{Blocks, decode, dictionary, hex, limits};
use unsaid_core::{ErrorKind, Limits, Silent};
use unsaid_ipld::{Block, Cid, Codec};
use unsaid_lexicon::ByteStrings;
use unsaid_zipfs::encode::Rule;
use unsaid_zipfs::{CompressedFile, Decoder, Dictionary, Encoder, Lengths, Naming, Profile, files};

const SEGMENTS: [&str; 5] = ["a", "alt", "l", "t", "e"];

fn refused(profile: Profile, lengths: Option<&[u64]>, data: &[u8]) -> Option<ErrorKind> {
    decode(&dictionary(&SEGMENTS, lengths), profile, data, &limits()).err().map(|e| e.kind())
}

#[test]
fn b1_data_that_ends_within_a_code_is_refused() {
    use ErrorKind::{Corrupt, Truncated};
    let lengths = Some(&[0, 2, 2, 1][..]);
    for (profile, lengths, data, kind) in [
        // Ones without their zero, more of them than the escape has, and an escape without its byte.
        (Profile::Unary, None, "03", Truncated),
        (Profile::Unary, None, "bf", Truncated),
        (Profile::Unary, None, "ff", Corrupt),
        (Profile::Unary, None, "ff ff ff", Corrupt),
        (Profile::Unary, None, "fc", Truncated),
        (Profile::Unary, None, "fe", Corrupt),
        (Profile::Strict, None, "ff", Corrupt),
        (Profile::Strict, None, "ff 00", Corrupt),
        (Profile::Strict, None, "7f ff", Corrupt),
        (Profile::Strict, None, "f8", Truncated),
        // The codes are 00, 01, 100, 101, 1100, the escape 1101; none begins with 111.
        (Profile::Canonical, lengths, "ff", Corrupt),
        (Profile::Canonical, lengths, "e0", Corrupt),
        (Profile::Canonical, lengths, "3f ff", Corrupt),
        (Profile::Canonical, lengths, "06", Truncated),
        (Profile::Canonical, lengths, "d6", Truncated),
        (Profile::Canonical, lengths, "d6 0f ff ff", Corrupt),
    ] {
        let found = refused(profile, lengths, &hex(data));
        assert_eq!(found, Some(kind), "{profile:?} {data}");
    }
}

#[test]
fn b4_the_last_byte_is_filled_as_the_profile_has_it() {
    let dictionary = dictionary(&SEGMENTS, Some(&[0, 2, 2, 1]));
    let read = |profile, data: &[u8]| decode(&dictionary, profile, data, &limits());
    // alt, e in canonical codes: 01 1100 and two bits that must be ones.
    assert_eq!(read(Profile::Canonical, &[0b0111_0011]).unwrap(), b"alte");
    assert_eq!(read(Profile::Canonical, &[0b0111_0000]).unwrap(), b"altea");
    assert!(read(Profile::Canonical, &[0b0111_0010]).is_err());
    assert!(read(Profile::Canonical, &[0b0111_0011, 0xff]).is_err());
    // e in strict codes, then three bits.
    assert_eq!(read(Profile::Strict, &[0b1111_0111]).unwrap(), b"e");
    assert_eq!(read(Profile::Strict, &[0b1111_0000]).unwrap(), b"eaaa");
    assert_eq!(read(Profile::Strict, &[0b1111_0110]).unwrap(), b"el");
    // A code that uses up all room: the escape is all ones, and a filled byte is still the end.
    let full = common::dictionary(&["a"], Some(&[1]));
    assert_eq!(decode(&full, Profile::Canonical, &[0b0111_1111], &limits()).unwrap(), b"a");
    assert_eq!(decode(&full, Profile::Canonical, &[0xff, 0x7f], &limits()).unwrap(), [0xfe]);
    assert_eq!(decode(&full, Profile::Canonical, &[0b0111_1111, 0xff], &limits()).unwrap(), [b'a', 0xff]);
}

#[test]
fn c11_output_is_counted_before_it_is_given_away() {
    // Ten kilobytes of Data, each bit of which is a segment of a mebibyte: 80 GiB.
    let segment = vec![b'x'; (1 << 20) - 100];
    let segments: ByteStrings = [&segment].into_iter().collect();
    let lengths = Lengths::new(&[1]).unwrap();
    let bomb = Dictionary::new("bomb", None, segments, Some(lengths)).unwrap();
    let mut limits = limits();
    (limits.output, limits.memory) = (Some(10 << 20), 40 << 20);
    for profile in [Profile::Canonical, Profile::Strict] {
        let decoder = Decoder::new(&bomb, profile, &limits).unwrap();
        let mut given = 0;
        let e = decoder
            .decode(&[0; 10_000], &limits, &Silent, &mut |piece| {
                given += piece.len() as u64;
                assert!(given <= 10 << 20);
                Ok(())
            })
            .unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Limit);
        assert!(given > 8 << 20, "{given}");
        // A buffer has a limit even where the caller named none.
        let mut little: Limits = limits.clone();
        little.output = None;
        let e = decoder.to_vec(&[0; 10_000], &little).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Limit);
    }
}

#[test]
fn h2_a_text_that_would_grow_beyond_the_limit_is_not_written() {
    let segments: ByteStrings = (0..65_536_u32).map(|n| n.to_be_bytes()).collect();
    let dictionary = Dictionary::new("", None, segments, None).unwrap();
    let mut encoder = Encoder::new(&dictionary, Profile::Unary, &limits()).unwrap();
    let mut limits = limits();
    limits.output = Some(1 << 20);
    for rule in [Rule::Fewest, Rule::Seed] {
        // An escape has 65,538 bits.
        let e = encoder.encode(&[b'x'; 1000], rule, &limits, &Silent).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Limit);
        assert!(encoder.encode(b"x", rule, &limits, &Silent).unwrap().len() < 8200);
    }
}

#[test]
fn d3_d5_files_have_one_form() {
    let cid = *dictionary(&SEGMENTS, None).to_block().unwrap().cid();
    let text = cid.to_string();
    let named = |name: &str| {
        let head = [b"\xa2\x6aDictionary\x78", &[name.len() as u8][..]].concat();
        [&head, name.as_bytes(), b"\x64Data\x41\x00"].concat()
    };
    assert!(CompressedFile::read(&named(&text), &limits()).is_ok());
    let raw = *Block::new(Codec::Raw, vec![1]).unwrap().cid();
    let upper = cid.to_string_of_base(cid::multibase::Base::Base32Upper).unwrap();
    let base58 = cid.to_string_of_base(cid::multibase::Base::Base58Btc).unwrap();
    for bad in [
        upper.as_str(),
        &base58,
        &format!("ipfs://{text}"),
        &format!("/ipfs/{text}"),
        &raw.to_string(),
        &text[..text.len() - 1],
        "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n",
        "this is certainly no CID at all",
    ] {
        assert_eq!(
            CompressedFile::read(&named(bad), &limits()).unwrap_err().kind(),
            ErrorKind::Corrupt,
            "{bad}"
        );
    }
    let link = [&hex("d82a 5825 00")[..], &cid.to_bytes()].concat();
    let data = |data: &str| [&b"\xa2\x64Data"[..], &hex(data), b"\x6aDictionary", &link].concat();
    assert!(CompressedFile::read(&data("41 00"), &limits()).is_ok());
    assert!(CompressedFile::read(&data("81 00"), &limits()).is_ok());
    for bad in [
        "58 01 00",
        "5f 41 00 ff",
        "9f 00 ff",
        "81 18 00",
        "82 19 0100 00",
        "81 20",
        "81 f6",
        "61 61",
        "f6",
        "5b 8000000000000000 00",
        "9b 8000000000000000 00",
        "00",
    ] {
        assert!(CompressedFile::read(&data(bad), &limits()).is_err(), "{bad}");
    }
    let good = CompressedFile::new(cid, Naming::Link, vec![0; 3]).unwrap().to_bytes();
    for end in 0..good.len() {
        assert!(CompressedFile::read(&good[..end], &limits()).is_err());
    }
    let twice = [&b"\xa2\x64Data\x41\x00\x64Data\x41\x00"[..]].concat();
    assert!(CompressedFile::read(&twice, &limits()).is_err());
    let three = [&b"\xa3"[..], &good[1..], b"\x6cZ"].concat();
    assert_eq!(CompressedFile::read(&three, &limits()).unwrap_err().kind(), ErrorKind::NotThisFormat);
}

#[test]
fn e8_c4_a_dictionary_that_is_not_there_is_missing_and_another_is_never_taken() {
    let ours = dictionary(&SEGMENTS, None).to_block().unwrap();
    let other = dictionary(&["b"], None).to_block().unwrap();
    let file = CompressedFile::new(*ours.cid(), Naming::Link, vec![0xdf, 0]).unwrap().to_bytes();
    for source in [Blocks::default(), Blocks::of([other.clone()])] {
        let e = files::to_vec(&file, None, &source, &limits()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Missing);
        assert!(e.to_string().contains(&ours.cid().to_string()), "{e}");
    }
    /// A source that answers with what was not asked for.
    struct Wrong(Block);
    impl unsaid_ipld::BlockSource for Wrong {
        fn get(&self, _: &Cid) -> unsaid_core::Result<Option<Block>> {
            Ok(Some(self.0.clone()))
        }
    }
    let e = files::to_vec(&file, None, &Wrong(other), &limits()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Missing);
    let parsed = CompressedFile::read(&file, &limits()).unwrap();
    let e = files::check_dictionary(&parsed, Wrong(ours).0.cid())
        .and(files::check_dictionary(&parsed, dictionary(&["b"], None).to_block().unwrap().cid()));
    assert_eq!(e.unwrap_err().kind(), ErrorKind::Missing);
}

#[test]
fn h6_a_long_text_in_place_of_a_cid_is_refused_at_once() {
    let text = format!("z{}", "2".repeat(8 << 20));
    let head = [&b"\xa2\x6aDictionary\x7a"[..], &(text.len() as u32).to_be_bytes()].concat();
    let file = [&head, text.as_bytes(), b"\x64Data\x41\x00"].concat();
    let begun = std::time::Instant::now();
    assert_eq!(CompressedFile::read(&file, &limits()).unwrap_err().kind(), ErrorKind::Corrupt);
    assert!(begun.elapsed().as_secs() < 5);
}
