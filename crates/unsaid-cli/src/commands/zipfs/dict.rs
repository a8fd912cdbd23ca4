//! `unsaid zipfs dict show` and `unsaid zipfs dict split`.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use unsaid::ByteStrings;
use unsaid::ipld::car::Writer;
use unsaid::ipld::{Block, Cid};
use unsaid::zipfs::dictionary::PART_SIZE;
use unsaid::zipfs::{Dictionary, Profile, Root, train};
use unsaid_core::{Error, ErrorKind, Result};

use super::dictionary::{self, Named};
use super::{blocks, segments};
use crate::commands::pack::size_value;
use crate::commands::records::{Out, check_apart};
use crate::commands::train::{CorpusFraming, documents, gather};
use crate::commands::{input, print};
use crate::edge::{Edge, escape, json, size, stdio};
use crate::options::{PublishArgs, SourcesArgs};

/// Look at dictionaries
#[derive(Args, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct DictArgs {
    #[command(subcommand)]
    command: DictCommand,
}

#[derive(Debug, Subcommand)]
enum DictCommand {
    Show(ShowArgs),
    Split(SplitArgs),
}

impl DictArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        match self.command {
            DictCommand::Show(args) => args.run(edge),
            DictCommand::Split(args) => args.run(edge),
        }
    }
}

/// Print what a dictionary is, and its CID
#[derive(Args, Debug)]
struct ShowArgs {
    /// The dictionary: a file with its block or a CAR, how its hash begins among what is kept, or its CID
    #[arg(value_name = "DICT")]
    dictionary: PathBuf,

    /// List all segments: index, bits of the code, bytes
    #[arg(long)]
    list: bool,

    /// List segments that stand in one document only of these, on which it was trained: look at them
    /// before you publish it
    #[arg(long, value_name = "DATA", num_args = 1..)]
    risky: Vec<PathBuf>,

    /// How documents are told apart
    #[arg(long, value_name = "HOW", value_enum)]
    framing: Option<CorpusFraming>,

    #[command(flatten)]
    sources: SourcesArgs,
}

/// One dictionary becomes a CAR of a root and parts
///
/// Its files have the same codes, and another CID. Readers then fetch only the parts that a file needs.
#[derive(Args, Debug)]
struct SplitArgs {
    /// The dictionary: a file with its block or a CAR, how its hash begins among what is kept, or its CID
    #[arg(value_name = "DICT")]
    dictionary: PathBuf,

    /// The CAR; - is standard output
    #[arg(short, long, value_name = "FILE", required = true)]
    output: PathBuf,

    /// Bytes of a part, at most 1M [default: 64K]
    #[arg(long, value_name = "SIZE", value_parser = size_value)]
    part_size: Option<u64>,

    #[command(flatten)]
    publish: PublishArgs,

    // After all others: its heading is that of whatever follows it.
    #[command(flatten)]
    sources: SourcesArgs,
}

impl ShowArgs {
    fn run(self, edge: &Edge) -> Result<()> {
        let named = Named::parse(&self.dictionary)?;
        let meter = edge.meter("getting the dictionary");
        let sources = named.sources(self.sources.clone()).open(edge, &meter)?;
        let cid = named.cid(edge)?;
        let (block, root) = dictionary::root(&cid, &sources, edge).map_err(|e| named.about(e))?;
        if !self.list && self.risky.is_empty() {
            drop(meter);
            return print(about(&self.dictionary, &block, &root, edge).as_bytes());
        }
        let text = about(&self.dictionary, &block, &root, edge);
        let whole = root.dictionary(&sources, &edge.limits, &meter).map_err(|e| named.about(e))?;
        drop(sources);
        drop(meter);
        let mut out = BufWriter::new(io::stdout().lock());
        let written = out.write_all(text.as_bytes()).map_err(printing);
        written?;
        let bits = bits(&whole);
        if self.list {
            for (index, segment) in whole.segments().iter().enumerate() {
                say_segment(index, bits.get(index), segment, &mut out, edge)?;
            }
        }
        if !self.risky.is_empty() {
            out.flush().map_err(printing)?;
            drop(out);
            self.risky(&whole, &bits, edge)?;
            return Ok(());
        }
        out.flush().map_err(printing)
    }

    fn risky(&self, whole: &Dictionary, bits: &[u32], edge: &Edge) -> Result<()> {
        let meter = edge.meter("looking for segments of one document");
        let mut corpus = ByteStrings::new();
        let mut over = None;
        let mut take = |document: &[u8]| {
            let bytes = (corpus.bytes().len() + document.len()) as u64;
            if let Err(e) = edge.limits.check_memory(bytes, "the documents") {
                over.get_or_insert(bytes);
                return Err(e);
            }
            corpus.push(document);
            Ok(())
        };
        gather(&self.risky, self.framing, &mut take, &meter, edge)?;
        // What was not looked at is not said to be safe.
        over.map_or(Ok(()), |bytes| edge.limits.check_memory(bytes, "the documents"))?;
        let found = train::risky(whole.segments(), &corpus, &meter)?;
        drop(meter);
        let mut out = BufWriter::new(io::stdout().lock());
        for risky in &found {
            let index = risky.segment as usize;
            let segment = whole.segments().get(index).unwrap_or_default();
            say_segment(index, bits.get(index), segment, &mut out, edge)?;
        }
        out.flush().map_err(printing)?;
        if edge.json {
            let body = json!({ "segments": found.len(), "documents": corpus.len() });
            return print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        let documents = documents(corpus.len() as u64);
        edge.report.summary(&format!("{} of one document, of {documents}", segments(found.len() as u64)));
        Ok(())
    }
}

fn printing(e: io::Error) -> Error {
    Error::io("writing to standard output", e)
}

/// Bits of the code of each segment, as a file would have them that is not told a profile.
fn bits(dictionary: &Dictionary) -> Vec<u32> {
    match dictionary.lengths() {
        Some(lengths) => lengths.bits().collect(),
        None => (0..dictionary.segments().len()).map(|i| (i as u32).saturating_add(2)).collect(),
    }
}

fn say_segment(
    index: usize,
    bits: Option<&u32>,
    segment: &[u8],
    out: &mut impl Write,
    edge: &Edge,
) -> Result<()> {
    let bits = bits.copied().unwrap_or_default();
    let line = if edge.json {
        let mut body = json!({ "index": index, "bits": bits, "size": segment.len() });
        json::put_name(&mut body, "body", segment);
        json::line("entry", body)
    } else {
        format!("{index:>8} {bits:>8} {:>4}  {}", segment.len(), escape::bytes(segment))
    };
    writeln!(out, "{line}").map_err(printing)
}

/// What a dictionary is, by its block, for a person or a program.
pub(crate) fn about(path: &Path, block: &Block, root: &Root, edge: &Edge) -> String {
    let body = facts(block, root);
    if edge.json {
        let mut body = body;
        json::put_path(&mut body, "path", path.as_os_str());
        return format!("{}\n", json::line("archive", body));
    }
    let mut text = format!("{}\n", input::shown(path));
    let mut line = |key: &str, value: String| text.push_str(&format!("  {key:<9} {value}\n"));
    line("format", "zipfs dictionary".to_owned());
    line("cid", block.cid().to_string());
    line("name", escape::bytes(root.name.as_bytes()));
    if let Some(description) = &root.description {
        line("about", escape::bytes(description.as_bytes()));
    }
    let longest = match &root.lengths {
        Some(lengths) => format!("canonical, codes of at most {} bits", lengths.longest()),
        None => "unary".to_owned(),
    };
    line("profile", longest);
    let bytes = body["size"].as_u64().unwrap_or_default();
    line("segments", format!("{}, {}", root.count(), size::bytes(bytes)));
    let packed = size::bytes(body["packed"].as_u64().unwrap_or_default());
    line(
        "blocks",
        match root.parts().len() as u64 {
            0 => format!("1, {packed}"),
            parts => format!("{}: a root and its parts, {packed}", 1 + parts),
        },
    );
    line("public", "whoever has it can read every segment".to_owned());
    text
}

fn facts(block: &Block, root: &Root) -> Value {
    let own = block.data().len() as u64;
    let parts = root.parts();
    let bytes = match &root.content {
        unsaid::zipfs::root::Content::Segments(segments) => segments.bytes().len() as u64,
        unsaid::zipfs::root::Content::Parts(parts) => parts.iter().map(|part| part.bytes).sum(),
    };
    let profile = if root.lengths.is_some() { Profile::Canonical } else { Profile::Unary };
    json!({ "format": "zipfs dictionary", "cid": block.cid().to_string(), "name": root.name,
        "description": root.description, "profile": profile.name(), "segments": root.count(), "size": bytes,
        "packed": own + parts.iter().map(|part| part.size).sum::<u64>(),
        "parts": parts.iter().map(|part| part.part.to_string()).collect::<Vec<_>>() })
}

impl SplitArgs {
    fn run(self, edge: &Edge) -> Result<()> {
        check_apart([&*self.output], [&*self.dictionary])?;
        let named = Named::parse(&self.dictionary)?;
        let meter = edge.meter("splitting");
        let sources = named.sources(self.sources.clone()).open(edge, &meter)?;
        let (_, _, whole) = dictionary::whole(&named, &sources, &meter, edge)?;
        let (root, parts) = whole.to_multi(part_size(self.part_size)?)?;
        drop(sources);
        drop(meter);
        let cid = *root.cid();
        let Some(out) = Out::open(&self.output, self.publish.policy(), stdio::compressed_output, edge)?
        else {
            return Ok(());
        };
        let (out, bytes) = write_car(&root, &parts, out)?;
        let to_standard = matches!(out, Out::Standard(_));
        let name = out.publish()?;
        let count = 1 + parts.len() as u64;
        if edge.json && !to_standard {
            let mut body = json!({ "cid": cid.to_string(), "blocks": count, "packed": bytes });
            json::put_path(&mut body, "path", Path::new(&name).as_os_str());
            return print(format!("{}\n", json::line("dictionary", body)).as_bytes());
        }
        edge.report.summary(&format!("{name}: {cid}, {}, {}", blocks(count), size::bytes(bytes)));
        Ok(())
    }
}

/// The size of parts that was asked for.
pub(super) fn part_size(asked: Option<u64>) -> Result<usize> {
    match asked {
        None => Ok(PART_SIZE),
        Some(0) => Err(Error::new(ErrorKind::Usage, "the size of parts").found(0).expected("at least 1")),
        // What is too large is said by whoever makes the parts.
        Some(size) => Ok(usize::try_from(size).unwrap_or(usize::MAX)),
    }
}

/// Writes a dictionary as a CAR: its root, then its parts. Gives the output and the bytes of the CAR.
pub(super) fn write_car<W: Write>(root: &Block, parts: &[Block], out: W) -> Result<(W, u64)> {
    let mut writer = Writer::new(out, &[*root.cid()])?;
    let mut seen = std::collections::HashSet::<Cid>::new();
    for block in std::iter::once(root).chain(parts) {
        if seen.insert(*block.cid()) {
            writer.put(block)?;
        }
    }
    let bytes = writer.bytes();
    Ok((writer.finish()?, bytes))
}
