//! Readers and writers on bad days, limits, and what a caller may and may not do.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::io::{self, ErrorKind as IoKind};

use unsaid_cm::paq9a::{Added, Level, Mode, Reader, Sizes, Writer, decode_group, encode_group};
use unsaid_core::progress::interrupted;
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Silent};
use unsaid_testkit::{Fault, FaultyReader, FaultyWriter, Kind, bytes};

use common::{blocks, level, pack, unpack, unpack_within, vector};

fn files() -> Vec<(&'static str, Vec<u8>, Mode)> {
    vec![
        ("a", bytes(Kind::Text, 1, 700), Mode::Compressed),
        ("b", bytes(Kind::Noise, 1, 300), Mode::Stored),
        ("c", bytes(Kind::Json, 1, 700), Mode::Compressed),
    ]
}

fn archive() -> Vec<u8> {
    let files = files();
    let borrowed: Vec<_> = files.iter().map(|(n, d, m)| (*n, &d[..], *m)).collect();
    pack(level(1), &borrowed)
}

fn read_all(input: impl io::Read, out: &mut dyn io::Write) -> Result<u64> {
    let mut reader = Reader::new(input, &Limits::default())?;
    let mut total = 0;
    while reader.next_entry()?.is_some() {
        total += reader.read_entry(out, &Silent)?.size;
    }
    Ok(total)
}

fn write_all(out: impl io::Write, step: usize) -> Result<()> {
    let mut writer = Writer::new(out, level(1), &Limits::default())?;
    for (name, data, mode) in &files() {
        writer.add(name.as_bytes(), &mut FaultyReader::in_steps(&data[..], step), *mode, &Silent)?;
    }
    writer.finish().map(drop)
}

/// B18, F7: pieces of any size with `Interrupted` before each are the same bytes, both ways.
#[test]
fn b18_short_reads_short_writes_and_interrupts_change_nothing() {
    let wanted = archive();
    let content: Vec<u8> = files().into_iter().flat_map(|f| f.1).collect();
    for step in [1, 2, 7, 1000] {
        let mut out = FaultyWriter::in_steps(Vec::new(), step);
        write_all(&mut out, step).unwrap();
        assert!(out.into_inner() == wanted, "written in steps of {step}");

        let mut out = FaultyWriter::in_steps(Vec::new(), step);
        read_all(FaultyReader::in_steps(&wanted[..], step), &mut out).unwrap();
        assert!(out.into_inner() == content, "read in steps of {step}");
    }
}

/// A file of several blocks, read in pieces that never end where a block does.
#[test]
fn b18_pieces_across_blocks() {
    let noise = bytes(Kind::Noise, 2, 200_000);
    let whole = pack(level(1), &[("n", &noise, Mode::Compressed)]);
    let mut writer = Writer::new(Vec::new(), level(1), &Limits::default()).unwrap();
    writer.add(b"n", &mut FaultyReader::in_steps(&noise[..], 4099), Mode::Compressed, &Silent).unwrap();
    assert!(writer.finish().unwrap() == whole);
}

/// B20: a writer that fails at any call gives an error of its kind, and no call is made after it.
#[test]
fn b20_a_write_error_at_every_call_is_reported_while_packing() {
    let mut counter = FaultyWriter::in_steps(Vec::new(), 200);
    write_all(&mut counter, 1000).unwrap();
    let calls = counter.calls();
    assert!(calls > 15);
    for call in 0..calls {
        let mut out =
            FaultyWriter::in_steps(Vec::new(), 200).fault_at(call, Fault::Fail(IoKind::StorageFull));
        let e = write_all(&mut out, 1000).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Environment, "call {call}: {e}");
        assert_eq!(e.io_source().unwrap().kind(), IoKind::StorageFull);
        assert_eq!(out.calls(), call + 1, "nothing is written after an error, not by a drop either");
    }
}

#[test]
fn b20_a_write_error_at_every_call_is_reported_while_unpacking() {
    let archive = archive();
    let mut counter = FaultyWriter::in_steps(Vec::new(), 100);
    read_all(&archive[..], &mut counter).unwrap();
    for call in 0..counter.calls() {
        let mut out =
            FaultyWriter::in_steps(Vec::new(), 100).fault_at(call, Fault::Fail(IoKind::StorageFull));
        let e = read_all(&archive[..], &mut out).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Environment, "call {call}: {e}");
        assert_eq!(out.calls(), call + 1);
    }
}

/// F6: a read error at any call is an error, never a short file.
#[test]
fn a_read_error_at_every_call_is_reported() {
    let archive = archive();
    for call in 0..archive.len() / 50 {
        let input = FaultyReader::in_steps(&archive[..], 50).fault_at(call, Fault::Fail(IoKind::Other));
        let e = read_all(input, &mut io::sink()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Environment, "call {call}: {e}");
    }
    for mode in [Mode::Stored, Mode::Compressed] {
        let mut writer = Writer::new(Vec::new(), level(1), &Limits::default()).unwrap();
        let mut data = FaultyReader::in_steps(&archive[..], 50).fault_at(3, Fault::Fail(IoKind::Other));
        assert_eq!(writer.add(b"x", &mut data, mode, &Silent).unwrap_err().kind(), ErrorKind::Environment);
        assert_eq!(
            writer.finish().unwrap_err().kind(),
            ErrorKind::Usage,
            "a broken archive cannot be finished"
        );
    }
}

/// A writer that is dropped has not written the flush of anything.
#[test]
fn dropping_a_writer_finishes_nothing() {
    let mut out = FaultyWriter::in_steps(Vec::new(), 1000);
    drop(Writer::new(&mut out, level(1), &Limits::default()).unwrap());
    assert_eq!(out.calls(), 1, "the header, and no flush");
}

/// B19: a reader that failed stays failed, it does not go on with garbage.
#[test]
fn b19_a_reader_after_an_error_gives_only_errors() {
    let mut archive = archive();
    let second = blocks(&archive)[1].clone();
    archive[second.mark + 1] = b'x';
    let mut reader = Reader::new(&archive[..], &Limits::default()).unwrap();
    reader.next_entry().unwrap().unwrap();
    reader.read_entry(&mut io::sink(), &Silent).unwrap();
    reader.next_entry().unwrap().unwrap();
    let e = reader.read_entry(&mut io::sink(), &Silent).unwrap_err();
    assert_eq!((e.kind(), e.offset()), (ErrorKind::Corrupt, Some(second.mark as u64 + 1)));
    assert_eq!(reader.next_entry().unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(reader.read_entry(&mut io::sink(), &Silent).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(reader.list_entry().unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn names_the_format_cannot_hold_are_refused_and_the_archive_goes_on() {
    let mut writer = Writer::new(Vec::new(), level(1), &Limits::default()).unwrap();
    for name in [&b""[..], b"a\0b", b"\0"] {
        let e = writer.add(name, &mut io::empty(), Mode::Stored, &Silent).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Usage);
    }
    let e = writer.add(&[b'n'; 4097], &mut io::empty(), Mode::Stored, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    let odd = b"\xff \n\x01/../" as &[u8];
    writer.add(odd, &mut &b"1"[..], Mode::Stored, &Silent).unwrap();
    let archive = writer.finish().unwrap();
    assert_eq!(unpack(&archive).unwrap(), [(odd.to_vec(), b"1".to_vec())]);
}

/// More bytes of a name than the original keeps.
#[test]
fn a_name_may_be_as_long_as_the_limit() {
    let name = "n".repeat(4096);
    let mut archive = pack(level(1), &[(&name, b"1", Mode::Stored)]);
    assert_eq!(unpack(&archive).unwrap()[0].0, name.as_bytes());
    archive.insert(5, b'n');
    let e = unpack(&archive).unwrap_err();
    assert_eq!((e.kind(), e.offset()), (ErrorKind::Limit, Some(5)));
}

/// H3, H4: the level is a claim on memory; it is refused before anything is allocated.
#[test]
fn h4_a_level_above_the_memory_limit_is_refused_with_the_flag() {
    let mut limits = Limits::default();
    limits.memory = level(2).memory() + 1;
    for number in 1..=9 {
        let level = level(number);
        let packed = encode_group(b"x", level, &limits, &Silent);
        let unpacked = decode_group(&[0x92, 0xff, 0xff, 0xff], 1, level, &limits, &Silent);
        if level.memory() <= limits.memory {
            assert_eq!(unpacked.unwrap(), b"A");
            packed.unwrap();
        } else {
            for e in [packed.unwrap_err(), unpacked.unwrap_err()] {
                assert_eq!(e.kind(), ErrorKind::Limit);
                assert!(e.hint_text().unwrap().contains("--max-memory"));
                assert!(e.to_string().contains(&level.memory().to_string()), "{e}");
            }
        }
    }
    assert_eq!(level(2).memory(), (13 + 12) << 20);
    assert_eq!(Level::DEFAULT.memory(), (13 + 384) << 20);

    let mut archive = archive();
    archive[4] = b'9';
    assert_eq!(unpack_within(&archive, &limits).unwrap_err().kind(), ErrorKind::Limit);
    // H8: a listing needs no model, nor does a stored file.
    let mut reader = Reader::new(&archive[..], &limits).unwrap();
    while reader.next_entry().unwrap().is_some() {
        reader.list_entry().unwrap();
    }
    let mut stored = Writer::new(Vec::new(), Level::MAX, &limits).unwrap();
    stored.add(b"s", &mut &b"data"[..], Mode::Stored, &Silent).unwrap();
    assert_eq!(unpack_within(&stored.finish().unwrap(), &limits).unwrap()[0].1, b"data");
}

/// H2: what is written is bounded where the caller wants it, by the claim, before it is made.
#[test]
fn h2_output_above_the_limit_is_refused_before_it_is_written() {
    let archive = pack(level(1), &[("a", &[b'a'; 600], Mode::Compressed), ("b", &[b'b'; 600], Mode::Stored)]);
    let mut limits = Limits::default();
    for (most, written) in [(599, 0), (600, 600), (1199, 600), (1200, 1200)] {
        limits.output = Some(most);
        let mut out = Vec::new();
        let mut reader = Reader::new(&archive[..], &limits).unwrap();
        let result: Result<()> = (|| {
            while reader.next_entry()?.is_some() {
                reader.read_entry(&mut out, &Silent)?;
            }
            Ok(())
        })();
        assert_eq!(out.len(), written);
        assert_eq!(result.err().map(|e| e.kind()), (written < 1200).then_some(ErrorKind::Limit));
    }
    // A group is returned as a whole: it also counts as memory, however much is allowed to be written.
    limits.output = Some(10);
    for (length, limits) in [(11, &limits), (usize::MAX, &Limits::default())] {
        let e = decode_group(&[0; 8], length, level(1), limits, &Silent).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Limit, "{length}");
    }
}

#[test]
fn entries_above_the_limit_are_refused() {
    let mut limits = Limits::default();
    limits.entries = 2;
    assert_eq!(unpack_within(&archive(), &limits).unwrap_err().kind(), ErrorKind::Limit);
    limits.entries = 3;
    assert_eq!(unpack_within(&archive(), &limits).unwrap().len(), 3);
}

/// Reports what it was told and stops when it was told enough.
struct Watch {
    stop_after: u64,
    seen: std::sync::Mutex<(u64, u64)>,
}

impl Progress for Watch {
    fn advance(&self, consumed: u64, produced: u64) -> Result<()> {
        let mut seen = self.seen.lock().unwrap();
        seen.0 += consumed;
        seen.1 += produced;
        if seen.0 > self.stop_after { Err(interrupted()) } else { Ok(()) }
    }
}

#[test]
fn progress_counts_every_byte_and_stops_when_asked() {
    let watch = |stop_after| Watch { stop_after, seen: Default::default() };
    let data = bytes(Kind::Noise, 3, 300_000);
    for mode in [Mode::Stored, Mode::Compressed] {
        let all = watch(u64::MAX);
        let mut writer = Writer::new(Vec::new(), level(1), &Limits::default()).unwrap();
        writer.add(b"x", &mut &data[..], mode, &all).unwrap();
        assert_eq!(all.seen.lock().unwrap().0, 300_000);
        let archive = writer.finish().unwrap();

        let all = watch(u64::MAX);
        let mut reader = Reader::new(&archive[..], &Limits::default()).unwrap();
        reader.next_entry().unwrap();
        reader.read_entry(&mut io::sink(), &all).unwrap();
        let payload: usize = blocks(&archive).iter().map(|b| b.payload.len()).sum();
        assert_eq!(*all.seen.lock().unwrap(), (payload as u64, 300_000));

        let mut reader = Reader::new(&archive[..], &Limits::default()).unwrap();
        reader.next_entry().unwrap();
        let e: Error = reader.read_entry(&mut io::sink(), &watch(70_000)).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Interrupted);
    }
    let coded = encode_group(&data, level(1), &Limits::default(), &watch(u64::MAX)).unwrap();
    let e = encode_group(&data, level(1), &Limits::default(), &watch(70_000)).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Interrupted);
    let e = decode_group(&coded, data.len(), level(1), &Limits::default(), &watch(70_000)).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Interrupted);
}

/// A listing tells what decoding would, and skips what was not read.
#[test]
fn a_listing_says_sizes_and_modes_without_decoding() {
    let archive = vector("solid.3.paq9a");
    let list = |decode: bool| {
        let mut reader = Reader::new(&archive[..], &Limits::default()).unwrap();
        let mut rows = Vec::new();
        while let Some(entry) = reader.next_entry().unwrap() {
            let sizes = if decode {
                reader.read_entry(&mut io::sink(), &Silent).unwrap()
            } else {
                reader.list_entry().unwrap()
            };
            rows.push((entry.name, sizes));
        }
        rows
    };
    let rows = list(false);
    assert_eq!(rows, list(true));
    let sizes: Vec<_> = rows.iter().map(|(_, s)| s.size).collect();
    assert_eq!(sizes, [3000, 2000, 0, 4000, 3000, 0]);
    assert_eq!(rows.iter().map(|(_, s)| s.packed).sum::<u64>(), archive.len() as u64 - 5);
    let Sizes { modes, .. } = rows[1].1;
    assert!(modes.stored && !modes.compressed);

    let mut reader = Reader::new(&archive[..], &Limits::default()).unwrap();
    reader.next_entry().unwrap().unwrap();
    assert_eq!(reader.next_entry().unwrap().unwrap().name, b"b.bin", "an entry that was not read is skipped");
    reader.next_entry().unwrap().unwrap();
    reader.next_entry().unwrap().unwrap();
    let e = reader.read_entry(&mut io::sink(), &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Usage, "the model has not seen the skipped ones");
}

#[test]
fn what_was_added_is_what_the_archive_grew_by() {
    let mut writer = Writer::new(Vec::new(), level(1), &Limits::default()).unwrap();
    let mut total = 5;
    for (name, data, mode) in &files() {
        let Added { size, packed } = writer.add(name.as_bytes(), &mut &data[..], *mode, &Silent).unwrap();
        assert_eq!(size, data.len() as u64);
        total += packed;
    }
    assert_eq!(writer.finish().unwrap().len() as u64, total);
}
