//! `unsaid zipfs decompress`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use unsaid::seal::Seal;
use unsaid::zipfs::files::check_dictionary;
use unsaid::zipfs::{CompressedFile, Opened, Profile};
use unsaid_core::check::{Hash, Hasher};
use unsaid_core::{Error, ErrorKind, Progress, Result};

use super::compress::{EXTENSION, read_all};
use super::dictionary::{self, DictionaryArgs, Named};
use super::{CodeProfile, blocks};
use crate::commands::records::{Out, check_apart, compressed};
use crate::commands::{input, print};
use crate::edge::{Edge, escape, json, size, stdio};
use crate::options::{PublishArgs, SourcesArgs};

/// A file of codes becomes the text again
///
/// Only those parts of the dictionary are fetched that the file needs. The result is called like the input
/// without .zipfs, unless -o says otherwise. Where a seal (FILE.b3) lies beside the file, it is checked.
#[derive(Args, Debug)]
pub(crate) struct DecompressArgs {
    /// The compressed file; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The text; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    dictionary: DictionaryArgs,

    /// Read it in this profile, whatever it says; strict is never said
    #[arg(long, value_name = "NAME", value_enum)]
    profile: Option<CodeProfile>,

    /// Insist on the seal: without it, decode nothing
    #[arg(long)]
    seal: bool,

    #[command(flatten)]
    publish: PublishArgs,

    // After all others: its heading is that of whatever follows it.
    #[command(flatten)]
    sources: SourcesArgs,
}

impl DecompressArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let output = match &self.output {
            Some(path) => path.clone(),
            None => text_name(&self.file)?,
        };
        let read = [Some(&*self.file), self.dictionary.dictionary.as_deref()];
        check_apart([&*output], read.into_iter().flatten())?;
        let bytes = read_all(compressed(&self.file)?, edge).map_err(|e| e.in_file(&self.file))?;
        let seal = input::seal_beside(&self.file, &edge.limits)?;
        match &seal {
            Some(seal) => {
                let same = seal.check_file(bytes.len() as u64, Hash::of(&bytes));
                same.map_err(|e| e.in_file(&self.file))?;
            }
            None if self.seal => {
                return Err(Error::new(ErrorKind::Missing, "there is no seal beside the file")
                    .in_file(&self.file)
                    .hint("get FILE.b3 too, or leave --seal away"));
            }
            None => edge.report.detail("there is no seal beside the file, and the format has no checksum"),
        }
        self.decode(&bytes, seal.as_ref(), &output, edge).map_err(|e| match e.path() {
            None if e.io_source().is_none() => e.in_file(&self.file),
            _ => e,
        })
    }

    fn decode(&self, bytes: &[u8], seal: Option<&Seal>, output: &Path, edge: &Edge) -> Result<()> {
        let file = CompressedFile::read(bytes, &edge.limits)?;
        let cid = *file.dictionary();
        let meter = edge.meter(format!("decompressing {}", input::shown(&self.file)));
        let sources = open(&file, self.dictionary.dictionary.as_deref(), &self.sources, edge, &meter)?;
        let (_, root) = dictionary::root(&cid, &sources, edge)?;
        let parts = root.parts().len() as u64;
        let opened = Opened::with_root(file, root, self.profile.map(Profile::from))?;
        let used = if parts == 0 { 1 } else { 1 + opened.needs()?.parts.len() as u64 };
        let Some(mut out) = Out::open(output, self.publish.policy(), stdio::content_output, edge)? else {
            return Ok(());
        };
        meter.begin(Some(bytes.len() as u64));
        let mut hasher = Hasher::new();
        let mut sink = |text: &[u8]| {
            hasher.update(text);
            out.write_all(text).map_err(|e| Error::io("writing the text", e))
        };
        let size = opened.decode(&sources, &edge.limits, &meter, &mut sink)?;
        drop(sources);
        drop(meter);
        check_text(seal, size, hasher.finish())?;
        let to_standard = matches!(out, Out::Standard(_));
        let name = out.publish()?;
        if edge.json && !to_standard {
            let mut body = json!({ "size": size, "packed": bytes.len(), "dictionary": cid.to_string(),
                "blocks": used });
            json::put_path(&mut body, "path", Path::new(&name).as_os_str());
            return print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        if !to_standard {
            let of = format!("{} of {}", used, blocks(1 + parts));
            edge.report.summary(&format!("{name}: {}, with {of} of the dictionary", size::bytes(size)));
        }
        Ok(())
    }
}

/// Checks the text against the only entry of a seal, where there is one.
pub(super) fn check_text(seal: Option<&Seal>, size: u64, hash: Hash) -> Result<()> {
    let Some(seal) = seal else { return Ok(()) };
    let name = seal.entries.first().map(|entry| entry.name.clone()).unwrap_or_default();
    seal.check_entry(0, &name, size, hash)
}

/// The sources for a file, with the dictionary that was named, which must be the file's.
pub(super) fn open<'p>(
    file: &CompressedFile<'_>,
    named: Option<&Path>,
    sources: &SourcesArgs,
    edge: &Edge,
    progress: &'p dyn Progress,
) -> Result<unsaid::ipfs::Sources<'p>> {
    let Some(name) = named else { return sources.open(edge, progress) };
    let named = Named::parse(name)?;
    named.check_kind()?;
    // A CAR may be about many dictionaries, the file's among them.
    let at_hand = match &named {
        Named::Cid(cid) => Some(*cid),
        Named::File(path) => {
            let given = unsaid::ipfs::Given::open(path, &edge.limits, 0)?;
            match given.roots()?[..] {
                [root] => Some(root),
                _ => None,
            }
        }
    };
    if let Some(cid) = at_hand {
        check_dictionary(file, &cid)?;
    }
    named.sources(sources.clone()).open(edge, progress)
}

/// The name of the text of a compressed file, without `-o`.
fn text_name(file: &Path) -> Result<PathBuf> {
    if input::is_standard_stream(file) {
        return Ok(file.to_owned());
    }
    match (file.extension(), file.file_stem()) {
        (Some(extension), Some(stem)) if extension == EXTENSION => Ok(file.with_file_name(stem)),
        _ => Err(Error::new(ErrorKind::Usage, "the name of the input gives the output none")
            .found(format!("'{}'", escape::name(file.as_os_str())))
            .expected(format!("a name that ends in .{EXTENSION}"))
            .hint("name the output: -o FILE, or -o - for standard output")),
    }
}
