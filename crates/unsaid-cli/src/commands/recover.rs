//! `unsaid recover`.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use unsaid::archive::{Recovery, recover};
use unsaid_core::{Error, ErrorKind, Progress, Result};

use super::{input, output, print};
use crate::edge::stoppable::Stoppable;
use crate::edge::{Edge, escape, json, size};
use crate::options::ConflictArgs;

/// Save what is whole in a damaged archive, from one copy or more
///
/// Nothing is decoded: what is whole in one of the copies is taken as it is. If every part is whole
/// in some copy, the result is the original archive.
#[derive(Args, Debug)]
pub(crate) struct RecoverArgs {
    /// The damaged archive, and other copies of it
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The archive made of what is whole
    #[arg(short, long, value_name = "FILE", required = true)]
    output: PathBuf,

    #[command(flatten)]
    conflict: ConflictArgs,

    /// Do not wait for the disk
    #[arg(long)]
    no_sync: bool,
}

impl RecoverArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        if input::is_standard_stream(&self.output) {
            return Err(Error::new(ErrorKind::Usage, "what is recovered goes into a file, not to a pipe"));
        }
        let mut copies = self.files.iter().map(|path| open(path)).collect::<Result<Vec<_>>>()?;
        if let Some(path) = self.files.iter().find(|path| is_same(path, &self.output)) {
            return Err(Error::new(ErrorKind::Usage, "the output is one of the inputs").in_file(path));
        }
        let Some(draft) = output::draft(&self.output, self.conflict.policy(), !self.no_sync, edge)? else {
            return Ok(());
        };
        let path = draft.path().to_owned();
        let meter = edge.meter(format!("recovering {}", input::shown(&self.files[0])));
        meter.begin(copies.iter().map(|file| file.0.metadata().ok().map(|m| m.len())).sum());
        let mut out = BufWriter::with_capacity(1 << 16, draft);
        let recovery =
            recover(&mut copies, &mut out, &edge.limits, &meter).map_err(|e| e.in_file(&self.files[0]))?;
        drop(meter);
        let draft = out.into_inner().map_err(|e| Error::io("writing the archive", e.into_error()))?;
        draft.publish()?;
        self.say(&path, &recovery, edge)
    }

    fn say(&self, path: &Path, recovery: &Recovery, edge: &Edge) -> Result<()> {
        for (copy, damage) in &recovery.damage {
            let name = self.files.get(*copy).map(|path| input::shown(path)).unwrap_or_default();
            edge.report.note(&format!("{name}: {damage}"));
        }
        let summary = &recovery.summary;
        if !recovery.complete {
            let missing: Vec<_> = recovery.missing.iter().take(20).map(u64::to_string).collect();
            let more = if recovery.missing.len() > missing.len() { " and more" } else { "" };
            let which = match missing.is_empty() {
                true => "how much is missing is not known".to_owned(),
                false => format!("records {}{more} are whole in no copy", missing.join(", ")),
            };
            edge.report.warn(&format!("{}: incomplete: {which}", escape::name(path.as_os_str())));
        }
        if edge.json {
            let mut body = json!({ "complete": recovery.complete, "entries": summary.entries,
                "size": summary.bytes, "packed": summary.written, "missing": recovery.missing });
            json::put_path(&mut body, "path", path.as_os_str());
            return print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        let entries = size::entries(summary.entries);
        let shown = escape::name(path.as_os_str());
        edge.report.summary(&format!("{shown}: {entries}, {}", size::bytes(summary.bytes)));
        Ok(())
    }
}

fn open(path: &Path) -> Result<Stoppable> {
    if input::is_standard_stream(path) {
        return Err(Error::new(ErrorKind::Usage, "an archive to recover is read several times: give a file"));
    }
    let opened = File::open(path).map_err(|e| Error::io("opening the archive", e).in_file(path));
    opened.map(Stoppable)
}

fn is_same(a: &Path, b: &Path) -> bool {
    unsaid_core::fs::Source::open(a).is_ok_and(|source| source.same_file_as(b))
}
