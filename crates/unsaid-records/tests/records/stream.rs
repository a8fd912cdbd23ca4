//! Streams and their indexes.

use std::io::Cursor;

use unsaid_core::{ErrorKind, Limits};
use unsaid_records::stream::{Head, Index, Reader, Separator, Writer};
use unsaid_records::{Framing, Level};

use crate::common::*;

const COUNT: u64 = 150;

fn head() -> Head {
    Head { separator: Separator::Lines, bare: false, model: trained().model.id() }
}

fn records() -> Vec<Vec<u8>> {
    (0..COUNT).map(|n| compress(&trained().model, Level::Fast, Framing::default(), &document(n))).collect()
}

fn stream(records: &[Vec<u8>], apart: bool) -> (Vec<u8>, Index) {
    let mut writer = Writer::new(Vec::new(), &head()).unwrap();
    records.iter().for_each(|record| writer.push(record).unwrap());
    writer.finish(true, apart).unwrap()
}

/// What a reader gives before it ends, and how it ends.
fn read(bytes: &[u8]) -> (Vec<Vec<u8>>, Result<(), ErrorKind>) {
    let mut records = Vec::new();
    let mut reader = match Reader::new(bytes, &Limits::default()) {
        Ok(reader) => reader,
        Err(e) => return (records, Err(e.kind())),
    };
    let mut record = Vec::new();
    loop {
        match reader.next(&mut record) {
            Ok(true) => records.push(record.clone()),
            Ok(false) => return (records, Ok(())),
            Err(e) => return (records, Err(e.kind())),
        }
    }
}

#[test]
fn records_come_back_in_order_and_one_by_one() {
    for count in [0, 1, 63, 64, 65, 128, COUNT as usize] {
        let records = &records()[..count];
        let (bytes, index) = stream(records, false);
        assert_eq!(read(&bytes), (records.to_vec(), Ok(())));
        let mut file = Cursor::new(&bytes);
        let found = Index::of_file(&mut file, &Limits::default()).unwrap();
        assert_eq!((&found, found.records()), (&index, count as u64));
        assert_eq!(found.ended_open(), count > 0);
        let mut record = Vec::new();
        for (number, expected) in records.iter().enumerate() {
            found.record(&mut file, number as u64, &mut record).unwrap();
            assert_eq!(&record, expected);
        }
        for beyond in [count as u64, u64::MAX] {
            let e = found.record(&mut file, beyond, &mut record).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Usage);
        }
    }
}

#[test]
fn an_index_in_a_file_of_its_own_finds_the_same_records() {
    let (bytes, index) = stream(&records(), true);
    let mut file = Cursor::new(&bytes);
    let inside = Index::of_file(&mut file, &Limits::default()).unwrap();
    assert!(!inside.is_complete() && index.is_complete() && inside.is_of_same_stream(&index));
    let e = inside.record(&mut file, 3, &mut Vec::new()).unwrap_err();
    assert!(e.kind() == ErrorKind::Missing && e.hint_text().unwrap().contains("--index"), "{e:?}");
    let beside = Index::read(&index.write(), &Limits::default()).unwrap();
    let mut record = Vec::new();
    beside.record(&mut file, 100, &mut record).unwrap();
    assert_eq!(record, records()[100]);
    let other = stream(&records()[1..], false).1;
    assert!(!other.is_of_same_stream(&inside));
}

#[test]
fn b1_every_prefix_of_a_stream_is_truncated_and_gives_the_records_before() {
    let all = records();
    let (bytes, _) = stream(&all, false);
    assert_eq!(read(b"").1, Err(ErrorKind::NotThisFormat));
    for cut in (1..bytes.len()).filter(|cut| cut % 7 == 0 || *cut < 400 || bytes.len() - cut < 200) {
        let (given, end) = read(&bytes[..cut]);
        assert_eq!(end, Err(ErrorKind::Truncated), "{cut}");
        assert_eq!(given, all[..given.len()]);
        assert!(Index::of_file(&mut Cursor::new(&bytes[..cut]), &Limits::default()).is_err());
    }
}

#[test]
fn b2_every_flipped_bit_of_a_stream_is_found_by_its_end() {
    let (bytes, _) = stream(&records()[..66], false);
    for bit in (0..bytes.len() * 8).filter(|bit| bit / 8 < 60 || bit % 8 == bit / 8 % 8) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&flipped).1.is_err(), "bit {bit}");
    }
}

#[test]
fn b12_what_follows_the_end_of_a_stream_is_an_error() {
    let (bytes, _) = stream(&records(), false);
    for garbage in [&b"\0"[..], b"text", &[0; 4096]] {
        let longer = [&bytes[..], garbage].concat();
        assert!(read(&longer).1.is_err());
        assert!(Index::of_file(&mut Cursor::new(&longer), &Limits::default()).is_err());
    }
}

#[test]
fn b2_every_flipped_bit_of_an_index_is_found() {
    let (bytes, index) = stream(&records(), true);
    let file = index.write();
    for bit in 0..file.len() * 8 {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(Index::read(&flipped, &Limits::default()).is_err(), "bit {bit}");
    }
    for cut in 0..file.len() {
        assert!(Index::read(&file[..cut], &Limits::default()).is_err(), "{cut}");
    }
    let tail = bytes.len() - 90;
    for bit in tail * 8..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let found = Index::of_file(&mut Cursor::new(&flipped), &Limits::default());
        // Only what is not in the block, the record before it, may be damaged unnoticed here.
        assert!(found.is_err() || found.unwrap() == index_of(&bytes), "bit {bit}");
    }
}

fn index_of(bytes: &[u8]) -> Index {
    Index::of_file(&mut Cursor::new(bytes), &Limits::default()).unwrap()
}

#[test]
fn c1_lengths_that_lie_allocate_nothing() {
    let mut bytes = head().write().to_vec();
    // A record of 2^62 bytes, then one as long as any may be.
    for length in [&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f][..], &[0x87, 0x80, 0x80, 0x08]] {
        bytes.truncate(42);
        bytes.extend(length);
        bytes.extend([1, 2, 3]);
        let expected = if length.len() > 4 { ErrorKind::Corrupt } else { ErrorKind::Truncated };
        assert_eq!(read(&bytes).1, Err(expected));
    }
}

#[test]
fn h5_an_index_of_many_groups_keeps_to_the_memory_it_may_use() {
    let many = vec![b"\0a".to_vec(); 200];
    let (bytes, index) = stream(&many, false);
    let mut limits = Limits::default();
    // Four groups of eight bytes.
    for (memory, fits) in [(31, false), (32, true)] {
        limits.memory = memory;
        let read = [Index::read(&index.write(), &limits), Index::of_file(&mut Cursor::new(&bytes), &limits)];
        for read in read {
            assert_eq!(read.map_err(|e| e.kind()).err(), (!fits).then_some(ErrorKind::Limit), "{memory}");
        }
    }
}

#[test]
fn what_is_no_record_is_not_written() {
    let mut writer = Writer::new(Vec::new(), &head()).unwrap();
    assert_eq!(writer.push(b"").unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(writer.push(&vec![0; (16 << 20) + 8]).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn b18_a_stream_is_read_alike_in_pieces_of_one_byte() {
    struct OneByOne<'a>(&'a [u8], bool);
    impl std::io::Read for OneByOne<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(std::io::ErrorKind::Interrupted.into());
            }
            let n = out.len().min(1).min(self.0.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }
    let (bytes, _) = stream(&records(), false);
    let mut reader = Reader::new(OneByOne(&bytes, false), &Limits::default()).unwrap();
    let (mut record, mut count) = (Vec::new(), 0);
    while reader.next(&mut record).unwrap() {
        assert_eq!(record, records()[count]);
        count += 1;
    }
    assert_eq!(count, COUNT as usize);
}
