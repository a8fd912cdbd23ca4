//! `unsaid ipfs verify`.

use clap::Args;
use serde_json::json;
use unsaid::ipfs::Own;
use unsaid_core::{Error, Progress, Result};

use crate::commands::print;
use crate::commands::zipfs::blocks;
use crate::edge::{Edge, json};

/// Hash every block of the own store again
///
/// A damaged one is set aside, so that it is fetched again when it is needed, and is exit code 3.
#[derive(Args, Debug)]
pub(super) struct VerifyArgs {}

impl VerifyArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let own = Own::of_user()?;
        let meter = edge.meter("hashing every block");
        meter.begin(None);
        let (mut whole, mut damaged) = (0, 0u64);
        for disk in [own.kept(), own.cache()] {
            whole += disk.verify(&mut |cid, good| {
                if !good {
                    damaged += 1;
                    edge.report.error(
                        &Error::corrupt(format!("block {cid} was damaged"))
                            .hint("it is set aside; what needs it fetches it again: unsaid ipfs pin CID"),
                    );
                }
                meter.advance(0, 0)
            })?;
            disk.take_notes().iter().for_each(|note| edge.report.note(note));
        }
        drop(meter);
        if edge.json {
            let body = json!({ "whole": damaged == 0, "blocks": whole, "damaged": damaged });
            return print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        edge.report.summary(&match damaged {
            0 => format!("{}: ok", blocks(whole)),
            n => format!("{} whole, {n} not", blocks(whole)),
        });
        Ok(())
    }
}
