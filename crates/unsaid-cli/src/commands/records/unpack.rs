//! `unsaid records unpack`.

use std::io::{BufReader, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use unsaid::records::stream::{Reader, Separator};
use unsaid::records::{ByteStrings, batch};
use unsaid_core::{Error, Limits, Result};

use super::ModelArgs;
use super::pack::records;
use super::source::{self, Out};
use crate::commands::{input, print};
use crate::edge::{Edge, json, size, stdio};
use crate::options::{ConflictArgs, ThreadArgs};

/// Bytes of compressed records that are decoded together by all threads.
const BATCH: usize = 1 << 20;

/// And records at most: a compressed record of one byte can be a long document.
const BATCH_RECORDS: usize = 1 << 14;

/// A compressed stream becomes the records again
///
/// The result is called like the input without .unsr, unless -o says otherwise. It gets its name
/// only after the hash of the whole stream was checked.
#[derive(Args, Debug)]
pub(crate) struct UnpackArgs {
    /// The compressed stream; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The records; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    threads: ThreadArgs,

    #[command(flatten)]
    conflict: ConflictArgs,

    /// Do not wait for the disk
    #[arg(long)]
    no_sync: bool,
}

impl UnpackArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let path = match &self.output {
            Some(path) => path.clone(),
            None => source::unpacked_name(&self.file)?,
        };
        super::check_apart([&*path], [Some(&*self.file), self.model.path()].into_iter().flatten())?;
        let data = BufReader::with_capacity(1 << 16, source::compressed(&self.file)?);
        let mut reader = Reader::new(data, &edge.limits).map_err(|e| e.in_file(&self.file))?;
        let head = *reader.head();
        let decompressor = self.model.decompressor(&head, edge);
        let decompressor = decompressor.map_err(|e| super::about(&self.file, e))?;
        let policy = (self.conflict.policy(), !self.no_sync);
        let Some(out) = Out::open(&path, policy, stdio::content_output, edge)? else {
            return Ok(());
        };
        let pool = self.threads.pool();
        let meter = edge.meter(format!("decompressing {}", input::shown(&self.file)));
        let mut lines = Lines { out, separator: head.separator, count: 0, size: 0, limits: &edge.limits };
        let mut record = Vec::new();
        let mut end = Ok(true);
        while matches!(end, Ok(true)) {
            let mut coded = ByteStrings::new();
            while coded.bytes().len() < BATCH && coded.len() < BATCH_RECORDS {
                end = reader.next(&mut record);
                match end {
                    Ok(true) => coded.push(&record),
                    // What came before damage is whole, and is given.
                    _ => break,
                }
            }
            let mut sink = |document: &[u8]| lines.push(document);
            batch::decompress(&decompressor, &Arc::new(coded), &pool, &meter, &mut sink)
                .map_err(|e| e.in_file(&self.file))?;
        }
        let open = reader.index().is_some_and(unsaid::records::stream::Index::ended_open);
        let (count, size) = (lines.count, lines.size);
        let out = lines.finish(open)?;
        if let Err(e) = end {
            if let Out::Standard(_) = out {
                out.publish()?;
            }
            return Err(e.in_file(&self.file));
        }
        drop(meter);
        let to_standard = matches!(out, Out::Standard(_));
        let name = out.publish()?;
        if edge.json && !to_standard {
            let mut body = json!({ "records": count, "size": size, "packed": reader.position() });
            json::put_path(&mut body, "path", std::path::Path::new(&name).as_os_str());
            return print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        if !to_standard {
            edge.report.summary(&format!("{name}: {}, {}", records(count), size::bytes(size)));
        }
        Ok(())
    }
}

/// Writes records as they were. Whether a line was the last, and without its line feed, is known at
/// the end only: so the line feed of each comes with the next.
struct Lines<'a> {
    out: Out,
    separator: Separator,
    count: u64,
    size: u64,
    limits: &'a Limits,
}

impl Lines<'_> {
    fn push(&mut self, document: &[u8]) -> Result<()> {
        self.size += document.len() as u64;
        self.limits.check_output(self.size, "the stream")?;
        if self.count > 0 {
            self.end_line()?;
        }
        self.count += 1;
        self.separator.write(document, true, &mut self.out)
    }

    fn end_line(&mut self) -> Result<()> {
        match self.separator {
            Separator::Lines => self.out.write_all(b"\n").map_err(|e| Error::io("writing a record", e)),
            Separator::Lengths => Ok(()),
        }
    }

    fn finish(mut self, open: bool) -> Result<Out> {
        if self.count > 0 && !open {
            self.end_line()?;
        }
        Ok(self.out)
    }
}

/// The error for a stream whose records are whole but whose model is not at hand.
pub(super) fn not_decoded(e: Error) -> Error {
    let again = Error::new(e.kind(), format!("the records were not decoded: {e}"));
    match e.hint_text() {
        Some(hint) => again.hint(hint),
        None => again,
    }
}
