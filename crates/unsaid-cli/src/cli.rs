//! The words of the command. Help, manual pages and completions all come from this definition, and
//! a test compares it with `docs/reference/vocabulary.md`.

use std::ffi::OsString;
use std::io;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::error::ErrorKind as ClapErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use unsaid_core::{Error, Result};

use crate::commands::{
    bb, cat, completions, help, info, install_links, ipfs, knowledge, list, man, pack, paq9a, pi, piz,
    records, recover, test, train, unpack, zipfs,
};
use crate::edge::exit::{self, Exit};
use crate::edge::report::Report;
use crate::edge::{Edge, panic, signals};
use crate::names;
use crate::options::CommonArgs;

const AFTER_HELP: &str = "\
Files are written whole or not at all, existing ones are never replaced unless you say so, and
sources are kept unless you say --rm. Exit codes: `unsaid help exit-codes`.";

/// Archives that leave unsaid what both sides already know
#[derive(Debug, Parser)]
#[command(name = "unsaid", version, after_help = AFTER_HELP)]
#[command(disable_help_subcommand = true, args_override_self = true, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    common: CommonArgs,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(visible_alias = "p")]
    Pack(pack::PackArgs),
    #[command(visible_alias = "x")]
    Unpack(unpack::UnpackArgs),
    #[command(visible_alias = "l")]
    List(list::ListArgs),
    #[command(visible_alias = "i")]
    Info(info::InfoArgs),
    #[command(visible_alias = "t")]
    Test(test::TestArgs),
    Cat(cat::CatArgs),
    Recover(recover::RecoverArgs),
    Paq9a(paq9a::Paq9aArgs),
    Bb(bb::BbArgs),
    Records(records::RecordsArgs),
    Train(train::TrainArgs),
    Zipfs(zipfs::ZipfsArgs),
    Ipfs(ipfs::IpfsArgs),
    Knowledge(knowledge::KnowledgeArgs),
    Piz(piz::PizArgs),
    Pi(pi::PiArgs),
    InstallLinks(install_links::InstallLinksArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    Help(help::HelpArgs),
}

impl Verb {
    fn run(self, edge: &Edge) -> Result<()> {
        match self {
            Verb::Pack(args) => args.run(edge),
            Verb::Unpack(args) => args.run(edge),
            Verb::List(args) => args.run(edge),
            Verb::Info(args) => args.run(edge),
            Verb::Test(args) => args.run(edge),
            Verb::Cat(args) => args.run(edge),
            Verb::Recover(args) => args.run(edge),
            Verb::Paq9a(args) => args.run(edge),
            Verb::Bb(args) => args.run(edge),
            Verb::Records(args) => args.run(edge),
            Verb::Train(args) => args.run(edge),
            Verb::Zipfs(args) => args.run(edge),
            Verb::Ipfs(args) => args.run(edge),
            Verb::Knowledge(args) => args.run(edge),
            Verb::Piz(args) => args.run(edge),
            Verb::Pi(args) => args.run(edge),
            Verb::InstallLinks(args) => args.run(edge),
            Verb::Completions(args) => args.run(),
            Verb::Man(args) => args.run(edge),
            Verb::Help(args) => args.run(),
        }
    }
}

/// The definition: every sub-command, option and argument, with its help.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the program's own command line.
pub fn main() -> ExitCode {
    panic::install();
    // Without handlers the defaults of the system hold: nothing unfinished has a final name.
    let _ = signals::install();
    let arguments = names::expand(std::env::args_os().collect());
    let exit = panic::guard(|| run(arguments)).unwrap_or_else(|e| {
        Report::new(0, 0, false).error(&e);
        Exit::of(&e)
    });
    exit.into()
}

fn run(arguments: Vec<OsString>) -> Exit {
    let parsed = command().try_get_matches_from(arguments).and_then(|m| Cli::from_arg_matches(&m));
    let Cli { common, verb } = match parsed {
        Ok(cli) => cli,
        Err(e) => return show(&e),
    };
    let (mut edge, limits_read) = common.edge();
    if matches!(verb, Verb::Piz(_)) {
        edge.report.quiet_is_silent();
    }
    // Guarded here too: with the line's flags known, even this error is said as they ask.
    let result = panic::guard(AssertUnwindSafe(|| limits_read.and_then(|()| verb.run(&edge))));
    if let Err(e) = result.and_then(|result| result) {
        edge.report.error(&e);
    }
    edge.report.worst()
}

/// Prints what clap has to say: an error or missing words to standard error, help and version that
/// were asked for to standard output, where a failure to print is a failure.
fn show(message: &clap::Error) -> Exit {
    let asked_for = matches!(message.kind(), ClapErrorKind::DisplayHelp | ClapErrorKind::DisplayVersion);
    match message.print().and_then(|()| io::Write::flush(&mut io::stdout())) {
        Ok(()) if asked_for => Exit::Done,
        Ok(()) => Exit::Usage,
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => exit::BROKEN_PIPE,
        Err(_) if !asked_for => Exit::Usage,
        Err(e) => Exit::of(&Error::io("writing help", e)),
    }
}
