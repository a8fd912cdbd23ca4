//! Hostile names.

use ::cid::multibase::{self, Base};
use unsaid_core::ErrorKind;
use unsaid_ipld::source::{Memory, require};
use unsaid_ipld::{Block, Cid, Codec, MAX_READ, MAX_WRITTEN, cid};

use crate::common::{kind, raw, unhex};

#[test]
fn d5_names_of_unknown_functions_codecs_and_lengths_are_refused() {
    let digest = "4fecac9746bc459cefe3849c253a5dcbc17db64640a0da12a54553a0888c40d3";
    let good = unhex(&format!("01711220{digest}"));
    assert_eq!(cid::read(&good).unwrap().to_bytes(), good);
    let cases = [
        (format!("01511220{digest}"), "codec cbor"),
        (format!("01a9021220{digest}"), "codec dag-json"),
        (format!("01711120{digest}"), "hash sha1 with 32 bytes"),
        (format!("01711a20{digest}"), "hash of another function"),
        (format!("0171b22020{digest}"), "hash murmur3"),
        ("01711200".into(), "no digest"),
        (
            "0171121f4fecac9746bc459cefe3849c253a5dcbc17db64640a0da12a54553a0888c40".into(),
            "31 bytes of digest",
        ),
        (format!("01711221{digest}00"), "33 bytes of digest"),
        (format!("01711280808008{digest}"), "a digest of 2^24 bytes"),
        (format!("017112ffffffff07{digest}"), "a digest of 2^31 bytes"),
        (format!("01711220{digest}00"), "a byte behind it"),
        (format!("01f1001220{digest}"), "an overlong codec"),
        (format!("0171f1808080808080808080012{digest}0"), "ten bytes of function"),
        (format!("8100711220{digest}"), "an overlong version"),
        (format!("02711220{digest}"), "version 2"),
        (format!("00711220{digest}"), "version 0 written out"),
        (format!("1120{digest}"), "version 0 of another hash"),
        ("01".into(), "only a version"),
        ("0171".into(), "no hash"),
        ("01f1".into(), "half a codec"),
        (String::new(), "nothing"),
        (format!("01550041{}", "00".repeat(65)), "65 bytes in the name"),
        (format!("015500808040{}", "00".repeat(1 << 20)), "a mebibyte in the name"),
    ];
    for (hex, what) in cases {
        assert_eq!(kind(cid::read(&unhex(&hex))), ErrorKind::Corrupt, "{what}");
    }
    let v0 = unhex(&format!("1220{digest}"));
    assert_eq!(Codec::of(&cid::read(&v0).unwrap()).unwrap(), Codec::DagPb);
}

#[test]
fn d5_every_prefix_and_flipped_bit_of_a_name_is_another_name_or_none() {
    let good = raw(b"data").cid().to_bytes();
    for cut in 0..good.len() {
        assert_eq!(kind(cid::read(&good[..cut])), ErrorKind::Corrupt, "{cut}");
    }
    for bit in 0..good.len() * 8 {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = cid::read(&bytes) {
            assert_eq!(other.to_bytes(), bytes);
            assert_eq!(kind(Block::verify(other, b"data".to_vec())), ErrorKind::Corrupt, "{bit}");
        }
    }
}

#[test]
fn names_are_read_as_people_write_them() {
    let block = raw(b"hello");
    let text = block.cid().to_string();
    for text in [text.clone(), format!("ipfs://{text}"), format!("/ipfs/{text}")] {
        assert_eq!(cid::parse(&text).unwrap(), *block.cid());
    }
    assert_eq!(cid::parse(&text.to_uppercase()).unwrap(), *block.cid());
    let v0 = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";
    assert_eq!(cid::parse(v0).unwrap().to_string(), v0);
    // Other bases, and the same name in them.
    for other in [Base::Base58Btc, Base::Base36Lower, Base::Base16Upper, Base::Base2, Base::Base64Url] {
        let text = block.cid().to_string_of_base(other).unwrap();
        assert_eq!(cid::parse(&text).unwrap(), *block.cid(), "{text}");
    }
}

#[test]
fn d5_texts_that_are_no_name_or_a_second_spelling_are_refused() {
    let text = raw(b"hello").cid().to_string();
    let mut more = raw(b"hello").cid().to_bytes();
    more.push(0);
    let v0 = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";
    for text in [
        "".to_owned(),
        "bafy".to_owned(),
        "hello".to_owned(),
        "/ipfs/".to_owned(),
        "/ipns/example.org".to_owned(),
        "ipfs://ipfs://x".to_owned(),
        format!("https://example.org/ipfs/{text}"),
        format!("/ipfs/x/ipfs/{text}"),
        format!(" {text}"),
        format!("{text}/"),
        format!("{text}a"),
        text[..1].to_owned() + &text[1..].to_uppercase(),
        multibase::encode(Base::Base32Lower, more),
        format!("z{v0}"),
        format!("z{}", "1".repeat(1 << 20)),
        "z".repeat(700),
    ] {
        assert_eq!(kind(cid::parse(&text)), ErrorKind::Usage, "{text:.80}");
    }
    // A name of a function that is not followed is a name.
    assert_eq!(kind(cid::parse("bafkreidogqfzz")), ErrorKind::Usage);
    let sha1 = [&[1, 0x55, 0x11, 20][..], &[0; 20]].concat();
    assert_eq!(kind(cid::parse(&multibase::encode(Base::Base32Lower, sha1))), ErrorKind::Corrupt);
}

#[test]
fn a_name_that_carries_its_data_is_never_asked_for() {
    let inline = Cid::try_from("bafkqabtimvwgy3yk").unwrap();
    let block = require(&Memory::default(), &inline).unwrap();
    assert_eq!(block.data(), b"hello\n");
    assert!(Block::verify(inline, b"hello\n".to_vec()).is_ok());
    assert_eq!(kind(Block::verify(inline, b"hello!".to_vec())), ErrorKind::Corrupt);
    assert_eq!(kind(require(&Memory::default(), raw(b"x").cid())), ErrorKind::Missing);
}

#[test]
fn blocks_are_bounded_both_ways() {
    assert!(Block::new(Codec::Raw, vec![0; MAX_WRITTEN]).is_ok());
    assert_eq!(kind(Block::new(Codec::Raw, vec![0; MAX_WRITTEN + 1])), ErrorKind::Limit);
    let cid = *raw(b"").cid();
    assert_eq!(kind(Block::verify(cid, vec![0; MAX_READ])), ErrorKind::Corrupt);
    assert_eq!(kind(Block::verify(cid, vec![0; MAX_READ + 1])), ErrorKind::Limit);
}

#[test]
fn blocks_named_by_blake3_are_verified_too() {
    let hash = unsaid_core::check::Hash::of(b"data");
    let mut name = vec![1, 0x55, 0x1e, 32];
    name.extend(hash.0);
    let cid = cid::read(&name).unwrap();
    assert!(Block::verify(cid, b"data".to_vec()).is_ok());
    assert_eq!(kind(Block::verify(cid, b"Data".to_vec())), ErrorKind::Corrupt);
}
