//! The level `small` has the shape of a level.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use unsaid_core::{ErrorKind, Limits, Silent};
use unsaid_lexicon::ByteStrings;
use unsaid_records::small::{Knowledge, Scratch, decode, encode};

fn documents() -> ByteStrings {
    (0..300).map(|i| format!("{{\"id\":{},\"name\":\"n{}\",\"ok\":{}}}", i * 7, i % 9, i % 2 == 0)).collect()
}

#[test]
fn knowledge_that_was_written_and_read_decodes_what_the_first_encoded() {
    let (documents, limits) = (documents(), Limits::default());
    let first = Knowledge::train(&documents, &limits, &Silent).unwrap();
    let mut section = Vec::new();
    first.write(&mut section);
    let second = Knowledge::read(&section, &documents, &limits).unwrap();
    assert_eq!(first.memory(), second.memory());
    let (mut scratch, mut payload, mut out) = (Scratch::new(), Vec::new(), Vec::new());
    let document = b"{\"id\":4242,\"name\":\"n3\",\"ok\":true}";
    let flags = encode(&first, &mut scratch, document, &mut payload).unwrap();
    assert_eq!(flags & 15, 0);
    assert!(payload.len() < document.len() / 2, "{}", payload.len());
    decode(&second, &mut scratch, flags, &payload, &mut out, 1 << 24).unwrap();
    assert_eq!(out, document);
}

#[test]
fn c1_a_cut_section_is_truncated_and_flags_of_other_levels_are_refused() {
    let (documents, limits) = (documents(), Limits::default());
    let knowledge = Knowledge::train(&documents, &limits, &Silent).unwrap();
    let mut section = Vec::new();
    knowledge.write(&mut section);
    let error = Knowledge::read(&section[..section.len() - 1], &documents, &limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    let error = decode(&knowledge, &mut Scratch::new(), 3, &[0], &mut Vec::new(), 100).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}
