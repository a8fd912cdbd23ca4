//! `unsaid piz explain`.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use unsaid::piz::explain::{self, explain};
use unsaid_core::{Error, Result};

use super::{Action, CacheChoice, Digits, Opened};
use crate::edge::language::Language;
use crate::edge::pool::Pool;
use crate::edge::{Edge, stdio};

/// Say how a person would decode an archive with pen and paper
#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// The archive; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl ExplainArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let in_file = |e: Error| if e.io_source().is_none() { e.in_file(&self.file) } else { e };
        let opened = Opened::new(&self.file, Some(Action::Unpack)).map_err(in_file)?;
        let language = Language::of_locale().choose(explain::Language::English, explain::Language::Russian);
        let pool = Pool::new(1);
        let meter = edge.meter(format!("explaining {}", super::shown(&self.file)));
        let mut out = BufWriter::new(stdio::content_output(false)?);
        let explained = Digits::new(&CacheChoice::OfUser, edge).with(&pool, &meter, edge, |digits| {
            explain(opened.reader(), &mut out, digits, language, &edge.limits, &meter)
        });
        explained.map_err(in_file)?;
        out.flush().map_err(|e| Error::io("writing to standard output", e))
    }
}
