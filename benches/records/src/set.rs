//! A set: a directory with `train` and `test`, one file a document.

use std::fs;
use std::path::{Path, PathBuf};

use crate::codec::Result;

/// Reads every file of `dir/part`, in the order of their names.
pub fn documents(dir: &Path, part: &str) -> Result<Vec<Vec<u8>>> {
    let dir = dir.join(part);
    let entries = fs::read_dir(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut paths: Vec<PathBuf> = entries.map(|e| e.map(|e| e.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    let docs: Vec<Vec<u8>> =
        paths.iter().filter(|p| p.is_file()).map(fs::read).collect::<std::io::Result<_>>()?;
    if docs.is_empty() {
        return Err(format!("{}: no documents", dir.display()).into());
    }
    Ok(docs)
}

/// The name of a set: its directory's.
pub fn name(dir: &Path) -> String {
    dir.file_name().unwrap_or(dir.as_os_str()).to_string_lossy().into_owned()
}
