//! `unsaid knowledge pin`.

use clap::Args;
use serde_json::json;
use unsaid::ipfs::Own;
use unsaid::knowledge::Files;
use unsaid_core::{Error, ErrorKind, Result, Silent};

use super::{list, named};
use crate::commands::print;
use crate::edge::{Edge, json};
use crate::options::budget;

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
            if self.dictionary(name, &files, edge)? {
                continue;
            }
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

    /// Does it where a ZIPFS dictionary is meant, which is blocks and no file; whether one is.
    fn dictionary(&self, name: &str, files: &Files, edge: &Edge) -> Result<bool> {
        let Some(cid) = named::block(name, files)? else { return Ok(false) };
        let own = Own::of_user()?;
        if list::dictionary(&own, &cid, &edge.limits).is_none() {
            return Ok(false);
        }
        let done = if self.unpin {
            if !own.pins().remove(&cid)? {
                return Err(Error::new(ErrorKind::Missing, format!("{cid} is not pinned")));
            }
            "unpinned"
        } else {
            own.pin(&cid, &own, budget(edge), &Silent)?;
            "pinned"
        };
        if edge.json {
            let body = json!({ "cid": cid.to_string(), "done": done });
            print(format!("{}\n", json::line("knowledge", body)).as_bytes())?;
        } else {
            edge.report.summary(&format!("{cid}: {done}"));
        }
        Ok(true)
    }
}
