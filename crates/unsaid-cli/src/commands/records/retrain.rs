//! `unsaid records retrain`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use unsaid::records::{Gain, HeldBack, Level};
use unsaid_core::Result;

use crate::commands::pack::size_value;
use crate::commands::print;
use crate::commands::train::{self, CorpusFraming, Output};
use crate::edge::{Edge, json, size};
use crate::options::{ConflictArgs, ThreadArgs};

/// Train again on newer documents, and say what the new model gains over the old one
///
/// Both are measured on the same documents, which the new one was not trained on. Old streams keep
/// naming the old model: keep it as long as there are any.
#[derive(Args, Debug)]
pub(crate) struct RetrainArgs {
    /// Files and directories to learn from; - is standard input
    #[arg(value_name = "DATA", required = true)]
    data: Vec<PathBuf>,

    /// The old model: its file, or how its hash begins in the store
    #[arg(long, value_name = "FILE|HASH", required = true)]
    model: PathBuf,

    /// The new model
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

impl RetrainArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let old = super::model(&self.model, &edge.limits)?;
        let output = Output {
            model: &self.output,
            chart: self.report.as_deref(),
            policy: self.conflict.policy(),
            sync: !self.no_sync,
        };
        let Some(drafts) = output.open(edge)? else { return Ok(()) };
        let pool = self.threads.pool();
        let mut held = HeldBack::new();
        let mut also = |document: &[u8]| held.offer(document);
        let trained = train::learn(&self.data, self.framing, self.bytes, &pool, edge, &mut also)?;
        let meter = edge.meter("measuring both models");
        let gain = Gain::measure(&old, &trained.model, &held, &meter)?;
        drop(meter);
        let name = train::publish(drafts, &trained)?;
        train::say(&name, &trained, edge)?;
        say(&gain, edge)
    }
}

fn say(gain: &Gain, edge: &Edge) -> Result<()> {
    if edge.json {
        let levels: Vec<_> = gain
            .levels
            .iter()
            .map(|(level, old, new)| json!({ "level": level.name(), "old": old, "new": new }))
            .collect();
        let body = json!({ "documents": gain.documents, "size": gain.bytes, "levels": levels });
        return print(format!("{}\n", json::line("gain", body)).as_bytes());
    }
    let mut text = format!(
        "old model against new, on {} documents held back, {}:\n",
        gain.documents,
        size::bytes(gain.bytes)
    );
    for &(level, old, new) in &gain.levels {
        let level: Level = level;
        let change = if old == 0 { 0.0 } else { new as f64 * 100.0 / old as f64 - 100.0 };
        text.push_str(&format!(
            "    {:<9} {:>10} -> {:>10}  {change:+.1} %\n",
            level.name(),
            size::bytes(old),
            size::bytes(new),
        ));
    }
    print(text.as_bytes())
}
