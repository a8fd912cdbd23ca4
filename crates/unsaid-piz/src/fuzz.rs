//! Bodies of the fuzz targets. Tests replay them.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a body that finds something panics")]

use std::sync::Arc;

use unsaid_core::{Error, ErrorKind, Inline, Limits, Result, Silent};
use unsaid_pi::{Base, DigitSource};

use crate::{Archive, Item, unpack};

/// So many digits there are.
const DIGITS: u64 = 5000;

/// Digits that no one has to compute: those of a counter's square. To a reader they are as good as those of π.
struct Squares {
    at_once: bool,
}

impl DigitSource for Squares {
    fn digits(&self, base: Base, from: u64, out: &mut [u8]) -> Result<()> {
        for (at, digit) in (from..).zip(out) {
            *digit = (((at * at) >> 3) % u64::from(base.get())) as u8;
        }
        Ok(())
    }

    fn prefix(&self, base: Base, count: u64) -> Result<Arc<[u8]>> {
        if !self.at_once {
            return Err(Error::new(ErrorKind::Limit, "one by one"));
        }
        let mut out = vec![0; count as usize];
        self.digits(base, 0, &mut out)?;
        Ok(out.into())
    }
}

/// An archive: both ways through it say the same, and its parts written again are read again.
pub fn archive(data: &[u8]) {
    let mut limits = Limits::default();
    limits.digits = DIGITS;
    limits.output = Some(1 << 16);
    let run = |at_once| {
        let mut out = Vec::new();
        let result = unpack(data, &mut out, &Squares { at_once }, &limits, &Inline, &Silent);
        (out, result.map_err(|e| (e.kind(), e.to_string())))
    };
    let (out, result) = run(true);
    assert_eq!(run(false), (out.clone(), result.clone()));
    let Ok(metadata) = result else { return };
    let mut archive = Archive::open(data, true, &limits).unwrap();
    let mut again = archive.header().to_short_line();
    metadata.write(&mut again).unwrap();
    let numerals = crate::Numerals::new(archive.header().write);
    while let Some(item) = archive.next(&Silent).unwrap() {
        let (tab, number) = match item {
            Item::Size(digits) => (&b""[..], digits),
            Item::Position(position) => (&b"\t"[..], position),
        };
        again.extend_from_slice(tab);
        numerals.write(number, &mut again);
        again.push(b'\n');
    }
    again.push(b'\n');
    let mut out_again = Vec::new();
    let read =
        unpack(&again[..], &mut out_again, &Squares { at_once: true }, &limits, &Inline, &Silent).unwrap();
    assert_eq!((out_again, read), (out, metadata));
    explain(data, &limits);
}

/// What is said to a person is bounded, and both languages have it.
fn explain(data: &[u8], limits: &Limits) {
    use crate::explain::{Language, explain};
    for language in [Language::English, Language::Russian] {
        let mut text = Vec::new();
        explain(data, &mut text, &Squares { at_once: true }, language, limits, &Silent).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.len() < 64 << 10 && text.ends_with('\n'));
    }
}
