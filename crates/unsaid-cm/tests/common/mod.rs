//! What the tests of the paq9a codec share.
#![allow(dead_code, reason = "no test uses all of it")]

use std::path::PathBuf;

use unsaid_cm::paq9a::{Level, Mode, Reader, Writer};
use unsaid_core::{Limits, Result, Silent};

/// The archives made by the original program.
pub(crate) fn vector(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/vectors/paq9a", name].iter().collect();
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub(crate) fn level(number: u8) -> Level {
    Level::new(number).unwrap()
}

/// An archive of these files.
pub(crate) fn pack(level: Level, files: &[(&str, &[u8], Mode)]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), level, &Limits::default()).unwrap();
    for (name, data, mode) in files {
        writer.add(name.as_bytes(), &mut &data[..], *mode, &Silent).unwrap();
    }
    writer.finish().unwrap()
}

/// The files of an archive, name and content.
pub(crate) fn unpack(archive: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    unpack_within(archive, &Limits::default())
}

pub(crate) fn unpack_within(archive: &[u8], limits: &Limits) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut reader = Reader::new(archive, limits)?;
    let mut files = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        let mut data = Vec::new();
        reader.read_entry(&mut data, &Silent)?;
        files.push((entry.name, data));
    }
    Ok(files)
}

/// One block of an archive, as the format page describes it: found by a parser of its own.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Where the name of its file starts, if it is the file's first block.
    pub(crate) name: Option<usize>,
    /// Where its mark (a zero byte) stands.
    pub(crate) mark: usize,
    pub(crate) mode: u8,
    pub(crate) size: usize,
    /// Where its payload starts and ends.
    pub(crate) payload: std::ops::Range<usize>,
}

/// The blocks of a well-formed archive.
pub(crate) fn blocks(archive: &[u8]) -> Vec<Block> {
    let number = |at: usize| u32::from_be_bytes(archive[at..at + 4].try_into().unwrap()) as usize;
    let mut blocks = Vec::new();
    let mut at = 5;
    while at < archive.len() {
        let name = (archive[at] != 0).then_some(at);
        let mark = at + archive[at..].iter().position(|&b| b == 0).unwrap();
        let end = mark + 10 + number(mark + 6);
        blocks.push(Block {
            name,
            mark,
            mode: archive[mark + 1],
            size: number(mark + 2),
            payload: mark + 10..end,
        });
        at = end;
    }
    blocks
}
