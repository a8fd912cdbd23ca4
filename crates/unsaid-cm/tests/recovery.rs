//! Whatever goes in comes back, and blocks end where the format says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::io;

use unsaid_cm::paq9a::{Level, Mode, Reader, Writer, decode_group, encode_group};
use unsaid_core::{Limits, Silent};
use unsaid_testkit::{Kind, Rng, bytes};

use common::{blocks, level, pack, unpack};

fn sizes_of_blocks(archive: &[u8]) -> Vec<usize> {
    blocks(archive).iter().map(|b| b.size).collect()
}

/// B10: stored blocks hold at most 1 MiB; only a file that is empty has an empty block.
#[test]
fn b10_stored_files_around_the_size_of_a_block() {
    const M: usize = 1 << 20;
    for (size, wanted) in [
        (0, vec![0]),
        (1, vec![1]),
        (M - 1, vec![M - 1]),
        (M, vec![M]),
        (M + 1, vec![M, 1]),
        (2 * M, vec![M, M]),
    ] {
        let data = bytes(Kind::Noise, 10, size);
        let archive = pack(Level::MAX, &[("s", &data, Mode::Stored)]);
        assert_eq!(sizes_of_blocks(&archive), wanted, "{size}");
        assert_eq!(archive.len(), 5 + 1 + 10 * wanted.len() + size);
        assert!(unpack(&archive).unwrap()[0].1 == data, "{size}");
    }
}

/// A compressed block ends with the byte whose coding takes the payload above 130,816 bytes. If
/// that is the last byte of the file, one more block follows, empty.
#[test]
fn b10_compressed_files_around_the_size_of_a_block() {
    let data = bytes(Kind::Noise, 11, 140_000);
    let archive = pack(level(1), &[("c", &data, Mode::Compressed)]);
    let all = blocks(&archive);
    assert_eq!(all.len(), 2);
    assert!((130_821..130_840).contains(&all[0].payload.len()), "{}", all[0].payload.len());
    let full = all[0].size;
    for (size, wanted) in [(full - 1, vec![full - 1]), (full, vec![full, 0]), (full + 1, vec![full, 1])] {
        let archive =
            pack(level(1), &[("c", &data[..size], Mode::Compressed), ("d", b"d", Mode::Compressed)]);
        let got = sizes_of_blocks(&archive);
        assert_eq!(got[..got.len() - 1], wanted, "{size}");
        if size == full {
            assert_eq!(archive[blocks(&archive)[1].payload.clone()], [0, 0xff, 0xff, 0xff]);
        }
        assert!(unpack(&archive).unwrap()[0].1 == data[..size], "{size}");
    }
}

/// At level 1 the history (1 MiB) and the hash table (4 MiB) are too small for this input.
#[test]
fn the_history_and_the_hash_table_may_overflow() {
    let mut data = bytes(Kind::Mixed, 12, 1_400_000);
    data.extend_from_within(100_000..150_000); // A match beyond the end of the ring.
    data.extend_from_within(1_300_000..1_350_000); // One within it, across its seam.
    let archive = pack(level(1), &[("w", &data, Mode::Compressed)]);
    assert!(unpack(&archive).unwrap()[0].1 == data);
}

#[test]
fn every_level_brings_every_kind_back() {
    for number in 1..=9 {
        for kind in Kind::ALL {
            let data = bytes(kind, u64::from(number), 3000);
            let archive = pack(level(number), &[("x", &data, Mode::Compressed)]);
            assert_eq!(archive[4], b'0' + number);
            assert!(unpack(&archive).unwrap()[0].1 == data, "level {number}, {}", kind.name());
        }
    }
}

#[test]
fn random_solid_archives_come_back() {
    let mut rng = Rng::new(20);
    for _ in 0..12 {
        let count = 1 + rng.below(6);
        let files: Vec<(String, Vec<u8>, Mode)> = (0..count)
            .map(|i| {
                let kind = Kind::ALL[rng.below(7) as usize];
                let length = rng.zipf(20_000) as usize;
                let mode = if rng.below(3) == 0 { Mode::Stored } else { Mode::Compressed };
                (format!("file {i}"), bytes(kind, rng.next_u64(), length), mode)
            })
            .collect();
        let borrowed: Vec<_> = files.iter().map(|(n, d, m)| (n.as_str(), &d[..], *m)).collect();
        let level = level(1 + rng.below(2) as u8);
        let got = unpack(&pack(level, &borrowed)).unwrap();
        assert!(got.iter().map(|f| &f.1).eq(files.iter().map(|f| &f.1)));
    }
}

/// A group is the payload of an archive with one block, without the archive.
#[test]
fn a_group_is_the_payload_of_a_block() {
    let limits = Limits::default();
    for (kind, size) in [(Kind::Text, 0), (Kind::Text, 1), (Kind::Json, 20_000), (Kind::Noise, 140_000)] {
        let raw = bytes(kind, 5, size);
        let coded = encode_group(&raw, level(1), &limits, &Silent).unwrap();
        if size < 100_000 {
            let archive = pack(level(1), &[("x", &raw, Mode::Compressed)]);
            assert!(archive[16..] == coded);
        }
        assert!(decode_group(&coded, size, level(1), &limits, &Silent).unwrap() == raw);
    }
}

/// J7: sizes are 64 bits wide where they are summed; a block of 4 GiB less one byte is listed.
#[test]
fn j7_sizes_above_32_bits_add_up() {
    struct Claim {
        left: u64,
        head: io::Cursor<Vec<u8>>,
    }
    impl io::Read for Claim {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = self.head.read(out)?;
            if n > 0 {
                return Ok(n);
            }
            let n = self.left.min(out.len() as u64);
            self.left -= n;
            Ok(n as usize)
        }
    }
    let mut head = b"pQ9\x011big\0s".to_vec();
    head.extend([0xff; 8]);
    let mut second = b"\0s".to_vec();
    second.extend([0xff; 8]);
    let size = u64::from(u32::MAX);
    let one = |head: Vec<u8>| Claim { left: size, head: io::Cursor::new(head) };
    let input = io::Read::chain(one(head), one(second));
    let mut reader = Reader::new(input, &Limits::default()).unwrap();
    reader.next_entry().unwrap().unwrap();
    let sizes = reader.list_entry().unwrap();
    assert_eq!((sizes.size, sizes.packed), (2 * size, 2 * size + 23));
    assert!(reader.next_entry().unwrap().is_none());
}

/// H6: twice the entries take twice the time, and a long name is not read again and again. Counted
/// in reads, not in seconds: the reader asks for each byte of its input once.
#[test]
fn every_byte_of_an_archive_is_read_once() {
    struct Counting<'a>(&'a [u8], u64);
    impl io::Read for Counting<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = io::Read::read(&mut self.0, out)?;
            self.1 += n as u64;
            Ok(n)
        }
    }
    let mut writer = Writer::new(Vec::new(), level(1), &Limits::default()).unwrap();
    for i in 0..20_000 {
        writer.add(format!("{i}").as_bytes(), &mut io::empty(), Mode::Stored, &Silent).unwrap();
    }
    let archive = writer.finish().unwrap();
    let mut input = Counting(&archive, 0);
    let mut reader = Reader::new(&mut input, &Limits::default()).unwrap();
    let mut entries = 0;
    while reader.next_entry().unwrap().is_some() {
        reader.list_entry().unwrap();
        entries += 1;
    }
    assert_eq!((entries, input.1), (20_000, archive.len() as u64));
}
