//! `unsaid bb forge`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use unsaid::bb::{Model, forge, original};
use unsaid_core::limits::parse_size;
use unsaid_core::{Progress, Result};

use super::streams::{Content, OutputArgs};
use super::{ProfileName, corpus};
use crate::commands::print;
use crate::edge::exit::Exit;
use crate::edge::{Edge, escape, json, patterns, size};

/// Make a model from documents like those to come
///
/// Each file is one document; without files, standard input is the only one. Fragments never span
/// two documents. The same documents in the same order give the same model. It holds pieces of them
/// word for word: forge from nothing that its readers may not read.
#[derive(Args, Debug)]
pub(super) struct ForgeArgs {
    /// The documents; without any, standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    output: OutputArgs,

    /// How the model is written [default: protocol, or reference for more than 65,536 fragments]
    #[arg(long, value_name = "NAME", value_enum)]
    profile: Option<ProfileName>,

    /// At most so many fragments [default: 65536]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=1 << 32))]
    fragments: Option<u64>,

    /// At most this size of the model; each fragment then saves more than it takes there
    #[arg(long, value_name = "SIZE", value_parser = size_value)]
    bytes: Option<u64>,

    /// Choose fragments by the rule of the original program (as many as the documents give)
    #[arg(long, conflicts_with_all = ["fragments", "bytes"])]
    like_original: bool,
}

fn size_value(text: &str) -> Result<u64, String> {
    parse_size(text).map_err(|e| e.to_string())
}

impl ForgeArgs {
    pub(super) fn run(mut self, edge: &Edge) -> Result<()> {
        let names = std::mem::take(&mut self.files).into_iter().map(PathBuf::into_os_string);
        self.files = names.flat_map(patterns::expand).map(PathBuf::from).collect();
        let inputs: Vec<&Path> = self.files.iter().map(PathBuf::as_path).collect();
        let Some(mut target) = self.output.open(Content::Compressed, &inputs, edge)? else { return Ok(()) };
        let corpus = corpus::read(&self.files, edge)?;
        if corpus.is_empty() && edge.report.worst() != Exit::Done {
            edge.report.warn("no document could be read: no model is made");
            return Ok(());
        }
        let meter = edge.meter("forging");
        let model = if self.like_original {
            let profile = self.profile.map(Into::into);
            original::forge(&corpus, profile, &edge.limits, &meter)?
        } else {
            let mut options = forge::Options::default();
            options.profile = self.profile.map(Into::into);
            options.fragments = self.fragments.unwrap_or(options.fragments);
            options.bytes = self.bytes;
            forge::forge(&corpus, &options, &edge.limits, &meter)?
        };
        meter.advance(0, model.size())?;
        drop(meter);
        model.write(&mut target)?;
        target.publish()?;
        self.say(&model, (corpus.len() as u64, corpus.bytes().len() as u64), edge)
    }

    /// The last word.
    fn say(&self, model: &Model, (documents, bytes): (u64, u64), edge: &Edge) -> Result<()> {
        let fragments = model.fragments().len();
        if let Some(path) = self.output.file().filter(|_| edge.json) {
            let mut body = json!({ "format": "bbm", "profile": model.profile().name(), "documents": documents,
                "size": bytes, "fragments": fragments, "packed": model.size(),
                "hash": format!("{:08x}", model.hash()) });
            json::put_path(&mut body, "path", path.as_os_str());
            return print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        let name = match self.output.file() {
            Some(path) => escape::name(path.as_os_str()),
            None => "standard output".to_owned(),
        };
        let documents =
            if documents == 1 { "1 document".to_owned() } else { format!("{documents} documents") };
        let (from, to) = (size::bytes(bytes), size::bytes(model.size()));
        edge.report.summary(&format!("{name}: {documents}, {from} -> {fragments} fragments, {to}"));
        Ok(())
    }
}
