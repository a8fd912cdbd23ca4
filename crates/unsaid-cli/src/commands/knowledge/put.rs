//! `unsaid knowledge put`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use unsaid::knowledge::{About, Files};
use unsaid_core::{Error, ErrorKind, Progress, Result};

use super::named;
use crate::commands::{input, print};
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, escape, json, size};

/// Take in files, pinned, and print their hashes and CIDs
#[derive(Args, Debug)]
pub(super) struct PutArgs {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl PutArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let kept = Files::of_user()?;
        for file in &self.files {
            match one(file, &kept, edge) {
                Ok(()) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => return Err(e),
                Err(e) => edge.report.error_in(&e, file),
            }
            stop_if_asked()?;
        }
        Ok(())
    }
}

fn one(file: &Path, files: &Files, edge: &Edge) -> Result<()> {
    // It is read several times.
    if !std::fs::metadata(file).map_err(|e| Error::io("cannot be read", e))?.is_file() {
        return Err(Error::new(ErrorKind::Usage, "only files are taken in").found("something else"));
    }
    let meter = edge.meter(format!("taking in {}", input::shown(file)));
    meter.begin(None);
    // Until it is pinned nobody may collect it.
    let _adding = files.adding(&meter)?;
    let kept = files.keep(file, &meter)?;
    let kind = named::kind(&files.path(&kept.hash))?;
    let origin = file.file_name().unwrap_or_default();
    let origin = escape::bytes(origin.as_encoded_bytes());
    files.set_about(&kept.hash, &About { kind: kind.clone(), cid: Some(kept.cid), origin })?;
    files.pin(&kept.hash)?;
    drop(meter);
    let done = if kept.added { "added" } else { "is there already" };
    if edge.json {
        let mut body = json!({ "hash": kept.hash.to_string(), "cid": kept.cid.to_string(), "size": kept.size,
            "kind": kind, "pinned": true, "done": done });
        json::put_path(&mut body, "path", file.as_os_str());
        return print(format!("{}\n", json::line("knowledge", body)).as_bytes());
    }
    edge.report.detail(&format!("{}: {done}, {}", input::shown(file), size::bytes(kept.size)));
    print(format!("{}  ipfs://{}\n", kept.hash, kept.cid).as_bytes())
}
