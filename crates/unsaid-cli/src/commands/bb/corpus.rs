//! Documents that a model is made from or tried on.

use std::io::Read;
use std::path::{Path, PathBuf};

use unsaid::ByteStrings;
use unsaid_core::{Error, Result};

use super::streams;
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, escape};

/// Every file as one document, or standard input as the only one. What cannot be read is left out
/// with a warning.
pub(super) fn read(files: &[PathBuf], edge: &Edge) -> Result<ByteStrings> {
    let mut corpus = ByteStrings::new();
    if files.is_empty() {
        corpus.push(&document(Path::new("-"), 0, edge)?);
        return Ok(corpus);
    }
    for path in files {
        stop_if_asked()?;
        match document(path, corpus.bytes().len() as u64, edge) {
            Ok(document) => corpus.push(&document),
            Err(e) if left_out(&e) => {
                edge.report.warn(&format!("{}: left out: {e}", escape::name(path.as_os_str())));
            }
            Err(e) => return Err(e),
        }
    }
    Ok(corpus)
}

/// Whether the other files are worth going on with.
pub(super) fn left_out(e: &Error) -> bool {
    use unsaid_core::ErrorKind::{Environment, Missing, Usage};
    matches!(e.kind(), Environment | Missing | Usage)
}

fn document(path: &Path, before: u64, edge: &Edge) -> Result<Vec<u8>> {
    let room = edge.limits.memory.saturating_sub(before);
    let mut document = Vec::new();
    let read = streams::open(path, false)?.take(room.saturating_add(1)).read_to_end(&mut document);
    read.map_err(|e| Error::io("reading the document", e).in_file(path))?;
    edge.limits.check_memory(before + document.len() as u64, "the documents")?;
    Ok(document)
}
