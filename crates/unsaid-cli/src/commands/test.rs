//! `unsaid test`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use unsaid::Format;
use unsaid::archive::Verifier;
use unsaid_core::Result;

use super::bb::about;
use super::input::{self, Input};
use super::piz;
use super::print;
use super::records::{self, ModelArgs};
use super::zipfs;
use crate::edge::exit::Exit;
use crate::edge::pool::Pool;
use crate::edge::progress::{Meter, stop_if_asked};
use crate::edge::{Edge, json, size};
use crate::options::ThreadArgs;

/// Check archives: decode everything, compare every hash, write nothing
#[derive(Args, Debug)]
pub(crate) struct TestArgs {
    /// Archives; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    threads: ThreadArgs,

    /// Pass over bytes after the end of the archive
    #[arg(long)]
    ignore_trailing: bool,
}

/// What was found, besides what was said already.
struct Tested {
    verifier: Verifier,
    /// What a test of this format can prove.
    proven: &'static str,
    whole: bool,
}

impl TestArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let pool = self.threads.pool();
        for file in &self.files {
            let meter = edge.meter(format!("testing {}", input::shown(file)));
            let tested = self.one(file, edge, &pool, &meter);
            drop(meter);
            match tested {
                Ok(Some(tested)) => say(file, &tested, edge)?,
                Ok(None) => {}
                Err(e) => match about::recognised(file, &e, &edge.limits) {
                    Some(model) => about::tested(file, &model, edge)?,
                    None => edge.report.error_in(&e, file),
                },
            }
            stop_if_asked()?;
        }
        Ok(())
    }

    fn one(&self, file: &Path, edge: &Edge, pool: &Pool, progress: &Meter<'_>) -> Result<Option<Tested>> {
        const FF: &str = "CRC32 of every chunk, BLAKE3 of every file and of the index";
        let mut verifier = Verifier::default();
        let tools: (_, &dyn unsaid_core::Workers, &dyn unsaid_core::Progress) =
            (&edge.limits, pool, progress);
        let (proven, problems) = match input::open(file, &edge.limits)? {
            Input::Ff(mut archive) => {
                archive.deliver(|_| true, &mut verifier, pool, progress)?;
                let contents = archive.contents();
                let mut problems = contents.problems.len();
                input::report_problems(edge, file, &contents.problems);
                let trailing = input::trailing(edge, file, contents, self.ignore_trailing);
                problems += usize::from(trailing.is_some());
                input::report_problems(edge, file, &trailing);
                (FF, problems)
            }
            Input::Blocks(what) => return zipfs::test(file, what, progress, edge).map(|()| None),
            Input::Piz(data) => return piz::test(file, data, pool, progress, edge).map(|()| None),
            Input::Records(what) => {
                return records::test(file, what, &self.model, (pool, progress), edge).map(|()| None);
            }
            Input::FfStream(data) => {
                let known = input::deliver_stream(data, Format::Ff, &mut verifier, None, tools)?;
                let problems = known.problems(edge, file, self.ignore_trailing);
                input::report_problems(edge, file, &problems);
                (FF, problems.len())
            }
            Input::Paq9a(data) => {
                let seal = input::checked_seal(file, &edge.limits)?;
                let known = input::deliver_stream(data, Format::Paq9a, &mut verifier, seal.as_ref(), tools)?;
                let problems = known.problems(edge, file, self.ignore_trailing);
                input::report_problems(edge, file, &problems);
                let proven = match seal {
                    Some(_) => "BLAKE3 of the archive and of every file, from the seal beside it",
                    None => "it decodes; the format has no checksums of its own (see unsaid paq9a a --seal)",
                };
                (proven, problems.len())
            }
        };
        input::report_problems(edge, file, &verifier.failures);
        let whole = problems == 0 && verifier.failures.is_empty();
        Ok(Some(Tested { verifier, proven, whole }))
    }
}

fn say(file: &Path, tested: &Tested, edge: &Edge) -> Result<()> {
    let Tested { verifier, proven, whole } = tested;
    let (files, bytes) = (verifier.files, verifier.bytes);
    if edge.json {
        let mut body = json!({ "whole": whole, "files": files, "size": bytes,
            "damaged": verifier.failures.len(), "proven": if *whole { proven } else { "" } });
        json::put_path(&mut body, "path", file.as_os_str());
        return print(format!("{}\n", json::line("summary", body)).as_bytes());
    }
    let counted = size::files(files);
    let shown = input::shown(file);
    if *whole {
        edge.report.summary(&format!("{shown}: ok: {counted}, {}: {proven}", size::bytes(bytes)));
    } else {
        edge.report.count(Exit::BadInput);
        edge.report.summary(&format!("{shown}: damaged: {counted} whole, {} not", verifier.failures.len()));
    }
    Ok(())
}
