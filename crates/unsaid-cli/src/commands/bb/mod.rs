//! `unsaid bb {forge|encode|decode|ncat|model}`: the programs of BB's text, and a look at models.

pub(crate) mod about;
mod code;
mod corpus;
mod forge;
mod model;
mod ncat;
mod streams;

use clap::{Args, Subcommand, ValueEnum};
use unsaid::bb::Profile;
use unsaid_core::Result;

use crate::edge::Edge;

/// BB: small documents against a model of fragments
///
/// A model is forged once from documents like those to come; with it each document is encoded and
/// decoded on its own. Nothing can be decoded without the model that encoded it.
#[derive(Args, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "For example:\n\n    \
    unsaid bb forge corpus/*.json -o json.bbm\n    \
    cat test.json | unsaid bb encode json.bbm > test.bb\n    \
    cat test.bb | unsaid bb decode json.bbm")]
pub(crate) struct BbArgs {
    #[command(subcommand)]
    command: BbCommand,
}

#[derive(Debug, Subcommand)]
enum BbCommand {
    Forge(forge::ForgeArgs),
    Encode(code::EncodeArgs),
    Decode(code::DecodeArgs),
    Ncat(ncat::NcatArgs),
    Model(model::ModelArgs),
}

impl BbArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        match self.command {
            BbCommand::Forge(args) => args.run(edge),
            BbCommand::Encode(args) => args.run(edge),
            BbCommand::Decode(args) => args.run(edge),
            BbCommand::Ncat(args) => args.run(edge),
            BbCommand::Model(args) => args.run(edge),
        }
    }
}

/// The two ways in which BB's bytes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProfileName {
    /// As the text has it: FD and FE
    Protocol,
    /// As the original's code has it: FC, FD and FF, and a count in the model
    Reference,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Protocol => Profile::Protocol,
            ProfileName::Reference => Profile::Reference,
        }
    }
}
