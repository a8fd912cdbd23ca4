//! `unsaid train`: knowledge from data.

mod chart;
mod corpus;
mod learn;
mod records;
mod said;

use clap::{Args, Subcommand};
use unsaid_core::Result;

use crate::commands::zipfs;
use crate::edge::Edge;

pub(crate) use corpus::{CorpusFraming, gather};
pub(crate) use learn::LearnArgs;
pub(crate) use said::{documents, levels, publish, say};

/// Make knowledge from data
#[derive(Args, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct TrainArgs {
    #[command(subcommand)]
    command: TrainCommand,
}

#[derive(Debug, Subcommand)]
enum TrainCommand {
    Records(records::RecordsArgs),
    Zipfs(zipfs::TrainArgs),
}

impl TrainArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        match self.command {
            TrainCommand::Records(args) => args.run(edge),
            TrainCommand::Zipfs(args) => args.run(edge),
        }
    }
}
