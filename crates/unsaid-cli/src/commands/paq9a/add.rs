//! `unsaid paq9a a`.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use unsaid::paq9a::{Mode, Writer};
use unsaid::seal::{self, Seal, SealedEntry};
use unsaid_core::check::Hasher;
use unsaid_core::fs::{Draft, PublishOptions, Source};
use unsaid_core::{Error, ErrorKind, Progress, Result};

use super::line::Line;
use crate::edge::progress::Meter;
use crate::edge::{Edge, escape, signals};

#[derive(Args, Debug)]
pub(super) struct AddArgs {
    #[command(flatten)]
    line: Line,

    /// Also write ARCHIVE.b3, the hashes that the format has no room for
    #[arg(long)]
    seal: bool,

    /// Do not wait for the disk
    #[arg(long)]
    no_sync: bool,
}

impl AddArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let archive = PathBuf::from(&self.line.archive);
        if self.line.archive == "-" {
            return Err(Error::new(ErrorKind::Usage, "a paq9a archive is a file, not standard output")
                .hint("write ./- for a file of this name"));
        }
        // Before any work: the archive's name must be free, and the seal's.
        let options = PublishOptions { sync: !self.no_sync, ..PublishOptions::default() };
        let free = |path: &Path| Draft::beside(path, &options).map_err(|e| never_overwritten(e, path));
        let draft = BufWriter::with_capacity(1 << 16, Hashing::new(free(&archive)?));
        let seal = self.seal.then(|| free(&seal::path_of(&archive))).transpose()?;

        let meter = edge.meter(format!("adding to {}", escape::name(archive.as_os_str())));
        meter.begin(self.total());
        let writer = Writer::new(draft, self.line.level, &edge.limits)?;
        let mut adding = Adding { edge, meter, writer, entries: Vec::new() };
        for (name, mode) in &self.line.files {
            adding.add(name, *mode).map_err(|e| e.in_file(name))?;
        }
        if adding.entries.is_empty() {
            edge.report.warn("no file could be added: no archive is made");
            return Ok(());
        }
        let written = adding.writer.finish()?.into_inner();
        let written = written.map_err(|e| Error::io("writing the archive", e.into_error()))?;
        let sealed = Seal {
            format: "paq9a".to_owned(),
            size: written.size,
            hash: written.hasher.finish(),
            profile: format!("level {}", self.line.level.get()),
            knowledge: Vec::new(),
            entries: adding.entries,
        };
        written.inner.publish().map_err(|e| never_overwritten(e, &archive))?;
        seal.map_or(Ok(()), |mut draft| {
            draft.write_all(sealed.write().as_bytes()).map_err(|e| Error::io("writing the seal", e))?;
            draft.publish()
        })
    }

    /// Bytes to read, where all is known beforehand.
    fn total(&self) -> Option<u64> {
        let size = |name: &Path| match fs::metadata(name) {
            Ok(m) if m.is_file() => Some(m.len()),
            Ok(m) if !m.is_dir() => None,
            _ => Some(0),
        };
        self.line.files.iter().map(|(name, _)| size(Path::new(name))).sum()
    }
}

fn never_overwritten(e: Error, path: &Path) -> Error {
    match e.kind() {
        ErrorKind::Exists => Error::new(ErrorKind::Exists, "an existing file is never overwritten")
            .in_file(path)
            .hint("choose another name, or remove it first"),
        _ => e,
    }
}

/// One run of the command.
struct Adding<'a> {
    edge: &'a Edge,
    meter: Meter<'a>,
    writer: Writer<BufWriter<Hashing<Draft>>>,
    entries: Vec<SealedEntry>,
}

impl Adding<'_> {
    /// Adds one file, or warns that it is left out.
    fn add(&mut self, name: &OsStr, mode: Mode) -> Result<()> {
        let path = Path::new(name);
        let warn = |why: &str| self.edge.report.warn(&format!("{}: {why}", escape::name(name)));
        if path.is_dir() {
            warn("is a directory: left out");
            return Ok(());
        }
        let _writer = signals::wait_for_writer(path);
        let source = match Source::open(path) {
            Ok(source) => source,
            Err(e) => {
                warn(&format!("left out: {e}"));
                if name == "-" {
                    warn("means a file of this name (./-), not standard input");
                }
                return Ok(());
            }
        };
        let mut data = Hashing::new(source);
        let bytes = name.as_encoded_bytes();
        let size = self.writer.add(bytes, &mut data, mode, &self.meter)?.size;
        self.entries.push(SealedEntry { name: bytes.to_owned(), size, hash: data.hasher.finish() });
        if data.inner.changed()? {
            warn("changed while it was read");
        }
        Ok(())
    }
}

/// A stream whose bytes are counted and hashed on the way.
#[derive(Debug)]
struct Hashing<T> {
    inner: T,
    hasher: Hasher,
    size: u64,
}

impl<T> Hashing<T> {
    fn new(inner: T) -> Self {
        Hashing { inner, hasher: Hasher::new(), size: 0 }
    }

    fn count(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.count(&buf[..n]);
        Ok(n)
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(buf)?;
        self.count(&buf[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
