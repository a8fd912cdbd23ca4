//! Documents out of files and folders, one after another.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use unsaid::records::MAX_DOCUMENT;
use unsaid::records::stream::{Separator, Splitter};
use unsaid_core::{Error, ErrorKind, Progress, Result};
use walkdir::WalkDir;

use super::said::documents;
use crate::commands::input::{is_standard_stream, shown};
use crate::commands::records::opened;
use crate::edge::{Edge, stdio};

/// How documents are told apart in files to learn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum CorpusFraming {
    /// A file is a document
    Files,
    /// A line is a document
    Lines,
    /// Before each document stands its length: 32 bits, little-endian
    Lengths,
}

/// Files with these extensions hold a record a line, unless the user says otherwise.
const LINES: [&str; 5] = ["jsonl", "ndjson", "csv", "tsv", "log"];

impl CorpusFraming {
    fn of(path: &Path) -> Self {
        let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        let lines = is_standard_stream(path) || extension.is_some_and(|e| LINES.contains(&e.as_str()));
        if lines { CorpusFraming::Lines } else { CorpusFraming::Files }
    }

    fn says(self) -> &'static str {
        match self {
            CorpusFraming::Files => "a document each",
            CorpusFraming::Lines => "a document a line",
            CorpusFraming::Lengths => "documents behind their lengths",
        }
    }
}

/// Gives every document of the data to `take`, files of a folder in the order of their names. Says which
/// framing was chosen where the user named none. What cannot be read in a folder is left out with a warning.
///
/// # Errors
/// What was named cannot be read; as `take` and the progress.
pub(crate) fn gather(
    data: &[PathBuf],
    framing: Option<CorpusFraming>,
    take: &mut dyn FnMut(&[u8]) -> Result<()>,
    progress: &dyn Progress,
    edge: &Edge,
) -> Result<()> {
    for root in data.iter().filter(|root| !is_standard_stream(root)) {
        std::fs::metadata(root).map_err(|e| Error::io("cannot be read", e).in_file(root))?;
    }
    let mut chosen = BTreeMap::<CorpusFraming, u64>::new();
    for root in data {
        for path in files(root, edge) {
            let framing = framing.unwrap_or_else(|| CorpusFraming::of(&path));
            let mut taken = 0;
            let mut count = |document: &[u8]| take(document).map(|()| taken += 1);
            let end = one(&path, framing, &mut count, progress, edge);
            if end.is_ok() || taken > 0 {
                *chosen.entry(framing).or_default() += 1;
            }
            let Err(e) = end else { continue };
            let is_named = path == *root;
            match e.kind() {
                ErrorKind::Environment | ErrorKind::Limit if taken > 0 => edge.report.warn(&format!(
                    "{}: {} taken, the rest left out: {e}",
                    shown(&path),
                    documents(taken)
                )),
                ErrorKind::Environment if is_named => return Err(e.in_file(path)),
                ErrorKind::Environment | ErrorKind::Limit => {
                    edge.report.warn(&format!("{}: left out: {e}", shown(&path)));
                }
                _ => return Err(e.in_file(path)),
            }
        }
    }
    if framing.is_none() {
        for (framing, count) in chosen {
            let files = crate::edge::size::files(count);
            edge.report.note(&format!("{files}: {} (to change that: --framing)", framing.says()));
        }
    }
    Ok(())
}

/// The files of a folder in order; a link in a folder is not followed.
fn files(root: &Path, edge: &Edge) -> Vec<PathBuf> {
    if is_standard_stream(root) {
        return vec![root.to_owned()];
    }
    let mut files = Vec::new();
    for entry in WalkDir::new(root).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.depth() == 0 && !entry.file_type().is_dir() => files.push(root.to_owned()),
            Ok(entry) if entry.file_type().is_file() => files.push(entry.into_path()),
            Ok(_) => {}
            Err(e) => edge.report.warn(&format!("left out: {e}")),
        }
    }
    files
}

fn one(
    path: &Path,
    framing: CorpusFraming,
    take: &mut dyn FnMut(&[u8]) -> Result<()>,
    progress: &dyn Progress,
    edge: &Edge,
) -> Result<()> {
    let failed = |e| Error::io("cannot be read", e);
    let input: Box<dyn Read> =
        if is_standard_stream(path) { Box::new(stdio::input()?) } else { opened(path).map_err(failed)? };
    let separator = match framing {
        CorpusFraming::Files => {
            let mut document = Vec::new();
            input.take(MAX_DOCUMENT as u64 + 1).read_to_end(&mut document).map_err(failed)?;
            progress.advance(document.len() as u64, 0)?;
            return take(&document);
        }
        CorpusFraming::Lines => Separator::Lines,
        CorpusFraming::Lengths => Separator::Lengths,
    };
    let mut splitter = Splitter::new(BufReader::with_capacity(1 << 16, input), separator);
    let mut document = Vec::new();
    let mut number = 0u64;
    // Within a line that is too long, up to its line feed.
    let mut skips = false;
    loop {
        match splitter.next(&mut document) {
            Ok(false) => return Ok(()),
            Ok(true) if skips => skips = false,
            Ok(true) => {
                number += 1;
                take(&document)?;
            }
            Err(e) if separator == Separator::Lines && e.kind() == ErrorKind::Limit => {
                if !skips {
                    number += 1;
                    edge.report.warn(&format!("{}: line {number} left out: it is too long", shown(path)));
                }
                // One byte more than a document may have is all of the line: its end was seen.
                skips = document.len() > MAX_DOCUMENT + 1;
            }
            Err(e) => return Err(e),
        }
        progress.advance(document.len() as u64 + 1, 0)?;
    }
}
