//! `unsaid train records`.

use std::path::PathBuf;

use clap::Args;
use unsaid::records::{TrainOptions, Trained, Trainer};
use unsaid_core::{Progress, Result};

use super::corpus::{CorpusFraming, gather};
use super::said::{Output, publish, say};
use crate::commands::pack::size_value;
use crate::edge::Edge;
use crate::edge::pool::Pool;
use crate::options::{ConflictArgs, ThreadArgs};

/// Make a model for `unsaid records` from documents like those to come
///
/// Every sixteenth document is measured and never learned from; the report says what the model makes
/// of those. A model holds pieces of what it was trained on: whoever has it can read them.
#[derive(Args, Debug)]
pub(crate) struct RecordsArgs {
    /// Files and directories to learn from; - is standard input
    #[arg(value_name = "DATA", required = true)]
    data: Vec<PathBuf>,

    /// The model; .unsm is a good ending
    #[arg(short, long, value_name = "FILE", required = true)]
    output: PathBuf,

    /// How documents are told apart [default: lines in .jsonl, .ndjson and .log files and in pipes,
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

impl RecordsArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let output = Output {
            model: &self.output,
            chart: self.report.as_deref(),
            policy: self.conflict.policy(),
            sync: !self.no_sync,
        };
        let Some(drafts) = output.open(edge)? else { return Ok(()) };
        let pool = self.threads.pool();
        let trained = learn(&self.data, self.framing, self.bytes, &pool, edge, &mut |_| {})?;
        let name = publish(drafts, &trained)?;
        say(&name, &trained, edge)
    }
}

/// Learns from the data; `also` sees every document.
pub(crate) fn learn(
    data: &[PathBuf],
    framing: Option<CorpusFraming>,
    bytes: Option<u64>,
    pool: &Pool,
    edge: &Edge,
    also: &mut dyn FnMut(&[u8]),
) -> Result<Trained> {
    let mut options = TrainOptions::default();
    options.bytes = bytes.unwrap_or(options.bytes);
    options.memory = edge.limits.memory;
    let mut trainer = Trainer::new(options);
    let meter = edge.meter("reading documents");
    meter.begin(None);
    let mut take = |document: &[u8]| {
        trainer.push(document)?;
        also(document);
        Ok(())
    };
    gather(data, framing, &mut take, &meter, edge)?;
    drop(meter);
    let meter = edge.meter("learning");
    trainer.train(pool, &meter)
}
