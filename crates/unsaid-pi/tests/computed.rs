//! A source that computes: the right digits whichever way, the cheaper way, and never above the limits.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails should say where")]

use std::collections::BTreeMap;
use std::sync::Mutex;

use unsaid_core::progress::{Progress, Silent};
use unsaid_core::workers::{Inline, Job, Workers};
use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_pi::{Base, Computed, DigitSource, Keep, Kept, Way, bulk, extract};

fn base(number: u32) -> Base {
    Base::new(number).unwrap()
}

#[test]
fn j7_a_position_that_overflows_what_is_kept_is_a_limit() {
    let shelf = Shelf::default();
    shelf.put(Kept::Bits, &[0; 64]).unwrap();
    let mut limits = Limits::default();
    limits.digits = u64::MAX;
    let source = Computed::new(limits, &Inline, &Silent).with_keep(&shelf);
    for number in [8, 16, 128, 256] {
        for from in [1 << 61, 1 << 62, 1 << 63, u64::MAX - 16] {
            let e = source.digits(base(number), from, &mut [0; 16]).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Limit, "{number} {from}: {e}");
        }
    }
}

fn digits(source: &dyn DigitSource, base: Base, from: u64, count: usize) -> Vec<u8> {
    let mut out = vec![0xee; count];
    source.digits(base, from, &mut out).unwrap();
    out
}

/// In memory. Counts what is put, and can be damaged or full.
#[derive(Default)]
struct Shelf {
    kept: Mutex<BTreeMap<Kept, Vec<u8>>>,
    puts: Mutex<Vec<Kept>>,
    damaged: bool,
    full: bool,
}

impl Shelf {
    fn puts(&self) -> Vec<Kept> {
        self.puts.lock().unwrap().clone()
    }
}

impl Keep for Shelf {
    fn length(&self, what: Kept) -> u64 {
        self.kept.lock().unwrap().get(&what).map_or(0, |units| units.len() as u64)
    }

    fn get(&self, what: Kept, from: u64, out: &mut [u8]) -> bool {
        let kept = self.kept.lock().unwrap();
        let units = kept.get(&what).and_then(|units| units.get(from as usize..from as usize + out.len()));
        let Some(units) = units else { return false };
        out.copy_from_slice(units);
        if self.damaged {
            out.fill(0x55);
        }
        !self.damaged
    }

    fn put(&self, what: Kept, units: &[u8]) -> Result<()> {
        self.puts.lock().unwrap().push(what);
        if self.full {
            return Err(Error::new(ErrorKind::Environment, "no space left"));
        }
        let mut kept = self.kept.lock().unwrap();
        if kept.get(&what).is_none_or(|old| old.len() < units.len()) {
            kept.insert(what, units.to_vec());
        }
        Ok(())
    }
}

#[test]
fn every_way_gives_the_same_digits_in_every_kind_of_base() {
    let ways = [Way::Cheapest, Way::Bulk, Way::Extraction];
    for base in [2, 3, 7, 8, 10, 16, 60, 100, 255, 256].map(base) {
        let all = ways.map(|way| {
            let source = Computed::new(Limits::default(), &Inline, &Silent).with_way(way);
            let far = digits(&source, base, 1000, 30);
            let near = source.prefix(base, 1100).unwrap();
            assert_eq!(near[1000..1030], far, "base {base}, {way:?}");
            assert!(near.iter().all(|&digit| u16::from(digit) < base.get()));
            near[..1100].to_vec()
        });
        assert!(all[0] == all[1] && all[1] == all[2], "base {base}");
    }
    let source = Computed::new(Limits::default(), &Inline, &Silent);
    assert_eq!(
        digits(&source, Base::DEC, 0, 20),
        [1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6]
    );
    assert_eq!(digits(&source, Base::HEX, 0, 6), [2, 4, 3, 15, 6, 10]);
}

#[test]
fn one_far_place_is_extracted_and_many_make_all_digits_worth_it() {
    for (base, step) in [(Base::HEX, 64), (Base::DEC, 40)] {
        let shelf = Shelf::default();
        let source = Computed::new(Limits::default(), &Inline, &Silent).with_keep(&shelf);
        let mut places = (1_000u64..).step_by(step);
        let mut spent = 0;
        let mut calls = 0;
        while shelf.puts().is_empty() {
            let from = places.next().unwrap();
            digits(&source, base, from, step);
            spent += match base.bits() {
                Some(_) => extract::power_of_two_needs(base, from, step as u64).work,
                None => extract::any_base_needs(base, from, step as u64).work,
            };
            calls += 1;
            // Rents never come to more than the price.
            let price = bulk::needs(base, from + step as u64).work;
            assert_eq!(shelf.puts().is_empty(), spent <= price, "call {calls}: {spent} of {price}");
        }
        // In other bases all digits are cheaper than any at once, wherever they fit the memory.
        assert_eq!(calls > 1, base == Base::HEX, "{calls} calls");
        // From then on they are there.
        let puts = shelf.puts().len();
        digits(&source, base, 0, 1000);
        assert_eq!(shelf.puts().len(), puts);
    }
}

#[test]
fn what_does_not_fit_the_memory_is_extracted() {
    let mut limits = Limits::default();
    limits.memory = 3 << 20;
    for base in [Base::HEX, Base::DEC] {
        assert!(bulk::needs(base, 2_000).memory > limits.memory);
        let shelf = Shelf::default();
        let source = Computed::new(limits.clone(), &Inline, &Silent).with_keep(&shelf);
        let free = Computed::new(Limits::default(), &Inline, &Silent).with_way(Way::Bulk);
        for from in (0..2_000).step_by(100) {
            assert_eq!(digits(&source, base, from, 100), digits(&free, base, from, 100));
        }
        assert_eq!(shelf.puts(), []);
        let refused = Computed::new(limits.clone(), &Inline, &Silent).with_way(Way::Bulk);
        let error = refused.digits(base, 2_000, &mut [0]).unwrap_err();
        assert!(error.hint_text().unwrap().contains("--max-memory"), "{error}");
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
    for way in [Way::Cheapest, Way::Bulk, Way::Extraction] {
        for base in [Base::HEX, Base::DEC] {
            let refused = |limits: &Limits, from: u64, flag: &str| {
                let source = Computed::new(limits.clone(), &Refuses, &Silent).with_way(way);
                let errors = [source.digits(base, from, &mut [0; 10]), source.prefix(base, from).map(|_| ())];
                for error in errors {
                    let error = error.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Limit);
                    assert!(
                        error.hint_text().is_some_and(|hint| hint.contains(flag)),
                        "{way:?} {base} {error}"
                    );
                }
            };
            refused(&Limits::default(), (16 << 20) + 1, "--max-digits");
            refused(&Limits::default(), u64::MAX, "--max-digits");
            let mut limits = Limits::default();
            limits.work = Some(1000);
            refused(&limits, 100_000, "--max-work");
            limits.work = None;
            limits.memory = 1000;
            refused(&limits, 100_000, "--max-memory");
        }
    }
}

#[test]
fn bases_that_are_powers_of_two_share_one_fraction_and_others_are_converted_from_it() {
    let shelf = Shelf::default();
    let source = Computed::new(Limits::default(), &Inline, &Silent).with_keep(&shelf).with_way(Way::Bulk);
    let bytes = source.prefix(Base::BYTE, 3000).unwrap();
    assert_eq!(shelf.puts(), [Kept::Bits]);
    let bits = source.prefix(Base::BIN, 24_000).unwrap();
    for (byte, eight) in bytes.iter().zip(bits.chunks(8)) {
        assert_eq!(*byte, eight.iter().fold(0, |sum, bit| sum << 1 | bit));
    }
    digits(&source, base(128), 1000, 100);
    source.prefix(Base::DEC, 5000).unwrap();
    assert_eq!(shelf.puts(), [Kept::Bits, Kept::Digits(Base::DEC)]);
    // What somebody still holds is not made again.
    assert!(std::ptr::eq(&*bytes, &*source.prefix(Base::BYTE, 2000).unwrap()));
}

#[test]
fn what_is_kept_is_used_in_parts_and_what_is_damaged_is_not() {
    let shelf = Shelf::default();
    let first = Computed::new(Limits::default(), &Inline, &Silent).with_keep(&shelf).with_way(Way::Bulk);
    let decimal = first.prefix(Base::DEC, 4000).unwrap();
    let octal = first.prefix(Base::OCT, 4000).unwrap();

    // Nothing is computed: neither from the first digit on nor in the middle of a byte.
    let again = Computed::new(Limits::default(), &Refuses, &Silent).with_keep(&shelf);
    for (from, count) in [(0, 4000), (17, 30), (3999, 1)] {
        assert_eq!(digits(&again, Base::DEC, from as u64, count), decimal[from..from + count]);
        assert_eq!(digits(&again, Base::OCT, from as u64, count), octal[from..from + count]);
    }
    assert_eq!(again.prefix(Base::OCT, 4000).unwrap()[..], octal[..4000]);
    assert_eq!(again.prefix(Base::DEC, 4000).unwrap()[..], decimal[..4000]);

    let damaged =
        Shelf { damaged: true, kept: Mutex::new(shelf.kept.lock().unwrap().clone()), ..Shelf::default() };
    for way in [Way::Cheapest, Way::Bulk, Way::Extraction] {
        let source = Computed::new(Limits::default(), &Inline, &Silent).with_keep(&damaged).with_way(way);
        assert_eq!(digits(&source, Base::DEC, 17, 30), decimal[17..47]);
        assert_eq!(digits(&source, Base::OCT, 17, 30), octal[17..47]);
        assert_eq!(source.prefix(Base::DEC, 200).unwrap()[..200], decimal[..200]);
    }
}

#[test]
fn digits_that_cannot_be_kept_are_a_note_and_digits_all_the_same() {
    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>);
    impl Progress for Notes {
        fn note(&self, message: &str) {
            self.0.lock().unwrap().push(message.to_owned());
        }
    }
    let (notes, full) = (Notes::default(), Shelf { full: true, ..Shelf::default() });
    let source = Computed::new(Limits::default(), &Inline, &notes).with_keep(&full).with_way(Way::Bulk);
    assert_eq!(digits(&source, Base::HEX, 0, 4), [2, 4, 3, 15]);
    assert!(notes.0.lock().unwrap()[0].contains("no space left"));
}

#[test]
fn asking_for_a_little_more_each_time_computes_all_again_only_a_few_times() {
    let shelf = Shelf::default();
    let mut limits = Limits::default();
    limits.digits = 20_000;
    let source = Computed::new(limits, &Inline, &Silent).with_keep(&shelf).with_way(Way::Bulk);
    for count in (1000..=20_000).step_by(100) {
        assert!(source.prefix(Base::DEC, count).unwrap().len() as u64 >= count);
    }
    let bits = shelf.puts().into_iter().filter(|what| *what == Kept::Bits).count();
    assert!(bits <= 12, "{bits} times");
    assert!(source.prefix(Base::DEC, 20_001).is_err());
}
