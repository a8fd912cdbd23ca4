//! Which damage is found, and exactly which cannot be: `docs/formats/paq9a.md`, "What goes unnoticed".
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use unsaid_cm::paq9a::{Mode, decode_group, encode_group};
use unsaid_core::{ErrorKind, Limits, Silent};
use unsaid_testkit::{Kind, Rng, bytes};

use common::{blocks, level, pack, unpack, vector};

/// What a reader must make of the first `length` bytes of an archive, if these end at a block.
fn shorter(archive: &[u8], files: &[(Vec<u8>, Vec<u8>)], length: usize) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut kept: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut used = 5;
    let mut all = files.iter();
    let mut taken = 0;
    for block in blocks(archive).iter().take_while(|b| b.payload.end <= length) {
        if block.name.is_some() {
            kept.push((all.next().unwrap().0.clone(), Vec::new()));
            taken = 0;
        }
        let whole = &files[kept.len() - 1].1;
        kept.last_mut().unwrap().1.extend_from_slice(&whole[taken..taken + block.size]);
        taken += block.size;
        used = block.payload.end;
    }
    (used == length).then_some(kept)
}

fn every_prefix_is_truncated_or_a_shorter_archive(archive: &[u8]) {
    let files = unpack(archive).unwrap();
    let mut valid = Vec::new();
    for length in 0..archive.len() {
        match (unpack(&archive[..length]), shorter(archive, &files, length)) {
            (Ok(got), Some(wanted)) => {
                assert_eq!(got, wanted, "{length}");
                valid.push(length);
            }
            (Err(e), None) => assert_eq!(e.kind(), ErrorKind::Truncated, "{length}: {e}"),
            (got, wanted) => panic!("{length}: got {got:?}, wanted {wanted:?}"),
        }
    }
    let mut ends: Vec<_> = blocks(archive).iter().map(|b| b.payload.end).collect();
    ends.insert(0, 5);
    ends.pop();
    assert_eq!(valid, ends, "the valid prefixes end after the header or a block, and nowhere else");
}

#[test]
fn b1_every_prefix_of_a_golden_archive_is_truncated_or_ends_after_a_block() {
    for kind in ["text", "json", "mixed"] {
        every_prefix_is_truncated_or_a_shorter_archive(&vector(&format!("{kind}.1000.1.paq9a")));
    }
    for kind in Kind::ALL {
        every_prefix_is_truncated_or_a_shorter_archive(&vector(&format!("{}.1.3.paq9a", kind.name())));
    }
}

/// Two stored and two empty files between compressed ones.
#[test]
fn b1_every_prefix_of_a_solid_archive() {
    let (text, noise) = (bytes(Kind::Text, 7, 400), bytes(Kind::Noise, 7, 50));
    every_prefix_is_truncated_or_a_shorter_archive(&pack(
        level(1),
        &[
            ("a.txt", &text, Mode::Compressed),
            ("b.bin", &noise, Mode::Stored),
            ("empty", &[], Mode::Stored),
            ("c.json", &text[..100], Mode::Compressed),
            ("a.txt", &text, Mode::Compressed),
            ("empty", &[], Mode::Compressed),
        ],
    ));
}

/// A block's end inside a file is a valid end, too.
#[test]
fn b1_prefixes_of_a_file_of_several_blocks() {
    let noise = bytes(Kind::Noise, 3, 150_000);
    let archive = pack(level(1), &[("n", &noise, Mode::Compressed), ("s", b"stored", Mode::Stored)]);
    let all = blocks(&archive);
    assert_eq!(all.len(), 3);
    let files = unpack(&archive).unwrap();
    for block in &all {
        for length in [block.mark, block.mark + 1, block.payload.start, block.payload.end - 1] {
            if length == block.mark && block.name.is_none() {
                continue; // The end of the block before.
            }
            assert_eq!(unpack(&archive[..length]).unwrap_err().kind(), ErrorKind::Truncated, "{length}");
        }
        let end = block.payload.end;
        assert_eq!(unpack(&archive[..end]).unwrap(), shorter(&archive, &files, end).unwrap());
    }
}

/// B3: bytes set, exchanged, removed, added and zeroed: an error or an archive, never a panic.
/// B6: the model goes astray in the middle; at the latest the end of the block shows it or the
/// sizes hold.
#[test]
fn b3_b6_rough_damage_gives_an_error_or_contents_of_the_declared_size() {
    let archive = pack(
        level(1),
        &[
            ("text", &bytes(Kind::Text, 5, 1500), Mode::Compressed),
            ("noise", &bytes(Kind::Noise, 5, 200), Mode::Stored),
            ("json", &bytes(Kind::Json, 5, 1500), Mode::Compressed),
        ],
    );
    let mut rng = Rng::new(3);
    for _ in 0..600 {
        let mut damaged = archive.clone();
        let at = rng.below(damaged.len() as u64) as usize;
        let n = (1 + rng.below(16) as usize).min(damaged.len() - at);
        match rng.below(6) {
            0 => damaged[at] = [0x00, 0xff, damaged[at].wrapping_add(1), damaged[at].wrapping_sub(1)][n % 4],
            1 => drop(damaged.drain(at..at + n)),
            2 => drop(damaged.splice(at..at, bytes(Kind::Noise, at as u64, n))),
            3 => damaged[at..].iter_mut().take(512).for_each(|b| *b = 0),
            4 => damaged.extend_from_within(at..at + n),
            _ => damaged[at..at + n].reverse(),
        }
        match unpack(&damaged) {
            Ok(files) => {
                let total: usize = files.iter().map(|f| f.1.len()).sum();
                assert_eq!(total, blocks(&damaged).iter().map(|b| b.size).sum::<usize>());
            }
            Err(e) => assert!(
                matches!(
                    e.kind(),
                    ErrorKind::Truncated | ErrorKind::Corrupt | ErrorKind::NotThisFormat | ErrorKind::Limit
                ),
                "{e}"
            ),
        }
    }
}

/// An arithmetic decoder reads its payload and not a byte more, however much it is asked for:
/// the largest size a block can declare ends as soon as the payload does.
#[test]
fn b4_b5_a_payload_that_ends_too_early_ends_the_decoding() {
    for kind in [Kind::Text, Kind::Runs] {
        let mut archive = pack(level(1), &[("x", &bytes(kind, 4, 1000), Mode::Compressed)]);
        let block = blocks(&archive).remove(0);
        archive[block.mark + 2..block.mark + 6].fill(0xff);
        let e = unpack(&archive).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Corrupt, "{e}");
        assert!(e.to_string().contains("more needed"), "{e}");

        let packed = archive[block.payload.clone()].to_vec();
        let (limits, level) = (Limits::default(), level(1));
        let e = decode_group(&packed, 1 << 30, level, &limits, &Silent).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Truncated, "{e}");
    }
}

#[test]
fn b4_a_payload_shorter_than_the_flush_is_corrupt() {
    let whole = pack(level(1), &[("x", b"", Mode::Compressed)]);
    for packed in 0..4 {
        let mut archive = whole[..16 + packed].to_vec();
        archive[15] = packed as u8;
        assert_eq!(unpack(&archive).unwrap_err().kind(), ErrorKind::Corrupt, "{packed}");
    }
}

/// A group must be consumed exactly: one byte less is truncated, one more is left over.
#[test]
fn b1_b12_a_group_is_consumed_exactly() {
    let raw = bytes(Kind::Text, 6, 2000);
    let (limits, level) = (Limits::default(), level(1));
    let coded = encode_group(&raw, level, &limits, &Silent).unwrap();
    let decode = |coded: &[u8], n| decode_group(coded, n, level, &limits, &Silent);
    assert_eq!(decode(&coded, raw.len()).unwrap(), raw);
    for length in 0..coded.len() {
        let e = decode(&coded[..length], raw.len()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Truncated, "{length}: {e}");
    }
    let longer = [&coded[..], &[0]].concat();
    assert_eq!(decode(&longer, raw.len()).unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(decode(&coded, raw.len() - 100).unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(decode(&coded, raw.len() + 100).unwrap_err().kind(), ErrorKind::Truncated);
    assert_eq!(decode(&[], 0).unwrap_err().kind(), ErrorKind::Truncated);
}

/// What follows an archive is its next entry or an error; there is no end mark to stop at.
#[test]
fn b12_trailing_bytes_are_an_entry_or_an_error() {
    let archive = pack(level(1), &[("x", b"content", Mode::Compressed)]);
    let with = |tail: &[u8]| unpack(&[&archive, tail].concat());
    // Zeros: after the mark of one more block, a mode that does not exist.
    assert_eq!(with(&[0; 512]).unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(with(&[0]).unwrap_err().kind(), ErrorKind::Truncated);
    // Text: a name without an end.
    assert_eq!(with(b"garbage").unwrap_err().kind(), ErrorKind::Truncated);
    assert_eq!(with(&[b'g'; 5000]).unwrap_err().kind(), ErrorKind::Limit);
    // Another archive: its header starts a name. A compressed block after that was coded against
    // another model; a stored one is taken in.
    assert_eq!(with(&archive).unwrap_err().kind(), ErrorKind::Corrupt);
    let stored = pack(level(1), &[("s", b"stored", Mode::Stored)]);
    assert_eq!(with(&stored).unwrap()[1], (b"pQ9\x011s".to_vec(), b"stored".to_vec()));
    assert_eq!(with(&stored[..20]).unwrap_err().kind(), ErrorKind::Truncated);
}

/// An encoder never says that a byte is the expected one where none is expected, nor spells out
/// the expected one. Here the flag of the first byte is turned: its probability was 1 in 4096.
#[test]
fn a_byte_coded_as_no_encoder_does_is_corrupt() {
    let mut archive = pack(level(1), &[("x", b"A", Mode::Compressed)]);
    let payload = blocks(&archive)[0].payload.clone();
    archive[payload].copy_from_slice(&[0, 0, 0, 0]);
    let e = unpack(&archive).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
    assert!(e.to_string().contains("as no encoder does"), "{e}");
    let e = decode_group(&[0; 40], 1, level(1), &Limits::default(), &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt, "{e}");
    assert!(e.to_string().contains("as no encoder does"), "{e}");
}

/// The coder's interval can shrink to one number and goes on.
#[test]
fn b13_probabilities_at_both_ends_and_a_collapsed_interval() {
    use unsaid_entropy::SliceSource;
    use unsaid_entropy::binary::{Decoder, Encoder};
    let mut rng = Rng::new(13);
    let decisions: Vec<(bool, u32)> = (0..200_000)
        .map(|i| (rng.below(2) == 1, [0, 1, 2047, 2048, 4094, 4095, rng.below(4096) as u32][i % 7]))
        .collect();
    let (mut encoder, mut coded) = (Encoder::new(), Vec::new());
    for &(bit, p) in &decisions {
        encoder.encode(bit, p, &mut coded);
    }
    encoder.finish(&mut coded);
    let mut source = SliceSource::new(&coded);
    let mut decoder = Decoder::new(&mut source);
    for &(bit, p) in &decisions {
        assert_eq!(decoder.decode(p, &mut source), bit);
    }
    assert!(!decoder.starved());
    assert_eq!(source.remaining(), 0);
}

/// B14: the history that LZP copies from starts empty: a match before the start, beyond the ring
/// and onto the present byte are all in range. CVE-2026-32829: what is decoded does not depend on
/// what the memory held before.
#[test]
fn b14_matches_reach_everywhere_in_the_ring_and_nothing_leaks() {
    let (limits, level) = (Limits::default(), level(1));
    // The ring of level 1 holds 1 MiB: a period of exactly that, of one more and of one less.
    for period in [1 << 20, (1 << 20) + 1, (1 << 20) - 1] {
        let mut raw = bytes(Kind::Noise, 14, 2000);
        raw.resize(period, 0);
        raw.extend(bytes(Kind::Noise, 14, 2000));
        let coded = encode_group(&raw, level, &limits, &Silent).unwrap();
        for _ in 0..2 {
            let filled = vec![0xaau8; 8 << 20];
            drop(std::hint::black_box(filled));
            let got = decode_group(&coded, raw.len(), level, &limits, &Silent).unwrap();
            assert!(got == raw, "period {period}");
        }
    }
}
