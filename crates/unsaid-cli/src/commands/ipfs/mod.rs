//! `unsaid ipfs`: blocks that their hashes name.

mod car;
mod get;
mod list;
mod pin;
mod put;
mod serve;
mod verify;

use clap::{Args, Subcommand};
use unsaid_core::Result;

use crate::edge::Edge;

/// Blocks that their hashes name: fetch, keep, give to others
///
/// Every block is verified by its hash. What is put or pinned is kept in $UNSAID_HOME, or in the folders
/// for data and caches of your system. No public host is ever asked, unless you name it.
#[derive(Args, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct IpfsArgs {
    #[command(subcommand)]
    command: IpfsCommand,
}

#[derive(Debug, Subcommand)]
enum IpfsCommand {
    Get(get::GetArgs),
    Put(put::PutArgs),
    AddCar(car::AddCarArgs),
    ExportCar(car::ExportCarArgs),
    Ls(list::LsArgs),
    Pin(pin::PinArgs),
    Verify(verify::VerifyArgs),
    Serve(serve::ServeArgs),
}

impl IpfsArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        match self.command {
            IpfsCommand::Get(args) => args.run(edge),
            IpfsCommand::Put(args) => args.run(edge),
            IpfsCommand::AddCar(args) => args.run(edge),
            IpfsCommand::ExportCar(args) => args.run(edge),
            IpfsCommand::Ls(args) => args.run(edge),
            IpfsCommand::Pin(args) => args.run(edge),
            IpfsCommand::Verify(args) => args.run(edge),
            IpfsCommand::Serve(args) => args.run(edge),
        }
    }
}
