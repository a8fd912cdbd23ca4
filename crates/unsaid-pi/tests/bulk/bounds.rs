//! Limits before work, stops during it.

use std::sync::atomic::Ordering;

use unsaid_core::{ErrorKind, Inline, Limits, Silent};
use unsaid_pi::{Base, Fraction, bulk, convert};

use crate::pools::{Idle, Meter, Pool};

#[test]
fn memory_above_the_limit_is_refused_before_any_work() {
    let idle = Idle::default();
    let mut limits = Limits::default();
    limits.memory = 1 << 20;
    let error = bulk::fraction(1 << 30, &limits, &idle, &Silent).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.hint_text().unwrap().contains("--max-memory"), "{error}");
    let error = bulk::fraction(u64::MAX, &Limits::default(), &idle, &Silent).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    let nothing = Fraction::from_bytes(Vec::new());
    for (base, count) in
        [(Base::DEC, 1 << 30), (Base::BIN, 1 << 40), (Base::DEC, u64::MAX), (Base::BYTE, u64::MAX)]
    {
        let error = convert::digits(&nothing, base, count, &limits, &idle, &Silent).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{count} in base {base}");
    }
    assert_eq!(idle.0.load(Ordering::Relaxed), 0, "work began");
}

#[test]
fn what_needs_says_is_what_the_limit_asks_for() {
    for (base, count) in [(Base::DEC, 100_000), (Base::HEX, 100_000), (Base::BIN, 1_000_000)] {
        let needs = bulk::needs(base, count);
        let mut limits = Limits::default();
        limits.memory = needs.memory;
        let fraction = bulk::fraction(convert::bits(base, count), &limits, &Inline, &Silent).unwrap();
        assert!(convert::digits(&fraction, base, count, &limits, &Inline, &Silent).is_ok());
        limits.memory = needs.memory / 2;
        let both = bulk::fraction(convert::bits(base, count), &limits, &Inline, &Silent)
            .and_then(|fraction| convert::digits(&fraction, base, count, &limits, &Inline, &Silent));
        assert_eq!(both.unwrap_err().kind(), ErrorKind::Limit);
    }
}

#[test]
fn cost_grows_with_the_digits_and_never_overflows() {
    for base in [Base::BIN, Base::DEC, Base::BYTE] {
        let mut last = bulk::needs(base, 0);
        for power in 1..=63 {
            let next = bulk::needs(base, 1 << power);
            assert!(next.memory >= last.memory && next.work >= last.work, "2^{power} digits in base {base}");
            last = next;
        }
        assert!(bulk::needs(base, u64::MAX).memory > 1 << 60);
    }
    // Seconds to a minute, some hundreds of megabytes.
    let ten_millions = bulk::needs(Base::DEC, 10_000_000);
    assert!((1 << 30..1 << 36).contains(&ten_millions.work), "{ten_millions:?}");
    assert!((100 << 20..400 << 20).contains(&ten_millions.memory), "{ten_millions:?}");
}

#[test]
fn a_fraction_too_short_for_the_digits_is_refused() {
    let fraction = bulk::fraction(1000, &Limits::default(), &Inline, &Silent).unwrap();
    for base in [Base::DEC, Base::BYTE] {
        let error = convert::digits(&fraction, base, 300, &Limits::default(), &Inline, &Silent).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
    }
    let mut out = [0; 10];
    assert!(convert::slice(&fraction, Base::HEX, 246, &mut out).is_ok());
    assert!(convert::slice(&fraction, Base::HEX, 247, &mut out).is_err());
    assert!(convert::slice(&fraction, Base::HEX, u64::MAX, &mut out).is_err());
    assert!(convert::slice(&fraction, Base::DEC, 0, &mut out).is_err());
}

#[test]
fn a_wish_to_stop_ends_both_halves_of_the_work() {
    let limits = Limits::default();
    let fraction = bulk::fraction(800_000, &limits, &Inline, &Silent).unwrap();
    for after in [0, 1, 5] {
        let meter = Meter::new(after);
        let error = bulk::fraction(800_000, &limits, &Inline, &meter).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert_eq!(meter.calls.load(Ordering::Relaxed), after + 1, "it went on");
        let meter = Meter::new(after);
        let error =
            convert::digits(&fraction, Base::DEC, 200_000, &limits, &Pool::new(2), &meter).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert_eq!(meter.calls.load(Ordering::Relaxed), after + 1, "it went on");
    }
}

#[test]
fn progress_ends_where_it_said_it_would() {
    let limits = Limits::default();
    let meter = Meter::new(usize::MAX);
    let fraction = bulk::fraction(100_000, &limits, &Inline, &meter).unwrap();
    assert!(meter.calls.load(Ordering::Relaxed) > 5);
    assert_eq!(meter.units.load(Ordering::Relaxed), meter.total.load(Ordering::Relaxed));
    let meter = Meter::new(usize::MAX);
    convert::digits(&fraction, Base::DEC, 30_000, &limits, &Pool::new(3), &meter).unwrap();
    assert_eq!(meter.units.load(Ordering::Relaxed), meter.total.load(Ordering::Relaxed));
}
