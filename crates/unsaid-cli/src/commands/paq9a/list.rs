//! `unsaid paq9a l`.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use clap::Args;
use serde_json::json;
use unsaid::paq9a::{Entry, Modes, Reader, Sizes};
use unsaid_core::{Error, Result};

use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, escape, json, size};

/// List the contents of an archive
///
/// For every file: its size, the bytes it takes in the archive, how it is stored (c, s), its name.
#[derive(Args, Debug)]
pub(super) struct ListArgs {
    /// The archive
    #[arg(value_name = "ARCHIVE")]
    archive: OsString,

    /// Any extra arguments are ignored
    #[arg(value_name = "IGNORED", allow_hyphen_values = true)]
    ignored: Vec<OsString>,
}

impl ListArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        if !self.ignored.is_empty() {
            edge.report.detail(&format!("{} extra arguments ignored", self.ignored.len()));
        }
        let in_archive = |e: Error| e.in_file(&self.archive);
        let file = File::open(&self.archive).map_err(|e| in_archive(Error::io("opening the archive", e)))?;
        let mut reader = Reader::new(file, &edge.limits).map_err(in_archive)?;
        let mut out = BufWriter::new(io::stdout().lock());
        // What could be read is listed, whatever comes after it.
        let listed = list(&mut reader, &mut out, edge.json);
        out.flush().map_err(printing)?;
        listed.map_err(|e| if e.path().is_none() { in_archive(e) } else { e })
    }
}

fn list(reader: &mut Reader<File>, out: &mut impl Write, json: bool) -> Result<()> {
    let level = reader.level().get();
    let header = json!({ "format": "paq9a", "level": level, "memory": reader.level().memory() });
    print(out, json.then(|| json::line("archive", header)))?;
    print(out, (!json).then(|| format!("{:>12} {:>12} mode name (level {level})", "size", "packed")))?;
    let (mut count, mut total) = (0u64, Sizes::default());
    while let Some(entry) = reader.next_entry()? {
        stop_if_asked()?;
        let sizes = reader.list_entry()?;
        print(out, Some(if json { json_line(&entry, sizes) } else { row(&entry, sizes) }))?;
        count += 1;
        total.size = total.size.saturating_add(sizes.size);
        total.packed = total.packed.saturating_add(sizes.packed);
    }
    let summary = json!({ "entries": count, "size": total.size, "packed": total.packed });
    print(out, json.then(|| json::line("summary", summary)))?;
    print(
        out,
        (!json).then(|| format!("{:>12} {:>12}      {}", total.size, total.packed, size::files(count))),
    )
}

fn print(out: &mut impl Write, line: Option<String>) -> Result<()> {
    line.map_or(Ok(()), |line| writeln!(out, "{line}").map_err(printing))
}

fn printing(e: io::Error) -> Error {
    Error::io("writing to standard output", e)
}

fn row(entry: &Entry, sizes: Sizes) -> String {
    let name = escape::bytes(&entry.name);
    format!("{:>12} {:>12} {:<4} {name}", sizes.size, sizes.packed, letters(sizes.modes))
}

fn json_line(entry: &Entry, sizes: Sizes) -> String {
    let mut body = json!({ "size": sizes.size, "packed": sizes.packed, "mode": letters(sizes.modes) });
    json::put_name(&mut body, "path", &entry.name);
    json::line("entry", body)
}

/// The modes of an entry's blocks; every file of the original program has one.
fn letters(modes: Modes) -> &'static str {
    match (modes.compressed, modes.stored) {
        (true, true) => "cs",
        (true, false) => "c",
        (false, true) => "s",
        (false, false) => "-",
    }
}
