//! `unsaid knowledge pin`.

use clap::Args;
use serde_json::json;
use unsaid::knowledge::Files;
use unsaid_core::{Error, ErrorKind, Result};

use super::named;
use crate::commands::print;
use crate::edge::{Edge, json};

/// Keep one from `unsaid knowledge gc`
#[derive(Args, Debug)]
pub(super) struct PinArgs {
    /// How its hash begins (four digits or more), or its CID
    #[arg(value_name = "REF", required = true)]
    names: Vec<String>,

    /// Let it go
    #[arg(long)]
    unpin: bool,
}

impl PinArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let files = Files::of_user()?;
        for name in &self.names {
            let hash = named::hash(name, &files)?;
            let done = if self.unpin {
                if !files.unpin(&hash)? {
                    return Err(Error::new(ErrorKind::Missing, format!("{hash} is not pinned")));
                }
                "unpinned"
            } else {
                files.pin(&hash)?;
                "pinned"
            };
            if edge.json {
                let body = json!({ "hash": hash.to_string(), "done": done });
                print(format!("{}\n", json::line("knowledge", body)).as_bytes())?;
            } else {
                edge.report.summary(&format!("{hash}: {done}"));
            }
        }
        Ok(())
    }
}
