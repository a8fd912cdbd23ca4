//! `unsaid knowledge verify`.

use clap::Args;
use serde_json::json;
use unsaid::knowledge::Files;
use unsaid_core::{ErrorKind, Progress, Result};

use crate::commands::print;
use crate::edge::{Edge, json, size};

/// Hash every file that is kept again
#[derive(Args, Debug)]
pub(super) struct VerifyArgs {}

impl VerifyArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let files = Files::of_user()?;
        let meter = edge.meter("hashing what is kept");
        meter.begin(None);
        let (mut whole, mut damaged, mut bytes) = (0u64, 0u64, 0);
        for hash in files.hashes()? {
            match files.verify(&hash, &meter) {
                Ok(size) => {
                    whole += 1;
                    bytes += size;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => return Err(e),
                Err(e) => {
                    damaged += 1;
                    edge.report.error(&e);
                }
            }
        }
        drop(meter);
        if edge.json {
            let body = json!({ "whole": damaged == 0, "files": whole, "size": bytes, "damaged": damaged });
            return print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        let counted = format!("{}, {}", size::files(whole), size::bytes(bytes));
        edge.report.summary(&match damaged {
            0 => format!("{counted}: ok"),
            n => format!("{counted} whole, {n} not"),
        });
        Ok(())
    }
}
