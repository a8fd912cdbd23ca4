//! `docs/formats/records.md` tells the truth.

use unsaid_core::Limits;
use unsaid_records::stream::{Head, Index, Reader, Separator, Writer};
use unsaid_records::{Framing, Model};

use crate::common::*;

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/records.md");
    std::fs::read_to_string(path).unwrap()
}

/// The bytes of each line of the block after the nth heading `### Example`.
fn example(nth: usize) -> Vec<Vec<u8>> {
    let page = page();
    let block = page.split("### Example").nth(nth).unwrap().split("```").nth(1).unwrap().trim().to_owned();
    let byte = |word: &str| u8::from_str_radix(word, 16).unwrap_or_else(|_| panic!("{word}"));
    block.lines().map(|line| line.split_whitespace().map(byte).collect()).collect()
}

#[test]
fn the_documents_of_the_page_are_what_is_written_and_read() {
    let model = &trained().model;
    let shown: Vec<Vec<u8>> = [1, 2].into_iter().flat_map(example).collect::<Vec<_>>()[..2].to_vec();
    let block = |nth| -> Vec<Vec<u8>> {
        let page = page();
        let text = page.split("### Example").nth(1).unwrap().split("```").nth(nth).unwrap().trim().to_owned();
        let byte = |word: &str| u8::from_str_radix(word, 16).unwrap();
        text.lines().map(|line| line.split_whitespace().map(byte).collect()).collect()
    };
    assert_eq!(block(1), shown);
    for (lines, document) in [(block(1), &b"hi"[..]), (block(3), b"")] {
        for (line, framing) in lines.iter().zip([Framing::default(), Framing::BARE]) {
            let written = compress(model, unsaid_records::Level::Fast, framing, document);
            assert_eq!(*line, written, "{written:02x?}");
            assert_eq!(decompress(model, framing, line).unwrap(), document);
        }
    }
}

fn empty_model() -> Vec<u8> {
    example(2).concat()
}

#[test]
fn the_model_of_the_page_is_read() {
    let file = empty_model();
    let hash = unsaid_core::check::Hash::of(&file[..10]);
    assert_eq!(file[10..], hash.0, "{:02X?}", hash.0);
    let model = Model::load(&file, &Limits::default()).unwrap();
    assert_eq!(model.levels().count(), 0);
}

#[test]
fn the_stream_of_the_page_is_what_is_written_and_read() {
    let limits = Limits::default();
    let model = Model::load(&empty_model(), &limits).unwrap();
    let head = Head { separator: Separator::Lines, bare: true, model: model.id() };
    let mut writer = Writer::new(Vec::new(), &head).unwrap();
    writer.push(b"\0hi").unwrap();
    writer.push(b"\0yo").unwrap();
    let (written, index) = writer.finish(true, false).unwrap();
    let shown: String = written.iter().map(|b| format!("{b:02X} ")).collect();
    assert_eq!(example(3).concat(), written, "{shown}");
    let mut reader = Reader::new(&written[..], &limits).unwrap();
    let mut record = Vec::new();
    assert!(reader.next(&mut record).unwrap());
    assert_eq!(record, b"\0hi");
    let mut file = std::io::Cursor::new(&written);
    assert_eq!(Index::of_file(&mut file, &limits).unwrap(), index);
}
