//! `unsaid records models`.

use std::fs::File;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use unsaid::records::{Level, Model};
use unsaid_core::{Error, Result};

use crate::commands::print;
use crate::edge::stoppable::Stoppable;
use crate::edge::{Edge, json, size};
use unsaid::store::{self, Store};

/// The models that are kept, by hash: list them, add one, remove one
///
/// Streams name their model by hash, so that they find it here without --model. The folder is
/// $UNSAID_HOME/knowledge, or the one for data of your system.
#[derive(Args, Debug)]
pub(crate) struct ModelsArgs {
    /// Keep a copy of this model
    #[arg(long, value_name = "FILE", conflicts_with = "remove")]
    add: Vec<PathBuf>,

    /// Remove the model whose hash begins like this
    #[arg(long, value_name = "HASH")]
    remove: Vec<String>,
}

impl ModelsArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let store = Store::of_user()?;
        for path in &self.add {
            let failed = |e| Error::io("opening the model", e).in_file(path);
            let file = Stoppable(File::open(path).map_err(failed)?);
            let bytes = store::read_model(file, &edge.limits).map_err(|e| e.in_file(path))?;
            let model = Model::load(&bytes, &edge.limits).map_err(|e| e.in_file(path))?;
            // Until it is pinned nobody may collect it.
            let _adding = store.files().adding(&unsaid_core::Silent)?;
            let what = if store.add(&bytes, &model.id())? { "added" } else { "is there already" };
            // What was asked to be kept is not garbage.
            store.files().pin(model.id().hash())?;
            say(&format!("{}: {what}", model.id()), &model.id().to_string(), what, edge)?;
        }
        for digits in &self.remove {
            let id = store.find(digits)?;
            store.remove(&id)?;
            say(&format!("{id}: removed"), &id.to_string(), "removed", edge)?;
        }
        if self.add.is_empty() && self.remove.is_empty() {
            return list(&store, edge);
        }
        Ok(())
    }
}

fn say(text: &str, id: &str, what: &str, edge: &Edge) -> Result<()> {
    if edge.json {
        return print(format!("{}\n", json::line("model", json!({ "id": id, "done": what }))).as_bytes());
    }
    edge.report.summary(text);
    Ok(())
}

fn list(store: &Store, edge: &Edge) -> Result<()> {
    let ids = store.ids()?;
    if ids.is_empty() {
        edge.report.note(&format!(
            "no model is kept in {}",
            crate::edge::escape::name(store.files().folder().as_os_str())
        ));
    }
    let mut text = String::new();
    for id in ids {
        let model = match store.load(&id, &edge.limits) {
            Ok(model) => model,
            Err(e) => {
                edge.report.error(&e);
                continue;
            }
        };
        let levels: Vec<_> = model.levels().map(Level::name).collect();
        let held = model.report().map_or(0, |report| report.held_bytes);
        if edge.json {
            let body = json!({ "id": id.to_string(), "size": model.file_bytes(), "levels": levels,
                "trained": model.report().map(|report| report.trained_bytes) });
            text.push_str(&format!("{}\n", json::line("model", body)));
            continue;
        }
        let gains = model.report().into_iter().flat_map(|report| &report.levels);
        let gains: Vec<_> =
            gains.map(|level| format!("{} {}", level.level, size::percent(level.bytes, held))).collect();
        text.push_str(&format!(
            "{id}  {:>9}  {}\n",
            size::bytes(model.file_bytes() as u64),
            gains.join(", ")
        ));
    }
    print(text.as_bytes())
}
