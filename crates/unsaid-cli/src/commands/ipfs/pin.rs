//! `unsaid ipfs pin`.

use clap::Args;
use serde_json::json;
use unsaid::ipfs::Own;
use unsaid_core::{Error, ErrorKind, Result};

use super::car::parse;
use crate::commands::print;
use crate::commands::zipfs::blocks;
use crate::edge::{Edge, json};
use crate::options::{SourcesArgs, budget, hinted};

/// Keep blocks and all they link to, fetching what is not here; or list what is pinned
///
/// Of each CID at most --max-entries blocks are kept, and --max-output bytes of blocks.
#[derive(Args, Debug)]
pub(super) struct PinArgs {
    /// The CIDs; without any, the pinned ones are listed
    #[arg(value_name = "CID")]
    cids: Vec<String>,

    /// Let them go: unsaid knowledge gc then removes what no other pin needs
    #[arg(long, requires = "cids")]
    unpin: bool,

    #[command(flatten)]
    sources: SourcesArgs,
}

impl PinArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let own = Own::of_user()?;
        if self.cids.is_empty() {
            let mut text = String::new();
            let pins = own.pins().list()?;
            if pins.is_empty() {
                edge.report.note("nothing is pinned");
            }
            for cid in pins {
                text.push_str(&if edge.json {
                    format!("{}\n", json::line("block", json!({ "cid": cid.to_string(), "what": "pinned" })))
                } else {
                    format!("{cid}\n")
                });
            }
            return print(text.as_bytes());
        }
        let meter = edge.meter("pinning");
        let sources = self.sources.open(edge, &meter)?;
        for text in &self.cids {
            let cid = parse(text)?;
            let (done, count) = if self.unpin {
                if !own.pins().remove(&cid)? {
                    let e = Error::new(ErrorKind::Missing, format!("{cid} is not pinned"));
                    return Err(e.hint("unsaid ipfs pin lists what is"));
                }
                ("unpinned", 0)
            } else {
                let pinned = own.pin(&cid, &sources, budget(edge), &meter);
                let count = pinned.map_err(|e| hinted(&sources, &[cid], e))?;
                ("pinned", count)
            };
            if edge.json {
                let body = json!({ "cid": cid.to_string(), "what": done, "blocks": count });
                print(format!("{}\n", json::line("block", body)).as_bytes())?;
            } else if self.unpin {
                edge.report.summary(&format!("{cid}: unpinned"));
            } else {
                edge.report.summary(&format!("{cid}: pinned, {}", blocks(count)));
            }
        }
        Ok(())
    }
}
