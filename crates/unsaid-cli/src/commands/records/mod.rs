//! `unsaid records`: many small documents against one trained model.

mod apart;
mod get;
mod models;
mod pack;
mod retrain;
mod show;
mod source;
mod unpack;

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use unsaid::knowledge::Reference;
use unsaid::records::stream::{Head, Separator};
use unsaid::records::{Decompressor, Level, Model, ModelId};
use unsaid::store::{self, Store};
use unsaid_core::{Error, ErrorKind, Limits, Result};

use crate::commands::knowledge;
use crate::edge::Edge;

pub(crate) use apart::check as check_apart;
pub(crate) use show::{Records, info, list, test};
pub(crate) use source::{Out, compressed, opened, plain};

/// Compress many small documents against one trained model
///
/// Make the model first: `unsaid train records DATA -o MODEL.unsm`. A record is a line, or whatever
/// a length stands before; each is compressed alone, so that any of them can be got alone.
#[derive(Args, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct RecordsArgs {
    #[command(subcommand)]
    command: RecordsCommand,
}

#[derive(Debug, Subcommand)]
enum RecordsCommand {
    Pack(pack::PackArgs),
    Unpack(unpack::UnpackArgs),
    Get(get::GetArgs),
    Retrain(retrain::RetrainArgs),
    Models(models::ModelsArgs),
}

impl RecordsArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        match self.command {
            RecordsCommand::Pack(args) => args.run(edge),
            RecordsCommand::Unpack(args) => args.run(edge),
            RecordsCommand::Get(args) => args.run(edge),
            RecordsCommand::Retrain(args) => args.run(edge),
            RecordsCommand::Models(args) => args.run(edge),
        }
    }
}

/// `--model FILE|HASH|CID`, where the input does not say which.
#[derive(Args, Clone, Debug)]
pub(crate) struct ModelArgs {
    /// The model: its file, how its hash begins in the store, or its CID
    #[arg(long, value_name = "FILE|HASH|CID")]
    model: Option<PathBuf>,
}

impl ModelArgs {
    /// What was named, be it a file or not.
    fn path(&self) -> Option<&Path> {
        self.model.as_deref()
    }

    /// The model that was named.
    pub(super) fn named(&self, edge: &Edge) -> Result<Option<Model>> {
        self.model.as_deref().map(|name| model(name, edge)).transpose()
    }

    /// What decodes a stream that begins like this: with the model that was named, or else with the one
    /// that the stream names, from the store.
    pub(super) fn decompressor(&self, head: &Head, edge: &Edge) -> Result<Decompressor> {
        let id = &head.model;
        let model = match self.named(edge)? {
            Some(model) if model.id() == *id => model,
            Some(model) => {
                return Err(Error::new(
                    ErrorKind::Missing,
                    format!("needs model {id}, which is not at hand"),
                )
                .found(format!("another one: {}", model.id()))
                .hint("name the file of the right one with --model"));
            }
            None => Store::of_user()?.load(id, &edge.limits).map_err(|e| of_stream(e, id))?,
        };
        Ok(Decompressor::of_one(&model, head.framing(), &edge.limits))
    }
}

/// The error for a model that is not in the store, without the folder of the store: it is the stream
/// that has a problem, and whoever has its name adds that.
fn of_stream(e: Error, id: &ModelId) -> Error {
    if e.kind() != ErrorKind::Missing {
        return e;
    }
    let again = Error::new(e.kind(), format!("needs model {id}, which is not in the store"));
    match e.hint_text() {
        Some(hint) => again.hint(hint),
        None => again,
    }
}

/// Puts an error into this file, unless it says which it is about: a model.
fn about(path: &Path, e: Error) -> Error {
    if e.path().is_none() { e.in_file(path) } else { e }
}

/// The model in this file, or in the store under a hash that begins like this, or with this CID.
pub(super) fn model(name: &Path, edge: &Edge) -> Result<Model> {
    let limits = &edge.limits;
    match Reference::parse(name.as_os_str()) {
        Ok(Reference::Hash(digits)) => {
            let store = Store::of_user()?;
            store.load(&store.find(&digits)?, limits)
        }
        Ok(Reference::File(path)) => {
            let file = opened(&path).map_err(|e| Error::io("opening the model", e).in_file(&path))?;
            read_model(file, limits).map_err(|e| e.in_file(&path))
        }
        Ok(Reference::Cid(_)) => {
            read_model(knowledge::open(name, edge)?, limits).map_err(|e| e.in_file(name))
        }
        Err(e) if e.kind() == ErrorKind::Missing => Err(Error::new(
            ErrorKind::Missing,
            "there is no such model",
        )
        .in_file(name)
        .hint(
            "see which are kept: unsaid records models; train one: unsaid train records DATA -o MODEL.unsm",
        )),
        Err(e) => Err(e),
    }
}

fn read_model(file: impl Read, limits: &Limits) -> Result<Model> {
    Model::load(&store::read_model(file, limits)?, limits)
}

/// A level by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LevelName {
    /// Decodes as fast as memory is copied
    Fast,
    /// Far smaller, and still fast
    Balanced,
    /// The smallest; about a second for a megabyte both ways
    Small,
}

impl From<LevelName> for Level {
    fn from(name: LevelName) -> Level {
        match name {
            LevelName::Fast => Level::Fast,
            LevelName::Balanced => Level::Balanced,
            LevelName::Small => Level::Small,
        }
    }
}

/// How records are told apart in one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FramingName {
    /// A line is a record
    Lines,
    /// Before each record stands its length: 32 bits, little-endian
    Lengths,
}

impl From<FramingName> for Separator {
    fn from(name: FramingName) -> Separator {
        match name {
            FramingName::Lines => Separator::Lines,
            FramingName::Lengths => Separator::Lengths,
        }
    }
}

/// The error for a command about archives that was given something of ours that is none.
pub(crate) fn not_an_archive(what: &str, instead: &str) -> Error {
    Error::new(ErrorKind::Usage, "not an archive").found(what).hint(instead)
}

/// All of an input that is small: an index.
fn read_small(path: &Path, what: &str, limits: &Limits) -> Result<Vec<u8>> {
    let failed = |e| Error::io(format!("reading the {what}"), e).in_file(path);
    let mut bytes = Vec::new();
    let file = opened(path).map_err(failed)?;
    file.take(limits.metadata.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
