//! `unsaid records unpack`.

use std::io::BufReader;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use unsaid::records::stream::Reader;
use unsaid::records::{ByteStrings, batch};
use unsaid_core::{Error, Result};

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
        let data = BufReader::with_capacity(1 << 16, source::compressed(&self.file)?);
        let mut reader = Reader::new(data, &edge.limits).map_err(|e| e.in_file(&self.file))?;
        let head = *reader.head();
        let models = self.model.for_stream(&head.model, &edge.limits)?;
        let policy = (self.conflict.policy(), !self.no_sync);
        let Some(mut out) = Out::open(&path, &self.file, policy, stdio::content_output, edge)? else {
            return Ok(());
        };
        let pool = self.threads.pool();
        let meter = edge.meter(format!("decompressing {}", input::shown(&self.file)));
        let mut record = Vec::new();
        let (mut count, mut size, mut more) = (0u64, 0u64, true);
        // One document is held back, because the last may be a line without its line feed.
        let mut held: Option<Vec<u8>> = None;
        while more {
            let mut coded = ByteStrings::new();
            let mut failed = None;
            while more && coded.bytes().len() < BATCH && coded.len() < BATCH_RECORDS {
                match reader.next(&mut record) {
                    Ok(true) => coded.push(&record),
                    Ok(false) => more = false,
                    // What came before the damage is whole, and is given to a pipe.
                    Err(e) => {
                        (more, failed) = (false, Some(e));
                    }
                }
            }
            let coded = Arc::new(coded);
            let bare = Some(head.model);
            let documents = batch::decompress(&models, bare, &coded, &edge.limits, &pool, &meter)
                .map_err(|e| e.in_file(&self.file))?;
            for document in documents.iter() {
                if let Some(before) = held.replace(document.to_vec()) {
                    head.separator.write(&before, false, &mut out)?;
                }
                count += 1;
                size += document.len() as u64;
            }
            edge.limits.check_output(size, "the stream")?;
            if let Some(e) = failed {
                if let Some(last) = held {
                    head.separator.write(&last, false, &mut out)?;
                }
                if let Out::Standard(_) = out {
                    out.publish()?;
                }
                return Err(e.in_file(&self.file));
            }
        }
        let open = reader.index().is_some_and(unsaid::records::stream::Index::ended_open);
        if let Some(last) = held {
            head.separator.write(&last, open, &mut out)?;
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

/// The error for a stream whose records are whole but whose model is not at hand.
pub(super) fn not_decoded(e: Error) -> Error {
    let again = Error::new(e.kind(), format!("the records were not decoded: {e}"));
    match e.hint_text() {
        Some(hint) => again.hint(hint),
        None => again,
    }
}
