//! `unsaid list`.

mod rows;

use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use unsaid::archive::{Contents, Entry, EntryKind, EntryMeta, Verifier, read_stream};
use unsaid::paq9a::Reader;
use unsaid_core::{Error, Inline, Result, Silent};

use super::bb::about;
use super::input::{self, Input, Nothing, Wanted};
use super::{piz, records, zipfs};
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, json};
use rows::{Row, Style};

/// List what is in archives
///
/// Of an archive in a file nothing is decoded; an .ff archive from a pipe is, on the way to its end.
#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// Archives; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// As a tree
    #[arg(long, conflicts_with_all = ["null", "json"])]
    tree: bool,

    /// Only names, whole, each ended by a zero byte
    #[arg(short = '0', long, conflicts_with = "json")]
    null: bool,

    /// Pass over bytes after the end of the archive
    #[arg(long)]
    ignore_trailing: bool,
}

/// An archive as a listing sees it.
pub(super) struct Listing {
    pub(super) format: &'static str,
    pub(super) rows: Vec<Row>,
    pub(super) problems: Vec<Error>,
}

impl ListArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let style = match () {
            () if edge.json => Style::Json,
            () if self.null => Style::Null,
            () if self.tree => Style::Tree,
            () => Style::Table,
        };
        let mut out = BufWriter::new(io::stdout().lock());
        for file in &self.files {
            let listed = match input::open(file, &edge.limits) {
                // There are no names to list.
                Ok(Input::Records(what)) => records::list(file, what, edge).map(|()| None),
                Ok(Input::Blocks(what)) => zipfs::info(file, what, edge).map(|()| None),
                Ok(input) => listing_of(input, file, self.ignore_trailing, edge).map(Some),
                Err(e) => Err(e),
            };
            let listing = match listed {
                Ok(Some(listing)) => listing,
                Ok(None) => continue,
                Err(e) => {
                    match about::recognised(file, &e, &edge.limits) {
                        Some(model) => about::list(file, &model, &mut out, edge)?,
                        None => edge.report.error_in(&e, file),
                    }
                    stop_if_asked()?;
                    continue;
                }
            };
            let heading = self.files.len() > 1;
            print(file, &listing, style, heading, &mut out)
                .and_then(|()| out.flush())
                .map_err(|e| Error::io("writing to standard output", e))?;
            input::report_problems(edge, file, &listing.problems);
        }
        Ok(())
    }
}

/// What `unsaid unpack --dry-run` shows.
pub(super) fn dry_run(file: &Path, wanted: &mut Wanted, ignore_trailing: bool, edge: &Edge) -> Result<()> {
    let mut listing = listing(file, ignore_trailing, edge)?;
    listing.rows.retain(|row| row.entry_path().is_none_or(|path| wanted.matches(path)));
    wanted.check_all_found(file)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let style = if edge.json { Style::Json } else { Style::Table };
    print(file, &listing, style, false, &mut out)
        .and_then(|()| out.flush())
        .map_err(|e| Error::io("writing to standard output", e))?;
    input::report_problems(edge, file, &listing.problems);
    Ok(())
}

fn print(
    file: &Path,
    listing: &Listing,
    style: Style,
    heading: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    if style == Style::Json {
        let mut body = json!({ "format": listing.format });
        json::put_path(&mut body, "path", file.as_os_str());
        writeln!(out, "{}", json::line("archive", body))?;
    } else if heading && style != Style::Null {
        writeln!(out, "{}:", input::shown(file))?;
    }
    rows::print(&listing.rows, style, out)?;
    if style == Style::Json {
        let size: u64 = listing.rows.iter().map(|row| row.size).fold(0, u64::saturating_add);
        let summary = json!({ "entries": listing.rows.len(), "size": size });
        writeln!(out, "{}", json::line("summary", summary))?;
    }
    Ok(())
}

/// Reads what is in an archive.
pub(super) fn listing(file: &Path, ignore_trailing: bool, edge: &Edge) -> Result<Listing> {
    listing_of(input::open(file, &edge.limits)?, file, ignore_trailing, edge)
}

fn listing_of(input: Input, file: &Path, ignore_trailing: bool, edge: &Edge) -> Result<Listing> {
    match input {
        Input::Records(what) => Err(input::no_archive(&what).in_file(file)),
        Input::Blocks(what) => Err(input::no_archive_of_blocks(&what).in_file(file)),
        Input::Ff(archive) => {
            let contents = archive.contents();
            Ok(of_contents(contents, input::trailing(edge, file, contents, ignore_trailing)))
        }
        Input::FfStream(data) => {
            // Nothing is wanted of the files, so that nothing needs many hands.
            let mut sink = Nothing(Verifier::default());
            let contents = read_stream(data, &mut sink, &edge.limits, &Inline, &Silent)?;
            Ok(of_contents(&contents, input::trailing(edge, file, &contents, ignore_trailing)))
        }
        Input::Paq9a(data) => of_paq9a(data, edge),
        Input::Piz(data) => {
            let (entry, _) = piz::list(file, data, edge)?;
            Ok(Listing { format: "piz", rows: vec![Row::of_whole(&entry)], problems: Vec::new() })
        }
    }
}

fn of_contents(contents: &Contents, trailing: Option<Error>) -> Listing {
    let rows = contents.entries.iter().map(Row::of_entry).collect();
    // An error is no copy of another: what is wrong is said in the same words and kind.
    let again = |e: &Error| Error::new(e.kind(), e.to_string());
    let problems = contents.problems.iter().map(again).chain(trailing);
    Listing { format: "ff", rows, problems: problems.collect() }
}

fn of_paq9a(data: Box<dyn Read>, edge: &Edge) -> Result<Listing> {
    let mut reader = Reader::new(data, &edge.limits)?;
    let mut rows = Vec::new();
    let read = loop {
        stop_if_asked()?;
        match reader.next_entry() {
            Ok(None) => break Ok(()),
            Err(e) => break Err(e),
            Ok(Some(entry)) => match reader.list_entry() {
                Ok(sizes) => rows.push(Row::of_paq9a(entry.name, sizes)),
                Err(e) => break Err(e),
            },
        }
    };
    Ok(Listing { format: "paq9a", rows, problems: read.err().into_iter().collect() })
}

/// The letter and permissions of an entry, as `ls -l` shows them.
fn mode_string(meta: &EntryMeta) -> String {
    let kind = match meta.kind {
        EntryKind::File => '-',
        EntryKind::Directory => 'd',
        EntryKind::SymbolicLink(_) => 'l',
        EntryKind::HardLink(_) => 'h',
    };
    // A link has no permissions of its own, and `ls` says so in this way.
    let unknown = if kind == 'l' { "rwxrwxrwx" } else { "?????????" };
    let Some(mode) = meta.mode else { return format!("{kind}{unknown}") };
    let bit = |n: u32| if mode & (1 << (8 - n)) == 0 { '-' } else { ['r', 'w', 'x'][n as usize % 3] };
    std::iter::once(kind).chain((0..9).map(bit)).collect()
}

/// What an entry that is no file leads to.
fn target(entry: &Entry) -> Option<(&'static str, &[u8])> {
    match &entry.meta.kind {
        EntryKind::SymbolicLink(target) => Some((" -> ", target)),
        EntryKind::HardLink(target) => Some((" = ", target.as_bytes())),
        EntryKind::File | EntryKind::Directory => None,
    }
}
