//! Digits far away: the same as all digits from the first on say, from whoever computes them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails should say where")]

use std::sync::atomic::{AtomicU64, Ordering};

use unsaid_core::progress::{Progress, Silent, interrupted};
use unsaid_core::workers::{Inline, Job, Workers};
use unsaid_core::{ErrorKind, Limits, Result};
use unsaid_pi::extract::{self, Engine};
use unsaid_pi::{Base, Fraction, bulk, convert};

const POWERS: [u32; 8] = [2, 4, 8, 16, 32, 64, 128, 256];

fn base(number: u32) -> Base {
    Base::new(number).unwrap()
}

fn fraction(bits: u64) -> Fraction {
    bulk::fraction(bits, &Limits::default(), &Inline, &Silent).unwrap()
}

fn far(base: Base, from: u64, count: usize) -> Vec<u8> {
    let mut out = vec![0; count];
    let extract = if base.bits().is_some() { extract::power_of_two } else { extract::any_base };
    extract(base, from, &mut out, &Limits::default(), &Inline, &Silent).unwrap();
    out
}

fn hexadecimal(digits: &[u8]) -> String {
    digits.iter().map(|digit| format!("{digit:X}")).collect()
}

#[test]
fn the_published_hexadecimal_digits_come_out() {
    assert_eq!(hexadecimal(&far(Base::HEX, 0, 20)), "243F6A8885A308D31319");
    assert_eq!(hexadecimal(&far(Base::HEX, 999_999, 14)), "26C65E52CB4593");
    // 24 and more at once: the first 14 are published.
    assert_eq!(hexadecimal(&far(Base::HEX, 9_999_999, 24)[..14]), "17AF5863EFED8D");
}

#[test]
fn extraction_agrees_with_bulk_in_every_base_that_is_a_power_of_two() {
    let fraction = fraction(1_100_000);
    for base in POWERS.map(base) {
        let width = u64::from(base.bits().unwrap());
        let last = 1_000_000 / width;
        for from in [0, 1, 2, 3, 5, 7, 31, 100, 1001, 12_345, last / 2 + 1, last - 1] {
            for count in [1, 17, 700] {
                let mut all = vec![0; count];
                convert::slice(&fraction, base, from, &mut all).unwrap();
                assert_eq!(far(base, from, count), all, "base {base}, {count} digits from {from}");
            }
        }
    }
}

#[test]
fn a_hundred_thousand_digits_extracted_in_a_row_are_those_of_bulk() {
    let fraction = fraction(400_000);
    let mut all = vec![0; 100_000];
    convert::slice(&fraction, Base::HEX, 0, &mut all).unwrap();
    assert!(far(Base::HEX, 0, 100_000) == all);
}

#[test]
fn any_base_agrees_with_bulk() {
    for base in [3, 7, 10, 60, 100, 255, 16].map(base) {
        let count = 5000;
        let bits = fraction(convert::bits(base, count));
        let all = convert::digits(&bits, base, count, &Limits::default(), &Inline, &Silent).unwrap();
        for (from, count) in [(0, 1), (0, 300), (1, 40), (13, 900), (777, 20), (2500, 35), (3990, 1000)] {
            let expected = &all[from..from + count];
            assert_eq!(far(base, from as u64, count), expected, "base {base}, {count} digits from {from}");
        }
    }
}

/// A thread for each job, as many at the same time as there are.
struct Threads(usize);

impl Workers for Threads {
    fn count(&self) -> usize {
        self.0
    }

    fn spawn(&self, job: Job) {
        std::thread::spawn(job);
    }
}

#[test]
fn any_number_of_workers_and_any_engine_gives_the_same_digits() {
    let limits = Limits::default();
    let expected = far(Base::HEX, 50_000, 100);
    let decimals = far(Base::DEC, 1_000, 50);
    for workers in [1, 2, 7] {
        let workers = Threads(workers);
        let mut out = [0; 50];
        extract::any_base(Base::DEC, 1_000, &mut out, &limits, &workers, &Silent).unwrap();
        assert_eq!(out[..], decimals);
        for engine in [Engine::portable(), Engine::detected()] {
            let mut out = [0; 100];
            extract::power_of_two_with(engine, Base::HEX, 50_000, &mut out, &limits, &workers, &Silent)
                .unwrap();
            assert_eq!(out[..], expected);
            let mut out = [0; 100];
            extract::power_of_two_once(engine, Base::HEX, 50_000, &mut out, &limits, &workers, &Silent)
                .unwrap();
            assert_eq!(out[..], expected);
        }
    }
}

/// Nobody may be asked for work.
struct Refuses;

impl Workers for Refuses {
    fn count(&self) -> usize {
        panic!("work has begun")
    }

    fn spawn(&self, _: Job) {
        panic!("work has begun")
    }
}

#[test]
fn limits_refuse_before_any_work() {
    let try_far = |base: Base, from: u64, limits: &Limits| {
        let extract = if base.bits().is_some() { extract::power_of_two } else { extract::any_base };
        extract(base, from, &mut [0; 10], limits, &Refuses, &Silent).unwrap_err()
    };
    let open = || {
        let mut limits = Limits::default();
        limits.digits = u64::MAX;
        limits
    };
    for base in [Base::HEX, Base::DEC, Base::BYTE, base(3)] {
        let mut few = Limits::default();
        few.digits = 1009;
        let error = try_far(base, 1000, &few);
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.hint_text().unwrap().contains("--max-digits 1010"), "{error}");

        let mut small = open();
        small.memory = 1000;
        assert!(try_far(base, 1000, &small).hint_text().unwrap().contains("--max-memory"));
        let mut idle = open();
        idle.work = Some(1_000_000_000);
        assert!(try_far(base, 100_000_000, &idle).hint_text().unwrap().contains("--max-work"));
        // Further than anyone can count.
        for from in [1 << 55, 1 << 57, u64::MAX / 8, u64::MAX - 10, u64::MAX] {
            assert_eq!(try_far(base, from, &open()).kind(), ErrorKind::Limit, "base {base} from {from}");
        }
    }
}

#[test]
fn the_digits_of_no_power_of_two_are_not_asked_of_the_series() {
    let error = extract::power_of_two(Base::DEC, 0, &mut [0], &Limits::default(), &Refuses, &Silent);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn a_digit_that_would_take_more_than_an_hour_is_computed_only_where_the_limit_on_work_says_so() {
    let far = |work: Option<u64>, workers: &dyn Workers, progress: &dyn Progress| {
        let mut limits = Limits::default();
        limits.work = work;
        extract::any_base(Base::DEC, 10_000_000, &mut [0; 20], &limits, workers, progress).unwrap_err()
    };
    let error = far(None, &Refuses, &Silent);
    assert_eq!(error.kind(), ErrorKind::Limit);
    let needed = extract::any_base_needs(Base::DEC, 10_000_000, 20).work;
    assert!(error.hint_text().unwrap().contains(&format!("--max-work {needed}")), "{error}");
    // A day and more: it begins, and is stopped after a few pieces.
    assert!(needed > 24 * 3_600_000_000_000);
    assert_eq!(far(Some(needed), &Inline, &Stops::default()).kind(), ErrorKind::Interrupted);
    assert_eq!(far(Some(needed - 1), &Refuses, &Silent).kind(), ErrorKind::Limit);
}

/// Stops at the third piece.
#[derive(Default)]
struct Stops(AtomicU64);

impl Progress for Stops {
    fn advance(&self, _: u64, _: u64) -> Result<()> {
        if self.0.fetch_add(1, Ordering::Relaxed) == 2 { Err(interrupted()) } else { Ok(()) }
    }
}

#[test]
fn an_interruption_stops_the_work_within_a_few_pieces() {
    for workers in [&Inline as &dyn Workers, &Threads(2)] {
        let limits = Limits::default();
        // Both would take many minutes.
        let (two, any) = (Stops::default(), Stops::default());
        let error = extract::power_of_two(Base::HEX, 16_000_000, &mut [0; 60_000], &limits, workers, &two);
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Interrupted);
        let error = extract::any_base(Base::DEC, 400_000, &mut [0; 20], &limits, workers, &any);
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Interrupted);
        assert_eq!((two.0.into_inner(), any.0.into_inner()), (3, 3));
    }
}

#[test]
fn progress_comes_to_about_what_was_promised() {
    #[derive(Default)]
    struct Sums(AtomicU64, AtomicU64);
    impl Progress for Sums {
        fn begin(&self, total: Option<u64>) {
            self.0.fetch_add(total.unwrap(), Ordering::Relaxed);
        }
        fn advance(&self, consumed: u64, _: u64) -> Result<()> {
            self.1.fetch_add(consumed, Ordering::Relaxed);
            Ok(())
        }
    }
    for (base, from, count) in [(Base::HEX, 100_000, 24), (Base::HEX, 0, 30_000), (Base::DEC, 3000, 40)] {
        let sums = Sums::default();
        let extract = if base.bits().is_some() { extract::power_of_two } else { extract::any_base };
        extract(base, from, &mut vec![0; count], &Limits::default(), &Inline, &sums).unwrap();
        let (total, done) = (sums.0.into_inner(), sums.1.into_inner());
        assert!(done >= total / 2 && done <= total * 2, "{done} of {total}");
    }
}

#[test]
fn no_digits_are_no_work() {
    extract::power_of_two(Base::HEX, 1000, &mut [], &Limits::default(), &Refuses, &Silent).unwrap();
    extract::any_base(Base::DEC, 1000, &mut [], &Limits::default(), &Refuses, &Silent).unwrap();
}
