//! Whatever the data, the bases and the cut: the data comes back.

use std::sync::Mutex;

use proptest::prelude::*;
use unsaid_core::{ErrorKind, Inline, Limits, Progress, Result, Silent, Workers, workers::Job};
use unsaid_pi::Base;
use unsaid_piz::{Chunking, Header, Metadata, Packing, Report, Tables, pack, unpack};
use unsaid_testkit::{Kind, bytes};

use crate::decoder::decode;
use crate::digits::pi;

pub(crate) fn limits(digits: u64) -> Limits {
    let mut limits = Limits::default();
    limits.digits = digits;
    limits
}

#[derive(Default)]
pub(crate) struct Notes(pub(crate) Mutex<Vec<String>>);

impl Progress for Notes {
    fn note(&self, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}

pub(crate) fn run_with(
    data: &[u8],
    (write, calc): (u32, u32),
    chunking: Chunking,
    limits: &Limits,
    (workers, progress): (&dyn Workers, &dyn Progress),
) -> Result<(Vec<u8>, Report)> {
    let mut tables = Tables::new(Base::new(calc).unwrap());
    run_among(&mut tables, data, (write, calc), chunking, limits, (workers, progress))
}

pub(crate) fn run_among(
    tables: &mut Tables,
    data: &[u8],
    (write, calc): (u32, u32),
    chunking: Chunking,
    limits: &Limits,
    (workers, progress): (&dyn Workers, &dyn Progress),
) -> Result<(Vec<u8>, Report)> {
    let header = Header { write: Base::new(write).unwrap(), calc: Base::new(calc).unwrap() };
    let mut out = Vec::new();
    let packing = Packing {
        header,
        chunking,
        length: Some(data.len() as u64),
        metadata: &Metadata::default(),
        source: pi(),
        limits,
        workers,
        progress,
    };
    let report = pack(&packing, tables, &mut &data[..], &mut out)?;
    assert_eq!((report.read, report.written), (data.len() as u64, out.len() as u64));
    Ok((out, report))
}

pub(crate) fn run(
    data: &[u8],
    bases: (u32, u32),
    chunking: Chunking,
    digits: u64,
) -> Result<(Vec<u8>, Report)> {
    run_with(data, bases, chunking, &limits(digits), (&Inline, &Notes::default()))
}

pub(crate) fn of_pi(calc: u32, from: u64, bytes: u64) -> Vec<u8> {
    use unsaid_pi::DigitSource;
    let base = Base::new(calc).unwrap();
    let mut digits = vec![0; bytes as usize * base.digits_per_byte() as usize];
    pi().digits(base, from, &mut digits).unwrap();
    let per_byte = base.digits_per_byte() as usize;
    digits.chunks(per_byte).map(|d| d.iter().fold(0_u32, |v, &d| v * calc + u32::from(d)) as u8).collect()
}

fn text(archive: &[u8]) -> &str {
    std::str::from_utf8(archive).unwrap()
}

#[test]
fn nothing_is_the_smallest_archive_of_the_text() {
    for chunking in [Chunking::Try, Chunking::Full, Chunking::Count(3), Chunking::Size(2), Chunking::Smallest]
    {
        let (archive, report) = run(b"", (10, 16), chunking, 5000).unwrap();
        assert_eq!(text(&archive), "PiZ\tDec\tHex\n0\n\t0\n\n");
        assert_eq!((report.chunks, report.groups), (1, 1));
    }
}

#[test]
fn what_stands_in_pi_becomes_one_chunk() {
    let data = of_pi(16, 999_999, 7);
    for chunking in [Chunking::Full, Chunking::Try, Chunking::Size(7), Chunking::Size(99), Chunking::Count(1)]
    {
        let (archive, _) = run(&data, (10, 16), chunking, 1 << 20).unwrap();
        assert_eq!(text(&archive), "PiZ\tDec\tHex\n14\n\t999999\n\n", "{chunking:?}");
    }
    // Longer than a batch, and longer than what is read at once.
    let data = of_pi(16, 1234, 100_001);
    for chunking in [Chunking::Full, Chunking::Try, Chunking::Size(1 << 40), Chunking::Count(1)] {
        let (archive, _) = run(&data, (16, 16), chunking, 1 << 20).unwrap();
        assert!(text(&archive) == "PiZ\tHex\tHex\n30D42\n\t4D2\n\n", "{chunking:?}");
    }
}

#[test]
fn chunks_of_one_length_share_a_group() {
    let data = [of_pi(16, 100, 4), of_pi(16, 77, 4), of_pi(16, 4321, 2)].concat();
    let (archive, _) = run(&data, (10, 16), Chunking::Size(4), 1 << 20).unwrap();
    let (one, _) = run(&data, (10, 16), Chunking::Size(2), 1 << 20).unwrap();
    assert!(text(&archive).starts_with("PiZ\tDec\tHex\n8\n\t100\n\t77\n4\n\t"), "{}", text(&archive));
    assert!(text(&archive).ends_with("\n\n"));
    assert_eq!(
        text(&one).lines().filter(|line| !line.starts_with('\t')).collect::<Vec<_>>(),
        ["PiZ\tDec\tHex", "4", ""]
    );
    assert_eq!((decode(&archive), decode(&one)), (data.clone(), data));
}

#[test]
fn full_is_strict_and_says_how_far_it_would_be() {
    let error = run(b"not in the digits", (10, 16), Chunking::Full, 1 << 20).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("16^34"), "{error}");
    assert!(error.to_string().contains("years"), "{error}");
    assert!(error.hint_text().unwrap().contains("-b"));
    // Longer than all digits allowed: nothing is computed.
    let error = run(&[7; 5000], (10, 16), Chunking::Full, 5000).unwrap_err();
    assert!(error.to_string().contains("16^10000"), "{error}");
}

#[test]
fn what_is_not_found_is_split_with_a_note() {
    let notes = Notes::default();
    let data = b"not in the digits, and of odd length".repeat(2);
    let (archive, report) =
        run_with(&data[..71], (10, 16), Chunking::Try, &limits(1 << 20), (&Inline, &notes)).unwrap();
    assert_eq!(decode(&archive), &data[..71]);
    assert_eq!((report.chunks, report.groups), (36, 2));
    assert!(notes.0.lock().unwrap()[0].contains("chunks of 2 bytes"));
    for chunking in [Chunking::Size(1 << 20), Chunking::Count(1), Chunking::Count(5), Chunking::Size(7)] {
        let (archive, report) = run(&data, (10, 16), chunking, 1 << 20).unwrap();
        assert_eq!(decode(&archive), data);
        assert!(report.split > 0, "{chunking:?}");
    }
}

#[test]
fn a_chunk_cut_by_the_limit_on_memory_is_not_taken_for_the_whole() {
    // As many digits as bytes may be kept: what was read could be all, or not.
    let mut limits = limits(5000);
    limits.memory = 5000;
    let data = of_pi(256, 0, 5001);
    let full = run_with(&data, (10, 256), Chunking::Full, &limits, (&Inline, &Silent));
    assert_eq!(full.unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn what_an_index_in_little_memory_does_not_find_is_split() {
    let mut limits = limits(1 << 30);
    limits.memory = 8 << 20;
    let data = bytes(Kind::Noise, 6, 60);
    let (archive, report) =
        run_with(&data, (10, 16), Chunking::Size(4), &limits, (&Inline, &Silent)).unwrap();
    assert_eq!(decode(&archive), data);
    assert!(report.split > 0);
}

#[test]
fn packing_ends_where_tables_are_incomplete() {
    let data = bytes(Kind::Noise, 5, 5000);
    for digits in [3000, 20_000, 100_000] {
        for size in [1, 2, 3, 4, 5] {
            let (archive, report) = run(&data, (10, 16), Chunking::Size(size), digits).unwrap();
            assert_eq!(decode(&archive), data);
            assert_eq!(report.split > 0, size > 1);
        }
    }
    let error = run(&data, (10, 16), Chunking::Size(2), 100).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.hint_text().unwrap().contains("--max-digits"));
}

#[test]
fn a_number_of_chunks_needs_a_length() {
    let header = Header::default();
    let packing = Packing {
        header,
        chunking: Chunking::Count(2),
        length: None,
        metadata: &Metadata::default(),
        source: pi(),
        limits: &limits(5000),
        workers: &Inline,
        progress: &Notes::default(),
    };
    let error = pack(&packing, &mut Tables::new(header.calc), &mut &b"ab"[..], &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

/// Runs jobs on threads of their own, the later ones first.
struct Backwards(Mutex<Vec<Job>>);

impl Workers for Backwards {
    fn count(&self) -> usize {
        3
    }
    fn spawn(&self, job: Job) {
        let mut held = self.0.lock().unwrap();
        held.push(job);
        // The last ones may be fewer than three: they must not wait for more.
        let jobs: Vec<Job> = held.drain(..).rev().collect();
        std::thread::spawn(|| jobs.into_iter().for_each(|job| job()));
    }
}

#[test]
fn workers_do_not_change_the_archive() {
    let data = bytes(Kind::Mixed, 1, 300_001);
    for chunking in [Chunking::Size(1), Chunking::Size(2), Chunking::Count(7), Chunking::Size(5)] {
        let limits = limits(60_000);
        let alone = run_with(&data, (10, 16), chunking, &limits, (&Inline, &Notes::default())).unwrap();
        let workers = Backwards(Mutex::default());
        let together = run_with(&data, (10, 16), chunking, &limits, (&workers, &Notes::default())).unwrap();
        assert!(alone == together, "{chunking:?}");
        assert!(decode(&alone.0) == data, "{chunking:?}");
    }
}

#[test]
fn g10_a_dying_worker_is_an_error_and_no_hang() {
    struct Dropping;
    impl Workers for Dropping {
        fn count(&self) -> usize {
            1
        }
        fn spawn(&self, job: Job) {
            drop(job);
        }
    }
    let error = run_with(b"abc", (10, 16), Chunking::Size(1), &limits(5000), (&Dropping, &Notes::default()))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
}

#[test]
fn what_was_known_before_does_not_change_the_archive() {
    let data = bytes(Kind::Noise, 9, 3000);
    let header = Header::default();
    let pack_with = |tables: &mut Tables, digits| {
        let mut out = Vec::new();
        let packing = Packing {
            header,
            chunking: Chunking::Size(2),
            length: None,
            metadata: &Metadata::default(),
            source: pi(),
            limits: &limits(digits),
            workers: &Inline,
            progress: &Notes::default(),
        };
        pack(&packing, tables, &mut &data[..], &mut out).unwrap();
        out
    };
    let mut tables = Tables::new(header.calc);
    let short = pack_with(&mut tables, 30_000);
    let long = pack_with(&mut tables, 200_000);
    assert_ne!(short, long);
    assert!(pack_with(&mut tables, 30_000) == short);
    assert!(pack_with(&mut Tables::new(header.calc), 200_000) == long);
}

/// Bases above 100 take long: half a million digits hold all bytes.
pub(crate) fn calc_bases() -> impl Strategy<Value = u32> {
    proptest::sample::select(vec![
        2_u32, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 17, 32, 60, 64, 100, 128, 255, 256,
    ])
}

fn chunkings() -> impl Strategy<Value = Chunking> {
    prop_oneof![
        Just(Chunking::Try),
        (1..400_u64).prop_map(Chunking::Count),
        (1..12_u64).prop_map(Chunking::Size),
        (1..400_u64).prop_map(Chunking::Size),
        Just(Chunking::Smallest),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_data_in_any_bases_and_any_cut_comes_back(
        data in proptest::collection::vec(any::<u8>(), 0..300),
        calc in calc_bases(),
        write in prop_oneof![Just(2_u32), Just(10), Just(16), Just(60), Just(256), 2..=256_u32],
        chunking in chunkings(),
    ) {
        let base = Base::new(calc).unwrap();
        // Enough for every byte, and for some longer chunks.
        let digits = unsaid_piz::table::likely_enough(base, 1) * 5 / 4;
        let (archive, _) = run(&data, (write, calc), chunking, digits).unwrap();
        prop_assert_eq!(decode(&archive), &data[..]);
        let mut back = Vec::new();
        unpack(&archive[..], &mut back, pi(), &limits(digits), &Inline, &Silent).unwrap();
        prop_assert_eq!(back, data);
    }
}
