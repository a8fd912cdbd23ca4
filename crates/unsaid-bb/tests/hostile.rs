//! Models and documents made to do harm: typed errors, limits kept.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::io::Read;

use unsaid_bb::decode::Decoder;
use unsaid_bb::{Model, Profile, decode, djb2};
use unsaid_core::{ErrorKind, Limits, Silent};
use unsaid_lexicon::ByteStrings;
use unsaid_testkit::{Kind, Rng, bytes};

fn model(profile: Profile, fragments: &[&[u8]]) -> Model {
    Model::new(profile, fragments.iter().collect(), &Limits::default()).unwrap()
}

/// A model file with the right hash, whatever its strings are.
fn file(count: Option<u32>, strings: &[u8], bodies: &[u8]) -> Vec<u8> {
    let mut out = djb2(bodies).to_le_bytes().to_vec();
    out.extend(count.into_iter().flat_map(u32::to_le_bytes));
    out.extend_from_slice(strings);
    out
}

fn read(file: &[u8]) -> ErrorKind {
    Model::from_bytes(file, &Limits::default()).unwrap_err().kind()
}

#[test]
fn b3_documents_changed_in_every_way_give_an_error_or_another_document() {
    let corpus: ByteStrings = [bytes(Kind::Json, 1, 4000)].into_iter().collect();
    let options = unsaid_bb::forge::Options::default();
    let model = unsaid_bb::forge::forge(&corpus, &options, &Limits::default(), &Silent).unwrap();
    let coded = unsaid_bb::encode::to_vec(&model, &bytes(Kind::Json, 2, 500), &Limits::default()).unwrap();
    let mut rng = Rng::new(3);
    for round in 0..4000 {
        let mut damaged = coded.clone();
        for _ in 0..=rng.below(3) {
            let at = rng.below(damaged.len() as u64) as usize;
            match rng.below(5) {
                0 => damaged[at] = [0, 0x7f, 0x80, 0xfb, 0xfc, 0xfd, 0xfe, 0xff][rng.below(8) as usize],
                1 => damaged[at] = damaged[at].wrapping_add(1),
                2 => drop(damaged.remove(at)),
                3 => damaged.insert(at, rng.next_u64() as u8),
                _ => damaged.truncate(at.max(1)),
            }
        }
        if let Err(e) = decode::to_vec(&model, &damaged, &Limits::default()) {
            let known = matches!(e.kind(), ErrorKind::Truncated | ErrorKind::Corrupt | ErrorKind::Missing);
            assert!(known, "{round}: {e}");
        }
    }
}

#[test]
fn b4_the_decoder_never_reads_beyond_its_input_nor_gives_without_end() {
    struct Endless(u64);
    impl Read for Endless {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            self.0 += buf.len() as u64;
            buf.fill(0x80);
            Ok(buf.len())
        }
    }
    let model = model(Profile::Protocol, &[b"0123456789"]);
    let hash = model.hash().to_le_bytes();
    let mut limits = Limits::default();
    limits.output = Some(1 << 20);
    let mut endless = Endless(0);
    let decoder = Decoder::new(&model, hash.chain(&mut endless)).unwrap();
    let e = decoder.decode(&mut std::io::sink(), &limits, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    assert!(endless.0 < 200 << 10, "read {} bytes for 1 MiB of output", endless.0);
}

#[test]
fn b9_a_byte_that_opens_no_token_is_an_error_in_its_profile() {
    for (profile, byte) in [(Profile::Protocol, 0xfc), (Profile::Protocol, 0xff), (Profile::Reference, 0xfe)]
    {
        let model = model(profile, &[b"abc"]);
        let mut coded = model.hash().to_le_bytes().to_vec();
        coded.extend([0x80, byte, 0, 0, 0, 0]);
        let e = decode::to_vec(&model, &coded, &Limits::default()).unwrap_err();
        assert_eq!((e.kind(), e.offset()), (ErrorKind::Corrupt, Some(5)), "{e}");
        assert!(e.to_string().contains(&format!("{byte:02X}")), "{e}");
    }
}

#[test]
fn b10_the_smallest_inputs_are_read_or_refused() {
    assert_eq!(read(b""), ErrorKind::Truncated);
    for length in 1..4 {
        assert_eq!(read(&[5, 0x15, 0][..length]), ErrorKind::Truncated);
    }
    // Four bytes: a protocol model without fragments, under which everything is literal.
    let empty = Model::from_bytes(&[5, 0x15, 0, 0], &Limits::default()).unwrap();
    for length in [0, 1, 126, 127, 128, 254, 255, 1000] {
        let document = vec![b'a'; length];
        let coded = unsaid_bb::encode::to_vec(&empty, &document, &Limits::default()).unwrap();
        assert_eq!(coded.len(), 4 + length + length.div_ceil(127));
        assert_eq!(decode::to_vec(&empty, &coded, &Limits::default()).unwrap(), document);
    }
    // An empty literal is nothing, and no error.
    assert_eq!(decode::to_vec(&empty, &[5, 0x15, 0, 0, 0, 0, 1, 7, 0], &Limits::default()).unwrap(), [7]);
}

#[test]
fn b14_c14_an_index_outside_of_the_fragments_is_an_error() {
    for profile in Profile::ALL {
        let model = model(profile, &[b"abc", b"de", b"f"]);
        let wide: &[&[u8]] = match profile {
            Profile::Protocol => &[&[0xfd, 3], &[0xfe, 3, 0], &[0xfe, 0, 1], &[0xfe, 0xff, 0xff]],
            Profile::Reference => &[&[0xfc, 3], &[0xfd, 3, 0], &[0xff, 0, 0, 0, 0x80], &[0xff; 5]],
        };
        for token in wide.iter().chain(&[&[0x83][..], &[0xfb]]) {
            let coded = [&model.hash().to_le_bytes()[..], token].concat();
            let e = decode::to_vec(&model, &coded, &Limits::default()).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Corrupt, "{token:x?}");
        }
        // An index in more bytes than needed is no error: other encoders may write it.
        let wide = if profile == Profile::Protocol { [0xfe, 2, 0] } else { [0xfd, 2, 0] };
        let coded = [&model.hash().to_le_bytes()[..], &wide].concat();
        assert_eq!(decode::to_vec(&model, &coded, &Limits::default()).unwrap(), b"f");
    }
}

#[test]
fn c1_a_count_is_a_claim_and_never_an_allocation() {
    for count in [1 << 20, u32::MAX, 1 << 31] {
        assert_ne!(read(&file(Some(count), b"\x02ab\x01c", b"abc")), ErrorKind::Limit);
        let e = Model::from_bytes_as(
            &file(Some(count), b"\x02ab\x01c", b"abc"),
            Profile::Reference,
            &Limits::default(),
        );
        assert_eq!(e.unwrap_err().kind(), ErrorKind::Truncated);
    }
    // One too few, one too many.
    for (count, kind) in [(1, ErrorKind::Corrupt), (3, ErrorKind::Truncated)] {
        let e = Model::from_bytes(&file(Some(count), b"\x02ab\x01c", b"abc"), &Limits::default());
        assert_eq!(e.unwrap_err().kind(), kind, "{count}");
    }
}

#[test]
fn c2_more_fragments_than_allowed_are_refused_while_they_are_read() {
    let corpus: Vec<Vec<u8>> = (0..20000u32).map(|n| n.to_string().into_bytes()).collect();
    let model = Model::new(Profile::Protocol, corpus.iter().collect(), &Limits::default()).unwrap();
    let mut limits = Limits::default();
    limits.entries = 1000;
    let e = Model::from_bytes(&model.to_bytes(), &limits).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    assert!(e.hint_text().unwrap().contains("--max-entries"));
    limits = Limits::default();
    limits.memory = 100_000;
    assert_eq!(Model::from_bytes(&model.to_bytes(), &limits).unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(Model::read(&model.to_bytes()[..], &limits).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn c2_a_model_that_never_ends_is_refused_by_its_size() {
    let mut limits = Limits::default();
    limits.memory = 1 << 20;
    assert_eq!(Model::read(std::io::repeat(1), &limits).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn c4_a_model_with_another_hash_than_its_own_is_refused() {
    let good = model(Profile::Protocol, &[b"abc", b"de"]).to_bytes();
    for byte in 0..4 {
        let mut bad = good.clone();
        bad[byte] ^= 0x55;
        let e = Model::from_bytes(&bad, &Limits::default()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Corrupt, "{e}");
        assert!(e.to_string().contains("hash"), "{e}");
    }
}

#[test]
fn c5_another_model_is_refused_before_anything_is_decoded() {
    let (old, new) = (model(Profile::Protocol, &[b"abc"]), model(Profile::Protocol, &[b"abd"]));
    let coded = unsaid_bb::encode::to_vec(&old, b"abcabc", &Limits::default()).unwrap();
    let e = Decoder::new(&new, &coded[..]).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Missing);
    let hash = format!("{:08x}", old.hash());
    assert!(e.to_string().contains(&hash) && e.hint_text().unwrap().contains(&hash), "{e}");
}

#[test]
fn c11_few_bytes_that_become_many_stop_at_the_limit_of_output() {
    let model = model(Profile::Protocol, &[&[b'x'; 255]]);
    let mut coded = model.hash().to_le_bytes().to_vec();
    coded.extend([0x80; 1000]);
    let mut limits = Limits::default();
    limits.output = Some(100_000);
    let e = decode::to_vec(&model, &coded, &limits).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    assert!(e.hint_text().unwrap().contains("--max-output"));
    limits.output = Some(255_000);
    assert_eq!(decode::to_vec(&model, &coded, &limits).unwrap().len(), 255_000);
}

#[test]
fn c12_a_fragment_that_is_empty_or_there_twice_is_refused() {
    for (count, profile) in [(None, Profile::Protocol), (Some(2), Profile::Reference)] {
        for (strings, bodies, kind) in [
            (&b"\x02ab\x02ab"[..], &b"abab"[..], ErrorKind::Corrupt),
            (b"\x02abc\x00", b"ab", ErrorKind::Truncated),
            (b"\x02ab\x00", b"ab", ErrorKind::Corrupt),
            (b"\x02ab\xff", b"ab", ErrorKind::Truncated),
        ] {
            let file = file(count, strings, bodies);
            assert!(Model::from_bytes(&file, &Limits::default()).is_err());
            let e = Model::from_bytes_as(&file, profile, &Limits::default()).unwrap_err();
            assert_eq!(e.kind(), kind, "{profile} {strings:x?}: {e}");
        }
    }
    for strings in [&[&b"a"[..], b"b", b"a"][..], &[b"a", b""], &[&[7; 256]]] {
        let e = Model::new(Profile::Protocol, strings.iter().collect(), &Limits::default()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Corrupt);
    }
    // Bytes that are no UTF-8 are bytes.
    assert!(Model::from_bytes(&file(None, b"\x02\xff\xfe", b"\xff\xfe"), &Limits::default()).is_ok());
}
