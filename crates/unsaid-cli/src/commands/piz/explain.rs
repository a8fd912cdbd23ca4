//! `unsaid piz explain`.

use std::path::PathBuf;

use clap::Args;
use unsaid_core::Result;

use crate::edge::Edge;

/// Say how a person would decode an archive with pen and paper
#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// The archive; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl ExplainArgs {
    pub(super) fn run(self, _edge: &Edge) -> Result<()> {
        let _ = self.file;
        Ok(())
    }
}
