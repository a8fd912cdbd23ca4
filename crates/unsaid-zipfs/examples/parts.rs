//! How much of a very large dictionary does a small file need?
//!
//! `cargo run --release -p unsaid-zipfs --example parts -- SEGMENTS MEGABYTES FOLDER...` reads text files below
//! the folders, evenly so many megabytes of them, cuts them into documents of 4 kB, keeps 100 of them back,
//! trains a dictionary on the rest, splits it into parts, codes each of the 100 alone, and prints how many
//! bytes of parts each needs, the root included: as the dictionary is, and with the codes of each length in
//! other orders, which cost as many bits.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use unsaid_core::{Error, Limits, Progress, Result, Silent};
use unsaid_lexicon::ByteStrings;
use unsaid_zipfs::dictionary::PART_SIZE;
use unsaid_zipfs::encode::Rule;
use unsaid_zipfs::needs::needs;
use unsaid_zipfs::train::{TrainOptions, pieces, train_in_parts};
use unsaid_zipfs::{Codes, Dictionary, Encoder, Lengths, Profile, Root};

/// Bytes of a document.
const DOCUMENT: usize = 4 << 10;
const KEPT_BACK: usize = 100;
/// Bytes that are searched in one go.
const PART: usize = 30 << 20;
/// Larger files are data.
const LARGEST: u64 = 1 << 20;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |usual| arguments.next().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (segments, megabytes) = (number(1 << 16), number(30));
    let mut files = Vec::new();
    arguments.try_for_each(|folder| walk(Path::new(&folder), &mut files))?;
    files.sort();
    let (corpus, kept) = documents(&sample(files, megabytes as u64 * 1_000_000)?)?;
    println!("{} documents of {} bytes", corpus.len(), corpus.bytes().len());

    let mut limits = Limits::default();
    limits.memory = u64::MAX;
    let options = TrainOptions::default().segments(segments);
    let begun = Instant::now();
    let trained = train_in_parts(&corpus, PART, &options, &limits, &Said(begun))?;
    let segments_bytes = trained.segments.bytes().len();
    println!(
        "{} segments of {segments_bytes} bytes, codes of at most {} bits, in {:.0} s; peak {}",
        trained.segments.len(),
        trained.lengths.longest(),
        begun.elapsed().as_secs_f64(),
        peak(),
    );
    let lengths = trained.lengths.clone();
    let dictionary = trained.into_dictionary("parts", None)?;
    report("in the trained order", &dictionary, &kept, &limits)?;
    // Any number that looks like another one for each index is a random order.
    let random = |index: usize| (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    report("at random", &reordered(&dictionary, &lengths, |index, _| random(index))?, &kept, &limits)?;
    report("by length", &reordered(&dictionary, &lengths, |_, segment| segment.len())?, &kept, &limits)?;
    report("by bytes", &reordered(&dictionary, &lengths, |_, segment| segment.to_vec())?, &kept, &limits)
}

/// The same dictionary with the segments of each code length in the order of `key`.
fn reordered<K: Ord>(
    dictionary: &Dictionary,
    lengths: &Lengths,
    key: impl Fn(usize, &[u8]) -> K,
) -> Result<Dictionary> {
    let mut all: Vec<(usize, &[u8])> = dictionary.segments().iter().enumerate().collect();
    let mut rest = &mut all[..];
    for &count in lengths.counts() {
        let (these, later) = rest.split_at_mut(count as usize);
        these.sort_by_cached_key(|&(index, segment)| key(index, segment));
        rest = later;
    }
    let segments = all.iter().map(|&(_, segment)| segment).collect();
    Dictionary::new("parts", None, segments, Some(lengths.clone()))
}

/// What each of the documents needs.
fn report(order: &str, dictionary: &Dictionary, kept: &ByteStrings, limits: &Limits) -> Result<()> {
    let (block, parts) = dictionary.to_multi(PART_SIZE)?;
    let root = Root::read(&block, limits)?;
    println!();
    println!(
        "{order}: a root of {} bytes, {} parts of {} bytes",
        block.data().len(),
        parts.len(),
        parts.iter().map(|part| part.data().len()).sum::<usize>()
    );
    let mut encoder = Encoder::new(dictionary, Profile::Canonical, limits)?;
    let codes = Codes::new(Profile::Canonical, root.count(), dictionary.lengths())?;
    let mut data_bytes = 0;
    let mut columns: [Vec<u64>; 3] = Default::default();
    for document in kept.iter() {
        let data = encoder.encode(document, Rule::Fewest, limits, &Silent)?;
        data_bytes += data.len();
        let needed = needs(&codes, &data, root.parts())?;
        let bytes: u64 = needed.parts.iter().map(|&place| root.parts()[place].size).sum();
        columns[0].push(needed.segments.len() as u64);
        columns[1].push(needed.parts.len() as u64);
        columns[2].push(bytes + block.data().len() as u64);
    }
    columns.iter_mut().for_each(|column| column.sort_unstable());
    println!("{} documents of {} bytes become {data_bytes} bytes of Data", kept.len(), kept.bytes().len());
    println!("        segments  parts      bytes");
    for (name, at) in
        [("least", 0), ("10 %", 10), ("25 %", 25), ("median", 50), ("75 %", 75), ("90 %", 90), ("most", 99)]
    {
        let [segments, parts, bytes] =
            columns.each_ref().map(|column| column.get(at).or(column.last()).copied().unwrap_or(0));
        println!(
            "{name:>7} {segments:>8} {parts:>6} {bytes:>10}, {:.2} MiB",
            bytes as f64 / f64::from(1 << 20)
        );
    }
    Ok(())
}

/// Says how far training is, for it takes long.
struct Said(Instant);

impl Progress for Said {
    fn advance(&self, consumed: u64, _: u64) -> Result<()> {
        if consumed > 1 << 20 {
            eprintln!("{:.0} s: {consumed} bytes more; peak {}", self.0.elapsed().as_secs_f64(), peak());
        }
        Ok(())
    }
}

/// Every so manieth file, so that there are about so many bytes.
fn sample(files: Vec<PathBuf>, bytes: u64) -> Result<Vec<PathBuf>> {
    let size = |file: &PathBuf| std::fs::metadata(file).map(|m| m.len());
    let sizes: Vec<u64> = files
        .iter()
        .map(size)
        .collect::<std::io::Result<_>>()
        .map_err(|e| Error::io("asking for the sizes of files", e))?;
    let all: u64 = sizes.iter().sum::<u64>().max(1);
    let mut chosen = Vec::new();
    let (mut seen, mut taken) = (0, 0);
    for (file, size) in files.into_iter().zip(sizes) {
        seen += size;
        if taken <= u128::from(seen) * u128::from(bytes) / u128::from(all) {
            taken += u128::from(size);
            chosen.push(file);
        }
    }
    Ok(chosen)
}

/// Documents to train on, and those kept back: the middle of files that are far from each other, of which
/// nothing else is trained on.
fn documents(files: &[PathBuf]) -> Result<(ByteStrings, ByteStrings)> {
    let (mut corpus, mut kept) = (ByteStrings::new(), ByteStrings::new());
    let every = (files.len() / KEPT_BACK).max(1);
    for (number, file) in files.iter().enumerate() {
        let text = std::fs::read(file).map_err(|e| Error::io(format!("reading {}", file.display()), e))?;
        if text.contains(&0) {
            continue;
        }
        let cut = pieces(&[text].iter().collect(), DOCUMENT);
        let middle = cut.get(cut.len() / 2).filter(|piece| piece.len() > DOCUMENT / 2);
        let due = (number + 1) / every > kept.len() && kept.len() < KEPT_BACK;
        match middle.filter(|_| due) {
            Some(piece) => kept.push(piece),
            None => cut.iter().for_each(|piece| corpus.push(piece)),
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
