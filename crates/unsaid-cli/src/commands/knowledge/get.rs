//! `unsaid knowledge get`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use unsaid::knowledge::{Files, Reference};
use unsaid_core::{Error, ErrorKind, Result};

use super::named;
use crate::commands::print;
use crate::commands::records::Out;
use crate::edge::{Edge, json, size, stdio};
use crate::options::{PublishArgs, SourcesArgs};

/// Fetch a file into what is kept, by its CID; and write it, if it is to go somewhere
///
/// At most 2 GiB are fetched, or what --max-output says; how long the file is, is known before it is fetched.
#[derive(Args, Debug)]
pub(super) struct GetArgs {
    /// ipfs://CID; or, for what is kept already, how its hash begins
    #[arg(value_name = "REF")]
    name: String,

    /// Write it to this file too; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    publish: PublishArgs,

    // After all others: its heading is that of whatever follows it.
    #[command(flatten)]
    sources: SourcesArgs,
}

impl GetArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let files = Files::of_user()?;
        let (hash, done) = match Reference::parse(self.name.as_ref())? {
            Reference::Cid(cid) => {
                let kept = named::fetch(&files, &cid, Some(&self.sources), edge)?;
                (kept.hash, if kept.added { "added" } else { "is there already" })
            }
            Reference::Hash(digits) => (files.find(&digits)?, "is there already"),
            Reference::File(path) => {
                return Err(Error::new(ErrorKind::Usage, "a file is taken in, not fetched")
                    .in_file(path)
                    .hint("unsaid knowledge put FILE"));
            }
        };
        let mut to_standard = false;
        let size = match &self.output {
            None => std::fs::metadata(files.path(&hash)).map(|m| m.len()).unwrap_or_default(),
            Some(output) => {
                let Some(mut out) = Out::open(output, self.publish.policy(), stdio::content_output, edge)?
                else {
                    return Ok(());
                };
                // Hashed while it goes: it gets its name only if it is what was asked for.
                let size = copy_checked(&files, &hash, &mut out)?;
                to_standard = matches!(out, Out::Standard(_));
                out.publish()?;
                size
            }
        };
        if to_standard {
            return Ok(());
        }
        if edge.json {
            let mut body = json!({ "hash": hash.to_string(), "size": size, "done": done });
            if let Some(output) = &self.output {
                json::put_path(&mut body, "path", Path::new(output).as_os_str());
            }
            return print(format!("{}\n", json::line("knowledge", body)).as_bytes());
        }
        edge.report.summary(&format!("{hash}: {done}, {}", size::bytes(size)));
        Ok(())
    }
}

/// Copies what is kept, and checks that it is what its name says.
fn copy_checked(files: &Files, hash: &unsaid_core::check::Hash, out: &mut dyn Write) -> Result<u64> {
    use std::io::Read;
    let mut from = files.open(hash)?;
    let mut hasher = unsaid_core::check::Hasher::new();
    let mut piece = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        crate::edge::progress::stop_if_asked()?;
        let n = from.read(&mut piece).map_err(|e| Error::io("reading what is kept", e))?;
        let piece = piece.get(..n).unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        hasher.update(piece);
        size += n as u64;
        out.write_all(piece).map_err(|e| Error::io("writing the file", e))?;
    }
    let found = hasher.finish();
    if found == *hash {
        return Ok(size);
    }
    Err(Error::corrupt("what is kept has changed on the disk")
        .found(found)
        .expected(hash)
        .hint("get it again: what is damaged is replaced"))
}
