//! `unsaid bb encode` and `unsaid bb decode`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use unsaid::bb::decode::Decoder;
use unsaid::bb::encode::Encoder;
use unsaid::bb::{Model, Profile};
use unsaid::seal::{Seal, SealedEntry};
use unsaid_core::check::Hash;
use unsaid_core::{Error, ErrorKind, Progress, Result};

use super::ProfileName;
use super::streams::{self, Content, Hashing, OutputArgs, size_of};
use crate::commands::input;
use crate::edge::{Edge, size};

/// Encode one document under a model
///
/// The document is standard input and the compression standard output, unless they are named.
#[derive(Args, Debug)]
pub(super) struct EncodeArgs {
    /// The model
    #[arg(value_name = "MODEL")]
    model: PathBuf,

    /// The document [default: standard input]
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: PathBuf,

    #[command(flatten)]
    output: OutputArgs,

    /// Write in this profile, whatever the model's
    #[arg(long, value_name = "NAME", value_enum)]
    profile: Option<ProfileName>,

    /// Also write OUTPUT.b3, the hashes that the format has no room for
    #[arg(long)]
    seal: bool,
}

/// Decode one document under the model that encoded it
///
/// The compression is standard input and the document standard output, unless they are named. Where
/// a seal (FILE.b3) lies beside the compression, it is checked.
#[derive(Args, Debug)]
pub(super) struct DecodeArgs {
    /// The model
    #[arg(value_name = "MODEL")]
    model: PathBuf,

    /// The compression [default: standard input]
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: PathBuf,

    #[command(flatten)]
    output: OutputArgs,

    /// Read in this profile, whatever the model's
    #[arg(long, value_name = "NAME", value_enum)]
    profile: Option<ProfileName>,

    /// Insist on the seal: without it, decode nothing
    #[arg(long)]
    seal: bool,
}

/// The model, for documents in the profile that was asked for.
fn model_for(path: &Path, profile: Option<ProfileName>, edge: &Edge) -> Result<(Model, Hash)> {
    let (model, hash) = streams::model(path, edge)?;
    let profile = profile.map_or(model.profile(), Profile::from);
    Ok((model.with_profile(profile), hash))
}

fn both_from_one(model: &Path, file: &Path) -> Result<()> {
    if input::is_standard_stream(model) && input::is_standard_stream(file) {
        return Err(Error::new(ErrorKind::Usage, "standard input cannot be the model and the document")
            .hint("name one of them"));
    }
    Ok(())
}

impl EncodeArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        both_from_one(&self.model, &self.file)?;
        let (model, knowledge) = model_for(&self.model, self.profile, edge)?;
        let inputs = [self.model.as_path(), &self.file];
        let Some(mut target) = self.output.open(Content::Compressed, &inputs, edge)? else { return Ok(()) };
        let seal = match self.seal.then(|| self.output.seal(edge)).transpose()? {
            Some(None) => return Ok(()),
            seal => seal.flatten(),
        };
        let mut document = Hashing::new(streams::open(&self.file, false)?);
        let meter = edge.meter(format!("encoding {}", input::shown(&self.file)));
        meter.begin(size_of(&self.file));
        let mut encoder = Encoder::new(&model, &edge.limits)?;
        let sizes = encoder
            .encode(&mut document, &mut target, &edge.limits, &meter)
            .map_err(|e| if e.io_source().is_none() { e.in_file(&self.file) } else { e })?;
        drop(meter);
        let sealed = Seal {
            format: "bb".to_owned(),
            size: target.size,
            hash: target.hash(),
            profile: model.profile().name().to_owned(),
            knowledge: vec![knowledge],
            entries: vec![SealedEntry {
                name: self.file.file_name().unwrap_or_default().as_encoded_bytes().to_vec(),
                size: document.size,
                hash: document.hash(),
            }],
        };
        target.publish()?;
        if let Some(mut draft) = seal {
            draft.write_all(sealed.write().as_bytes()).map_err(|e| Error::io("writing the seal", e))?;
            draft.publish()?;
        }
        let (from, to) = (size::bytes(sizes.document), size::bytes(sizes.coded));
        let percent = size::percent(sizes.coded, sizes.document);
        edge.report.detail(&format!("{}: {from} -> {to} ({percent})", input::shown(&self.file)));
        Ok(())
    }
}

impl DecodeArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        both_from_one(&self.model, &self.file)?;
        let seal = input::checked_seal(&self.file, &edge.limits)?;
        if self.seal && seal.is_none() {
            return Err(Error::new(ErrorKind::Missing, "there is no seal beside the compression")
                .in_file(&self.file)
                .hint("get FILE.b3 too, or leave --seal away"));
        }
        let (model, knowledge) = model_for(&self.model, self.profile, edge)?;
        if let Some(seal) = &seal {
            check_knowledge(seal, knowledge).map_err(|e| e.in_file(&self.file))?;
        }
        let compression = streams::open(&self.file, true)?;
        let inputs = [self.model.as_path(), &self.file];
        let Some(mut target) = self.output.open(Content::Any, &inputs, edge)? else { return Ok(()) };
        let meter = edge.meter(format!("decoding {}", input::shown(&self.file)));
        meter.begin(size_of(&self.file));
        let in_file = |e: Error| if e.io_source().is_none() { e.in_file(&self.file) } else { e };
        let decoder = Decoder::new(&model, compression).map_err(in_file)?;
        decoder.decode(&mut target, &edge.limits, &meter).map_err(in_file)?;
        drop(meter);
        if let Some(seal) = &seal {
            let name = seal.entries.first().map(|e| e.name.clone()).unwrap_or_default();
            seal.check_entry(0, &name, target.size, target.hash()).map_err(in_file)?;
        }
        target.publish()
    }
}

/// The model's own hash covers neither lengths nor malice; the seal's covers all of its file.
fn check_knowledge(seal: &Seal, model: Hash) -> Result<()> {
    if seal.format == "bb" && seal.knowledge == [model] {
        return Ok(());
    }
    let wanted: Vec<String> = seal.knowledge.iter().map(Hash::to_string).collect();
    Err(Error::new(ErrorKind::Missing, "the seal names another model")
        .found(format!("a model with BLAKE3 {model}"))
        .expected(wanted.join(", "))
        .hint("get the model file that the document was encoded with"))
}
