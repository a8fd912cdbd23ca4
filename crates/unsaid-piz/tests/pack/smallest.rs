//! The smallest cut is never larger than an even one.

use proptest::prelude::*;
use unsaid_core::Inline;
use unsaid_pi::Base;
use unsaid_piz::{Chunking, Tables};
use unsaid_testkit::{Kind, bytes};

use crate::decoder::decode;
use crate::promises::{Notes, calc_bases, limits, of_pi, run, run_among};

/// Every even cut of so many bytes.
fn even(length: usize) -> impl Iterator<Item = Chunking> {
    let all = 1..=length as u64 + 1;
    [Chunking::Try, Chunking::Full]
        .into_iter()
        .chain(all.clone().map(Chunking::Size))
        .chain(all.map(Chunking::Count))
}

fn check(data: &[u8], bases: (u32, u32), digits: u64) {
    let limits = limits(digits);
    let mut tables = Tables::new(Base::new(bases.1).unwrap());
    let notes = Notes::default();
    let mut run = |chunking| run_among(&mut tables, data, bases, chunking, &limits, (&Inline, &notes));
    let (archive, report) = run(Chunking::Smallest).unwrap();
    assert_eq!(decode(&archive), data);
    for chunking in even(data.len()) {
        match run(chunking) {
            Ok((other, _)) => {
                assert!(archive.len() <= other.len(), "{chunking:?}: {} > {}", archive.len(), other.len())
            }
            Err(_) => assert_eq!(chunking, Chunking::Full),
        }
    }
    assert_eq!(report.written, archive.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn no_even_cut_of_any_data_is_smaller(
        pieces in proptest::collection::vec((any::<bool>(), 0..2000_u64, 1..60_u64), 0..6),
        calc in calc_bases(),
        write in proptest::sample::select(vec![2, 10, 16, 256_u32]),
        seed: u64,
    ) {
        let digits = unsaid_piz::table::likely_enough(Base::new(calc).unwrap(), 1) * 5 / 4;
        let mut data = Vec::new();
        for (is_pi, from, length) in pieces {
            match is_pi {
                true => data.extend(of_pi(calc, from, length)),
                false => data.extend(bytes(Kind::Noise, seed, length as usize)),
            }
        }
        check(&data, (write, calc), digits);
    }
}

#[test]
fn no_even_cut_of_data_made_of_pi_is_smaller() {
    // Four chunks of 100 bytes; three of 90, two of 89; one.
    let four: Vec<u8> = [7, 4000, 999, 3].iter().flat_map(|&from| of_pi(16, from, 100)).collect();
    check(&four, (10, 16), 10_000);
    let five: Vec<u8> = [(70, 90), (9, 90), (5000, 90), (31, 89), (2, 89)]
        .iter()
        .flat_map(|&(at, n)| of_pi(16, at, n))
        .collect();
    check(&five, (10, 16), 12_000);
    check(&of_pi(16, 1234, 300), (10, 16), 10_000);
}

#[test]
fn lengths_change_where_it_pays() {
    let data = bytes(Kind::Mixed, 4, 3 << 16);
    let size = |chunking| run(&data, (10, 16), chunking, 1 << 20).unwrap().0.len();
    let smallest = size(Chunking::Smallest);
    let fixed = [1, 2, 3].map(|bytes| size(Chunking::Size(bytes)));
    assert!(fixed.iter().all(|&fixed| smallest < fixed), "{smallest} {fixed:?}");
}

#[test]
fn the_smallest_archive_of_a_long_run_streams() {
    // Ways of three phases are alike without end.
    for data in [vec![0; 9 << 20], b"abc".repeat(3 << 20)] {
        let (archive, report) = run(&data, (10, 16), Chunking::Smallest, 1 << 20).unwrap();
        let (two, _) = run(&data, (10, 16), Chunking::Size(2), 1 << 20).unwrap();
        assert!(archive.len() <= two.len());
        assert_eq!(report.read, data.len() as u64);
    }
}
