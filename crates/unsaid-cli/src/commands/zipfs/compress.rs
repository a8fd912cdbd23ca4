//! `unsaid zipfs compress`.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use unsaid::ipfs::Own;
use unsaid::ipld::Cid;
use unsaid::seal::{Seal, SealedEntry, path_of};
use unsaid::zipfs::encode::Rule;
use unsaid::zipfs::{CompressedFile, Dictionary, Encoder, Options, Profile, Root};
use unsaid_core::check::Hash;
use unsaid_core::fs::Draft;
use unsaid_core::{Error, ErrorKind, Progress, Result};

use super::dictionary::{self, Named};
use super::{CodeProfile, blocks};
use crate::commands::records::{Out, check_apart, plain};
use crate::commands::{input, output, print};
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, json, size, stdio};
use crate::options::{OnConflict, PublishArgs, SourcesArgs, budget};

/// How compressed files end.
pub(super) const EXTENSION: &str = "zipfs";

/// Head and CID of a compressed file are no sign of a wrong dictionary.
const AROUND: u64 = 128;

/// Files become codes of a dictionary
///
/// Each result is called like its file with .zipfs added, unless -o says otherwise.
#[derive(Args, Debug)]
pub(crate) struct CompressArgs {
    /// The files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The compressed file, for one file; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The dictionary: a file with its block or a CAR, how its hash begins among what is kept, or its CID
    #[arg(long, value_name = "FILE|HASH|CID", required = true)]
    dictionary: PathBuf,

    /// The codes [default: canonical if the dictionary has lengths, else unary]
    #[arg(long, value_name = "NAME", value_enum)]
    profile: Option<CodeProfile>,

    /// Choose segments as the specification has it: each in turn, wherever it fits; mostly larger
    #[arg(long)]
    seed_rule: bool,

    /// Also write OUTPUT.b3, the hashes that the format has no room for
    #[arg(long)]
    seal: bool,

    /// Keep the dictionary, all its blocks, in the own store
    #[arg(long)]
    pin: bool,

    #[command(flatten)]
    publish: PublishArgs,

    // After all others: its heading is that of whatever follows it.
    #[command(flatten)]
    sources: SourcesArgs,
}

/// What all files are compressed with.
struct Tools<'d> {
    cid: Cid,
    root: &'d Root,
    options: Options,
    encoder: Encoder<'d>,
}

impl CompressArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        if self.output.is_some() && self.files.len() > 1 {
            return Err(Error::new(ErrorKind::Usage, "one output for several files")
                .found(format!("{} files", self.files.len()))
                .expected("one")
                .hint("leave -o away: each becomes FILE.zipfs"));
        }
        let outputs: Vec<PathBuf> = self.files.iter().map(|file| self.name_for(file)).collect();
        let named = Named::parse(&self.dictionary)?;
        let read = self.files.iter().map(PathBuf::as_path).chain([&*self.dictionary]);
        check_apart(outputs.iter().map(PathBuf::as_path), read)?;
        let meter = edge.meter("getting the dictionary");
        let sources = named.sources(self.sources.clone()).open(edge, &meter)?;
        let (cid, root, dictionary) = dictionary::whole(&named, &sources, &meter, edge)?;
        let own = if self.pin {
            let own = Own::of_user()?;
            own.pin(&cid, &sources, budget(edge), &meter)?;
            true
        } else {
            false
        };
        drop(sources);
        drop(meter);
        let mut tools = self.tools(cid, &root, &dictionary, edge)?;
        for (file, output) in self.files.iter().zip(&outputs) {
            if let Err(e) = self.one(file, output, &mut tools, edge) {
                if self.files.len() == 1 || e.kind() == ErrorKind::Interrupted {
                    return Err(if e.path().is_none() { e.in_file(file) } else { e });
                }
                edge.report.error_in(&e, file);
            }
            stop_if_asked()?;
        }
        self.say_alive(&cid, &root, own, edge);
        Ok(())
    }

    fn name_for(&self, file: &Path) -> PathBuf {
        match &self.output {
            Some(output) => output.clone(),
            None if input::is_standard_stream(file) => file.to_owned(),
            None => {
                let mut name = file.as_os_str().to_owned();
                name.push(".");
                name.push(EXTENSION);
                name.into()
            }
        }
    }

    fn tools<'d>(
        &self,
        cid: Cid,
        root: &'d Root,
        dictionary: &'d Dictionary,
        edge: &Edge,
    ) -> Result<Tools<'d>> {
        let options = Options {
            profile: self.profile.map(Profile::from),
            rule: if self.seed_rule { Rule::Seed } else { Rule::Fewest },
        };
        let profile = options.profile(root.lengths.is_some());
        let encoder = Encoder::new(dictionary, profile, &edge.limits)?;
        Ok(Tools { cid, root, options, encoder })
    }

    fn one(&self, file: &Path, output: &Path, tools: &mut Tools<'_>, edge: &Edge) -> Result<()> {
        let Some(mut out) = Out::open(output, self.publish.policy(), stdio::compressed_output, edge)? else {
            return Ok(());
        };
        let seal = if self.seal { Some(seal_draft(&out, self.publish.policy(), edge)?) } else { None };
        if matches!(seal, Some(None)) {
            return Ok(());
        }
        let meter = edge.meter(format!("compressing {}", input::shown(file)));
        let text = read_all(plain(file)?, edge)?;
        meter.begin(Some(text.len() as u64));
        let data = tools.encoder.encode(&text, tools.options.rule, &edge.limits, &meter)?;
        let naming = tools.options.naming(tools.root.lengths.is_some());
        let bytes = CompressedFile::new(tools.cid, naming, data)?.to_bytes();
        edge.limits.check_output(bytes.len() as u64, "the compressed file")?;
        drop(meter);
        out.write_all(&bytes).map_err(|e| Error::io("writing the compressed file", e))?;
        let to_standard = matches!(out, Out::Standard(_));
        let name = out.publish()?;
        if let Some(mut draft) = seal.flatten() {
            let sealed = Seal {
                format: "zipfs".to_owned(),
                size: bytes.len() as u64,
                hash: Hash::of(&bytes),
                profile: tools.encoder.codes().profile().name().to_owned(),
                knowledge: Vec::new(),
                entries: vec![SealedEntry {
                    name: file.file_name().unwrap_or_default().as_encoded_bytes().to_vec(),
                    size: text.len() as u64,
                    hash: Hash::of(&text),
                }],
            };
            draft.write_all(sealed.write().as_bytes()).map_err(|e| Error::io("writing the seal", e))?;
            draft.publish()?;
        }
        let (before, after) = (text.len() as u64, bytes.len() as u64);
        if edge.json && !to_standard {
            let mut body = json!({ "format": "zipfs", "size": before, "packed": after,
                "profile": tools.encoder.codes().profile().name(), "dictionary": tools.cid.to_string(),
                "dictionary_blocks": dictionary::cids(tools.cid, tools.root).iter().map(Cid::to_string).collect::<Vec<_>>() });
            json::put_path(&mut body, "path", Path::new(&name).as_os_str());
            return print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        edge.report.summary(&format!(
            "{name}: {} -> {} ({})",
            size::bytes(before),
            size::bytes(after),
            size::percent(after, before)
        ));
        if after > before + AROUND {
            edge.report
                .note(&format!("{name} is larger than its text: the dictionary is one of other texts"));
        }
        Ok(())
    }

    /// The last word: without these blocks nobody reads the files.
    fn say_alive(&self, cid: &Cid, root: &Root, pinned: bool, edge: &Edge) {
        let all = 1 + root.parts().len() as u64;
        let whole = if all == 1 { String::new() } else { format!(" ({})", blocks(all)) };
        let how = if pinned {
            "it is pinned in your store"
        } else {
            "pin it (--pin, or unsaid ipfs pin), or keep its file"
        };
        edge.report.note(&format!("needs ipfs://{cid}{whole} for as long as the file is to be read: {how}"));
        if self.profile == Some(CodeProfile::Strict) {
            edge.report.note("no file says that it is strict: unsaid zipfs decompress --profile strict");
        }
    }
}

/// A draft of the seal beside an output; `None` is to leave what is there.
fn seal_draft(out: &Out, (policy, sync): (OnConflict, bool), edge: &Edge) -> Result<Option<Draft>> {
    match out {
        Out::File(draft) => output::draft(&path_of(draft.get_ref().path()), policy, sync, edge),
        Out::Standard(_) => Err(Error::new(ErrorKind::Usage, "a seal lies beside a file")
            .found("standard output")
            .hint("name the output: -o FILE")),
    }
}

/// All of an input, at most as much as memory allows.
pub(super) fn read_all(from: impl Read, edge: &Edge) -> Result<Vec<u8>> {
    unsaid::knowledge::files::read_whole(from, &edge.limits)
}
