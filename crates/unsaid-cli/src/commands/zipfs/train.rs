//! `unsaid train zipfs`, also `unsaid zipfs train`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use unsaid::ByteStrings;
use unsaid::ipfs::Own;
use unsaid::ipld::Block;
use unsaid::zipfs::encode::Rule;
use unsaid::zipfs::train::{TrainOptions, pieces, train_within};
use unsaid::zipfs::{Dictionary, Encoder, Profile};
use unsaid_core::{Error, ErrorKind, Progress, Result};

use super::dict::{part_size, write_car};
use super::{blocks, segments};
use crate::commands::input::is_standard_stream;
use crate::commands::pack::size_value;
use crate::commands::records::check_apart;
use crate::commands::train::{CorpusFraming, documents, gather};
use crate::commands::{output, print};
use crate::edge::{Edge, escape, json, size};
use crate::options::PublishArgs;

/// A dictionary of this size at most stays in one block, unless told otherwise.
const ONE_BLOCK: usize = 256 << 10;

/// Every so manieth document is measured and never learned from.
const HELD: u64 = 16;

/// Longer documents are cut.
const PIECE: u64 = 64 << 10;

/// Make a dictionary for `unsaid zipfs`
///
/// A dictionary is public: whoever has it can read every segment, and those are pieces of the documents, word
/// for word. Train on public data. Every sixteenth document is measured and never learned from. Learning takes 64
/// bytes of --max-memory for each byte of the documents; where that is more than allowed, they are searched in parts.
#[derive(Args, Debug)]
pub(crate) struct TrainArgs {
    /// Files and directories to learn from; - is standard input
    #[arg(value_name = "DATA", required = true)]
    data: Vec<PathBuf>,

    /// The dictionary: its block, or a CAR where it has several or the name ends in .car
    #[arg(short, long, value_name = "FILE", required = true)]
    output: PathBuf,

    /// How documents are told apart [default: lines in .jsonl, .ndjson, .csv, .tsv and .log files and in pipes,
    /// else files]
    #[arg(long, value_name = "HOW", value_enum)]
    framing: Option<CorpusFraming>,

    /// Cut longer documents into pieces of this size, which then count as documents; 0 is not at all
    /// [default: 64K]
    #[arg(long, value_name = "SIZE", value_parser = size_value)]
    pieces: Option<u64>,

    /// At most so many segments [default: 65536]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 22))]
    segments: Option<u64>,

    /// All segments together have at most this size
    #[arg(long, value_name = "SIZE", value_parser = size_value)]
    bytes: Option<u64>,

    /// Only segments that stand in so many documents [default: 2, the least]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..))]
    min_documents: Option<u64>,

    /// In how many blocks
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Blocks::Auto)]
    blocks: Blocks,

    /// Bytes of a part, at most 1M [default: 64K]
    #[arg(long, value_name = "SIZE", value_parser = size_value)]
    part_size: Option<u64>,

    /// Name of the dictionary [default: the name of the file]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// The kind of data, for its Description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// Also keep it, pinned, in the own store, where unsaid ipfs serve gives it to others
    #[arg(long)]
    put: bool,

    #[command(flatten)]
    publish: PublishArgs,
}

/// In how many blocks a dictionary is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Blocks {
    /// One up to 256 KiB, else many
    Auto,
    /// One, of at most 1 MiB
    Single,
    /// A root and parts, in a CAR
    Multi,
}

/// What was read.
#[derive(Default)]
struct Corpus {
    learned: ByteStrings,
    held: ByteStrings,
    documents: u64,
}

impl Corpus {
    fn push(&mut self, document: &[u8]) {
        self.documents += 1;
        if self.documents.is_multiple_of(HELD) {
            self.held.push(document);
        } else {
            self.learned.push(document);
        }
    }

    fn bytes(&self) -> u64 {
        (self.learned.bytes().len() + self.held.bytes().len()) as u64
    }
}

/// The blocks of a dictionary.
struct Made {
    root: Block,
    parts: Vec<Block>,
    car: bool,
}

impl TrainArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        if is_standard_stream(&self.output) {
            return Err(Error::new(ErrorKind::Usage, "a dictionary goes into a file, not to a pipe"));
        }
        check_apart([&*self.output], self.data.iter().map(PathBuf::as_path))?;
        let (policy, sync) = self.publish.policy();
        let Some(mut draft) = output::draft(&self.output, policy, sync, edge)? else { return Ok(()) };
        edge.report.caution(
            "a dictionary is public: whatever stands in it can be read by everyone who has it; train on public data",
        );
        let corpus = self.read(edge)?;
        let dictionary = self.learn(&corpus, edge)?;
        let made = self.blocks(&dictionary)?;
        let written = if made.car {
            write_car(&made.root, &made.parts, &mut draft).map(drop)
        } else {
            draft.write_all(made.root.data()).map_err(|e| Error::io("writing the dictionary", e))
        };
        written?;
        let held = measure(&dictionary, &corpus.held, edge)?;
        let name = escape::name(draft.path().as_os_str());
        draft.publish()?;
        let kept = if self.put { put(&made) } else { Ok(()) };
        if let Err(e) = kept {
            edge.report.note(&format!("{name} is written, and is not in the own store: {}", made.root.cid()));
            return Err(e);
        }
        self.say(&name, &made, &dictionary, &corpus, held, edge)
    }

    fn read(&self, edge: &Edge) -> Result<Corpus> {
        let meter = edge.meter("reading documents");
        meter.begin(None);
        let mut corpus = Corpus::default();
        let longest = match self.pieces {
            Some(0) => usize::MAX,
            asked => usize::try_from(asked.unwrap_or(PIECE)).unwrap_or(usize::MAX),
        };
        let mut cut = 0u64;
        let mut over = None;
        let mut take = |document: &[u8]| {
            // Learning takes more: in parts, or it says so before it does. What is taken ends here, document by document.
            let bytes = corpus.bytes().saturating_add(document.len() as u64);
            if let Err(e) = edge.limits.check_memory(bytes, "the documents") {
                over.get_or_insert(bytes);
                return Err(e);
            }
            if document.len() <= longest {
                corpus.push(document);
            } else {
                cut += 1;
                pieces(&std::iter::once(document).collect(), longest)
                    .iter()
                    .for_each(|piece| corpus.push(piece));
            }
            Ok(())
        };
        gather(&self.data, self.framing, &mut take, &meter, edge)?;
        // A dictionary of a part of the data is not what was asked for.
        over.map_or(Ok(()), |bytes| edge.limits.check_memory(bytes, "the documents"))?;
        if cut > 0 {
            edge.report.note(&format!(
                "{} cut into pieces of {} (to change that: --pieces)",
                if cut == 1 { "1 document is".to_owned() } else { format!("{cut} documents are") },
                size::bytes(longest as u64)
            ));
        }
        if corpus.learned.bytes().is_empty() {
            return Err(Error::new(ErrorKind::Usage, "nothing to learn from")
                .found(documents(corpus.documents))
                .expected("documents like those to be compressed"));
        }
        Ok(corpus)
    }

    fn learn(&self, corpus: &Corpus, edge: &Edge) -> Result<Dictionary> {
        let meter = edge.meter("learning");
        let mut options = TrainOptions::default().bytes(self.bytes);
        if let Some(segments) = self.segments {
            options = options.segments(usize::try_from(segments).unwrap_or(usize::MAX));
        }
        if let Some(documents) = self.min_documents {
            options = options.min_documents(u32::try_from(documents).unwrap_or(u32::MAX));
        }
        let trained = train_within(&corpus.learned, &options, &edge.limits, &meter)?;
        let title = match &self.title {
            Some(title) => title.clone(),
            None => self.output.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        };
        let kind = self.description.as_deref().unwrap_or("not said");
        let description = trained.description(kind, env!("CARGO_PKG_VERSION"));
        trained.into_dictionary(&title, Some(description))
    }

    fn blocks(&self, dictionary: &Dictionary) -> Result<Made> {
        let car = self.output.extension().is_some_and(|e| e.eq_ignore_ascii_case("car"));
        let single = match self.blocks {
            Blocks::Single => Some(dictionary.to_block()?),
            Blocks::Auto => dictionary.to_block().ok().filter(|block| block.data().len() <= ONE_BLOCK),
            Blocks::Multi => None,
        };
        match single {
            Some(root) if self.part_size.is_none() || self.blocks == Blocks::Single => {
                Ok(Made { root, parts: Vec::new(), car })
            }
            _ => {
                let (root, parts) = dictionary.to_multi(part_size(self.part_size)?)?;
                Ok(Made { root, parts, car: true })
            }
        }
    }

    fn say(
        &self,
        name: &str,
        made: &Made,
        dictionary: &Dictionary,
        corpus: &Corpus,
        held: u64,
        edge: &Edge,
    ) -> Result<()> {
        let all: usize = std::iter::once(&made.root).chain(&made.parts).map(|b| b.data().len()).sum();
        let (count, bytes) = (dictionary.segments().len() as u64, dictionary.segments().bytes().len() as u64);
        let held_bytes = corpus.held.bytes().len() as u64;
        if edge.json {
            let mut body = json!({ "cid": made.root.cid().to_string(), "name": dictionary.name(),
                "segments": count, "size": bytes, "packed": all, "blocks": 1 + made.parts.len(),
                "documents": corpus.documents, "trained": corpus.learned.bytes().len(),
                "held": { "documents": corpus.held.len(), "size": held_bytes, "packed": held } });
            json::put_path(&mut body, "path", Path::new(name).as_os_str());
            return print(format!("{}\n", json::line("dictionary", body)).as_bytes());
        }
        let mut text = format!(
            "{name}: {}\n  {}, {}, in {}, {}\n  learned from {} of {}\n",
            made.root.cid(),
            segments(count),
            size::bytes(bytes),
            blocks(1 + made.parts.len() as u64),
            size::bytes(all as u64),
            corpus.learned.len(),
            documents(corpus.documents),
        );
        text.push_str(&if corpus.held.is_empty() {
            "  too few documents to hold any back: nothing was measured".to_owned()
        } else {
            format!(
                "  leaves {} of {} held back, {} (Data alone; CID and wrapping add 59 bytes to each)",
                size::percent(held, held_bytes),
                documents(corpus.held.len() as u64),
                size::bytes(held_bytes),
            )
        });
        text.lines().for_each(|line| edge.report.summary(line));
        Ok(())
    }
}

/// Keeps a dictionary in the own store, pinned.
fn put(made: &Made) -> Result<()> {
    let own = Own::of_user()?;
    let adding = own.adding(&unsaid_core::Silent)?;
    for block in made.parts.iter().chain([&made.root]) {
        adding.put(block)?;
    }
    adding.pin_whole(made.root.cid()).map(drop)
}

/// Bytes of Data for documents that were not learned from, each alone.
fn measure(dictionary: &Dictionary, held: &ByteStrings, edge: &Edge) -> Result<u64> {
    let meter = edge.meter("measuring");
    let mut encoder = Encoder::new(dictionary, Profile::Canonical, &edge.limits)?;
    let mut bytes = 0;
    for document in held.iter() {
        bytes += encoder.encode(document, Rule::Fewest, &edge.limits, &meter)?.len() as u64;
    }
    Ok(bytes)
}
