//! `unsaid records pack`.

use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use unsaid::records::stream::{Head, Index, Splitter, Writer};
use unsaid::records::{ByteStrings, Compressor, Level, Model, batch};
use unsaid_core::{Error, ErrorKind, Result};

use super::source::{self, Out};
use super::{FramingName, LevelName};
use crate::commands::{input, output, print};
use crate::edge::pool::Pool;
use crate::edge::{Edge, json, size, stdio};
use crate::options::{ConflictArgs, ThreadArgs};

/// Bytes of records that are compressed together by all threads.
const BATCH: usize = 4 << 20;

/// What a record counts beyond its bytes: without that, empty ones would never be enough.
const RECORD: usize = 64;

fn is_full(documents: &ByteStrings) -> bool {
    documents.bytes().len().saturating_add(documents.len().saturating_mul(RECORD)) >= BATCH
}

/// A stream of records becomes a compressed stream
///
/// The result is called like the input with .unsr added, unless -o says otherwise.
#[derive(Args, Debug)]
pub(crate) struct PackArgs {
    /// The records; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The compressed stream; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The model: its file, how its hash begins in the store, or its CID
    #[arg(long, value_name = "FILE|HASH|CID", required = true)]
    model: PathBuf,

    /// How small, how fast
    #[arg(long, value_name = "NAME", value_enum, default_value_t = LevelName::Balanced)]
    level: LevelName,

    /// How records are told apart
    #[arg(long, value_name = "HOW", value_enum, default_value_t = FramingName::Lines)]
    framing: FramingName,

    /// Neither model id nor check in each record: 6 bytes less, and damage in one is found only
    /// when all are read
    #[arg(long)]
    bare: bool,

    /// Put the index for random access into this file, not into the stream
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,

    #[command(flatten)]
    threads: ThreadArgs,

    #[command(flatten)]
    conflict: ConflictArgs,

    /// Do not wait for the disk
    #[arg(long)]
    no_sync: bool,
}

/// Head, index and tail of a stream of few records are no sign of a wrong model.
const AROUND: u64 = 256;

/// What went through.
struct Packed {
    index: Index,
    before: u64,
    after: u64,
}

impl PackArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let path = self.output.clone().unwrap_or_else(|| source::packed_name(&self.file));
        let outputs = [Some(&*path), self.index.as_deref()];
        super::check_apart(outputs.into_iter().flatten(), [&*self.file, &*self.model])?;
        let model = super::model(&self.model, edge)?;
        if let Some(report) = model.report().filter(|report| report.is_few()) {
            report.warnings().iter().for_each(|warning| edge.report.note(warning));
        }
        let policy = (self.conflict.policy(), !self.no_sync);
        let Some(out) = Out::open(&path, policy, stdio::compressed_output, edge)? else {
            return Ok(());
        };
        let mut beside = match &self.index {
            Some(path) => match output::draft(path, self.conflict.policy(), !self.no_sync, edge)? {
                Some(draft) => Some(draft),
                None => return Ok(()),
            },
            None => None,
        };
        let (out, packed) = self.pack(&model, out, edge).map_err(|e| e.in_file(&self.file))?;
        if let Some(draft) = &mut beside {
            let written = draft.write_all(&packed.index.write());
            written.map_err(|e| Error::io("writing the index", e))?;
        }
        let to_standard = matches!(out, Out::Standard(_));
        // The stream first: a new index beside an old stream would be of no use.
        let name = out.publish()?;
        if let Some(draft) = beside {
            draft.publish()?;
        }
        self.say(&name, to_standard, &packed, edge)
    }

    fn pack(&self, model: &Model, out: Out, edge: &Edge) -> Result<(Out, Packed)> {
        let level = Level::from(self.level);
        let head = Head { separator: self.framing.into(), bare: self.bare, model: model.id() };
        let compressor = Compressor::new(model, level, head.framing())?;
        let reader = BufReader::with_capacity(1 << 16, source::plain(&self.file)?);
        let mut splitter = Splitter::new(reader, head.separator);
        let mut writer = Writer::new(Counting { out, bytes: 0 }, &head)?;
        let pool: Pool = self.threads.pool();
        let meter = edge.meter(format!("compressing {}", input::shown(&self.file)));
        let mut record = Vec::new();
        let mut more = true;
        let mut before = 0u64;
        while more {
            let mut documents = ByteStrings::new();
            while more && !is_full(&documents) {
                more = splitter.next(&mut record)?;
                if more {
                    documents.push(&record);
                    before += record.len() as u64;
                }
            }
            let mut sink = |record: &[u8]| writer.push(record);
            batch::compress(&compressor, &Arc::new(documents), &pool, &meter, &mut sink)?;
        }
        let (counting, index) = writer.finish(splitter.ended_open(), self.index.is_some())?;
        Ok((counting.out, Packed { index, before, after: counting.bytes }))
    }

    fn say(&self, name: &str, to_standard: bool, packed: &Packed, edge: &Edge) -> Result<()> {
        let Packed { index, before, after } = packed;
        if *after > before + AROUND {
            edge.report.note(&format!(
                "{name} is larger than its records: the model was trained on others, or they are too small for \
                 their 6 bytes of id and check (--bare)"
            ));
        }
        if edge.json && !to_standard {
            let mut body = json!({ "records": index.records(), "size": before, "packed": after });
            json::put_path(&mut body, "path", Path::new(name).as_os_str());
            return print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        edge.report.summary(&format!(
            "{name}: {}, {} -> {} ({})",
            records(index.records()),
            size::bytes(*before),
            size::bytes(*after),
            size::percent(*after, *before)
        ));
        Ok(())
    }
}

/// `1 record`, `2 records`.
pub(super) fn records(n: u64) -> String {
    if n == 1 { "1 record".to_owned() } else { format!("{n} records") }
}

/// Counts what it passes on.
struct Counting {
    out: Out,
    bytes: u64,
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// Kept beside the stream that it belongs to, an index of another one is of no use.
pub(super) fn of_other_stream() -> Error {
    Error::new(ErrorKind::Corrupt, "the index belongs to another stream")
        .hint("make it again: unsaid records pack --index FILE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c1_empty_records_fill_a_batch_too() {
        let mut documents = ByteStrings::new();
        while !is_full(&documents) {
            assert!(documents.len() < BATCH / RECORD);
            documents.push(b"");
        }
        let mut documents = ByteStrings::new();
        documents.push(&vec![0; BATCH]);
        assert!(is_full(&documents));
    }
}
