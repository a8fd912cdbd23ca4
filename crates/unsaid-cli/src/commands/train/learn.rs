//! What every training of a record model is asked, and the learning itself.

use std::path::{Path, PathBuf};

use clap::Args;
use unsaid::records::{TrainOptions, Trained, Trainer};
use unsaid_core::{Error, ErrorKind, Progress, Result};

use super::corpus::{CorpusFraming, gather};
use super::said::{Drafts, Output};
use crate::commands::pack::size_value;
use crate::commands::records::check_apart;
use crate::edge::Edge;
use crate::options::{ConflictArgs, ThreadArgs};

#[derive(Args, Debug)]
pub(crate) struct LearnArgs {
    /// Files and directories to learn from; - is standard input
    #[arg(value_name = "DATA", required = true)]
    data: Vec<PathBuf>,

    /// The new model; .unsm is a good ending
    #[arg(short, long, value_name = "FILE", required = true)]
    output: PathBuf,

    /// How documents are told apart [default: lines in .jsonl, .ndjson, .csv, .tsv and .log files and in pipes,
    /// else files]
    #[arg(long, value_name = "HOW", value_enum)]
    framing: Option<CorpusFraming>,

    /// The model has at most this size [default: 4M]
    #[arg(long, value_name = "SIZE", value_parser = size_value)]
    bytes: Option<u64>,

    /// Draw the learning curve into this file (SVG)
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    #[command(flatten)]
    threads: ThreadArgs,

    #[command(flatten)]
    conflict: ConflictArgs,

    /// Do not wait for the disk
    #[arg(long)]
    no_sync: bool,
}

impl LearnArgs {
    /// Where the model goes; `None` where the name is taken and that is no failure.
    /// `old` is a model that is read besides the data.
    pub(crate) fn open(&self, old: Option<&Path>, edge: &Edge) -> Result<Option<Drafts>> {
        let outputs = [Some(&*self.output), self.report.as_deref()];
        check_apart(outputs.into_iter().flatten(), self.data.iter().map(PathBuf::as_path).chain(old))?;
        let output = Output {
            model: &self.output,
            chart: self.report.as_deref(),
            policy: self.conflict.policy(),
            sync: !self.no_sync,
        };
        output.open(edge)
    }

    /// Learns from the data; `also` sees every document.
    pub(crate) fn learn(&self, edge: &Edge, also: &mut dyn FnMut(&[u8])) -> Result<Trained> {
        let pool = self.threads.pool();
        let mut options = TrainOptions::default();
        options.bytes = self.bytes.unwrap_or(options.bytes);
        options.memory = edge.limits.memory;
        let mut trainer = Trainer::new(options);
        let meter = edge.meter("reading documents");
        meter.begin(None);
        let (mut count, mut bytes) = (0u64, 0u64);
        let mut take = |document: &[u8]| {
            trainer.push(document)?;
            count += 1;
            bytes += document.len() as u64;
            also(document);
            Ok(())
        };
        gather(&self.data, self.framing, &mut take, &meter, edge)?;
        drop(meter);
        if bytes == 0 {
            return Err(nothing(count));
        }
        let meter = edge.meter("learning");
        trainer.train(&pool, &meter)
    }
}

fn nothing(documents: u64) -> Error {
    let found = match documents {
        0 => "no document".to_owned(),
        1 => "1 document, which is empty".to_owned(),
        n => format!("{n} documents, all of them empty"),
    };
    Error::new(ErrorKind::Usage, "nothing to learn from")
        .found(found)
        .expected("documents like those to be compressed")
}
