//! `unsaid ipfs verify`.

use std::collections::HashSet;

use clap::Args;
use serde_json::json;
use unsaid::ipfs::Own;
use unsaid_core::{Error, ErrorKind, Progress, Result};

use crate::commands::print;
use crate::commands::zipfs::blocks;
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, json};

/// Hash every block of the own store again
///
/// A damaged one is set aside, so that it is fetched again when it is needed, and is exit code 3. One that a
/// pin needs and that is not kept is exit code 4.
#[derive(Args, Debug)]
pub(super) struct VerifyArgs {}

impl VerifyArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let own = Own::of_user()?;
        let meter = edge.meter("hashing every block");
        meter.begin(None);
        let (mut whole, mut damaged) = (0, 0u64);
        let mut aside = HashSet::new();
        for disk in [own.kept(), own.cache()] {
            whole += disk.verify(&mut |cid, good| {
                if !good {
                    damaged += 1;
                    aside.insert(*cid.hash());
                    edge.report.error(
                        &Error::corrupt(format!("block {cid} was damaged"))
                            .hint("it is set aside; what needs it fetches it again: unsaid ipfs pin CID"),
                    );
                }
                meter.advance(0, 0)
            })?;
            disk.take_notes().iter().for_each(|note| edge.report.note(note));
        }
        let mut missing = 0u64;
        for pin in own.pins().list()? {
            stop_if_asked()?;
            let lacks = match own.lacks(&pin) {
                Ok(lacks) => lacks,
                Err(e) if e.kind() == ErrorKind::Interrupted => return Err(e),
                Err(e) => {
                    edge.report.error(&Error::new(e.kind(), format!("what hangs on the pin {pin}: {e}")));
                    missing += 1;
                    continue;
                }
            };
            // Of what was set aside just now it is said already.
            for cid in lacks.iter().filter(|cid| !aside.contains(cid.hash())) {
                missing += 1;
                edge.report.error(&Own::lacking(&pin, cid));
            }
        }
        drop(meter);
        if edge.json {
            let body = json!({ "whole": damaged + missing == 0, "blocks": whole, "damaged": damaged,
                "missing": missing });
            return print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        edge.report.summary(&match (damaged, missing) {
            (0, 0) => format!("{}: ok", blocks(whole)),
            (n, 0) => format!("{} whole, {n} not", blocks(whole)),
            (n, missing) => format!("{} whole, {n} not, {missing} missing", blocks(whole)),
        });
        Ok(())
    }
}
