//! `unsaid pi`: the number itself.

mod digits;

use clap::{Args, Subcommand};
use unsaid_core::Result;

use crate::edge::Edge;

/// The number π, for the curious
#[derive(Args, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct PiArgs {
    #[command(subcommand)]
    command: PiCommand,
}

#[derive(Debug, Subcommand)]
enum PiCommand {
    Digits(digits::DigitsArgs),
}

impl PiArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        match self.command {
            PiCommand::Digits(args) => args.run(edge),
        }
    }
}
