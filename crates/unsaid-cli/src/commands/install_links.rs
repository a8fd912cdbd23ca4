//! `unsaid install-links DIR`: the other names of the program.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use unsaid_core::{Error, Result};

use crate::edge::Edge;
use crate::edge::escape;
use crate::names::NAMES;

/// Make links through which the program answers to its other names (paq9a, forge, encode, decode, ncat, piz, PiZ, πz, π-zip)
///
/// A name that is taken is left alone.
#[derive(Args, Debug)]
pub(crate) struct InstallLinksArgs {
    /// The directory for the links
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl InstallLinksArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let program = env::current_exe().map_err(|e| Error::io("finding this program", e))?;
        for (name, words) in NAMES {
            let link = self.dir.join(if cfg!(windows) { format!("{name}.exe") } else { (*name).to_owned() });
            let shown = escape::name(link.as_os_str());
            if already_there(&link, &program) {
                edge.report.note(&format!("{shown}: is there already"));
            } else if self.dry_run {
                edge.report.note(&format!("{shown}: would mean unsaid {}", words.join(" ")));
            } else {
                make_link(&program, &link).map_err(|e| {
                    let e = Error::io("making a link", e).in_file(&link);
                    e.hint("nothing is ever overwritten: remove it first if it is in the way")
                })?;
                edge.report.note(&format!("{shown}: now means unsaid {}", words.join(" ")));
            }
        }
        Ok(())
    }
}

fn already_there(link: &Path, program: &Path) -> bool {
    std::fs::read_link(link).is_ok_and(|target| target == program)
}

/// Makes `link` point to `program`; fails where the name is taken, even by a dangling link.
#[cfg(unix)]
fn make_link(program: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(program, link)
}

/// Links need a privilege on Windows; a second name of the file does not.
#[cfg(windows)]
fn make_link(program: &Path, link: &Path) -> io::Result<()> {
    std::fs::hard_link(program, link)
}
