//! `unsaid records retrain`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use unsaid::records::{Gain, HeldBack, Level};
use unsaid_core::Result;

use crate::commands::print;
use crate::commands::train::{self, LearnArgs};
use crate::edge::{Edge, json, size};

/// Train again on newer documents, and say what the new model gains over the old one
///
/// Both are measured on the same documents, which the new one was not trained on. Old streams keep
/// naming the old model: keep it as long as there are any.
#[derive(Args, Debug)]
pub(crate) struct RetrainArgs {
    /// The old model: its file, how its hash begins in the store, or its CID
    #[arg(long, value_name = "FILE|HASH|CID", required = true)]
    model: PathBuf,

    #[command(flatten)]
    learn: LearnArgs,
}

impl RetrainArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let Some(drafts) = self.learn.open(Some(&self.model), edge)? else { return Ok(()) };
        let old = super::model(&self.model, edge)?;
        let mut held = HeldBack::new();
        let trained = self.learn.learn(edge, &mut |document| held.offer(document))?;
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
        "old model against new, on {} held back, {}:\n",
        train::documents(gain.documents),
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
