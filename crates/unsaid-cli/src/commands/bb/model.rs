//! `unsaid bb model {show|stats|diff|export|import}`: people choose models by looking at them.

use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use unsaid::bb::exchange::{self, Form};
use unsaid::bb::report::{Coverage, Survey, difference};
use unsaid::bb::{Model, Profile};
use unsaid_core::{Error, Result};

use super::streams::{self, Content, OutputArgs, size_of};
use super::{ProfileName, corpus};
use crate::commands::input::shown;
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, escape, json, patterns, size};

/// Look at models, and write them as text
#[derive(Args, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct ModelArgs {
    #[command(subcommand)]
    command: ModelCommand,
}

#[derive(Debug, Subcommand)]
enum ModelCommand {
    Show(ShowArgs),
    Stats(StatsArgs),
    Diff(DiffArgs),
    Export(ExportArgs),
    Import(ImportArgs),
}

/// List the fragments of a model
///
/// For every fragment: its index, the bytes of a reference to it, its own bytes.
#[derive(Args, Debug)]
struct ShowArgs {
    /// The model; - is standard input
    #[arg(value_name = "MODEL")]
    model: PathBuf,
}

/// Say what a model is and, given a test set, what it saves there
///
/// A test set shows more if none of it was in the documents that the model was made from.
#[derive(Args, Debug)]
struct StatsArgs {
    /// The model; - is standard input
    #[arg(value_name = "MODEL")]
    model: PathBuf,

    /// The test set: each file is one document
    #[arg(long, value_name = "FILE", num_args = 1..)]
    on: Vec<PathBuf>,
}

/// Compare the fragments of two models
#[derive(Args, Debug)]
struct DiffArgs {
    /// The two models
    #[arg(value_name = "MODEL", num_args = 2, required = true)]
    models: Vec<PathBuf>,
}

/// Write a model as text or SQL
#[derive(Args, Debug)]
struct ExportArgs {
    /// The model; - is standard input
    #[arg(value_name = "MODEL")]
    model: PathBuf,

    #[command(flatten)]
    as_form: AsArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Make a model of such a text
#[derive(Args, Debug)]
struct ImportArgs {
    /// The text [default: standard input]
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: PathBuf,

    #[command(flatten)]
    as_form: AsArgs,

    #[command(flatten)]
    output: OutputArgs,

    /// How the model is written [default: protocol, or reference for more than 65,536 fragments]
    #[arg(long, value_name = "NAME", value_enum)]
    profile: Option<ProfileName>,
}

#[derive(Args, Debug)]
struct AsArgs {
    /// A fragment a line, or the table of the original's text
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = FormName::Text)]
    form: FormName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormName {
    /// One fragment a line, with \n, \xNN and \\ for what is not printable
    Text,
    /// CREATE TABLE fragment and a row for each
    Sql,
}

impl From<FormName> for Form {
    fn from(name: FormName) -> Self {
        match name {
            FormName::Text => Form::Text,
            FormName::Sql => Form::Sql,
        }
    }
}

impl ModelArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        match self.command {
            ModelCommand::Show(args) => show(&args, &mut out, edge),
            ModelCommand::Stats(args) => stats(&args, &mut out, edge),
            ModelCommand::Diff(args) => diff(&args, &mut out, edge),
            ModelCommand::Export(args) => export(&args, edge),
            ModelCommand::Import(args) => import(&args, edge),
        }
    }
}

fn say(out: &mut impl Write, line: &str) -> Result<()> {
    writeln!(out, "{line}").map_err(printing)
}

fn printing(e: io::Error) -> Error {
    Error::io("writing to standard output", e)
}

/// What a model is, in words or as a line of JSON.
pub(super) fn head(model: &Model, path: &Path, edge: &Edge) -> String {
    let (profile, hash, size) = (model.profile(), model.hash(), model.size());
    let fragments = model.fragments().len();
    if edge.json {
        let mut body = json!({ "format": "bbm", "profile": profile.name(), "hash": format!("{hash:08x}"),
            "fragments": fragments, "packed": size });
        json::put_path(&mut body, "path", path.as_os_str());
        return json::line("archive", body);
    }
    format!(
        "{}: BB model ({profile}), hash {hash:08x}, {fragments} fragments, {}",
        shown(path),
        size::bytes(size)
    )
}

fn show(args: &ShowArgs, out: &mut impl Write, edge: &Edge) -> Result<()> {
    let (model, _) = streams::model(&args.model, edge)?;
    say(out, &head(&model, &args.model, edge))?;
    for (index, fragment) in (0..).zip(model.fragments().iter()) {
        let bytes = model.profile().reference_bytes(index);
        say(out, &row(index, bytes, fragment, edge))?;
    }
    out.flush().map_err(printing)
}

pub(super) fn row(index: u32, reference: Option<u32>, fragment: &[u8], edge: &Edge) -> String {
    if edge.json {
        let mut body = json!({ "index": index, "reference": reference, "size": fragment.len() });
        json::put_name(&mut body, "body", fragment);
        return json::line("entry", body);
    }
    let reference = reference.map_or("-".to_owned(), |n| n.to_string());
    format!("{index:>8} {reference} {:>3}  {}", fragment.len(), escape::bytes(fragment))
}

fn stats(args: &StatsArgs, out: &mut impl Write, edge: &Edge) -> Result<()> {
    let (model, _) = streams::model(&args.model, edge)?;
    let names = args.on.iter().cloned().map(PathBuf::into_os_string).flat_map(patterns::expand);
    let files: Vec<PathBuf> = names.map(PathBuf::from).collect();
    say(out, &head(&model, &args.model, edge))?;
    if files.is_empty() {
        return out.flush().map_err(printing);
    }
    let meter = edge.meter(format!("trying {}", shown(&args.model)));
    unsaid_core::Progress::begin(&meter, files.iter().map(|f| size_of(f)).sum());
    let mut survey = Survey::new(&model, &edge.limits)?;
    for file in &files {
        stop_if_asked()?;
        let added = streams::open(file, false).and_then(|document| survey.add(document, &meter));
        match added {
            Err(e) if corpus::left_out(&e) => {
                edge.report.warn(&format!("{}: left out: {e}", escape::name(file.as_os_str())));
            }
            other => other?,
        }
    }
    drop(meter);
    let coverage = survey.coverage();
    if edge.json {
        say(out, &json::line("summary", in_json(coverage)))?;
    } else {
        in_words(coverage, model.fragments().len(), out)?;
    }
    out.flush().map_err(printing)
}

fn in_json(c: Coverage) -> serde_json::Value {
    json!({ "documents": c.documents, "size": c.bytes, "packed": c.coded, "covered": c.covered,
        "literals": c.literals, "references": c.references, "used": c.used })
}

fn in_words(c: Coverage, fragments: usize, out: &mut impl Write) -> Result<()> {
    let mut line = |key: &str, value: String| say(out, &format!("  {key:<10} {value}"));
    let (from, to) = (size::bytes(c.bytes), size::bytes(c.coded));
    line("documents", c.documents.to_string())?;
    line("size", format!("{from} -> {to} ({})", size::percent(c.coded, c.bytes)))?;
    line(
        "covered",
        format!("{} by fragments ({})", size::bytes(c.covered), size::percent(c.covered, c.bytes)),
    )?;
    let [one, two, three, more] = c.references;
    line("references", format!("{one} of 1 byte, {two} of 2, {three} of 3, {more} of 5"))?;
    line("literals", c.literals.to_string())?;
    line("used", format!("{} of {fragments} fragments", c.used))
}

fn diff(args: &DiffArgs, out: &mut impl Write, edge: &Edge) -> Result<()> {
    let [first, second] = &args.models[..] else { return Ok(()) };
    let (old, new) = (streams::model(first, edge)?.0, streams::model(second, edge)?.0);
    let difference = difference(&old, &new);
    say(out, &head(&old, first, edge))?;
    say(out, &head(&new, second, edge))?;
    let listed = [("-", &old, &difference.removed), ("+", &new, &difference.added)];
    for (sign, model, indices) in listed {
        for &index in indices {
            let fragment = model.fragments().get(index as usize).unwrap_or_default();
            if edge.json {
                let mut body =
                    json!({ "change": if sign == "-" { "removed" } else { "added" }, "index": index });
                json::put_name(&mut body, "body", fragment);
                say(out, &json::line("entry", body))?;
            } else {
                say(out, &format!("{sign} {index:>8}  {}", escape::bytes(fragment)))?;
            }
        }
    }
    let (removed, added) = (difference.removed.len(), difference.added.len());
    let (moved, same) = (difference.moved.len(), difference.same);
    if edge.json {
        let body = json!({ "removed": removed, "added": added, "moved": moved, "same": same });
        say(out, &json::line("summary", body))?;
    } else {
        say(out, &format!("{removed} removed, {added} added, {moved} moved, {same} at the same index"))?;
    }
    out.flush().map_err(printing)
}

fn export(args: &ExportArgs, edge: &Edge) -> Result<()> {
    let (model, _) = streams::model(&args.model, edge)?;
    let Some(mut target) = args.output.open(Content::Any, &[&args.model], edge)? else { return Ok(()) };
    let text = exchange::export(&model, args.as_form.form.into());
    target.write_all(&text).map_err(|e| Error::io("writing the text", e))?;
    target.publish()
}

fn import(args: &ImportArgs, edge: &Edge) -> Result<()> {
    let Some(mut target) = args.output.open(Content::Compressed, &[&args.file], edge)? else { return Ok(()) };
    let mut text = Vec::new();
    let most = edge.limits.memory.saturating_add(1);
    let read = streams::open(&args.file, false)?.take(most).read_to_end(&mut text);
    read.map_err(|e| Error::io("reading the text", e).in_file(&args.file))?;
    edge.limits.check_memory(text.len() as u64, "the text")?;
    let in_file = |e: Error| e.in_file(&args.file);
    let fragments = exchange::import(&text, args.as_form.form.into()).map_err(in_file)?;
    let fits = fragments.len() as u64 <= Profile::Protocol.addressable();
    let default = if fits { Profile::Protocol } else { Profile::Reference };
    let profile = args.profile.map_or(default, Profile::from);
    let model = Model::new(profile, fragments, &edge.limits).map_err(in_file)?;
    model.write(&mut target)?;
    target.publish()
}
