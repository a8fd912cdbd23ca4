//! Files that are written are none that are read, and no two of them are one.

use std::path::{Path, PathBuf};

use unsaid_core::fs::Source;
use unsaid_core::{Error, ErrorKind, Result};

use crate::commands::input::is_standard_stream;

/// Looks at all outputs before any work: with `--force` one would take the place of an input, or of
/// another output.
///
/// # Errors
/// `Usage` where an output leads to an input or to another output: the same name, or a link.
pub(crate) fn check<'a>(
    outputs: impl IntoIterator<Item = &'a Path>,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<()> {
    let outputs: Vec<_> = outputs.into_iter().filter(|path| !is_standard_stream(path)).collect();
    for input in inputs.into_iter().filter(|path| !is_standard_stream(path)) {
        if let Some(output) = outputs.iter().find(|output| is_same(input, output)) {
            return Err(Error::new(ErrorKind::Usage, "the output is one of the inputs")
                .in_file(output)
                .hint("choose another name for it"));
        }
    }
    for (i, output) in outputs.iter().enumerate() {
        if outputs.iter().skip(i + 1).any(|other| is_same(output, other) || place(output) == place(other)) {
            return Err(Error::new(ErrorKind::Usage, "two outputs are one file")
                .in_file(output)
                .hint("give each a name of its own"));
        }
    }
    Ok(())
}

/// Whether both are there and one file. A named pipe is not opened: that would wait for its writer.
fn is_same(a: &Path, b: &Path) -> bool {
    a.is_file() && Source::open(a).is_ok_and(|source| source.same_file_as(b))
}

/// Where a file with this name would come to be.
fn place(path: &Path) -> PathBuf {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match (parent.canonicalize(), path.file_name()) {
        (Ok(parent), Some(name)) => parent.join(name),
        _ => path.to_owned(),
    }
}
