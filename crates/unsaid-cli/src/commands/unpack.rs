//! `unsaid unpack`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use unsaid::Format;
use unsaid::archive::{Archive, Entry, EntryKind, ExtractOptions, Extractor, Report, Sink, StreamSink};
use unsaid_core::fs::{Root, Source, remove_source};
use unsaid_core::{Error, ErrorKind, Progress, Result};

use super::input::{self, Input, Wanted};
use super::{list, output, piz};
use crate::edge::pool::Pool;
use crate::edge::stoppable::Stoppable;
use crate::edge::{Edge, escape, size};
use crate::options::{ConflictArgs, OnConflict, ThreadArgs};

/// Get files out of an archive of any known format
///
/// Without -C or --here they go into a new directory in the current one, named after the archive.
/// What is damaged is left out, and the rest is unpacked all the same (exit 3).
#[derive(Args, Debug)]
pub(crate) struct UnpackArgs {
    /// The archive; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Only these files and directories of it
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Unpack into this directory
    #[arg(short = 'C', long, value_name = "DIR", overrides_with = "here")]
    directory: Option<PathBuf>,

    /// Unpack into the current directory
    #[arg(long, overrides_with = "directory")]
    here: bool,

    #[command(flatten)]
    threads: ThreadArgs,

    /// Remove the archive after all of it was unpacked and is on the disk
    #[arg(long, conflicts_with_all = ["no_sync", "paths"])]
    rm: bool,

    /// List what would be unpacked, and do nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    conflict: ConflictArgs,

    /// Keep what was recovered of a damaged file, as NAME.partial
    #[arg(long)]
    keep_partial: bool,

    /// Refuse names that mean something else on other systems (always so on Windows and macOS)
    #[arg(long)]
    portable: bool,

    /// Pass over bytes after the end of the archive
    #[arg(long)]
    ignore_trailing: bool,

    /// Do not wait for the disk
    #[arg(long)]
    no_sync: bool,
}

impl UnpackArgs {
    pub(crate) fn run(mut self, edge: &Edge) -> Result<()> {
        let mut wanted = Wanted::new(&std::mem::take(&mut self.paths), &edge.limits)?;
        if self.dry_run {
            return list::dry_run(&self.file, &mut wanted, self.ignore_trailing, edge);
        }
        // As it was before it was read: should it change, it is not removed.
        let source = self.rm.then(|| self.source()).transpose()?;
        let pool = self.threads.pool();
        let input = input::open(&self.file, &edge.limits)?;
        let unpacked = match input {
            Input::Ff(archive) => self.archive(*archive, &mut wanted, &pool, edge)?,
            Input::FfStream(data) => self.stream(data, Format::Ff, &mut wanted, &pool, edge)?,
            Input::Paq9a(data) => self.stream(data, Format::Paq9a, &mut wanted, &pool, edge)?,
            Input::Piz(data) => self.stream(data, Format::Piz, &mut wanted, &pool, edge)?,
            Input::Records(records) => return Err(input::no_archive(&records).in_file(&self.file)),
            Input::Blocks(what) => return Err(input::no_archive_of_blocks(&what).in_file(&self.file)),
        };
        self.say(&unpacked, edge)?;
        unpacked.ended?;
        match source {
            Some(source) if edge.report.worst() == crate::edge::exit::Exit::Done => {
                remove_source(source.stamp())
            }
            Some(_) => {
                edge.report.note(&format!("{}: not removed", input::shown(&self.file)));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn source(&self) -> Result<Source> {
        if input::is_standard_stream(&self.file) {
            return Err(Error::new(ErrorKind::Usage, "--rm needs an archive in a file"));
        }
        Source::open(&self.file)
    }

    /// Unpacks by the index: all is known before anything is written.
    fn archive(
        &self,
        mut archive: Archive<Stoppable>,
        wanted: &mut Wanted,
        pool: &Pool,
        edge: &Edge,
    ) -> Result<Unpacked> {
        let chosen: Vec<bool> =
            archive.contents().entries.iter().map(|e| wanted.matches(&e.meta.path)).collect();
        wanted.check_all_found(&self.file)?;
        // What is known to be too much is refused before anything is made.
        let sizes = archive.contents().entries.iter().zip(&chosen).filter(|(_, chosen)| **chosen);
        let total = sizes.map(|(entry, _)| entry.size).fold(0, u64::saturating_add);
        edge.limits.check_output(total, "the archive").map_err(|e| e.in_file(&self.file))?;
        let root = self.root(edge)?;
        let policy = self.policy(&root, &archive, &chosen, edge)?;
        let meter = edge.meter(format!("unpacking {}", input::shown(&self.file)));
        let mut extractor = Extractor::new(&root, self.options(policy));
        let entries = &archive.contents().entries;
        let is_chosen =
            |e: &Entry| entries.binary_search_by_key(&e.number, |e| e.number).is_ok_and(|at| chosen[at]);
        let planned = extractor.plan(entries, is_chosen);
        let delivered = planned.and_then(|files| {
            archive.deliver(|e| files.binary_search(&e.number).is_ok(), &mut extractor, pool, &meter)
        });
        let unpacked = conclude(extractor.finish(), delivered, root);
        drop(meter);
        let contents = archive.contents();
        input::report_problems(
            edge,
            &self.file,
            &input::trailing(edge, &self.file, contents, self.ignore_trailing),
        );
        input::report_problems(edge, &self.file, &contents.problems);
        Ok(unpacked)
    }

    /// Unpacks what comes front to back.
    fn stream(
        &self,
        data: Box<dyn std::io::Read>,
        format: Format,
        wanted: &mut Wanted,
        pool: &Pool,
        edge: &Edge,
    ) -> Result<Unpacked> {
        let seal = input::checked_seal(&self.file, &edge.limits)?;
        let root = self.root(edge)?;
        let policy = match self.conflict.policy() {
            OnConflict::Ask => unsaid::archive::OnConflict::Error,
            policy => library_policy(policy),
        };
        let meter = edge.meter(format!("unpacking {}", input::shown(&self.file)));
        meter.begin(fs::metadata(&self.file).ok().filter(fs::Metadata::is_file).map(|m| m.len()));
        let mut sink = Chosen { extractor: Extractor::new(&root, self.options(policy)), wanted };
        let limits = (&edge.limits, pool as &dyn unsaid_core::Workers, &meter as &dyn Progress);
        let delivered = match format {
            Format::Piz => piz::deliver(&self.file, data, &mut sink, seal.as_ref(), (pool, &meter), edge)
                .map(input::Known::Paq9a),
            _ => input::deliver_stream(data, format, &mut sink, seal.as_ref(), limits),
        };
        let (known, delivered) = match delivered {
            Ok(known) => (Some(known), Ok(())),
            Err(e) => (None, Err(e)),
        };
        let finished = sink.extractor.finish();
        let ended = delivered.and_then(|()| wanted.check_all_found(&self.file));
        let unpacked = conclude(finished, ended, root);
        drop(meter);
        let problems = known.map(|k| k.problems(edge, &self.file, self.ignore_trailing)).unwrap_or_default();
        input::report_problems(edge, &self.file, &problems);
        Ok(unpacked)
    }

    fn options(&self, on_conflict: unsaid::archive::OnConflict) -> ExtractOptions {
        let mut options = ExtractOptions::default();
        options.on_conflict = on_conflict;
        options.keep_partial = self.keep_partial;
        options.portable = self.portable || cfg!(any(windows, target_os = "macos"));
        options
    }

    /// The directory to unpack into; made, where it is not the user's.
    fn root(&self, edge: &Edge) -> Result<Root> {
        let root = if self.here {
            Root::open(Path::new("."))?
        } else if let Some(dir) = &self.directory {
            if dir.exists() { Root::open(dir)? } else { Root::create_new(dir)? }
        } else {
            let dir = folder_name(&self.file);
            match (Root::create_new(&dir), self.conflict.policy()) {
                (Err(e), OnConflict::Skip | OnConflict::Overwrite) if e.kind() == ErrorKind::Exists => {
                    Root::open(&dir)?
                }
                (Err(e), OnConflict::Rename) if e.kind() == ErrorKind::Exists => {
                    output::free_name(&dir, Root::create_new)?
                }
                (root, _) => root?,
            }
        };
        edge.report.detail(&format!("unpacking into {}", escape::name(root.path().as_os_str())));
        Ok(if self.no_sync { root.without_sync() } else { root })
    }

    /// What happens where names are taken; asked once, when it is known that some are.
    fn policy(
        &self,
        root: &Root,
        archive: &Archive<Stoppable>,
        chosen: &[bool],
        edge: &Edge,
    ) -> Result<unsaid::archive::OnConflict> {
        let policy = self.conflict.policy();
        if policy != OnConflict::Ask || !output::may_ask() {
            return Ok(library_policy(policy));
        }
        let taken = |e: &Entry| {
            let path = root.path().join(e.meta.path.to_path_buf());
            path.symlink_metadata().is_ok_and(|m| !(m.is_dir() && e.meta.kind == EntryKind::Directory))
        };
        let entries = archive.contents().entries.iter().zip(chosen).filter(|(_, chosen)| **chosen);
        let count = entries.filter(|(e, _)| taken(e)).count();
        if count == 0 {
            return Ok(unsaid::archive::OnConflict::Error);
        }
        let files = if count == 1 { "1 name is".to_owned() } else { format!("{count} names are") };
        let question = format!("{files} taken. [s]kip, [o]verwrite, [r]ename, or [e]rror? [e] ");
        Ok(match output::ask(edge, &question)?.as_str() {
            "s" | "skip" => unsaid::archive::OnConflict::Skip,
            "o" | "overwrite" => unsaid::archive::OnConflict::Overwrite,
            "r" | "rename" => unsaid::archive::OnConflict::Rename,
            _ => unsaid::archive::OnConflict::Error,
        })
    }

    fn say(&self, unpacked: &Unpacked, edge: &Edge) -> Result<()> {
        let report = &unpacked.report;
        for note in &report.notes {
            edge.report.note(note);
        }
        let failures = report.failures.len();
        input::report_problems(edge, &self.file, &report.failures);
        if report.skipped > 0 {
            edge.report.warn(&format!("{} left out: the names are taken", size::entries(report.skipped)));
        }
        if unpacked.ended.is_err() {
            return Ok(());
        }
        let shown = input::shown(&self.file);
        let (written, bytes) = (report.written, report.bytes);
        if edge.json {
            use crate::edge::json;
            let mut body = serde_json::json!({ "written": written, "size": bytes,
                "skipped": report.skipped, "failed": failures });
            json::put_path(&mut body, "path", self.file.as_os_str());
            return super::print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        let entries = size::entries(written);
        edge.report.summary(&format!("{shown}: {entries}, {}", size::bytes(bytes)));
        Ok(())
    }
}

fn library_policy(policy: OnConflict) -> unsaid::archive::OnConflict {
    match policy {
        OnConflict::Ask | OnConflict::Error => unsaid::archive::OnConflict::Error,
        OnConflict::Skip => unsaid::archive::OnConflict::Skip,
        OnConflict::Overwrite => unsaid::archive::OnConflict::Overwrite,
        OnConflict::Rename => unsaid::archive::OnConflict::Rename,
    }
}

/// What became of an archive, to its end or not.
struct Unpacked {
    /// What was done, also before an early end.
    report: Report,
    /// What ended it early.
    ended: Result<()>,
}

/// What was delivered may have ended early: links and modes of what there is were set all the same.
/// A new directory in which nothing came to be goes away.
fn conclude(finished: Result<Report>, delivered: Result<()>, root: Root) -> Unpacked {
    let (mut report, finish) = match finished {
        Ok(report) => (report, Ok(())),
        Err(e) => (Report::default(), Err(e)),
    };
    let ended = match (delivered, finish) {
        (Err(first), Err(e)) => {
            report.failures.push(e);
            Err(first)
        }
        (delivered, finish) => delivered.and(finish),
    };
    if report.written == 0 && (ended.is_err() || !report.failures.is_empty()) {
        root.discard_if_empty();
    }
    Unpacked { report, ended }
}

/// `keep.ff` unpacks into `keep`, `notes` into `notes.unpacked`.
fn folder_name(archive: &Path) -> PathBuf {
    let Some(name) = archive.file_name().filter(|_| !input::is_standard_stream(archive)) else {
        return PathBuf::from("unpacked");
    };
    let name = Path::new(name);
    match (name.file_stem(), name.extension()) {
        (Some(stem), Some(_)) => PathBuf::from(stem),
        _ => {
            let mut name = name.as_os_str().to_owned();
            name.push(".unpacked");
            name.into()
        }
    }
}

/// Passes on what was asked for.
struct Chosen<'a, 'r> {
    extractor: Extractor<'r>,
    wanted: &'a mut Wanted,
}

impl Sink for Chosen<'_, '_> {
    fn begin(&mut self, entry: &Entry) -> Result<bool> {
        if self.wanted.matches(&entry.meta.path) { self.extractor.begin(entry) } else { Ok(false) }
    }

    fn data(&mut self, bytes: &[u8]) -> Result<()> {
        self.extractor.data(bytes)
    }

    fn end(&mut self) -> Result<()> {
        self.extractor.end()
    }

    fn fail(&mut self, entry: &Entry, error: Error) -> Result<()> {
        if self.wanted.matches(&entry.meta.path) { self.extractor.fail(entry, error) } else { Ok(()) }
    }
}

impl StreamSink for Chosen<'_, '_> {
    fn other(&mut self, entry: &Entry) -> Result<()> {
        match &entry.meta.kind {
            _ if !self.wanted.matches(&entry.meta.path) => Ok(()),
            EntryKind::HardLink(target) if !self.wanted.covers(target) => {
                self.extractor.fail(entry, input::link_from_a_pipe(entry))
            }
            _ => self.extractor.other(entry),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_after_its_archive() {
        for (archive, folder) in [
            ("keep.ff", "keep"),
            ("a/b/keep.ff", "keep"),
            ("dir.tar.ff", "dir.tar"),
            ("notes", "notes.unpacked"),
            (".hidden", ".hidden.unpacked"),
            ("-", "unpacked"),
        ] {
            assert_eq!(folder_name(Path::new(archive)), Path::new(folder), "{archive}");
        }
    }
}
