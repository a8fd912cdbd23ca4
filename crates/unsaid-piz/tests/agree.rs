//! Whatever an archive is, and whichever way it is read, the data and the errors are the same: those of the slow
//! decoder.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod slow;

use std::thread;

use proptest::prelude::*;
use slow::Source;
use unsaid_core::workers::Job;
use unsaid_core::{ErrorKind, Inline, Limits, Silent, Workers};
use unsaid_pi::computed::Computed;
use unsaid_testkit::Rng;

/// A thread a job.
struct Threads;

impl Workers for Threads {
    fn count(&self) -> usize {
        3
    }

    fn spawn(&self, job: Job) {
        thread::spawn(job);
    }
}

/// What came out, and why not all.
type Outcome = (Vec<u8>, Result<(), (ErrorKind, String, Option<String>)>);

fn unpack(archive: &[u8], source: &Source, workers: &dyn Workers, limits: &Limits) -> Outcome {
    let mut out = Vec::new();
    let result = unsaid_piz::unpack(archive, &mut out, source, limits, workers, &Silent);
    (out, result.map(drop).map_err(|e| (e.kind(), e.to_string(), e.hint_text().map(str::to_owned))))
}

/// Reads it in every way, compares them, and with the slow decoder.
fn agree(archive: &[u8], limits: &Limits) -> Outcome {
    // One by one is the slow way in the decoder itself: line by line, without anything kept.
    let slowly = unpack(archive, &Source::ONE_BY_ONE, &Inline, limits);
    assert_eq!(unpack(archive, &Source::ALL, &Inline, limits), slowly);
    assert_eq!(unpack(archive, &Source { at_once: 500 }, &Inline, limits), slowly);
    assert_eq!(unpack(archive, &Source::ALL, &Threads, limits), slowly);
    let expected = slow::unpack(archive, limits.digits)
        .filter(|(out, _)| out.len() as u64 <= limits.output.unwrap_or(u64::MAX));
    match (&slowly.1, expected) {
        (Ok(()), Some((out, _))) => assert_eq!(slowly.0, out),
        // Metadata are what the slow decoder does not look at.
        (Err((_, message, _)), Some(_)) => assert!(message.contains("metadata"), "{message}"),
        (Err(_), None) => {}
        (Ok(()), None) => panic!("{} is an archive here and none there", archive.escape_ascii()),
    }
    slowly
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.digits = slow::EVERY;
    limits
}

/// A base's name, as any writer might write it.
fn name(base: u32, number: bool) -> String {
    match base {
        2 if !number => "Bin".to_owned(),
        8 if !number => "Oct".to_owned(),
        10 if !number => "Dec".to_owned(),
        16 if !number => "Hex".to_owned(),
        _ => base.to_string(),
    }
}

/// The next position at which `bytes` bytes can be read; the last one looked at where there is none.
fn readable(calc: u32, from: u64, bytes: usize) -> u64 {
    let digits = slow::digits(calc);
    let per_byte = (1..).find(|&d| calc.pow(d) >= 256).unwrap() as usize;
    let last = slow::EVERY - (bytes * per_byte) as u64;
    let reads = |at: &u64| {
        digits[*at as usize..][..bytes * per_byte]
            .chunks(per_byte)
            .all(|byte| byte.iter().fold(0, |v, &digit| v * calc + u32::from(digit)) < 256)
    };
    (from.min(last)..last).find(reads).unwrap_or(last)
}

#[derive(Clone, Debug)]
struct Parts {
    write: u32,
    calc: u32,
    by_number: bool,
    groups: Vec<(u64, Vec<u64>)>,
    zeros: usize,
    small_letters: bool,
    last_line: bool,
}

fn archive(parts: &Parts) -> Vec<u8> {
    let mut out =
        format!("PiZ\t{}\t{}\n", name(parts.write, parts.by_number), name(parts.calc, parts.by_number))
            .into_bytes();
    let number = |tab: &str, number: u64, out: &mut Vec<u8>| {
        out.extend_from_slice(tab.as_bytes());
        out.extend(std::iter::repeat_n(b'0', parts.zeros));
        let mut numeral = slow::numeral(parts.write, number);
        if parts.small_letters && parts.write <= 36 {
            numeral.make_ascii_lowercase();
        }
        out.extend(numeral);
        out.push(b'\n');
    };
    let per_byte = u64::from((1..).find(|&d| parts.calc.pow(d) >= 256).unwrap());
    for (size, positions) in &parts.groups {
        number("", *size, &mut out);
        for &position in positions {
            let bytes = size.div_ceil(per_byte) as usize;
            number("\t", if bytes == 0 { position } else { readable(parts.calc, position, bytes) }, &mut out);
        }
    }
    if parts.last_line {
        out.push(b'\n');
    }
    out
}

fn base() -> impl Strategy<Value = u32> {
    prop_oneof![3 => prop::sample::select(vec![2_u32, 3, 4, 8, 10, 16, 255, 256]), 1 => 2_u32..=256]
}

fn parts() -> impl Strategy<Value = Parts> {
    let group = (0_u64..40, prop::collection::vec(0_u64..6000, 0..12));
    (
        base(),
        base(),
        any::<bool>(),
        prop::collection::vec(group, 0..5),
        0_usize..3,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(write, calc, by_number, groups, zeros, small_letters, last_line)| Parts {
            write,
            calc,
            by_number,
            groups,
            zeros,
            small_letters,
            last_line,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_archive_gives_what_the_slow_decoder_gives(parts in parts()) {
        let archive = archive(&parts);
        let (_, result) = agree(&archive, &limits());
        // Only digits that are no byte can be wrong with it: where a base has no such chunk within reach.
        if let Err((kind, message, _)) = result {
            prop_assert_eq!(kind, ErrorKind::Corrupt, "{}", message);
            prop_assert!(message.contains("digits that are no byte"), "{}", message);
        }
    }

    #[test]
    fn any_damage_is_told_in_the_same_words_on_every_way(parts in parts(), seed: u64, output in 0_u64..200) {
        let mut archive = archive(&parts);
        let mut rng = Rng::new(seed);
        for _ in 0..1 + rng.below(3) {
            if archive.is_empty() {
                break;
            }
            let at = rng.below(archive.len() as u64) as usize;
            match rng.below(5) {
                0 => archive[at] ^= 1 << rng.below(8),
                1 => archive[at] = b"\t\n\r -0519Aa\x1b\0\xff"[rng.below(14) as usize],
                2 => archive.insert(at, b"\t\n0159 "[rng.below(7) as usize]),
                3 => drop(archive.remove(at)),
                _ => archive.truncate(at),
            }
        }
        let _ = agree(&archive, &limits());
        let mut less = limits();
        less.output = Some(output);
        let _ = agree(&archive, &less);
    }
}

#[test]
fn computed_digits_are_those_of_the_slow_decoder_in_every_base() {
    let source = Computed::new(Limits::default(), &Inline, &Silent);
    for calc in 2..=256 {
        let per_byte = u64::from((1..).find(|&d| u32::pow(calc, d) >= 256).unwrap());
        let mut archive = format!("PiZ\tDec\t{calc}\n1\n").into_bytes();
        for from in [0, 100, 2500, 4000] {
            archive.extend(format!("\t{}\n", readable(calc, from, 1)).bytes());
        }
        // Far more than one chunk of bytes, where all digits are bytes.
        if calc.is_power_of_two() && 8 % calc.ilog2() == 0 {
            archive.extend(format!("{}\n\t7\n", 700 * per_byte).bytes());
        }
        archive.push(b'\n');
        let mut out = Vec::new();
        unsaid_piz::unpack(&archive[..], &mut out, &source, &limits(), &Inline, &Silent).unwrap();
        assert_eq!(out, slow::unpack(&archive, slow::EVERY).unwrap().0, "base {calc}");
    }
}

#[test]
fn archives_of_many_blocks_agree_wherever_they_are_wrong() {
    for (seed, write, calc, size) in [
        (1, 10, 16, 4),
        (2, 10, 2, 16),
        (3, 16, 16, 2),
        (4, 10, 256, 3),
        (5, 10, 10, 6),
        (6, 256, 255, 2),
        (7, 10, 16, 30),
    ] {
        let mut rng = Rng::new(seed);
        let per_byte = u64::from((1..).find(|&d| u32::pow(calc, d) >= 256).unwrap());
        let bytes = u64::div_ceil(size, per_byte) as usize;
        let mut archive = format!("PiZ\t{write}\t{calc}\n").into_bytes();
        archive.extend(slow::numeral(write, size));
        archive.push(b'\n');
        for n in 0..60_000 {
            if n % 10_007 == 10_006 {
                // Another group, of chunks as long.
                archive.extend(slow::numeral(write, size));
                archive.push(b'\n');
            }
            let position = readable(calc, rng.below(slow::EVERY - 100), bytes);
            archive.push(b'\t');
            archive.extend(slow::numeral(write, position));
            archive.push(b'\n');
        }
        archive.push(b'\n');
        let (out, result) = agree(&archive, &limits());
        assert_eq!((out.len(), result), (60_000 * bytes, Ok(())));
        let mut less = limits();
        less.output = Some(out.len() as u64 * 2 / 3);
        assert_eq!(agree(&archive, &less).1.unwrap_err().0, ErrorKind::Limit);
        for _ in 0..3 {
            let mut wrong = archive.clone();
            let at = rng.below(archive.len() as u64) as usize;
            wrong[at] = b"\t\n\r-\xff9"[rng.below(6) as usize];
            let _ = agree(&wrong, &limits());
        }
    }
}
