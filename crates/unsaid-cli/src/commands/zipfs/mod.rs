//! `unsaid zipfs`: files against public dictionaries, which CIDs name.

mod check;
mod compress;
mod decompress;
mod dict;
mod dictionary;
mod show;
mod train;

use clap::{Args, Subcommand, ValueEnum};
use unsaid::zipfs::Profile;
use unsaid_core::Result;

use crate::edge::Edge;

pub(crate) use dict::about;
pub(crate) use show::{Blocks, info, test};
pub(crate) use train::TrainArgs;

/// ZIPFS: files against public dictionaries
///
/// A dictionary is a list of segments that its CID names; a file is the codes of segments and that CID. It can
/// be read for as long as somebody has the dictionary. This is no encryption: whoever has both reads all.
#[derive(Args, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "For example:\n\n    \
    unsaid zipfs train corpus -o words.car\n    \
    unsaid zipfs compress notes.txt --dictionary words.car\n    \
    unsaid zipfs decompress notes.txt.zipfs -o back.txt --dictionary words.car")]
pub(crate) struct ZipfsArgs {
    #[command(subcommand)]
    command: ZipfsCommand,
}

#[derive(Debug, Subcommand)]
enum ZipfsCommand {
    Train(TrainArgs),
    Compress(compress::CompressArgs),
    Decompress(decompress::DecompressArgs),
    Check(check::CheckArgs),
    Dict(dict::DictArgs),
}

impl ZipfsArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        match self.command {
            ZipfsCommand::Train(args) => args.run(edge),
            ZipfsCommand::Compress(args) => args.run(edge),
            ZipfsCommand::Decompress(args) => args.run(edge),
            ZipfsCommand::Check(args) => args.run(edge),
            ZipfsCommand::Dict(args) => args.run(edge),
        }
    }
}

/// The ways in which codes are given to segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CodeProfile {
    /// (i+1) ones, then a zero: what the specification's author's program reads and writes
    Unary,
    /// Huffman codes of the lengths in the dictionary
    Canonical,
    /// The specification to the letter: 0, 10, 110 …; no file says so, its reader must
    Strict,
}

impl From<CodeProfile> for Profile {
    fn from(name: CodeProfile) -> Profile {
        match name {
            CodeProfile::Unary => Profile::Unary,
            CodeProfile::Canonical => Profile::Canonical,
            CodeProfile::Strict => Profile::Strict,
        }
    }
}

/// `1 segment`, `2 segments`.
fn segments(n: u64) -> String {
    if n == 1 { "1 segment".to_owned() } else { format!("{n} segments") }
}

/// `1 block`, `2 blocks`.
pub(crate) fn blocks(n: u64) -> String {
    if n == 1 { "1 block".to_owned() } else { format!("{n} blocks") }
}
