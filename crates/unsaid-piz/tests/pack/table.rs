//! Tables: where everything stands first, built anew, grown or kept.

use unsaid_core::{ErrorKind, Limits};
use unsaid_pi::{Base, DigitSource};
use unsaid_piz::{Table, Tables};

use crate::digits::pi;
use crate::promises::limits;

fn last(table: &Table) -> u64 {
    (0..1 << (8 * table.bytes())).filter_map(|value| table.position(value)).max().unwrap()
}

#[test]
fn the_last_chunks_to_be_seen_are_the_known_ones() {
    for (number, one, two) in [(2, 1_341, 824_310), (16, 1_445, 874_017), (256, 1_933, 744_325)] {
        let base = Base::new(number).unwrap();
        for (bytes, position) in [(1, one), (2, two)] {
            let table = Table::build(base, bytes, pi(), &Limits::default()).unwrap();
            assert_eq!((table.missing(), last(&table)), (0, position), "base {number}");
            assert!(table.scanned() < 1_100_000);
        }
    }
}

#[test]
fn a_table_holds_what_a_search_finds() {
    for number in [2_u32, 3, 7, 10, 16, 60, 255, 256] {
        let base = Base::new(number).unwrap();
        let per_byte = base.digits_per_byte() as usize;
        let digits = pi().prefix(base, 70_000).unwrap();
        for bytes in 1..=3 {
            let table = Table::build(base, bytes, pi(), &limits(70_000)).unwrap();
            assert!(bytes < 3 || table.missing() > 0);
            for value in
                (0..1_usize << (8 * bytes)).step_by(if bytes == 3 { 4_194_301 } else { 21 * bytes as usize })
            {
                let chunk = &value.to_be_bytes()[8 - bytes as usize..];
                let mut wanted = Vec::new();
                for &byte in chunk {
                    let mut rest = u32::from(byte);
                    let mut spelled: Vec<u8> = (0..per_byte)
                        .map(|_| {
                            let d = rest % number;
                            rest /= number;
                            d as u8
                        })
                        .collect();
                    spelled.reverse();
                    wanted.extend(spelled);
                }
                let found = digits[..70_000].windows(wanted.len()).position(|window| window == wanted);
                assert_eq!(table.position(value), found.map(|at| at as u64), "base {number}, {value}");
            }
        }
    }
}

#[test]
fn a_table_grown_in_steps_is_the_one_built_at_once() {
    let once = Table::build(Base::HEX, 2, pi(), &limits(50_000)).unwrap();
    let mut grown = Table::empty(Base::HEX, 2, &Limits::default()).unwrap();
    for digits in [1, 3, 4, 5, 1000, 49_999, 50_000] {
        grown.grow(pi(), &limits(digits)).unwrap();
        assert_eq!(grown.scanned(), digits);
    }
    assert!(grown == once && once.missing() > 0);
    assert_eq!(once.position(0x243F), Some(0));
}

#[test]
fn a_kept_table_comes_back_and_every_damage_is_noticed() {
    for bytes in 1..=2 {
        let table = Table::build(Base::HEX, bytes, pi(), &limits(20_000)).unwrap();
        let kept = table.to_bytes();
        assert!(Table::from_bytes(&kept).unwrap() == table);
        for at in (0..kept.len()).step_by(if bytes == 1 { 1 } else { 997 }) {
            let mut damaged = kept.clone();
            damaged[at] ^= 4;
            assert!(Table::from_bytes(&damaged).is_err(), "byte {at}");
            assert!(Table::from_bytes(&kept[..at]).is_err(), "cut at {at}");
        }
        let longer = [&kept[..], b"x"].concat();
        assert_eq!(Table::from_bytes(&longer).unwrap_err().kind(), ErrorKind::Truncated);
    }
    assert_eq!(Table::from_bytes(&[b'x'; 99]).unwrap_err().kind(), ErrorKind::NotThisFormat);
}

#[test]
fn tables_keep_what_knows_more() {
    let mut tables = Tables::new(Base::HEX);
    let build = |base, digits| Table::build(base, 1, pi(), &limits(digits)).unwrap();
    tables.put(build(Base::BIN, 900));
    assert_eq!(tables.at_hand().count(), 0);
    tables.put(build(Base::HEX, 500));
    tables.put(build(Base::HEX, 300));
    let scanned = |tables: &Tables| tables.at_hand().map(|table| table.scanned()).collect::<Vec<_>>();
    assert_eq!(scanned(&tables), [500]);
    tables.get(1, 400, pi(), &Limits::default()).unwrap();
    assert_eq!(scanned(&tables), [500]);
    let table = tables.get(1, 700, pi(), &Limits::default()).unwrap();
    assert_eq!(scanned(&tables), [700]);
    assert!(*table == build(Base::HEX, 700));
}

#[test]
fn memory_is_asked_for_before_it_is_taken() {
    let mut limits = Limits::default();
    limits.memory = 1 << 20;
    assert_eq!(Table::empty(Base::HEX, 3, &limits).unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(Table::build(Base::HEX, 2, pi(), &limits).unwrap_err().kind(), ErrorKind::Limit);
}
