//! `unsaid info`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use unsaid::archive::{Contents, EntryKind, Method, Verifier, read_stream};
use unsaid::paq9a::Reader;
use unsaid_core::{Inline, Result, Silent};

use super::bb::about;
use super::input::{self, Input, Nothing};
use super::{piz, print, records, zipfs};
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, json, size};

/// Say what a file is: its format, its methods, how much is in it, what decoding needs
#[derive(Args, Debug)]
pub(crate) struct InfoArgs {
    /// Files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Pass over bytes after the end of the archive
    #[arg(long)]
    ignore_trailing: bool,

    /// What the files are, for formats without a magic number
    #[arg(long, value_name = "NAME", value_enum)]
    format: Option<FormatName>,
}

/// Formats that no first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// A document under a BB model
    Bb,
    /// A BB model
    Bbm,
}

impl InfoArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        for file in &self.files {
            match self.one(file, edge) {
                Ok(()) => {}
                Err(e) => edge.report.error_in(&e, file),
            }
            stop_if_asked()?;
        }
        Ok(())
    }

    fn one(&self, file: &Path, edge: &Edge) -> Result<()> {
        match self.format {
            Some(FormatName::Bb) => return about::document_in(file, edge),
            Some(FormatName::Bbm) => return about::model_in(file, edge),
            None => {}
        }
        let opened = match input::open(file, &edge.limits) {
            Ok(opened) => opened,
            Err(e) => {
                let model = about::recognised(file, &e, &edge.limits).ok_or(e)?;
                return about::model(file, &model, edge);
            }
        };
        match opened {
            Input::Ff(archive) => self.ff(file, archive.contents(), edge),
            Input::Records(what) => records::info(file, what, edge),
            Input::Blocks(what) => zipfs::info(file, what, edge),
            Input::Piz(data) => piz::info(file, data, edge),
            Input::FfStream(data) => {
                let mut sink = Nothing(Verifier::default());
                let contents = read_stream(data, &mut sink, &edge.limits, &Inline, &Silent)?;
                self.ff(file, &contents, edge)
            }
            Input::Paq9a(data) => {
                let mut reader = Reader::new(data, &edge.limits)?;
                let (mut entries, mut bytes, mut packed) = (0u64, 0u64, 5u64);
                while reader.next_entry()?.is_some() {
                    stop_if_asked()?;
                    let sizes = reader.list_entry()?;
                    entries += 1;
                    bytes = bytes.saturating_add(sizes.size);
                    packed = packed.saturating_add(sizes.packed);
                }
                let sealed = input::seal_beside(file, &edge.limits)?.is_some();
                let body = json!({ "format": "paq9a", "level": reader.level().get(), "entries": entries,
                    "size": bytes, "packed": packed, "memory": reader.level().memory(), "sealed": sealed,
                    "checks": if sealed { "the seal beside it" } else { "none: the format has no room for any" } });
                say(file, body, edge)
            }
        }
    }

    fn ff(&self, file: &Path, contents: &Contents, edge: &Edge) -> Result<()> {
        let mut kinds = BTreeMap::<&str, u64>::new();
        let mut bytes = 0u64;
        for entry in &contents.entries {
            *kinds.entry(entry.meta.kind.name()).or_default() += 1;
            if entry.meta.kind == EntryKind::File {
                bytes = bytes.saturating_add(entry.size);
            }
        }
        let mut methods = BTreeMap::<String, (u64, u64, u64)>::new();
        let (mut packed, mut memory) = (0u64, 0u64);
        for group in &contents.groups {
            let (count, from, to) = methods.entry(method_name(group.method)).or_default();
            *count += 1;
            *from = from.saturating_add(group.raw_length());
            *to = to.saturating_add(group.payload_length);
            packed = packed.saturating_add(group.payload_length);
            let around = group.raw_length().saturating_add(group.payload_length);
            memory = memory.max(group.method.memory().saturating_add(around));
        }
        let methods: Vec<Value> = methods
            .into_iter()
            .map(|(name, (groups, size, packed))| json!({ "method": name, "groups": groups, "size": size, "packed": packed }))
            .collect();
        let body = json!({ "format": "ff", "id": format!("{:016x}", contents.id),
            "root": contents.root.map(|h| h.to_string()), "kinds": kinds,
            "entries": contents.entries.len(), "size": bytes, "packed": packed, "memory": memory,
            "groups": methods, "problems": contents.problems.len(),
            "checks": "CRC32 of every chunk, BLAKE3 of every file and of the index" });
        say(file, body, edge)?;
        input::report_problems(edge, file, &contents.problems);
        input::report_problems(edge, file, &input::trailing(edge, file, contents, self.ignore_trailing));
        Ok(())
    }
}

fn method_name(method: Method) -> String {
    match method {
        Method::Paq9a(level) => format!("{} -{}", method.name(), level.get()),
        Method::Store => method.name().to_owned(),
    }
}

/// The same facts for a program and for a person.
fn say(file: &Path, mut body: Value, edge: &Edge) -> Result<()> {
    if edge.json {
        json::put_path(&mut body, "path", file.as_os_str());
        return print(format!("{}\n", json::line("archive", body)).as_bytes());
    }
    let number = |key: &str| body[key].as_u64().unwrap_or(0);
    let mut text = String::new();
    let mut line = |key: &str, value: String| text.push_str(&format!("  {key:<9} {value}\n"));
    line("format", body["format"].as_str().unwrap_or_default().to_owned());
    if let Some(level) = body["level"].as_u64() {
        line("level", level.to_string());
    }
    let kinds = body["kinds"].as_object().into_iter().flatten().map(|(kind, n)| format!("{kind} {n}"));
    let kinds: Vec<_> = kinds.collect();
    let detail = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    line("entries", format!("{}{detail}", number("entries")));
    let (from, to) = (number("size"), number("packed"));
    line("size", format!("{} -> {} ({})", size::bytes(from), size::bytes(to), size::percent(to, from)));
    for group in body["groups"].as_array().into_iter().flatten() {
        let count = |key: &str| group[key].as_u64().unwrap_or(0);
        let (from, to) = (size::bytes(count("size")), size::bytes(count("packed")));
        let method = group["method"].as_str().unwrap_or_default();
        line("method", format!("{method}: {} groups, {from} -> {to}", count("groups")));
    }
    line("memory", format!("{} to decode", size::bytes(number("memory"))));
    line("checks", body["checks"].as_str().unwrap_or_default().to_owned());
    for key in ["id", "root"] {
        if let Some(value) = body[key].as_str() {
            line(key, value.to_owned());
        }
    }
    print(format!("{}\n{text}", input::shown(file)).as_bytes())
}
