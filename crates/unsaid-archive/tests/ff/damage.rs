//! Whatever happens to an archive's bytes is reported, and costs no more than it must.

use std::io::Cursor;

use crate::common::*;
use unsaid_archive::{Archive, WriteOptions, read_stream, recover};
use unsaid_core::{ErrorKind, Inline, Limits, Silent};
use unsaid_testkit::{Kind, Rng, bytes};

const CHUNK: usize = 256 << 10;

/// Three groups of one file each.
fn three_groups() -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    let files: Vec<(String, Vec<u8>)> =
        (0..3).map(|n| (format!("f{n}"), bytes(Kind::Noise, n, CHUNK - 1000))).collect();
    let mut options = store();
    options.group_bytes = CHUNK as u64;
    let named: Vec<(&str, Vec<u8>)> = files.iter().map(|(n, d)| (n.as_str(), d.clone())).collect();
    (archive_of(&named, &options), files)
}

#[test]
fn b1_every_prefix_is_truncated() {
    for options in [store(), WriteOptions::default()] {
        let archive = sample(&options);
        for length in 0..archive.len() {
            let (by_index, by_stream) = complaints(&archive[..length]);
            let expected = if length == 0 { ErrorKind::NotThisFormat } else { ErrorKind::Truncated };
            for found in [by_index, by_stream] {
                assert!(!found.is_empty(), "a prefix of {length} bytes passes");
                // Where the cut goes through a group, its files are reported too, as cut.
                assert!(found.iter().all(|e| e.kind() == expected), "prefix {length}: {found:?}");
            }
        }
    }
}

#[test]
fn b2_every_bit_flip_is_found() {
    for options in [store(), WriteOptions::default()] {
        let archive = sample(&options);
        for at in 0..archive.len() {
            for bit in 0..8 {
                let mut flipped = archive.clone();
                flipped[at] ^= 1 << bit;
                let (by_index, by_stream) = complaints(&flipped);
                assert!(!by_index.is_empty(), "by index: bit {bit} of byte {at}");
                assert!(!by_stream.is_empty(), "by stream: bit {bit} of byte {at}");
            }
        }
    }
}

#[test]
fn b3_bytes_set_swapped_doubled_deleted_and_inserted_are_found() {
    let archive = sample(&store());
    let mut rng = Rng::new(3);
    let check = |what: &str, at: usize, changed: Vec<u8>| {
        if changed != archive {
            let (by_index, by_stream) = complaints(&changed);
            assert!(!by_index.is_empty() && !by_stream.is_empty(), "{what} at {at}");
        }
    };
    for at in 0..archive.len() {
        for value in [0, 0xff, archive[at].wrapping_add(1), archive[at].wrapping_sub(1)] {
            let mut changed = archive.clone();
            changed[at] = value;
            check("a byte set", at, changed);
        }
        let count = (1 + rng.below(16) as usize).min(archive.len() - at);
        let mut changed = archive.clone();
        changed.swap(at, (at + count) % archive.len());
        check("two bytes swapped", at, changed);
        let mut changed = archive.clone();
        changed.drain(at..at + count);
        check("bytes deleted", at, changed);
        let mut changed = archive.clone();
        let doubled = archive[at..at + count].to_vec();
        changed.splice(at..at, doubled);
        check("bytes doubled", at, changed);
        let mut changed = archive.clone();
        changed.splice(at..at, bytes(Kind::Noise, at as u64, count));
        check("bytes inserted", at, changed);
        let mut changed = archive.clone();
        changed[at..].iter_mut().take(512).for_each(|b| *b = 0);
        check("a sector zeroed", at, changed);
    }
}

#[test]
fn b6_damage_to_one_group_costs_only_that_group() {
    let (archive, files) = three_groups();
    let opened = Archive::open(Cursor::new(&archive), &Limits::default()).unwrap();
    let groups: Vec<_> =
        opened.contents().groups.iter().map(|g| (g.payload_offset, g.payload_length)).collect();
    for (damaged, &(offset, length)) in groups.iter().enumerate() {
        // In the payload, in the head, and in the record header before it.
        for at in [offset + length / 2, offset - 20, offset - 90] {
            let mut changed = archive.clone();
            changed[at as usize] ^= 0x10;
            for kept in [read_all(&changed).unwrap().0, stream_all(&changed).unwrap().0] {
                let names: Vec<_> = kept.files.iter().map(|f| f.0.clone()).collect();
                let expected: Vec<_> = files
                    .iter()
                    .enumerate()
                    .filter(|(n, _)| *n != damaged)
                    .map(|(_, f)| f.0.clone())
                    .collect();
                assert_eq!(names, expected, "byte {at} of group {damaged}");
            }
        }
    }
}

#[test]
fn b6_bytes_lost_or_added_in_one_group_cost_only_that_group() {
    let (archive, files) = three_groups();
    let opened = Archive::open(Cursor::new(&archive), &Limits::default()).unwrap();
    let at = opened.contents().groups[1].payload_offset as usize + 5000;
    for shift in [-700, -1, 1, 700] {
        let mut changed = archive.clone();
        match shift {
            ..0 => drop(changed.drain(at..at + (-shift) as usize)),
            _ => drop(changed.splice(at..at, vec![9; shift as usize])),
        }
        for kept in [read_all(&changed).unwrap().0, stream_all(&changed).unwrap().0] {
            assert_eq!(kept.files, [files[0].clone(), files[2].clone()], "shift {shift}");
            assert_eq!(kept.failed.len(), 1);
        }
    }
}

#[test]
fn b8_a_change_that_keeps_every_crc_is_found_by_blake3() {
    // CRC32 is linear: xor a multiple of its polynomial into the data and no CRC32 changes.
    let mut archive = sample(&store());
    let opened = Archive::open(Cursor::new(&archive), &Limits::default()).unwrap();
    let start = opened.contents().groups[0].payload_offset as usize;
    // x^32 + the polynomial, least significant bit first: 33 bits.
    let pattern = (u64::from(0xEDB8_8320u32) << 1 | 1).to_le_bytes();
    for (byte, change) in archive[start + 50..].iter_mut().zip(pattern) {
        *byte ^= change;
    }
    let (kept, opened) = read_all(&archive).unwrap();
    assert!(opened.contents().problems.is_empty(), "every CRC32 and the index are right");
    assert_eq!(kept.failed.len(), 1);
    assert!(kept.failed[0].1.to_string().contains("BLAKE3"), "{}", kept.failed[0].1);
}

#[test]
fn b12_trailing_bytes_are_reported_and_nothing_else_is() {
    let archive = sample(&store());
    for trailing in [&b"\0"[..], &[0; 5000], b"text", &archive[..100], &archive] {
        let longer = [&archive, trailing].concat();
        let (kept, opened) = read_all(&longer).unwrap();
        assert_eq!(kept.files.len(), 3);
        assert_eq!(opened.contents().trailing, Some(archive.len() as u64), "{}", trailing.len());
        assert!(opened.contents().problems.is_empty(), "{:?}", opened.contents().problems);
        let (kept, contents) = stream_all(&longer).unwrap();
        assert_eq!((kept.files.len(), contents.trailing), (3, Some(archive.len() as u64)));
    }
}

#[test]
fn b16_a_lost_index_is_rebuilt_by_scanning_and_reported() {
    let (archive, files) = three_groups();
    let trailer = archive.len() - 28;
    let index = u64::from_le_bytes(archive[trailer..trailer + 8].try_into().unwrap()) as usize;
    for length in [index, index + 10, trailer, trailer + 5] {
        let (kept, opened) = read_all(&archive[..length]).unwrap();
        assert_eq!(kept.files, files);
        assert!(opened.contents().problems.iter().all(|e| e.kind() == ErrorKind::Truncated));
        assert!(!opened.contents().problems.is_empty());
    }
}

#[test]
fn b16_an_archive_stored_inside_is_not_mistaken_for_the_outer_one() {
    let inner = sample(&store());
    let mut outer = archive_of(&[("inner.ff", inner.clone()), ("other", vec![5; 100])], &store());
    // The outer group's record header is damaged: the scan meets the inner records.
    outer[24 + 2] ^= 1;
    let (kept, opened) = read_all(&outer).unwrap();
    assert!(kept.files.is_empty() && opened.contents().entries.is_empty());
    assert!(!opened.contents().problems.is_empty());
}

#[test]
fn b17_two_copies_with_different_damage_make_the_original() {
    let (archive, _) = three_groups();
    let opened = Archive::open(Cursor::new(&archive), &Limits::default()).unwrap();
    let groups: Vec<_> = opened.contents().groups.iter().map(|g| g.payload_offset as usize).collect();
    let mut a = archive.clone();
    a[groups[0] + 10] ^= 1;
    a.truncate(groups[2] + 99);
    let mut b = archive.clone();
    b[groups[1] - 60..groups[1] + 600].fill(0);
    let mut out = Vec::new();
    let mut copies = [Cursor::new(&a), Cursor::new(&b)];
    let recovery = recover(&mut copies, &mut out, &Limits::default(), &Silent).unwrap();
    assert!(recovery.complete && recovery.missing.is_empty());
    assert!(recovery.damage.iter().any(|d| d.0 == 0) && recovery.damage.iter().any(|d| d.0 == 1));
    assert!(out == archive, "byte for byte");
}

#[test]
fn b17_one_copy_gives_what_is_whole_and_says_what_is_missing() {
    let (archive, files) = three_groups();
    let opened = Archive::open(Cursor::new(&archive), &Limits::default()).unwrap();
    let mut damaged = archive.clone();
    damaged[opened.contents().groups[1].payload_offset as usize] ^= 1;
    let mut out = Vec::new();
    let recovery = recover(&mut [Cursor::new(&damaged)], &mut out, &Limits::default(), &Silent).unwrap();
    assert_eq!((recovery.complete, &recovery.missing[..]), (false, &[1][..]));
    let (kept, opened) = read_all(&out).unwrap();
    assert_eq!(kept.files, [files[0].clone(), files[2].clone()]);
    assert_eq!(opened.contents().problems[0].kind(), ErrorKind::Truncated);
    // What was recovered can be merged with another copy later.
    let mut whole = Vec::new();
    let mut copies = [Cursor::new(&out[..]), Cursor::new(&archive[..])];
    assert!(recover(&mut copies, &mut whole, &Limits::default(), &Silent).unwrap().complete);
    assert!(whole == archive);
}

#[test]
fn b17_copies_of_different_archives_are_refused() {
    let (a, _) = three_groups();
    let b = sample(&store());
    let mut copies = [Cursor::new(&a), Cursor::new(&b)];
    let e = recover(&mut copies, &mut Vec::new(), &Limits::default(), &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Usage);
}

#[test]
fn a_file_that_lost_its_middle_is_reported_and_recovered_archives_keep_its_ends() {
    let data = bytes(Kind::Noise, 1, 3 * CHUNK);
    let mut options = store();
    options.group_bytes = CHUNK as u64;
    let archive = archive_of(&[("big", data), ("after", b"x".to_vec())], &options);
    let opened = Archive::open(Cursor::new(&archive), &Limits::default()).unwrap();
    let mut damaged = archive.clone();
    let at = opened.contents().groups[1].payload_offset as usize;
    damaged[at - 80..at + 80].fill(0xee);
    let mut out = Vec::new();
    recover(&mut [Cursor::new(&damaged)], &mut out, &Limits::default(), &Silent).unwrap();
    let (kept, opened) = read_all(&out).unwrap();
    assert_eq!(kept.files, [("after".to_string(), b"x".to_vec())]);
    assert_eq!(kept.failed.len(), 1);
    assert_eq!(kept.failed[0].1.kind(), ErrorKind::Truncated);
    let entry = opened.contents().entry(b"big").unwrap();
    assert!(!entry.is_complete() && entry.size == 3 * CHUNK as u64);
}

#[test]
fn h6_forged_records_cost_no_more_than_a_bounded_search() {
    // A record header with a right CRC32 every 48 bytes, each claiming everything that follows.
    let archive = sample(&store());
    let header = archive[24..72].to_vec();
    let mut forged = archive[..24].to_vec();
    while forged.len() < 4 << 20 {
        forged.extend_from_slice(&header);
    }
    let mut keeper = Keeper::default();
    let result = read_stream(&forged[..], &mut keeper, &Limits::default(), &Inline, &Silent);
    match result {
        Ok(contents) => assert!(!contents.problems.is_empty()),
        Err(e) => assert_eq!(e.kind(), ErrorKind::Corrupt),
    }
}

/// Two versions of one archive that begin alike: the same first record, so the same id.
fn two_versions() -> (Vec<u8>, Vec<u8>) {
    let mut options = store();
    options.group_bytes = CHUNK as u64;
    let version = |seed| {
        archive_of(&[("a", bytes(Kind::Noise, 1, CHUNK)), ("b", bytes(Kind::Noise, seed, 1000))], &options)
    };
    (version(2), version(3))
}

fn payload_of(archive: &[u8], group: usize) -> usize {
    let opened = Archive::open(Cursor::new(archive), &Limits::default()).unwrap();
    opened.contents().groups[group].payload_offset as usize
}

#[test]
fn b17_records_of_another_version_are_never_mixed_in() {
    let (one, two) = two_versions();
    assert_eq!(one[12..20], two[12..20], "the same id");
    let mut damaged = one.clone();
    damaged[payload_of(&one, 1)] ^= 1;
    let limits = Limits::default();
    for copies in [[&damaged[..], &two[..]], [&two, &damaged]] {
        let mut copies = copies.map(Cursor::new);
        let e = recover(&mut copies, &mut Vec::new(), &limits, &Silent).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Usage);
    }
    // Without the other's index its records are told by ours.
    let cut = &two[..two.len() - 100];
    let mut out = Vec::new();
    let mut copies = [Cursor::new(cut), Cursor::new(&one[..])];
    assert!(recover(&mut copies, &mut out, &limits, &Silent).unwrap().complete);
    assert!(out == one);
    // Without any index nobody can tell, and that is said.
    let mut copies = [Cursor::new(cut), Cursor::new(&one[..one.len() - 100])];
    let e = recover(&mut copies, &mut Vec::new(), &limits, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Usage);
}

#[test]
fn b17_recovering_what_was_recovered_does_not_make_it_whole() {
    let (archive, _) = three_groups();
    let cut = &archive[..payload_of(&archive, 2) - 100];
    let limits = Limits::default();
    let mut once = Vec::new();
    assert!(!recover(&mut [Cursor::new(cut)], &mut once, &limits, &Silent).unwrap().complete);
    let mut twice = Vec::new();
    assert!(!recover(&mut [Cursor::new(&once)], &mut twice, &limits, &Silent).unwrap().complete);
    assert!(once == twice);
    for found in [complaints(&twice).0, complaints(&twice).1] {
        assert!(found.iter().all(|e| e.kind() == ErrorKind::Truncated) && !found.is_empty());
    }
}

#[test]
fn b3_an_archive_whose_first_sector_is_zeroed_is_recovered() {
    let (archive, files) = three_groups();
    for sector in [8, 512, 4096] {
        let mut damaged = archive.clone();
        damaged[..sector].fill(0);
        let mut out = Vec::new();
        let recovery = recover(&mut [Cursor::new(&damaged)], &mut out, &Limits::default(), &Silent).unwrap();
        if sector == 8 {
            assert!(recovery.complete && out == archive);
        } else {
            assert_eq!(recovery.missing, [0]);
            assert_eq!(read_all(&out).unwrap().0.files, files[1..]);
        }
    }
    let e = recover(&mut [Cursor::new(b"text")], &mut Vec::new(), &Limits::default(), &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::NotThisFormat);
}

#[test]
fn b16_a_pipe_holds_the_index_against_the_records() {
    let (archive, _) = three_groups();
    let trailer = archive.len() - 28;
    let index = u64::from_le_bytes(archive[trailer..trailer + 8].try_into().unwrap()) as usize;
    // The index cut out: only the trailer follows the groups.
    let without = [&archive[..index], &archive[trailer..]].concat();
    // Another version's index.
    let (one, two) = two_versions();
    let at = |a: &[u8]| u64::from_le_bytes(a[a.len() - 28..][..8].try_into().unwrap()) as usize;
    assert_eq!(at(&one), at(&two));
    let swapped = [&one[..at(&one)], &two[at(&two)..]].concat();
    for damaged in [without, swapped] {
        let (by_index, by_stream) = complaints(&damaged);
        assert!(!by_index.is_empty() && !by_stream.is_empty());
        let trailed = [&damaged[..], b"x"].concat();
        let (_, opened) = read_all(&trailed).unwrap();
        assert!(!opened.contents().problems.is_empty(), "what trails hides nothing");
    }
}

#[test]
fn h6_whole_records_after_damage_are_found_in_linear_time() {
    // One record with a wrong CRC32 whose payload is nothing but whole records. Twice as much must not take
    // four times as long; the work is counted in reads, not in seconds.
    let inner = unsaid_archive::internal::frame_many(40_000).unwrap();
    let mut archive = archive_of(&[("inner", inner)], &store());
    let at = payload_of(&archive, 0);
    archive[at + 100] ^= 1;
    let (kept, contents) = stream_all(&archive).unwrap();
    assert!(kept.files.is_empty() && !contents.problems.is_empty());
    assert!(contents.problems.len() <= 1002);
}

#[test]
fn recovering_nothing_is_an_error_and_no_archive() {
    let mut archive = sample(&store());
    let at = payload_of(&archive, 0);
    archive[at] ^= 1;
    let e = recover(&mut [Cursor::new(&archive)], &mut Vec::new(), &Limits::default(), &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
}
