//! What every training of a record model is asked, and the learning itself.

use std::path::PathBuf;

use clap::Args;
use unsaid::records::{TrainOptions, Trained, Trainer};
use unsaid_core::{Progress, Result};

use super::corpus::{CorpusFraming, gather};
use super::said::{Drafts, Output};
use crate::commands::pack::size_value;
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
    pub(crate) fn open(&self, edge: &Edge) -> Result<Option<Drafts>> {
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
        let mut take = |document: &[u8]| {
            trainer.push(document)?;
            also(document);
            Ok(())
        };
        gather(&self.data, self.framing, &mut take, &meter, edge)?;
        drop(meter);
        let meter = edge.meter("learning");
        trainer.train(&pool, &meter)
    }
}
