//! `unsaid bb ncat`.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use unsaid_core::{Error, Result};

use super::streams;
use crate::commands::input::is_standard_stream;
use crate::edge::stdio::{Output, content_output};
use crate::edge::{Edge, patterns};

/// Write each file N times
///
/// The text of BB: "This may have been a mistake, and caused obvious over-fittings in early tests."
/// Repeating a document makes all of it look like what repeats in others, and the model learns it by
/// heart. Forge from more documents instead.
#[derive(Args, Debug)]
pub(super) struct NcatArgs {
    /// The files; - or none is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How often
    #[arg(short, value_name = "N", default_value_t = 1)]
    n: u64,

    /// Write to a terminal what is no text
    #[arg(short, long)]
    force: bool,
}

impl NcatArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        if self.n > 1 {
            edge.report.caution(
                "a model forged from repeated documents over-fits: it learns them by heart, and does \
                 worse on others; more documents are better than more copies",
            );
        }
        let mut out = content_output(self.force)?;
        let names = self.files.into_iter().map(PathBuf::into_os_string).flat_map(patterns::expand);
        let mut files: Vec<PathBuf> = names.map(PathBuf::from).collect();
        if files.is_empty() {
            files.push("-".into());
        }
        for file in &files {
            match repeat(file, self.n, &mut out, edge) {
                Err(e) if e.path().is_some() => edge.report.error(&e),
                done => done?,
            }
        }
        Ok(())
    }
}

/// A file can be read again; what comes once is kept.
fn repeat(path: &Path, times: u64, out: &mut Output, edge: &Edge) -> Result<()> {
    let again = !is_standard_stream(path) && streams::size_of(path).is_some();
    if again || times == 1 {
        return (0..times).try_for_each(|_| copy(streams::open(path, false)?, path, out));
    }
    let mut kept = Vec::new();
    let most = edge.limits.memory.saturating_add(1);
    let read = streams::open(path, false)?.take(most).read_to_end(&mut kept);
    read.map_err(|e| Error::io("reading the file", e).in_file(path))?;
    edge.limits.check_memory(kept.len() as u64, "a file to be repeated")?;
    (0..times).try_for_each(|_| copy(&kept[..], path, out))
}

fn copy(mut input: impl Read, path: &Path, out: &mut Output) -> Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => {
                out.write_all(&buffer[..n]).map_err(|e| Error::io("writing to standard output", e))?;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::io("reading the file", e).in_file(path)),
        }
    }
}
