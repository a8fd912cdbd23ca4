//! `unsaid knowledge`: models, dictionaries and weights that are kept, by hash and by CID.

mod gc;
mod get;
mod list;
mod named;
mod pin;
mod put;
mod verify;

use clap::{Args, Subcommand};
use unsaid_core::Result;

use crate::edge::Edge;

pub(crate) use named::open;

/// Models, dictionaries, weights: what both sides must have, kept by hash
///
/// A file's name here is its BLAKE3. Its CID is the one that `ipfs add --cid-version=1 --raw-leaves` gives it,
/// so that anyone can publish it. The folder is $UNSAID_HOME/knowledge, or the one for data of your system.
#[derive(Args, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct KnowledgeArgs {
    #[command(subcommand)]
    command: KnowledgeCommand,
}

#[derive(Debug, Subcommand)]
enum KnowledgeCommand {
    Ls(list::LsArgs),
    Show(list::ShowArgs),
    Get(get::GetArgs),
    Put(put::PutArgs),
    Pin(pin::PinArgs),
    Verify(verify::VerifyArgs),
    Gc(gc::GcArgs),
}

impl KnowledgeArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        match self.command {
            KnowledgeCommand::Ls(args) => args.run(edge),
            KnowledgeCommand::Show(args) => args.run(edge),
            KnowledgeCommand::Get(args) => args.run(edge),
            KnowledgeCommand::Put(args) => args.run(edge),
            KnowledgeCommand::Pin(args) => args.run(edge),
            KnowledgeCommand::Verify(args) => args.run(edge),
            KnowledgeCommand::Gc(args) => args.run(edge),
        }
    }
}
