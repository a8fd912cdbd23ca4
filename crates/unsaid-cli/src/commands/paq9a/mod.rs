//! `unsaid paq9a {a|x|l}`: the command line of the program of 2007, every sentence of its text.
//!
//! Where that text leaves a choice open, ours is: two different levels are an error; a directory is
//! left out with a warning; without any input no archive is made; a name given on the command line
//! is trusted, a name from an archive is not.

mod add;
mod extract;
mod line;
mod list;

use std::ffi::OsString;

use clap::{Args, Subcommand};
use unsaid_core::{Error, ErrorKind, Result};

use crate::edge::Edge;
use crate::edge::escape;

/// The archiver paq9a: exchange archives with the program of 2007
///
/// Archives are solid: they are created once, and cannot be changed. File names are stored and
/// extracted exactly as named when the archive is created; they can be renamed during extraction.
/// Files are never overwritten.
#[derive(Args, Debug)]
#[command(override_usage = "paq9a {a|x|l} archive [[-opt] files...]...")]
#[command(verbatim_doc_comment, subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "For example:\n\n    \
    paq9a a foo.paq9a a.txt -3 -s b.txt -c c.txt tmp/d.txt /tmp/e.txt\n\n\
    creates foo.paq9a with 5 files at memory level 3; b.txt is stored without compression.\n\n    \
    paq9a x foo.paq9a x.txt y.txt\n\n\
    extracts a.txt to x.txt and b.txt to y.txt, then the others under their own names.")]
pub(crate) struct Paq9aArgs {
    #[command(subcommand)]
    command: Paq9aCommand,
}

#[derive(Debug, Subcommand)]
enum Paq9aCommand {
    /// Create an archive and compress the named files into it
    ///
    /// Options and file names may be in any order; -s and -c hold for the files after them. A file
    /// that does not exist is left out with a warning. An existing archive is never overwritten.
    #[command(override_usage = "paq9a a <ARCHIVE> [[-opt] <FILE>...]...")]
    A(add::AddArgs),
    X(extract::ExtractArgs),
    L(list::ListArgs),
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

impl Paq9aArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        match self.command {
            Paq9aCommand::A(args) => args.run(edge),
            Paq9aCommand::X(args) => args.run(edge),
            Paq9aCommand::L(args) => args.run(edge),
            Paq9aCommand::Other(words) => Err(unknown(&words, edge)),
        }
    }
}

/// Any other command displays the help message.
fn unknown(words: &[OsString], edge: &Edge) -> Error {
    let mut root = crate::command();
    root.build();
    if let Some(help) = root.find_subcommand("paq9a") {
        let text = help.clone().render_long_help().to_string();
        text.lines().for_each(|line| edge.report.write(line));
    }
    let word = words.first().map(|w| escape::name(w)).unwrap_or_default();
    Error::new(ErrorKind::Usage, "no such command of paq9a").found(format!("'{word}'")).expected("a, x or l")
}
