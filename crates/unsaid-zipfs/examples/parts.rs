//! How much of a very large dictionary does a small file need?
//!
//! `cargo run --release -p unsaid-zipfs --example parts -- SEGMENTS FOLDER...` reads all text files below the
//! folders, cuts them into documents of 4 kB, keeps 100 of them back, trains a dictionary on the rest,
//! splits it into parts, codes each of the 100 alone, and prints how many bytes of parts each needs.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use unsaid_core::{Error, Limits, Result, Silent};
use unsaid_lexicon::ByteStrings;
use unsaid_zipfs::dictionary::PART_SIZE;
use unsaid_zipfs::encode::Rule;
use unsaid_zipfs::needs::needs;
use unsaid_zipfs::train::{TrainOptions, pieces, train};
use unsaid_zipfs::{Codes, Encoder, Profile, Root};

/// Bytes of a document.
const DOCUMENT: usize = 4 << 10;
const KEPT_BACK: usize = 100;
/// Larger files are data.
const LARGEST: u64 = 1 << 20;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let segments = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1 << 16);
    let mut files = Vec::new();
    arguments.try_for_each(|folder| walk(Path::new(&folder), &mut files))?;
    files.sort();
    let (corpus, kept) = documents(&files)?;
    println!("{} files, {} documents of {} bytes", files.len(), corpus.len(), corpus.bytes().len());

    let mut limits = Limits::default();
    limits.memory = u64::MAX;
    let begun = Instant::now();
    let trained = train(&corpus, &TrainOptions::default().segments(segments), &limits, &Silent)?;
    let segments_bytes = trained.segments.bytes().len();
    println!(
        "{} segments of {segments_bytes} bytes, codes of at most {} bits, in {:.0} s; peak {}",
        trained.segments.len(),
        trained.lengths.longest(),
        begun.elapsed().as_secs_f64(),
        peak(),
    );
    let dictionary = trained.into_dictionary("parts", None)?;
    let (root, parts) = dictionary.to_multi(PART_SIZE)?;
    let root = Root::read(&root, &limits)?;
    println!("{} parts of {} bytes", parts.len(), parts.iter().map(|part| part.data().len()).sum::<usize>());

    let mut encoder = Encoder::new(&dictionary, Profile::Canonical, &limits)?;
    let codes = Codes::new(Profile::Canonical, root.count(), dictionary.lengths())?;
    let (mut data_bytes, mut needed) = (0, Vec::new());
    for document in kept.iter() {
        let data = encoder.encode(document, Rule::Fewest, &limits, &Silent)?;
        data_bytes += data.len();
        let wanted = needs(&codes, &data, root.parts())?.parts;
        needed.push(wanted.iter().map(|&place| root.parts()[place].size).sum::<u64>());
    }
    needed.sort_unstable();
    println!("{} documents of {} bytes become {data_bytes} bytes of Data", kept.len(), kept.bytes().len());
    println!("bytes of parts that each needs:");
    for (name, at) in
        [("least", 0), ("10 %", 10), ("25 %", 25), ("median", 50), ("75 %", 75), ("90 %", 90), ("most", 99)]
    {
        if let Some(bytes) = needed.get(at.min(needed.len().saturating_sub(1))) {
            println!("{name:>7} {bytes:>10} bytes, {:.2} MiB", *bytes as f64 / f64::from(1 << 20));
        }
    }
    Ok(())
}

/// Documents to train on, and those kept back: one of the pieces of files that are far from each other.
fn documents(files: &[PathBuf]) -> Result<(ByteStrings, ByteStrings)> {
    let (mut corpus, mut kept) = (ByteStrings::new(), ByteStrings::new());
    let every = (files.len() / KEPT_BACK).max(1);
    for (number, file) in files.iter().enumerate() {
        let text = std::fs::read(file).map_err(|e| Error::io(format!("reading {}", file.display()), e))?;
        if text.contains(&0) {
            continue;
        }
        let mut due = (number + 1) / every > kept.len() && kept.len() < KEPT_BACK;
        for piece in pieces(&[text].iter().collect(), DOCUMENT).iter() {
            if due && piece.len() > DOCUMENT / 2 {
                kept.push(piece);
                due = false;
            } else {
                corpus.push(piece);
            }
        }
    }
    Ok((corpus, kept))
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let failed = |e| Error::io(format!("reading {}", folder.display()), e);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            walk(&entry.path(), files)?;
        } else if kind.is_file()
            && is_text(&entry.path())
            && entry.metadata().map_err(failed)?.len() <= LARGEST
        {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn is_text(path: &Path) -> bool {
    let known = ["c", "h", "js", "json", "md", "py", "rs", "toml", "ts", "txt", "xml"];
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| known.contains(&e))
}

/// The most memory that was resident, where the system says.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".into(), |line| line.trim().into())
}
