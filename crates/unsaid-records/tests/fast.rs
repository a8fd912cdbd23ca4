//! The level `fast` gives back what it was given, and refuses the rest.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use unsaid_core::{ErrorKind, Limits, Progress, Result, Silent, progress};
use unsaid_lexicon::{ByteStrings, MergeOptions, Merges, merge};
use unsaid_records::fast::{Knowledge, Scratch, decode, encode};
use unsaid_testkit::generate::{self, Kind, Rng};

/// A model of the page's example.
fn example() -> Knowledge {
    let merges = Merges::from_pairs([(97, 98), (256, 99)], 255).unwrap();
    let section = [&2u32.to_le_bytes()[..], &0u32.to_le_bytes()].concat();
    Knowledge::read(&section, &merges, &Limits::default()).unwrap()
}

fn corpus() -> ByteStrings {
    let records = generate::bytes(Kind::Json, 7, 200_000);
    records.split_inclusive(|&b| b == b'\n').collect()
}

fn trained() -> (Merges, Knowledge) {
    let corpus = corpus();
    let merges = merge(&corpus, &MergeOptions::default(), &Silent).unwrap();
    let knowledge = Knowledge::train(&corpus, &merges, &Silent).unwrap();
    (merges, knowledge)
}

fn coded(knowledge: &Knowledge, document: &[u8]) -> (u8, Vec<u8>) {
    let mut payload = Vec::new();
    let flags = encode(knowledge, &mut Scratch::new(), document, &mut payload).unwrap();
    assert_eq!(flags & 15, 0, "the low bits are the record's");
    (flags, payload)
}

fn decoded(knowledge: &Knowledge, flags: u8, payload: &[u8]) -> Result<Vec<u8>> {
    let mut out = b"before".to_vec();
    match decode(knowledge, &mut Scratch::new(), flags, payload, &mut out, 1 << 24) {
        Ok(()) => Ok(out.strip_prefix(b"before").unwrap().to_vec()),
        Err(error) => {
            assert_eq!(out, b"before", "a failure leaves the output as it was");
            Err(error)
        }
    }
}

fn kind(knowledge: &Knowledge, flags: u8, payload: &[u8]) -> ErrorKind {
    decoded(knowledge, flags, payload).unwrap_err().kind()
}

/// Tokens behind the high part of a length.
fn payload(high: u8, tokens: &[u16]) -> Vec<u8> {
    let mut bytes = vec![high];
    tokens.iter().for_each(|token| bytes.extend_from_slice(&token.to_le_bytes()));
    bytes
}

/// A document that repeats names of its own.
fn chatty(n: usize) -> Vec<u8> {
    let mut random = Rng::new(n as u64);
    let mut document = Vec::new();
    let names: Vec<String> = (0..20).map(|_| format!("{:016x}", random.next_u64())).collect();
    while document.len() < n {
        document
            .extend_from_slice(format!("{{\"of\":\"{}\"}},", names[random.below(20) as usize]).as_bytes());
    }
    document.truncate(n);
    document
}

#[test]
fn the_example_of_the_page_holds() {
    let document = b"abcxyabcxyabcxy";
    let written = (0xf0, payload(0, &[257, 120, 121, 65_285, 65_024, 65_024]));
    assert_eq!(coded(&example(), document), written);
    assert_eq!(decoded(&example(), written.0, &written.1).unwrap(), document);
}

proptest! {
    #[test]
    fn any_bytes_come_back(document in prop::collection::vec(any::<u8>(), 0..600)) {
        let knowledge = example();
        let (flags, payload) = coded(&knowledge, &document);
        prop_assert_eq!(decoded(&knowledge, flags, &payload).unwrap(), document);
    }

    #[test]
    fn repetitive_bytes_come_back(document in prop::collection::vec(prop::sample::select(&b"abc"[..]), 0..900)) {
        let knowledge = example();
        let (flags, payload) = coded(&knowledge, &document);
        prop_assert_eq!(decoded(&knowledge, flags, &payload).unwrap(), document);
    }

    #[test]
    fn c14_any_payload_is_decoded_or_refused(flags in any::<u8>(), tokens in prop::collection::vec(prop_oneof![0u16..300, 65_024u16..65_030, 65_280u16..=65_535, any::<u16>()], 0..40), high in 0u8..20) {
        let knowledge = example();
        if let Ok(document) = decoded(&knowledge, flags & 0xf0, &payload(high, &tokens)) {
            prop_assert_eq!(document.len(), usize::from(high) << 4 | usize::from(flags >> 4));
        }
    }
}

#[test]
fn b10_documents_of_every_odd_size_come_back() {
    let (_, knowledge) = trained();
    let mut scratch = Scratch::new();
    let sizes = [0, 1, 2, 15, 16, 17, 127, 128, 2047, 2048, 2049, 32_767, 32_768, 32_769, 300_000, 1_000_000];
    for size in sizes {
        for document in [vec![b'x'; size], chatty(size), generate::bytes(Kind::Noise, 1, size)] {
            let (mut payload, mut out) = (Vec::new(), Vec::new());
            let flags = encode(&knowledge, &mut scratch, &document, &mut payload).unwrap();
            decode(&knowledge, &mut scratch, flags, &payload, &mut out, size as u64).unwrap();
            assert!(out == document, "{size}");
            assert!(payload.len() <= 2 * size + 5, "{size}");
        }
    }
}

#[test]
fn more_names_than_slots_come_back() {
    let (_, knowledge) = trained();
    let mut random = Rng::new(3);
    let names: Vec<String> =
        (0..2000).map(|_| format!("{:016x}{:08x}", random.next_u64(), random.below(1 << 32))).collect();
    let document: Vec<u8> = (0..9000).flat_map(|n| names[(n / 40 + n * n % 50) % 2000].bytes()).collect();
    let (flags, payload) = coded(&knowledge, &document);
    assert_eq!(decoded(&knowledge, flags, &payload).unwrap(), document);
    assert!(payload.len() * 5 < document.len() * 2, "{} of {}", payload.len(), document.len());
}

#[test]
fn a_record_that_is_repeated_comes_back() {
    let letter = |n: usize| {
        let topic = ["rain", "trains", "harvest", "winter"][n % 4];
        format!("{{\"id\":{n},\"state\":\"waiting\",\"topic\":\"{topic}\",\"pages\":{}}}", n * 7 % 90)
    };
    let corpus: ByteStrings = (0..1500).map(|n| letter(n).into_bytes()).collect();
    let merges = merge(&corpus, &MergeOptions::default(), &Silent).unwrap();
    let knowledge = Knowledge::train(&corpus, &merges, &Silent).unwrap();
    for n in 0..400 {
        for times in [2, 5, 20, 100] {
            let document = letter(n).repeat(times).into_bytes();
            let (flags, payload) = coded(&knowledge, &document);
            assert!(decoded(&knowledge, flags, &payload).unwrap() == document, "{n} {times} times");
        }
    }
}

#[test]
fn b1_every_prefix_is_truncated() {
    let (_, knowledge) = trained();
    for document in [chatty(700), corpus().get(11).unwrap().to_vec(), vec![b'-'; 3000]] {
        let (flags, payload) = coded(&knowledge, &document);
        for len in 0..payload.len() {
            assert_eq!(kind(&knowledge, flags, &payload[..len]), ErrorKind::Truncated, "{len}");
        }
    }
}

#[test]
fn b2_a_flipped_bit_that_is_not_refused_changed_a_token_and_not_the_length() {
    let (_, knowledge) = trained();
    for document in [chatty(300), corpus().get(11).unwrap().to_vec()] {
        let (flags, payload) = coded(&knowledge, &document);
        for bit in 0..8 {
            if bit >= 4 {
                decoded(&knowledge, flags ^ 1 << bit, &payload).unwrap_err();
            }
        }
        let mut passed = 0;
        for bit in 0..payload.len() * 8 {
            let mut damaged = payload.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            if let Ok(other) = decoded(&knowledge, flags, &damaged) {
                let high = 1 + usize::from(payload[0] > 127);
                assert!(bit / 8 >= high, "the length is never wrong unnoticed");
                assert_eq!(other.len(), document.len());
                passed += 1;
            }
        }
        // What the page says cannot be detected does happen, and is not most of it.
        assert!(0 < passed && passed < payload.len() * 4, "{passed} of {}", payload.len() * 8);
    }
}

#[test]
fn b3_bytes_that_were_added_lost_or_swapped_never_give_another_length() {
    let (_, knowledge) = trained();
    let document = chatty(300);
    let (flags, payload) = coded(&knowledge, &document);
    for at in 0..payload.len() {
        for damaged in [
            [&payload[..at], &payload[at + 1..]].concat(),
            [&payload[..at], &[0][..], &payload[at..]].concat(),
            [&payload[..at], &[0xff, 0xff], &payload[at..]].concat(),
            [&payload[..at], &[0], &payload[at + 1..]].concat(),
            [&payload[..at], &[0xff], &payload[at + 1..]].concat(),
        ] {
            if let Ok(other) = decoded(&knowledge, flags, &damaged) {
                let says = |p: &[u8]| {
                    if p[0] < 128 {
                        usize::from(p[0])
                    } else {
                        usize::from(p[0] & 127) | usize::from(p[1]) << 7
                    }
                };
                assert_eq!(other.len(), says(&damaged) << 4 | usize::from(flags >> 4), "{at}");
            }
        }
    }
}

#[test]
fn b4_a_payload_that_ends_early_is_truncated() {
    for bytes in [&[][..], &[0], &[0, 97], &[0x80], &[0x80, 0x80, 0x80, 0x80]] {
        assert_eq!(kind(&example(), 0x20, bytes), ErrorKind::Truncated, "{bytes:?}");
    }
}

#[test]
fn b5_a_document_larger_than_allowed_is_refused_before_it_is_written() {
    let (flags, payload) = coded(&example(), &[b'a'; 1000]);
    let mut out = Vec::new();
    let error = decode(&example(), &mut Scratch::new(), flags, &payload, &mut out, 999).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert_eq!(out.capacity(), 0);
}

#[test]
fn c11_a_length_that_lies_allocates_nothing() {
    let lies: [&[u8]; 3] = [&[0xff, 0xff, 0xff, 0xff, 0x7f], &[0xff, 0xff, 0xff, 0x7f, 97, 0], &[127, 97, 0]];
    for bytes in lies {
        let mut out = Vec::new();
        let error = decode(&example(), &mut Scratch::new(), 0xf0, bytes, &mut out, u64::MAX).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Truncated);
        assert_eq!(out.capacity(), 0, "{bytes:?}");
    }
}

#[test]
fn b12_anything_behind_the_document_is_refused() {
    let knowledge = example();
    assert_eq!(decoded(&knowledge, 0x20, &payload(0, &[256])).unwrap(), b"ab");
    assert_eq!(kind(&knowledge, 0x20, &payload(0, &[256, 97])), ErrorKind::Corrupt);
    assert_eq!(kind(&knowledge, 0x20, &payload(0, &[256, 65_282])), ErrorKind::Corrupt);
    assert_eq!(kind(&knowledge, 0, &payload(0, &[97])), ErrorKind::Corrupt);
    assert_eq!(decoded(&knowledge, 0, &[0]).unwrap(), b"");
}

#[test]
fn b13_a_length_with_needless_bytes_is_refused() {
    assert_eq!(kind(&example(), 0x20, &[0x80, 0, 0, 1]), ErrorKind::Corrupt);
    assert_eq!(kind(&example(), 0x20, &[0x80, 0x80, 0x80, 0x80, 0x80, 1]), ErrorKind::Corrupt);
}

#[test]
fn b14_nothing_is_used_that_was_not_kept_and_nothing_kept_that_was_not_written() {
    let knowledge = example();
    // A slot that is empty, and one that an earlier document filled.
    let mut scratch = Scratch::new();
    let mut out = Vec::new();
    let full = payload(0, &[256, 65_282, 65_024]);
    decode(&knowledge, &mut scratch, 0x40, &full, &mut out, 99).unwrap();
    assert_eq!(out, b"abab");
    let error =
        decode(&knowledge, &mut scratch, 0x40, &payload(0, &[256, 65_024]), &mut out, 99).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    for tokens in [
        // More than is there, where the output holds something from before.
        &[256, 65_283, 65_024][..],
        &[65_282, 256, 256],
        // Too short to be kept.
        &[256, 65_280, 256],
        &[256, 65_281, 256],
        // The slot behind the last one.
        &[256, 65_282, 65_025],
        // No such fragment.
        &[258, 256],
        &[65_023, 256],
    ] {
        assert_eq!(kind(&knowledge, 0x40, &payload(0, tokens)), ErrorKind::Corrupt, "{tokens:?}");
    }
}

#[test]
fn b14_what_the_output_held_before_never_shows() {
    let (_, knowledge) = trained();
    let document = chatty(5000);
    let (flags, good) = coded(&knowledge, &document);
    for fill in [0u8, 0xff] {
        let mut out = vec![fill; 1 << 16];
        out.clear();
        decode(&knowledge, &mut Scratch::new(), flags, &good, &mut out, 1 << 20).unwrap();
        assert!(out == document);
    }
    // Damaged payloads give the same whatever was there.
    for bit in (0..good.len() * 8).step_by(7) {
        let mut damaged = good.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let results = [0u8, 0xff].map(|fill| {
            let mut out = vec![fill; 1 << 16];
            out.clear();
            decode(&knowledge, &mut Scratch::new(), flags, &damaged, &mut out, 1 << 20).map(|()| out).ok()
        });
        assert!(results[0] == results[1], "bit {bit}");
    }
}

#[test]
fn b19_a_scratch_that_saw_a_failure_works_on() {
    let (_, knowledge) = trained();
    let (flags, good) = coded(&knowledge, &chatty(900));
    let mut scratch = Scratch::new();
    for len in 0..good.len() {
        let mut out = Vec::new();
        decode(&knowledge, &mut scratch, flags, &good[..len], &mut out, 1 << 20).unwrap_err();
    }
    let mut out = Vec::new();
    decode(&knowledge, &mut scratch, flags, &good, &mut out, 1 << 20).unwrap();
    assert!(out == chatty(900));
}

#[test]
fn a_document_is_written_the_same_whatever_came_before_it() {
    let (_, knowledge) = trained();
    let mut scratch = Scratch::new();
    for size in [5000, 40, 70_000, 900] {
        let mut payload = Vec::new();
        let flags = encode(&knowledge, &mut scratch, &chatty(size), &mut payload).unwrap();
        assert_eq!((flags, payload), coded(&knowledge, &chatty(size)));
    }
}

#[test]
fn training_gives_the_same_twice_and_its_section_reads_back() {
    let (merges, knowledge) = trained();
    let section = |knowledge: &Knowledge| {
        let mut out = Vec::new();
        knowledge.write(&mut out);
        out
    };
    assert_eq!(section(&trained().1), section(&knowledge));
    let read = Knowledge::read(&section(&knowledge), &merges, &Limits::default()).unwrap();
    assert_eq!(section(&read), section(&knowledge));
    for document in corpus().iter().take(50) {
        assert_eq!(coded(&read, document), coded(&knowledge, document));
    }
}

#[test]
fn free_tokens_go_to_numbers_that_training_never_saw() {
    let mut random = Rng::new(5);
    let number = |random: &mut Rng| format!("{:012}", random.below(1_000_000_000_000));
    let corpus: ByteStrings = (0..2000).map(|_| format!("id={};", number(&mut random))).collect();
    let merges = merge(&corpus, &MergeOptions::default(), &Silent).unwrap();
    let knowledge = Knowledge::train(&corpus, &merges, &Silent).unwrap();
    let none = [&0u32.to_le_bytes()[..], &0u32.to_le_bytes()].concat();
    let all = [&(merges.len() as u32).to_le_bytes()[..], &0u32.to_le_bytes()].concat();
    let [bytes_alone, merges_alone] =
        [none, all].map(|section| Knowledge::read(&section, &merges, &Limits::default()).unwrap());
    let mut sizes = [0; 3];
    for _ in 0..200 {
        let document = format!("id={};", number(&mut random));
        for (size, knowledge) in sizes.iter_mut().zip([&bytes_alone, &merges_alone, &knowledge]) {
            *size += coded(knowledge, document.as_bytes()).1.len();
        }
    }
    // 12 digits are 40 bits, so three tokens at the very least, with one for what is around them.
    assert!(sizes[2] < sizes[1] * 9 / 10 && sizes[1] < sizes[0] / 2, "{sizes:?}");
}

#[test]
fn training_stops_when_it_is_told_to() {
    struct Stop;
    impl Progress for Stop {
        fn advance(&self, _: u64, _: u64) -> Result<()> {
            Err(progress::interrupted())
        }
    }
    let merges = merge(&corpus(), &MergeOptions::default(), &Silent).unwrap();
    let error = Knowledge::train(&corpus(), &merges, &Stop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
}

#[test]
fn an_empty_training_set_gives_the_bytes() {
    let none = ByteStrings::new();
    let merges = merge(&none, &MergeOptions::default(), &Silent).unwrap();
    let knowledge = Knowledge::train(&none, &merges, &Silent).unwrap();
    let (flags, payload) = coded(&knowledge, b"anything");
    assert_eq!(payload.len(), 17);
    assert_eq!(decoded(&knowledge, flags, &payload).unwrap(), b"anything");
}

#[test]
fn b1_every_prefix_of_a_section_is_truncated() {
    let merges = Merges::from_pairs([(97, 98), (256, 99)], 255).unwrap();
    let section = [&1u32.to_le_bytes()[..], &2u32.to_le_bytes(), &[99, 0, 100, 0, 0, 1, 1, 1]].concat();
    let read = |bytes: &[u8]| Knowledge::read(bytes, &merges, &Limits::default());
    let knowledge = read(&section).unwrap();
    let (_, payload) = coded(&knowledge, b"abcd");
    assert_eq!(payload, [0, 2, 1], "256 is ab, 257 cd, 258 abcd");
    for len in 0..section.len() {
        assert_eq!(read(&section[..len]).unwrap_err().kind(), ErrorKind::Truncated, "{len}");
    }
    assert_eq!(read(&[&section[..], &[0]].concat()).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn c1_c2_a_section_that_lies_is_refused() {
    let merges = Merges::from_pairs([(97, 98), (256, 99)], 255).unwrap();
    let section = |shared: u32, extra: u32, rest: &[u8]| {
        let bytes = [&shared.to_le_bytes()[..], &extra.to_le_bytes(), rest].concat();
        Knowledge::read(&bytes, &merges, &Limits::default()).map(|_| ()).map_err(|e| e.kind())
    };
    assert_eq!(section(3, 0, &[]), Err(ErrorKind::Corrupt), "more merges than the model has");
    assert_eq!(section(u32::MAX, u32::MAX, &[]), Err(ErrorKind::Corrupt));
    assert_eq!(section(0, 1 << 30, &[]), Err(ErrorKind::Corrupt));
    assert_eq!(section(0, 1, &[0, 1, 0, 0]), Err(ErrorKind::Corrupt), "a merge of itself");
    assert_eq!(section(2, 1, &[0xff, 0xff, 0, 0]), Err(ErrorKind::Corrupt), "no such string");
}

#[test]
fn c12_merges_that_make_a_string_again_give_it_no_second_token() {
    // abc as ab + c and as a + bc.
    let merges = Merges::from_pairs([(97, 98), (256, 99), (98, 99), (97, 258), (259, 100)], 255).unwrap();
    let section = [&5u32.to_le_bytes()[..], &0u32.to_le_bytes()].concat();
    let knowledge = Knowledge::read(&section, &merges, &Limits::default()).unwrap();
    assert_eq!(coded(&knowledge, b"abc").1, payload(0, &[257]));
    assert_eq!(coded(&knowledge, b"abcd").1, payload(0, &[259]));
    assert_eq!(decoded(&knowledge, 0x40, &payload(0, &[259])).unwrap(), b"abcd");
}

#[test]
fn c1_a_vocabulary_of_long_strings_is_refused_or_counted() {
    // 256 bytes.
    let pairs: Vec<(u32, u32)> = (0..8).map(|n| if n == 0 { (0, 0) } else { (255 + n, 255 + n) }).collect();
    let merges = Merges::from_pairs(pairs, 256).unwrap();
    let section = [&8u32.to_le_bytes()[..], &0u32.to_le_bytes()].concat();
    assert_eq!(
        Knowledge::read(&section, &merges, &Limits::default()).unwrap_err().kind(),
        ErrorKind::Corrupt
    );
    let mut limits = Limits::default();
    limits.memory = 1 << 19;
    let section = [&7u32.to_le_bytes()[..], &0u32.to_le_bytes()].concat();
    assert_eq!(Knowledge::read(&section, &merges, &limits).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn more_different_strings_than_tokens_are_refused() {
    let pairs = (0..65_025u32).map(|n| (n >> 8, n & 255));
    let merges = Merges::from_pairs(pairs, 255).unwrap();
    let section = |shared: u32| [&shared.to_le_bytes()[..], &0u32.to_le_bytes()].concat();
    Knowledge::read(&section(65_024 - 256), &merges, &Limits::default()).unwrap();
    let error = Knowledge::read(&section(65_025 - 256), &merges, &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}
