//! What `unsaid info`, `list` and `test` say of BB's files, which have no magic number.
//!
//! A model is recognised because all of it must be read and have the hash that it opens with; that is
//! tried once nothing else fits. A document is recognised only if it is said to be one.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

use serde_json::json;
use unsaid::bb::Model;
use unsaid_core::{Error, ErrorKind, Limits, Result};

use super::model::{head, row};
use super::streams;
use crate::commands::input::{seal_beside, shown};
use crate::commands::print;
use crate::edge::stoppable::Stoppable;
use crate::edge::{Edge, json, size};

/// The model that a file is, where it was found to be in none of the formats with a magic number.
pub(crate) fn recognised(path: &Path, error: &Error, limits: &Limits) -> Option<Model> {
    if error.kind() != ErrorKind::NotThisFormat || streams::size_of(path).is_none() {
        return None;
    }
    let file = File::open(path).ok()?;
    Model::read(BufReader::new(Stoppable(file)), limits).ok()
}

/// `unsaid info` on a model.
pub(crate) fn model(path: &Path, model: &Model, edge: &Edge) -> Result<()> {
    if edge.json {
        return print(format!("{}\n", head(model, path, edge)).as_bytes());
    }
    let fragments = model.fragments();
    let bytes = size::bytes(fragments.bytes().len() as u64);
    let text = format!(
        "{}\n  format    bbm\n  profile   {}\n  hash      {:08x}\n  fragments {} ({bytes})\n  size      {}\n  \
         checks    the hash of its fragments\n",
        shown(path),
        model.profile(),
        model.hash(),
        fragments.len(),
        size::bytes(model.size()),
    );
    print(text.as_bytes())
}

/// `unsaid info --format bbm`: the errors are the model's own.
pub(crate) fn model_in(path: &Path, edge: &Edge) -> Result<()> {
    let (read, _) = streams::model(path, edge)?;
    model(path, &read, edge)
}

/// `unsaid info --format bb`: without its model a document tells little more than which that is.
pub(crate) fn document_in(path: &Path, edge: &Edge) -> Result<()> {
    let mut input = streams::open(path, true)?;
    let mut start = Vec::new();
    let reading = |e| Error::io("reading the document", e).in_file(path);
    input.by_ref().take(4).read_to_end(&mut start).map_err(reading)?;
    let hash: [u8; 4] = start.as_slice().try_into().map_err(|_| {
        Error::truncated("the head of the document")
            .found(format!("{} bytes", start.len()))
            .expected("4, the hash of its model")
    })?;
    let hash = u32::from_le_bytes(hash);
    let bytes = 4 + std::io::copy(&mut input, &mut std::io::sink()).map_err(reading)?;
    let sealed = seal_beside(path, &edge.limits)?.is_some();
    let checks = if sealed { "the seal beside it" } else { "none: the format has no room for any" };
    if edge.json {
        let mut body = json!({ "format": "bb", "model": format!("{hash:08x}"), "packed": bytes,
            "sealed": sealed, "checks": checks });
        json::put_path(&mut body, "path", path.as_os_str());
        return print(format!("{}\n", json::line("archive", body)).as_bytes());
    }
    let size = size::bytes(bytes);
    let text = format!(
        "{}\n  format    bb\n  model     {hash:08x} (the hash of its fragments)\n  packed    {size}\n  \
         checks    {checks}\n",
        shown(path)
    );
    print(text.as_bytes())
}

/// `unsaid list` on a model: its fragments.
pub(crate) fn list(path: &Path, model: &Model, out: &mut impl Write, edge: &Edge) -> Result<()> {
    let mut text = head(model, path, edge) + "\n";
    for (index, fragment) in (0..).zip(model.fragments().iter()) {
        text += &row(index, model.profile().reference_bytes(index), fragment, edge);
        text.push('\n');
    }
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|e| Error::io("writing to standard output", e))
}

/// `unsaid test` on a model: reading it was the test.
pub(crate) fn tested(path: &Path, model: &Model, edge: &Edge) -> Result<()> {
    const PROVEN: &str = "the hash of its fragments";
    if edge.json {
        let mut body = json!({ "whole": true, "fragments": model.fragments().len(), "proven": PROVEN });
        json::put_path(&mut body, "path", path.as_os_str());
        return print(format!("{}\n", json::line("summary", body)).as_bytes());
    }
    let count = model.fragments().len();
    edge.report.summary(&format!("{}: ok: BB model, {count} fragments: {PROVEN}", shown(path)));
    Ok(())
}
