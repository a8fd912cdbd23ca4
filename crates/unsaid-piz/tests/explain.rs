//! What a person is told.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod slow;

use std::fs;

use slow::Source;
use unsaid_core::{ErrorKind, Limits, Silent};
use unsaid_piz::explain::{Language, explain};

fn text(archive: &[u8], language: Language) -> String {
    let mut limits = Limits::default();
    limits.digits = 105_000;
    let mut out = Vec::new();
    explain(archive, &mut out, &Source::ALL, language, &limits, &Silent).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_small_archive_is_explained_to_the_last_byte() {
    let archive = b"PiZ\tDec\tHex\n\tfname:\tx.bin\n3\n\t0\n0\n\t7\n2\n\t6\n\n";
    let expected = "\
How to decode this archive with pen and paper

1. The first line names two bases: Dec and Hex.
   Sizes and positions are written in base 10. The digits of π are those in base 16.

2. The lines that begin with a tab and come first tell about the file:
   called \"x.bin\"

3. Compute π in base 16. After the point come
   2 4 3 F 6 A 8 8 8 5 A 3 0 8 D 3 1 3 1 9 8 A 2 E 0 3 7 0 7 3 4 4 …
   Count them from 0: the first one after the point has position 0. The 3 in front has none.
   π = Σ (4/(8k+1) − 2/(8k+4) − 1/(8k+5) − 1/(8k+6)) / 16^k, k = 0, 1, 2, … (Bailey, Borwein, Plouffe).
   Subtract 3. Then, again and again: multiply by 16; the whole part is the next digit; take it away.

4. A byte is 2 digits; multiply them by 16, 1 and add.

5. The rest, line by line:
   Line 3: a group. Each of its positions stands for 3 digits, which is bytes: 2.
   The last byte is not whole: read on, 4 digits in all.
   Line 4: position 0. Go to the digit with 0 digits before it, and copy from there:
      2 4: 2·16 + 4 = 36 (0x24, '$')
      3 F: 3·16 + 15 = 63 (0x3F, '?')
   Line 5: a group. Each of its positions stands for 0 digits, which is bytes: 0.
   Line 6: position 7. No digits, no bytes.
   Line 7: a group. Each of its positions stands for 2 digits, which is bytes: 1.
   Line 8: position 6. Go to the digit with 6 digits before it, and copy from there:
      8 8: 8·16 + 8 = 136 (0x88)
   The empty line is the end.

6. Write the bytes down one after the other. Groups: 3; chunks: 3; bytes: 3.
";
    assert_eq!(text(archive, Language::English), expected);
    let russian = text(archive, Language::Russian);
    assert_eq!(russian.lines().count(), expected.lines().count());
    assert!(russian.contains("Строка 4: позиция 0.") && russian.contains("2 4: 2·16 + 4 = 36 (0x24, '$')"));
}

#[test]
fn every_vector_is_explained_in_both_languages_and_briefly() {
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/piz")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "piz") {
            let archive = fs::read(&path).unwrap();
            let (english, russian) = (text(&archive, Language::English), text(&archive, Language::Russian));
            assert_eq!(english.lines().count(), russian.lines().count());
            assert!(english.len() < 8000 && russian.contains("Пустая строка"), "{}", path.display());
            // But for the bases' names, no word of the other language.
            assert!(!russian.contains("digit") && !english.contains("цифр"));
        }
    }
    let many = format!("PiZ\tDec\tHex\n{}\n", "2\n\t5\n".repeat(100_000));
    let text = text(many.as_bytes(), Language::English);
    assert!(text.len() < 4000 && text.contains("Groups: 100000; chunks: 100000; bytes: 100000."), "{text}");
}

#[test]
fn what_is_refused_when_it_is_unpacked_is_refused_or_said_here() {
    let far = b"PiZ\tDec\tHex\n2\n\t99999999999\n\n";
    let e = explain(&far[..], Vec::new(), &Source::ALL, Language::English, &Limits::default(), &Silent)
        .unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    assert!(text(b"PiZ\n3\n\t4\n\n", Language::English).contains("9 2 6: 926, which is no byte"));
}
