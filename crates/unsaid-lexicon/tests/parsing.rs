//! Every match is found, and no way through a text is cheaper than the one that is given.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use unsaid_core::ErrorKind;
use unsaid_lexicon::parse::{ById, Costs, Equal, Step};
use unsaid_lexicon::{ByteStrings, Matcher, Parser};

fn matches(matcher: &Matcher, text: &[u8], at: usize) -> Vec<(u32, usize)> {
    let mut all = Vec::new();
    matcher.for_each_match(text, at, |id, len| all.push((id, len)));
    all
}

fn matches_plainly(fragments: &[Vec<u8>], text: &[u8], at: usize) -> Vec<(u32, usize)> {
    let mut all: Vec<(u32, usize)> = (0..fragments.len())
        .filter(|&id| !fragments[id].is_empty() && text[at..].starts_with(&fragments[id]))
        .filter(|&id| fragments[..id].iter().all(|earlier| *earlier != fragments[id]))
        .map(|id| (id as u32, fragments[id].len()))
        .collect();
    all.sort_by_key(|&(_, len)| len);
    all
}

fn letters(len: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(&b"abc\x00\xff"[..]), len)
}

/// Costs that a test wrote down.
struct Written {
    fragments: Vec<u32>,
    literals: Vec<u32>,
}

impl Costs for Written {
    fn fragment(&self, id: u32, len: usize) -> u32 {
        ById(&self.fragments).fragment(id, len)
    }
    fn literals(&self) -> &[u32] {
        &self.literals
    }
}

proptest! {
    #[test]
    fn every_fragment_at_a_place_is_found_shortest_first(
        fragments in prop::collection::vec(letters(0..6), 0..60),
        text in letters(0..40),
    ) {
        let strings: ByteStrings = fragments.iter().collect();
        let matcher = Matcher::new(&strings).unwrap();
        for at in 0..text.len() {
            prop_assert_eq!(matches(&matcher, &text, at), matches_plainly(&fragments, &text, at));
        }
        prop_assert!(matches(&matcher, &text, text.len() + 1).is_empty());
    }

    #[test]
    fn random_bytes_are_found_too(fragments in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..4), 0..3000)) {
        let strings: ByteStrings = fragments.iter().collect();
        let matcher = Matcher::new(&strings).unwrap();
        let first = |f: &Vec<u8>| fragments.iter().position(|other| other == f).unwrap() as u32;
        for fragment in fragments.iter().take(300) {
            let last = matches(&matcher, fragment, 0).last().copied();
            prop_assert_eq!(last, Some((first(fragment), fragment.len())));
        }
    }

    #[test]
    fn no_way_is_cheaper(
        fragments in prop::collection::vec(letters(1..6), 0..40),
        costs in prop::collection::vec(1u32..9, 40),
        literals in prop::collection::vec(5u32..30, 0..3),
        text in letters(0..60),
    ) {
        let strings: ByteStrings = fragments.iter().collect();
        let matcher = Matcher::new(&strings).unwrap();
        let costs = Written { fragments: costs, literals };
        // From the start this time, and with every fragment tried everywhere.
        let mut least = vec![u64::MAX; text.len() + 1];
        least[0] = 0;
        for at in 0..text.len() {
            let here = least[at];
            for (id, len) in matches_plainly(&fragments, &text, at) {
                least[at + len] = least[at + len].min(here.saturating_add(u64::from(costs.fragments[id as usize])));
            }
            for (index, &cost) in costs.literals.iter().enumerate() {
                if let Some(to) = least.get_mut(at + index + 1) {
                    *to = here.saturating_add(u64::from(cost)).min(*to);
                }
            }
        }
        let mut parser = Parser::new();
        match parser.parse(&matcher, &costs, &text) {
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::Missing);
                prop_assert_eq!(least[text.len()], u64::MAX);
            }
            Ok(cost) => {
                prop_assert_eq!(cost, least[text.len()]);
                let (mut written, mut paid) = (Vec::new(), 0);
                for step in parser.steps(text.len()) {
                    match step {
                        Step::Fragment(id) => {
                            written.extend_from_slice(&fragments[id as usize]);
                            paid += u64::from(costs.fragments[id as usize]);
                        }
                        Step::Literals(n) => {
                            written.extend_from_slice(&text[written.len()..written.len() + n]);
                            paid += u64::from(costs.literals[n - 1]);
                        }
                    }
                }
                prop_assert_eq!(written, text);
                prop_assert_eq!(paid, cost);
            }
        }
    }
}

#[test]
fn a_parser_that_was_used_gives_the_same_as_a_new_one() {
    let strings: ByteStrings = ["a", "b", "ab", "ba", "bab"].into_iter().collect();
    let matcher = Matcher::new(&strings).unwrap();
    let mut used = Parser::new();
    used.parse(&matcher, &Equal, &b"ab".repeat(1000)).unwrap();
    used.parse(&matcher, &Equal, b"abx").unwrap_err();
    for text in [&b""[..], b"a", b"babab", b"bababbab"] {
        let mut new = Parser::new();
        assert_eq!(used.parse(&matcher, &Equal, text).unwrap(), new.parse(&matcher, &Equal, text).unwrap());
        assert!(used.steps(text.len()).eq(new.steps(text.len())));
    }
}

#[test]
fn of_ways_that_cost_the_same_the_longer_first_step_is_taken() {
    let strings: ByteStrings = ["a", "b", "c", "ab", "bc"].into_iter().collect();
    let matcher = Matcher::new(&strings).unwrap();
    let mut parser = Parser::new();
    assert_eq!(parser.parse(&matcher, &Equal, b"abc").unwrap(), 2);
    assert_eq!(parser.steps(3).collect::<Vec<_>>(), [Step::Fragment(3), Step::Fragment(2)]);
}
