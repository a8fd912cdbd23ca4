//! What `info`, `list` and `test` say of models and streams of records.

use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use unsaid::records::stream::Reader;
use unsaid::records::{ByteStrings, Decompressor, Level, Model, batch};
use unsaid_core::{ErrorKind, Progress, Result, Workers};

use super::ModelArgs;
use super::pack::records;
use super::unpack::not_decoded;
use crate::commands::train::levels;
use crate::commands::{input, print};
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, json, size};
use unsaid::store::read_model;

/// One of the two formats, as it comes.
pub(crate) enum Records {
    Model(Box<dyn Read>),
    Stream(Box<dyn Read>),
}

/// `unsaid info`.
pub(crate) fn info(file: &Path, what: Records, edge: &Edge) -> Result<()> {
    match what {
        Records::Model(data) => {
            let model = Model::load(&read_model(data, &edge.limits)?, &edge.limits)?;
            say_model(file, &model, edge)
        }
        Records::Stream(data) => {
            let (body, _) = walk(data, &mut |_| Ok(()), edge)?;
            let mut text = format!("{}\n", input::shown(file));
            let mut line = |key: &str, value: &Value| {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                text.push_str(&format!("  {key:<9} {value}\n"));
            };
            for key in ["format", "records", "framing", "packed", "model", "index", "checks"] {
                line(key, &body[key]);
            }
            say(file, body.clone(), text, edge)
        }
    }
}

/// `unsaid list`: there are no names to list, so it is what `info` says.
pub(crate) fn list(file: &Path, what: Records, edge: &Edge) -> Result<()> {
    info(file, what, edge)
}

/// `unsaid test`; gives the summary of what was proven.
pub(crate) fn test(
    file: &Path,
    what: Records,
    named: &ModelArgs,
    (workers, progress): (&dyn Workers, &dyn Progress),
    edge: &Edge,
) -> Result<()> {
    let shown = input::shown(file);
    match what {
        Records::Model(data) => {
            let model = Model::load(&read_model(data, &edge.limits)?, &edge.limits)?;
            model.prime()?;
            let body = json!({ "whole": true, "id": model.id().to_string(), "proven": MODEL_PROVEN });
            say_tested(file, body, &format!("{shown}: ok: model {}: {MODEL_PROVEN}", model.id()), edge)
        }
        Records::Stream(data) => {
            let mut decompressor: Option<Decompressor> = None;
            let mut batch = ByteStrings::new();
            let mut bytes = 0u64;
            let mut reader = Reader::new(BufReader::with_capacity(1 << 16, data), &edge.limits)?;
            let found = named.decompressor(reader.head(), edge);
            let missing = match found {
                Ok(found) => {
                    decompressor = Some(found);
                    None
                }
                Err(e) if e.kind() == ErrorKind::Missing => Some(e),
                Err(e) => return Err(e),
            };
            let mut record = Vec::new();
            loop {
                let more = reader.next(&mut record)?;
                if let Some(decompressor) = &decompressor {
                    if more {
                        batch.push(&record);
                    }
                    if batch.len() == 1 << 14 || batch.bytes().len() > 1 << 20 || !more {
                        let coded = Arc::new(std::mem::take(&mut batch));
                        let mut count = |document: &[u8]| {
                            bytes += document.len() as u64;
                            edge.limits.check_output(bytes, "the stream")
                        };
                        batch::decompress(decompressor, &coded, workers, progress, &mut count)?;
                    }
                }
                if !more {
                    break;
                }
                stop_if_asked()?;
            }
            let count = reader.index().map_or(0, unsaid::records::stream::Index::records);
            if let Some(e) = missing {
                return Err(not_decoded(e));
            }
            let body = json!({ "whole": true, "records": count, "size": bytes, "proven": STREAM_PROVEN });
            let text = format!("{shown}: ok: {}, {}: {STREAM_PROVEN}", records(count), size::bytes(bytes));
            say_tested(file, body, &text, edge)
        }
    }
}

const MODEL_PROVEN: &str = "BLAKE3 of the file; every level can be used";
const STREAM_PROVEN: &str = "BLAKE3 of the stream and of its index; every record decodes";

fn say_tested(file: &Path, mut body: Value, text: &str, edge: &Edge) -> Result<()> {
    if edge.json {
        json::put_path(&mut body, "path", file.as_os_str());
        return print(format!("{}\n", json::line("summary", body)).as_bytes());
    }
    edge.report.summary(text);
    Ok(())
}

/// Reads a stream to its end, which checks it.
fn walk(data: Box<dyn Read>, each: &mut dyn FnMut(&[u8]) -> Result<()>, edge: &Edge) -> Result<(Value, u64)> {
    let mut reader = Reader::new(BufReader::with_capacity(1 << 16, data), &edge.limits)?;
    let mut record = Vec::new();
    let mut count = 0;
    while reader.next(&mut record)? {
        each(&record)?;
        count += 1;
        stop_if_asked()?;
    }
    let inside = reader.index().is_some_and(unsaid::records::stream::Index::is_complete);
    let body = json!({ "format": "records", "records": count, "framing": reader.head().separator.name(),
        "packed": reader.position(), "model": reader.head().model.to_string(),
        "index": if inside { "in the stream" } else { "in another file" },
        "checks": "BLAKE3 of the stream and of its index" });
    Ok((body, count))
}

fn say_model(file: &Path, model: &Model, edge: &Edge) -> Result<()> {
    let names: Vec<_> = model.levels().map(Level::name).collect();
    let mut body = json!({ "format": "records model", "id": model.id().to_string(),
        "packed": model.file_bytes(), "levels": names });
    let mut text = format!(
        "{}\n  format    records model\n  id        {}\n  size      {}\n  levels    {}\n",
        input::shown(file),
        model.id(),
        size::bytes(model.file_bytes() as u64),
        names.join(", "),
    );
    if let Some(report) = model.report() {
        body["trained"] = json!(report.trained_bytes);
        body["held"] = json!({ "documents": report.held_documents, "size": report.held_bytes,
            "levels": levels(&report.levels) });
        text.push_str(&format!("  trained   on {}\n", size::bytes(report.trained_bytes)));
        for level in &report.levels {
            let percent = size::percent(level.bytes, report.held_bytes);
            text.push_str(&format!("  {:<9} leaves {percent} of documents held back\n", level.level.name()));
        }
    }
    say(file, body, text, edge)
}

fn say(file: &Path, mut body: Value, text: String, edge: &Edge) -> Result<()> {
    if edge.json {
        json::put_path(&mut body, "path", file.as_os_str());
        return print(format!("{}\n", json::line("archive", body)).as_bytes());
    }
    print(text.as_bytes())
}
