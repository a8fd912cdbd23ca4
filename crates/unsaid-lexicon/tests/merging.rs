//! Merging does what the slow, plain procedure does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use unsaid_core::{Error, ErrorKind, Progress, Result, Silent, progress};
use unsaid_lexicon::{ByteStrings, MergeOptions, Merges, merge};

/// Counts all pairs anew before every merge.
fn merge_plainly(corpus: &[Vec<u8>], options: &MergeOptions) -> Vec<(u32, u32)> {
    let mut documents: Vec<Vec<u32>> =
        corpus.iter().map(|d| d.iter().map(|&b| u32::from(b)).collect()).collect();
    let mut merges = Merges::default();
    while merges.len() < options.merges as usize {
        let mut counts = BTreeMap::new();
        for document in &documents {
            let mut previous = None;
            for (at, two) in document.windows(2).enumerate() {
                let pair = (two[0], two[1]);
                // In a run of equal fragments every other place is lost to its neighbour.
                if pair.0 == pair.1 && previous == Some((pair, at)) {
                    previous = None;
                    continue;
                }
                previous = Some((pair, at + 1));
                *counts.entry(pair).or_insert(0u32) += 1;
            }
        }
        let len = |id: u32| merges.lens()[id as usize];
        let best = counts
            .into_iter()
            .filter(|&((l, r), n)| n >= options.min_count && len(l) + len(r) <= options.max_len)
            .max_by_key(|&((l, r), n)| (n, std::cmp::Reverse((l, r))));
        let Some(((left, right), _)) = best else { break };
        let id = merges.push_checked(left, right, u32::MAX).unwrap();
        for document in &mut documents {
            let mut at = 0;
            while at + 1 < document.len() {
                if document[at] == left && document[at + 1] == right {
                    document[at] = id;
                    document.remove(at + 1);
                }
                at += 1;
            }
        }
    }
    merges.pairs().to_vec()
}

proptest! {
    #[test]
    fn the_merges_are_those_of_the_plain_procedure(
        corpus in prop::collection::vec(prop::collection::vec(prop::sample::select(&b"aab"[..]), 0..60), 0..8),
        max_len in 1u32..20,
        min_count in 2u32..4,
    ) {
        let options = MergeOptions::default().max_len(max_len).min_count(min_count);
        let strings: ByteStrings = corpus.iter().collect();
        let merges = merge(&strings, &options, &Silent).unwrap();
        prop_assert_eq!(merges.pairs(), &merge_plainly(&corpus, &options)[..]);
    }

    #[test]
    fn the_merges_are_those_of_the_plain_procedure_over_more_letters(
        corpus in prop::collection::vec(prop::collection::vec(b'a'..b'h', 0..200), 0..4),
        merges in 0u32..60,
    ) {
        let options = MergeOptions::default().merges(merges);
        let strings: ByteStrings = corpus.iter().collect();
        let found = merge(&strings, &options, &Silent).unwrap();
        prop_assert_eq!(found.pairs(), &merge_plainly(&corpus, &options)[..]);
    }
}

#[test]
fn a_pair_never_spans_two_documents() {
    let corpus: ByteStrings = std::iter::repeat_n("a", 100).collect();
    assert!(merge(&corpus, &MergeOptions::default(), &Silent).unwrap().is_empty());
}

#[test]
fn a_prefix_of_the_merges_is_what_fewer_merges_give() {
    let corpus: ByteStrings =
        (0..300).map(|n| format!("{{\"id\":{},\"at\":{}}}", n * 7919 % 1000, n)).collect();
    let all = merge(&corpus, &MergeOptions::default(), &Silent).unwrap();
    let few = merge(&corpus, &MergeOptions::default().merges(50), &Silent).unwrap();
    assert!(all.len() > 50);
    assert_eq!(all.prefix(50), few);
    assert_eq!(all.prefix(1 << 20), all);
    let fragments = all.fragments();
    assert_eq!(fragments.len(), 256 + all.len());
    assert!(fragments.iter().zip(all.lens()).all(|(f, &len)| f.len() == len as usize));
}

#[test]
fn c1_merges_name_only_what_is_there_and_stay_short() {
    for (pairs, max_len) in [
        (vec![(0, 256)], 255),
        (vec![(97, 98), (257, 0)], 255),
        (vec![(u32::MAX, 0)], 255),
        (vec![(0, 0), (256, 256)], 3),
    ] {
        let error = Merges::from_pairs(pairs.clone(), max_len).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{pairs:?}");
    }
    // Doubling 60 times would be an exabyte.
    let doubling = (0..60u32).map(|n| if n == 0 { (0, 0) } else { (255 + n, 255 + n) });
    assert!(Merges::from_pairs(doubling, 255).is_err());
}

fn some() -> Merges {
    let corpus: ByteStrings =
        (0..1500).map(|n| format!("{{\"id\":{},\"at\":{}}}", n * 7919 % 1000, n)).collect();
    merge(&corpus, &MergeOptions::default(), &Silent).unwrap()
}

fn packed(merges: &Merges) -> Vec<u8> {
    let mut out = Vec::new();
    merges.write(&mut out).unwrap();
    out
}

#[test]
fn merges_come_back_from_their_bytes() {
    let merges = some();
    assert!(merges.len() > 300, "{}", merges.len());
    for n in [0, 1, 2, 3, 255, 256, 257, 258, merges.len()] {
        let part = merges.prefix(n);
        assert_eq!(Merges::read(&packed(&part), 255).unwrap(), part);
    }
}

#[test]
fn b1_every_prefix_of_packed_merges_is_truncated() {
    let bytes = packed(&some());
    for len in 0..bytes.len() {
        assert_eq!(Merges::read(&bytes[..len], 255).unwrap_err().kind(), ErrorKind::Truncated, "{len}");
    }
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(Merges::read(&longer, 255).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn b2_a_flipped_bit_of_packed_merges_is_refused_or_makes_other_merges() {
    // No check of their own: they lie in a file that has one.
    let merges = some();
    let bytes = packed(&merges);
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = Merges::read(&damaged, 255) {
            assert_ne!(other, merges, "bit {bit}");
            assert_eq!(packed(&other), damaged, "bit {bit}");
        }
    }
}

#[test]
fn c2_a_count_that_lies_is_refused_before_anything_is_kept() {
    for count in [1u32, 1 << 24, (1 << 24) + 1, u32::MAX] {
        assert!(Merges::read(&count.to_le_bytes(), 255).is_err());
    }
}

#[test]
fn c12_packed_merges_make_no_cycles_and_no_long_fragments() {
    let doubling: Vec<(u32, u32)> =
        (0..8).map(|n| if n == 0 { (0, 0) } else { (255 + n, 255 + n) }).collect();
    let bytes = packed(&Merges::from_pairs(doubling, 256).unwrap());
    assert_eq!(Merges::read(&bytes, 255).unwrap_err().kind(), ErrorKind::Corrupt);
    // The second merge has 9 bits an id, and names 511.
    let far = [&2u32.to_le_bytes()[..], &[0, 0, 255, 1, 0]].concat();
    assert_eq!(Merges::read(&far, 255).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn merging_stops_when_it_is_told_to() {
    struct Stop;
    impl Progress for Stop {
        fn advance(&self, _: u64, _: u64) -> Result<(), Error> {
            Err(progress::interrupted())
        }
    }
    let corpus: ByteStrings = ["abababababab"].into_iter().collect();
    assert_eq!(merge(&corpus, &MergeOptions::default(), &Stop).unwrap_err().kind(), ErrorKind::Interrupted);
}
