//! Looking at what will be packed without reading it: how much it is, and what.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use unsaid_core::{Error, Result};

use crate::commands::input::is_standard_stream;
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, escape, json};

/// Bytes of all files; `None` where that cannot be known beforehand.
pub(super) fn total(paths: &[PathBuf]) -> Option<u64> {
    let mut total = Some(0u64);
    for path in paths {
        if is_standard_stream(path) {
            return None;
        }
        walk(path, &mut |_, found| {
            total = match found {
                Ok(m) if m.is_file() => total.and_then(|t| t.checked_add(m.len())),
                _ => total,
            };
            stop_if_asked()
        })
        .ok()?;
    }
    total
}

/// Prints what would be packed.
pub(super) fn list(paths: &[PathBuf], edge: &Edge) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let printing = |e| Error::io("writing to standard output", e);
    for path in paths.iter().filter(|p| !is_standard_stream(p)) {
        walk(path, &mut |path, found| {
            let name = escape::name(path.as_os_str());
            match found {
                Err(e) => edge.report.warn(&format!("{name}: cannot be read: {e}")),
                Ok(m) => {
                    let size = if m.is_file() { m.len() } else { 0 };
                    let line = if edge.json {
                        let mut body = json!({ "size": size });
                        json::put_path(&mut body, "path", path.as_os_str());
                        json::line("entry", body)
                    } else {
                        format!("{size:>12} {name}{}", if m.is_dir() { "/" } else { "" })
                    };
                    writeln!(out, "{line}").map_err(printing)?;
                }
            }
            stop_if_asked()
        })?;
    }
    out.flush().map_err(printing)
}

type Visit<'a> = dyn FnMut(&Path, io::Result<fs::Metadata>) -> Result<()> + 'a;

/// Visits a path and all beneath it, by name, following nothing. Deep trees need no stack.
fn walk(root: &Path, visit: &mut Visit<'_>) -> Result<()> {
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        let found = path.symlink_metadata();
        let children = match &found {
            Ok(m) if m.is_dir() => fs::read_dir(&path).and_then(Iterator::collect::<io::Result<Vec<_>>>),
            _ => Ok(Vec::new()),
        };
        match children {
            Ok(children) => {
                visit(&path, found)?;
                let mut children: Vec<_> = children.into_iter().map(|entry| entry.path()).collect();
                children.sort_unstable_by(|a, b| b.cmp(a));
                waiting.append(&mut children);
            }
            Err(e) => visit(&path, Err(e))?,
        }
    }
    Ok(())
}
