//! What an archive can be made of to do harm, and what is said about archives that are wrong.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod slow;

use std::io::{self, Read, Write};
use std::time::Instant;

use slow::Source;
use unsaid_core::{Error, ErrorKind, Inline, Limits, Result, Silent};
use unsaid_pi::{Base, DigitSource};
use unsaid_piz::{Archive, Item, unpack};

/// Digits that nobody may ask for.
struct Untouched;

impl DigitSource for Untouched {
    fn digits(&self, base: Base, from: u64, out: &mut [u8]) -> Result<()> {
        panic!("{} digits at {from} in base {base} were asked for", out.len())
    }

    fn prefix(&self, base: Base, count: u64) -> Result<std::sync::Arc<[u8]>> {
        panic!("{count} digits in base {base} were asked for")
    }
}

fn refused(archive: &[u8]) -> Error {
    let result = unpack(archive, io::sink(), &Untouched, &Limits::default(), &Inline, &Silent);
    match result {
        Err(e) => e,
        Ok(_) => panic!("{} was read", archive.escape_ascii()),
    }
}

fn text(archive: &str) -> (ErrorKind, String) {
    let e = refused(archive.as_bytes());
    (e.kind(), e.to_string())
}

#[test]
fn b9_what_is_no_archive_is_told_from_an_archive_that_is_wrong() {
    for other in
        ["PK\x03\x04", "\x7fELF", "piz\n", "Piz\n", "PiZza\n", "PiZ2\n", "\u{feff}PiZ\n", " PiZ\n", "\n"]
    {
        let (kind, message) = text(other);
        assert_eq!(kind, ErrorKind::NotThisFormat, "{other:?}: {message}");
        assert!(message.starts_with("line 1, column "), "{message}");
    }
    for wrong in [
        "PiZ Dec Hex\n",
        "PiZ\r\n",
        "PiZ\tdec\n",
        "PiZ\tDec\tHex\tBin\n",
        "PiZ\t\n",
        "PiZ\t1\n",
        "PiZ\t257\n",
    ] {
        let (kind, message) = text(wrong);
        assert_eq!(kind, ErrorKind::Corrupt, "{wrong:?}: {message}");
    }
    assert_eq!(
        text("PiZ\tDec\tHax\n").1,
        "line 1, column 9: the name of a base: found 'Hax', expected Bin, Oct, Dec, Hex or a number from 2 to 256 \
         (at byte 8)"
    );
    assert_eq!(text(&format!("PiZ\t{}", "9".repeat(70_000))).0, ErrorKind::Corrupt);
}

#[test]
fn b10_the_smallest_inputs_are_read_or_refused() {
    for cut in ["", "P", "Pi", "PiZ", "PiZ\t", "PiZ\tDec", "PiZ\n0", "PiZ\n0\n\t", "PiZ\n\tfname"] {
        assert_eq!(text(cut).0, ErrorKind::Truncated, "{cut:?}");
    }
    for nothing in
        ["PiZ\n", "PiZ\n\n", "PiZ\n0\n\n", "PiZ\n5\n\n", "PiZ\n0\n\t0\n\n", "PiZ\n18446744073709551615\n\n"]
    {
        let mut out = Vec::new();
        unpack(nothing.as_bytes(), &mut out, &Untouched, &Limits::default(), &Inline, &Silent).unwrap();
        assert_eq!(out, b"", "{nothing:?}");
    }
}

#[test]
fn b10_numbers_around_powers_of_two_are_read_or_beyond_a_limit() {
    let limit = Limits::default().digits;
    for power in [24, 31, 32, 48, 53, 63, 64, 65, 127, 128, 200] {
        let number: num_bigint::BigUint = num_bigint::BigUint::from(1_u8) << power;
        for number in [&number - 1_u8, number.clone(), &number + 1_u8] {
            let small = number.clone() + 2_u8 <= limit.into();
            for archive in
                [format!("PiZ\tDec\tHex\n2\n\t{number}\n\n"), format!("PiZ\tDec\tHex\n{number}\n\t1\n\n")]
            {
                if small {
                    continue;
                }
                let (kind, message) = text(&archive);
                assert_eq!(kind, ErrorKind::Limit, "{message}");
                let place = if message.starts_with("line 2, column 1: the size") {
                    "2^64"
                } else {
                    "line 3, column 2: a chunk"
                };
                assert!(
                    message.contains(place) || message.contains("line 3, column 2: a position"),
                    "{message}"
                );
            }
        }
    }
}

#[test]
fn b12_what_follows_the_end_is_not_read() {
    for tail in ["\0\0\0", "text", "\n\n\n", "PiZ\n-5\n", "9999999999999999999999\n"] {
        let archive = format!("PiZ\tDec\tHex\n2\n\t0\n\n{tail}");
        let mut out = Vec::new();
        unpack(archive.as_bytes(), &mut out, &Source::ALL, &Limits::default(), &Inline, &Silent).unwrap();
        assert_eq!(out, b"$", "{tail:?}");
        // Nor when it is read item by item and then the rest.
        let mut archive = Archive::open(archive.as_bytes(), true, &Limits::default()).unwrap();
        let mut items = Vec::new();
        while let Some(item) = archive.next(&Silent).unwrap() {
            items.push(item);
        }
        assert_eq!(items, [Item::Size(2), Item::Position(0)]);
        let rest = archive.unpack(io::sink(), &Untouched, &Limits::default(), &Inline, &Silent).unwrap();
        assert_eq!(rest, 0);
    }
}

#[test]
fn b15_a_position_beyond_the_limit_is_refused_before_any_digit_is_computed() {
    for (archive, needed) in [
        ("PiZ\tDec\tHex\n2\n\t16777215\n\n", "16777217"),
        ("PiZ\tDec\tHex\n16777217\n\t0\n\n", "16777218"),
        ("PiZ\tDec\tDec\n3\n\t99999999999\n\n", "100000000002"),
        ("PiZ\tDec\t7\n1\n\t16777216\n\n", "16777219"),
    ] {
        let e = refused(archive.as_bytes());
        assert_eq!(e.kind(), ErrorKind::Limit);
        assert!(
            e.hint_text().unwrap().contains(&format!("--max-digits {needed}")),
            "{e}: {:?}",
            e.hint_text()
        );
    }
    // A chunk of no digits needs none, wherever it is.
    let archive = b"PiZ\tDec\tHex\n0\n\t18446744073709551615\n\n";
    unpack(&archive[..], io::sink(), &Untouched, &Limits::default(), &Inline, &Silent).unwrap();
    // The limit is exact.
    let mut limits = Limits::default();
    limits.digits = 1000;
    let unpacked =
        |archive: &str| unpack(archive.as_bytes(), io::sink(), &Source::ALL, &limits, &Inline, &Silent);
    unpacked("PiZ\tDec\tHex\n3\n\t996\n\n").unwrap();
    assert_eq!(unpacked("PiZ\tDec\tHex\n3\n\t997\n\n").unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn b15_more_output_than_allowed_is_refused_with_its_line() {
    let mut limits = Limits::default();
    limits.output = Some(5);
    for (archive, line) in [
        ("PiZ\tDec\tHex\n4\n\t0\n\t0\n\t0\n\t0\n\n", "line 5, column 2"),
        ("PiZ\tDec\tHex\n12\n\t0\n\n", "line 3, column 2"),
        ("PiZ\tDec\tHex\n1000000\n\t0\n\n", "line 3, column 2"),
    ] {
        let mut out = Vec::new();
        let e = unpack(archive.as_bytes(), &mut out, &Source::ALL, &limits, &Inline, &Silent).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Limit);
        assert!(e.to_string().contains(line), "{e}");
        assert!(e.hint_text().unwrap().contains("--max-output") && out.len() <= 5, "{e}");
    }
}

#[test]
fn numbers_that_are_none_are_told_with_line_and_column() {
    for (archive, expected, hint) in [
        ("PiZ\n-2\n", "line 2, column 1: the size of a group: found '-'", "no sign"),
        ("PiZ\n2\n\t-1\n", "line 3, column 2: a position: found '-'", "no sign"),
        ("PiZ\n2\n\t+1\n", "line 3, column 2: a position: found '+'", "no sign"),
        ("PiZ\n2\n\t\n", "line 3, column 2: a position: found nothing", ""),
        ("PiZ\n2\n\t1\r\n", "line 3, column 3: a position: found CR", "CR"),
        ("PiZ\n2\r\n", "line 2, column 2: the size of a group: found CR", "CR"),
        ("PiZ\n\r\n", "line 2, column 1: the size of a group: found CR", "CR"),
        ("PiZ\n2\n    1\n", "line 3, column 1: the size of a group: found a space", "tabs"),
        ("PiZ\n2\n 1\n", "line 3, column 1: the size of a group: found a space", "tabs"),
        ("PiZ\n2\n\t 1\n", "line 3, column 2: a position: found a space", "tabs"),
        ("PiZ\n2\n\t\t1\n", "line 3, column 2: a position: found TAB", "one number"),
        ("PiZ\n2\t1\n", "line 2, column 2: the size of a group: found TAB", "one number"),
        ("PiZ\n2\n\t1.5\n", "line 3, column 3: a position: found '.'", ""),
        ("PiZ\n2\n\t1e3\n", "line 3, column 3: a position: found 'e'", ""),
        ("PiZ\n2\n\t0x1\n", "line 3, column 3: a position: found 'x'", ""),
        ("PiZ\n2\n\t١\n", "line 3, column 2: a position: found the byte D9", ""),
        ("PiZ\n2\n\t1\0\n", "line 3, column 3: a position: found the byte 00", ""),
        ("PiZ\tBin\n10\n\t102\n", "line 3, column 4: a position: found '2'", ""),
        ("PiZ\tHex\n1\n\tG\n", "line 3, column 2: a position: found 'G'", ""),
        ("PiZ\t256\tHex\n\x1bE\n", "line 2, column 2: the size of a group: found 'E'", ""),
        ("PiZ\t256\tHex\n1\n\t1\x1b\n", "line 3, column 4: a position: found ESC at the end of a line", ""),
        ("PiZ\n\tfname: x\n", "line 2, column 8: the metadata 'fname': found a space", "tabs"),
        ("PiZ\n\tfmode:\t9\n", "line 2, column 9: the metadata 'fmode': found '9'", "--no-meta"),
        ("PiZ\n\tx\n\tatime:\tnow\n", "line 3, column 9: the metadata 'atime': found 'now'", "--no-meta"),
        (
            "PiZ\n\towner:\ta\n\towner:\tb\n",
            "line 3, column 2: the metadata 'owner' for the second time",
            "--no-meta",
        ),
    ] {
        let e = refused(archive.as_bytes());
        let message = e.to_string();
        assert_eq!(e.kind(), ErrorKind::Corrupt, "{archive:?}: {message}");
        assert!(message.starts_with(expected), "{archive:?}: {message}");
        assert!(e.hint_text().unwrap_or_default().contains(hint), "{archive:?}: {:?}", e.hint_text());
        // The byte is the one that line and column say.
        let number = |name: &str| -> usize {
            let rest = message.split(name).nth(1).unwrap();
            rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap()].parse().unwrap()
        };
        let start: usize = archive.split_inclusive('\n').take(number("line ") - 1).map(str::len).sum();
        assert_eq!(e.offset(), Some((start + number("column ") - 1) as u64), "{message}");
    }
}

#[test]
fn metadata_that_nobody_asked_for_are_not_read() {
    let archive = b"PiZ\tDec\tHex\n\tfmode:\t9\n\towner:\ta\n\towner:\tb\n\t\xff\n2\n\t0\n\n";
    assert_eq!(refused(archive).kind(), ErrorKind::Corrupt);
    let mut out = Vec::new();
    let archive = Archive::open(&archive[..], false, &Limits::default()).unwrap();
    assert!(archive.metadata().is_empty());
    archive.unpack(&mut out, &Source::ALL, &Limits::default(), &Inline, &Silent).unwrap();
    assert_eq!(out, b"$");
}

#[test]
fn lines_are_bounded_and_so_is_what_is_kept_of_them() {
    let zeros = |count: usize| format!("PiZ\tDec\tHex\n2\n\t{}7\n\n", "0".repeat(count));
    let mut out = Vec::new();
    unpack(zeros(65_534).as_bytes(), &mut out, &Source::ALL, &Limits::default(), &Inline, &Silent).unwrap();
    assert_eq!(out, b"\x88");
    for long in [65_535, 300_000, 3_000_000] {
        let e = refused(zeros(long).as_bytes());
        assert!(e.to_string().starts_with("line 3, column 65537: the line goes on"), "{e}");
    }
    let e = refused(format!("PiZ\n\t{}\n0\n\n", "x".repeat(200_000)).as_bytes());
    assert!(e.to_string().starts_with("line 2, column 65537"), "{e}");
    let many = format!("PiZ\n{}0\n\n", "\tx\n".repeat(100_000));
    let mut limits = Limits::default();
    limits.metadata = 1_000_000;
    let e = unpack(many.as_bytes(), io::sink(), &Untouched, &limits, &Inline, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    assert!(unpack(many.as_bytes(), io::sink(), &Untouched, &Limits::default(), &Inline, &Silent).is_ok());
}

/// An archive that is longer than any memory: a header, then a line again and again.
struct Endless {
    header: &'static [u8],
    line: &'static [u8],
    lines: u64,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.header.is_empty() {
            return self.header.read(buffer);
        }
        let count = (buffer.len() / self.line.len()).min(usize::try_from(self.lines).unwrap_or(usize::MAX));
        for room in buffer[..count * self.line.len()].chunks_exact_mut(self.line.len()) {
            room.copy_from_slice(self.line);
        }
        self.lines -= count as u64;
        match count {
            0 if self.lines > 0 => {
                // Less room than a line: let it be one that is cut in two.
                let count = buffer.len();
                buffer.copy_from_slice(&self.line[..count]);
                self.header = &self.line[count..];
                self.lines -= 1;
                Ok(count)
            }
            count => Ok(count * self.line.len()),
        }
    }
}

/// Counts, keeps nothing.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn b15_millions_of_positions_need_the_memory_of_one() {
    // 10^9 of them are a matter of time alone: these 20 million take a fiftieth of it.
    for (line, bytes) in [(&b"\t5\n"[..], 1), (b"\t007\n", 1)] {
        let archive = Endless { header: b"PiZ\tDec\tHex\n2\n", line, lines: 20_000_000 };
        let mut count = Count(0);
        unpack(archive, &mut count, &Source::ALL, &Limits::default(), &Inline, &Silent).unwrap();
        assert_eq!(count.0, 20_000_000 * bytes);
    }
}

#[test]
fn h6_twice_the_lines_take_twice_the_time() {
    // Lines that every part of the reader sees at its slowest: groups of one position, sizes alone, metadata, digits
    // that are only had one by one, numbers of leading zeros.
    let groups = |count: usize| "2\n\t5\n12\n\t7\n0\n".repeat(count) + "\n";
    let sizes = |count: usize| "3\n".repeat(2 * count) + "\n";
    let metadata = |count: usize| "\tname:\tx\n".repeat(count) + "0\n\n";
    let zeros =
        |count: usize| "2\n".to_owned() + &format!("\t{}7\n", "0".repeat(5000)).repeat(count / 1000) + "\n";
    let far = |count: usize| "2\n".to_owned() + &"\t70000\n".repeat(count) + "\n";
    let kinds: [&dyn Fn(usize) -> String; 5] = [&groups, &sizes, &metadata, &zeros, &far];
    for (kind, make) in kinds.iter().enumerate() {
        let time = |count: usize| {
            let archive = format!("PiZ\tDec\tHex\n{}", make(count));
            let run = || {
                let start = Instant::now();
                let source = if kind == 4 { Source::ONE_BY_ONE } else { Source::ALL };
                unpack(archive.as_bytes(), io::sink(), &source, &Limits::default(), &Inline, &Silent)
                    .unwrap();
                start.elapsed().as_secs_f64()
            };
            (0..5).map(|_| run()).fold(f64::MAX, f64::min)
        };
        time(10_000);
        let (one, four) = (time(50_000), time(200_000));
        // Four times is linear, sixteen times is quadratic. A machine that does other things has room in between.
        assert!(four < 9.0 * one, "kind {kind}: {one} s, then {four} s");
    }
}

#[test]
fn j7_numbers_beyond_32_bits_are_not_taken_for_small_ones() {
    // 2^32 and 2^64 more than 0, in bases whose parsers differ.
    for archive in [
        "PiZ\tDec\tHex\n2\n\t4294967296\n\n",
        "PiZ\tDec\tHex\n2\n\t18446744073709551616\n\n",
        "PiZ\tHex\tHex\n2\n\t100000000\n\n",
        "PiZ\tHex\tHex\n2\n\t1000000000000\n\n",
        "PiZ\tHex\tHex\n2\n\t10000000000000000\n\n",
        "PiZ\tBin\tHex\n10\n\t100000000000000000000000000000000\n\n",
        "PiZ\tDec\tHex\n4294967298\n\t0\n\n",
        "PiZ\tDec\tHex\n18446744073709551615\n\t1\n\n",
        "PiZ\tDec\tBin\n18446744073709551615\n\t18446744073709551615\n\n",
    ] {
        assert_eq!(text(archive).0, ErrorKind::Limit, "{archive}");
        // With the limit out of the way, the source says what it can.
        let mut limits = Limits::default();
        limits.digits = u64::MAX;
        let e = unpack(archive.as_bytes(), io::sink(), &Source::ONE_BY_ONE, &limits, &Inline, &Silent)
            .unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Limit, "{archive}: {e}");
    }
}

#[test]
fn what_reader_and_writer_say_is_passed_on() {
    use unsaid_testkit::{Fault, FaultyReader, FaultyWriter};
    let archive = b"PiZ\tDec\tHex\n2\n\t0\n\t1\n\n";
    for step in [1, 2, 7] {
        let mut out = Vec::new();
        let reader = FaultyReader::in_steps(&archive[..], step);
        unpack(reader, &mut out, &Source::ALL, &Limits::default(), &Inline, &Silent).unwrap();
        assert_eq!(out, b"\x24\x43");
    }
    let reader =
        FaultyReader::in_steps(&archive[..], 4).fault_at(2, Fault::Fail(io::ErrorKind::PermissionDenied));
    let e = unpack(reader, io::sink(), &Source::ALL, &Limits::default(), &Inline, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    let writer = FaultyWriter::in_steps(Vec::new(), 1).fault_at(1, Fault::Fail(io::ErrorKind::StorageFull));
    let e = unpack(&archive[..], writer, &Source::ALL, &Limits::default(), &Inline, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
}
