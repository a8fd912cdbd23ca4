//! `unsaid cat`.

use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;

use clap::Args;
use unsaid::Format;
use unsaid::archive::{Archive, Entry, EntryKind, Sink, StreamSink};
use unsaid_core::fs::EntryPath;
use unsaid_core::limits::parse_size;
use unsaid_core::{Error, ErrorKind, Inline, Result};

use super::input::{self, Input};
use super::piz;
use crate::edge::stdio::{Output, content_output};
use crate::edge::stoppable::Stoppable;
use crate::edge::{Edge, escape};

/// Write a file of an archive, or a part of it, to standard output
///
/// Of an .ff archive only the groups are decoded that the bytes lie in.
#[derive(Args, Debug)]
pub(crate) struct CatArgs {
    /// The archive; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The file in it; not needed where there is only one
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,

    /// Only these bytes: from START, up to END (not included) or LENGTH of them; either may be left out
    #[arg(long, value_name = "START..END|START+LENGTH", value_parser = range)]
    range: Option<Range<u64>>,

    /// Write to a terminal what is no text
    #[arg(short, long)]
    force: bool,

    /// Pass over bytes after the end of the archive
    #[arg(long)]
    ignore_trailing: bool,
}

/// `5..10`, `5..`, `..10`, `5+5`, with suffixes as for any size.
fn range(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str, default| if text.is_empty() { Ok(default) } else { parse_size(text) };
    let parsed = if let Some((start, end)) = text.split_once("..") {
        number(start, 0).and_then(|start| Ok(start..number(end, u64::MAX)?))
    } else if let Some((start, length)) = text.split_once('+') {
        parse_size(start).and_then(|start| Ok(start..start.saturating_add(parse_size(length)?)))
    } else {
        return Err("expected START..END or START+LENGTH".to_owned());
    };
    let range = parsed.map_err(|e| e.to_string())?;
    if range.start > range.end { Err("the range ends before it begins".to_owned()) } else { Ok(range) }
}

impl CatArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let path = match &self.path {
            Some(path) => EntryPath::from_source(path, &edge.limits)?.path,
            None => None,
        };
        let out = content_output(self.force)?;
        match input::open(&self.file, &edge.limits)? {
            Input::Ff(archive) => self.archive(*archive, path, out, edge),
            Input::FfStream(data) => self.stream(data, Format::Ff, path, out, edge),
            Input::Paq9a(data) => self.stream(data, Format::Paq9a, path, out, edge),
            Input::Records(records) => Err(input::no_archive(&records).in_file(&self.file)),
            Input::Blocks(what) => Err(input::no_archive_of_blocks(&what).in_file(&self.file)),
            Input::Piz(_) => Err(piz::one_file_only().in_file(&self.file)),
        }
        .map_err(|e| if e.path().is_none() && e.io_source().is_none() { e.in_file(&self.file) } else { e })
    }

    fn archive(
        &self,
        mut archive: Archive<Stoppable>,
        path: Option<EntryPath>,
        out: Output,
        edge: &Edge,
    ) -> Result<()> {
        let written = self.entry(&mut archive, path, out, edge);
        // What was written is whole all the same; that the archive is not is no less true.
        let contents = archive.contents();
        input::report_problems(
            edge,
            &self.file,
            &input::trailing(edge, &self.file, contents, self.ignore_trailing),
        );
        input::report_problems(edge, &self.file, &contents.problems);
        written
    }

    fn entry(
        &self,
        archive: &mut Archive<Stoppable>,
        path: Option<EntryPath>,
        mut out: Output,
        edge: &Edge,
    ) -> Result<()> {
        let entry = match &path {
            Some(path) => archive.contents().entry(path.as_bytes()),
            None => only(&archive.contents().entries)?,
        };
        let named = entry.ok_or_else(|| self.not_there(path.as_ref()))?;
        let entry = archive.resolve(named).ok_or_else(|| Error::corrupt("a hard link to nothing"))?.clone();
        if entry.meta.kind != EntryKind::File {
            return Err(
                Error::new(ErrorKind::Usage, "not a file").found(format!("a {}", entry.meta.kind.name()))
            );
        }
        let meter = edge.meter(format!("reading {}", entry.meta.path));
        if let Some(range) = self.range.clone() {
            archive.read_range(&entry, range, &mut out, &meter)?;
        } else {
            let mut sink = Cut::new(None, 0..u64::MAX, out);
            archive.deliver(|e| e.number == entry.number, &mut sink, &Inline, &meter)?;
            sink.finish()?;
        }
        Ok(())
    }

    fn stream(
        &self,
        data: Box<dyn std::io::Read>,
        format: Format,
        path: Option<EntryPath>,
        out: Output,
        edge: &Edge,
    ) -> Result<()> {
        let seal = input::checked_seal(&self.file, &edge.limits)?;
        let meter = edge.meter(format!("reading {}", input::shown(&self.file)));
        let mut sink = Cut::new(path.clone(), self.range.clone().unwrap_or(0..u64::MAX), out);
        let tools = (&edge.limits, &Inline as _, &meter as _);
        let known = input::deliver_stream(data, format, &mut sink, seal.as_ref(), tools)?;
        drop(meter);
        input::report_problems(edge, &self.file, &known.problems(edge, &self.file, self.ignore_trailing));
        if sink.taken == 0 && edge.report.worst() == crate::edge::exit::Exit::Done {
            return Err(self.not_there(path.as_ref()));
        }
        sink.finish()
    }

    fn not_there(&self, path: Option<&EntryPath>) -> Error {
        let found = path.map_or_else(|| "no file at all".to_owned(), |p| format!("'{p}'"));
        Error::new(ErrorKind::Usage, "no such file in the archive")
            .found(found)
            .hint(format!("unsaid list {} shows what is in it", input::shown(&self.file)))
    }
}

/// The only file, where there is one and no other.
fn only(entries: &[Entry]) -> Result<Option<&Entry>> {
    let mut files = entries.iter().filter(|e| e.meta.kind == EntryKind::File);
    match (files.next(), files.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(which()),
    }
}

fn which() -> Error {
    Error::new(ErrorKind::Usage, "there are several files in the archive")
        .hint("say which: unsaid cat FILE PATH")
}

/// Writes the bytes of one file that are in the range.
struct Cut {
    path: Option<EntryPath>,
    range: Range<u64>,
    at: u64,
    out: Output,
    taken: u64,
    failed: Option<Error>,
}

impl Cut {
    fn new(path: Option<EntryPath>, range: Range<u64>, out: Output) -> Self {
        Cut { path, range, at: 0, out, taken: 0, failed: None }
    }

    fn finish(self) -> Result<()> {
        self.failed.map_or(Ok(()), Err)
    }

    fn is_wanted(&self, path: &EntryPath) -> bool {
        self.path.as_ref().is_none_or(|wanted| wanted == path)
    }
}

impl Sink for Cut {
    fn begin(&mut self, entry: &Entry) -> Result<bool> {
        if !self.is_wanted(&entry.meta.path) {
            return Ok(false);
        }
        // A name can occur twice in a .paq9a archive: the first is what unpacking gives.
        if self.taken > 0 {
            return if self.path.is_some() { Ok(false) } else { Err(which()) };
        }
        self.taken += 1;
        Ok(true)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<()> {
        let within =
            |at: u64| usize::try_from(at.saturating_sub(self.at)).unwrap_or(usize::MAX).min(bytes.len());
        let wanted = within(self.range.start)..within(self.range.end);
        self.at += bytes.len() as u64;
        let written = self.out.write_all(bytes.get(wanted).unwrap_or_default());
        written.map_err(|e| Error::io("writing to standard output", e))
    }

    fn end(&mut self) -> Result<()> {
        if self.range.start > self.at {
            return Err(Error::new(ErrorKind::Usage, "the range begins beyond the end of the file")
                .found(self.range.start)
                .expected(format!("at most {}", self.at)));
        }
        Ok(())
    }

    fn fail(&mut self, entry: &Entry, error: Error) -> Result<()> {
        if self.is_wanted(&entry.meta.path) {
            self.taken = self.taken.max(1);
            self.failed.get_or_insert(error);
        }
        Ok(())
    }
}

impl StreamSink for Cut {
    fn other(&mut self, entry: &Entry) -> Result<()> {
        match self.path.as_ref() == Some(&entry.meta.path) {
            true if matches!(entry.meta.kind, EntryKind::HardLink(_)) => Err(input::link_from_a_pipe(entry)),
            true => Err(Error::new(ErrorKind::Usage, "not a file").found(format!(
                "'{}', a {}",
                escape::bytes(entry.meta.path.as_bytes()),
                entry.meta.kind.name()
            ))),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_a_start_and_an_end_or_a_length() {
        for (text, wanted) in [
            ("5..10", 5..10),
            ("5..", 5..u64::MAX),
            ("..10", 0..10),
            ("..", 0..u64::MAX),
            ("5+5", 5..10),
            ("1K+1K", 1024..2048),
            ("7..7", 7..7),
        ] {
            assert_eq!(range(text), Ok(wanted), "{text}");
        }
        for bad in ["", "5", "10..5", "a..b", "+5", "-1..5", "5..10..15", "1 ..2"] {
            assert!(range(bad).is_err(), "{bad}");
        }
    }
}
