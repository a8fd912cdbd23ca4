//! `unsaid man`: the manual pages, made from the definition of the command.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;
use unsaid_core::{Error, ErrorKind, Result};

use super::print;
use crate::edge::Edge;
use crate::edge::exit::TABLE;

/// Print a manual page, or write all of them
///
/// For instance:
///
///     unsaid man | man -l -
///     unsaid man paq9a a | man -l -
///     unsaid man -o ~/.local/share/man/man1
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct ManArgs {
    /// The sub-command to print the page of
    #[arg(value_name = "VERB")]
    verb: Vec<String>,

    /// Write every page into this directory instead; pages that are there are replaced
    #[arg(short, long, value_name = "DIR", conflicts_with = "verb")]
    output: Option<PathBuf>,
}

impl ManArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let mut root = crate::command();
        root.build();
        match self.output {
            Some(dir) => {
                fs::create_dir_all(&dir).map_err(|e| Error::io("making the directory", e).in_file(&dir))?;
                let mut count = 0;
                write_all(&root, "unsaid", &dir, &mut count)?;
                edge.report.note(&format!("{count} manual pages written"));
                Ok(())
            }
            None => {
                let (command, name) = find(&root, &self.verb)?;
                print(&page(command, &name)?)
            }
        }
    }
}

/// The sub-command with these words, and its page's name.
pub(crate) fn find<'a>(root: &'a Command, words: &[String]) -> Result<(&'a Command, String)> {
    let start = (root, "unsaid".to_owned());
    words.iter().try_fold(start, |(command, name), word| {
        let sub = command.find_subcommand(word).ok_or_else(|| {
            Error::new(ErrorKind::Usage, "no such sub-command")
                .found(format!("'{word}'"))
                .hint("see unsaid --help")
        })?;
        Ok((sub, format!("{name}-{}", sub.get_name())))
    })
}

fn write_all(command: &Command, name: &str, dir: &Path, count: &mut usize) -> Result<()> {
    let path = dir.join(format!("{name}.1"));
    fs::write(&path, page(command, name)?).map_err(|e| Error::io("writing the page", e).in_file(&path))?;
    *count += 1;
    command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set())
        .try_for_each(|sub| write_all(sub, &format!("{name}-{}", sub.get_name()), dir, count))
}

fn page(command: &Command, name: &str) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let man = Man::new(command.clone()).title(name.to_uppercase()).section("1").manual("Unsaid");
    man.render(&mut out).map_err(|e| Error::io("making the page", e))?;
    exit_status(&mut out);
    Ok(out)
}

/// The section that every page shares: what the process's exit status means.
fn exit_status(out: &mut Vec<u8>) {
    out.extend_from_slice(b".SH \"EXIT STATUS\"\n");
    for (code, meaning) in TABLE {
        // `\&` keeps a line that starts with a point or an apostrophe from being a request.
        out.extend_from_slice(format!(".TP\n\\fB{code}\\fR\n\\&{meaning}\n").as_bytes());
    }
}
