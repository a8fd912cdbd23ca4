//! `docs/formats/ff.md` tells the truth.

use unsaid_archive::{EntryKind, EntryMeta, METHODS, Writer};
use unsaid_core::{Inline, Limits, Silent};

use crate::common::*;

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/ff.md");
    std::fs::read_to_string(path).unwrap()
}

/// The bytes of the page's worked example: the first column of each line, up to two spaces.
fn example(page: &str) -> Vec<u8> {
    let block = page.split("```hex\n").nth(1).unwrap().split("```").next().unwrap();
    let digits: String =
        block.lines().filter_map(|line| line.split("  ").next()).flat_map(str::split_whitespace).collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn the_worked_example_is_what_is_written_and_read() {
    let limits = Limits::default();
    let mut writer = Writer::new(Vec::new(), &store(), &limits, &Inline, &Silent).unwrap();
    let mut meta = EntryMeta::new(path("a.txt"), EntryKind::File);
    meta.mode = Some(0o644);
    writer.add_file(meta, &mut &b"hello\n"[..]).unwrap();
    let written = writer.finish().unwrap().0;
    let shown: String = written.iter().map(|b| format!("{b:02x} ")).collect();
    assert_eq!(example(&page()), written, "{shown}");
    assert_eq!(read_all(&example(&page())).unwrap().0.files, [("a.txt".to_string(), b"hello\n".to_vec())]);
}

#[test]
fn the_methods_of_the_page_are_those_of_the_code() {
    for (id, name, known) in METHODS {
        let row = format!("| {id} | `{name}` |");
        let line =
            page().lines().find(|l| l.starts_with(&row)).unwrap_or_else(|| panic!("no row {row}")).to_owned();
        assert_eq!(line.contains("reserved"), !known, "{line}");
    }
}

/// The page says that the format has no damage it cannot detect; `damage.rs` shows it for every bit.
#[test]
fn the_page_says_that_nothing_goes_unnoticed() {
    assert!(page().contains("**The format has no damage that it cannot detect**"));
}
