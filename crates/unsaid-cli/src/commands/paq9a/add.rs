//! `unsaid paq9a a`.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use unsaid_cm::paq9a::{Mode, Writer};
use unsaid_core::check::Hasher;
use unsaid_core::fs::{Conflict, Draft, PublishOptions};
use unsaid_core::{Error, ErrorKind, Progress, Result};

use super::line::Line;
use crate::edge::progress::Meter;
use crate::edge::{Edge, escape};
use crate::seal::{self, Original, Sealing};

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

/// A file to add that could be opened.
struct Input {
    name: OsString,
    file: File,
    before: fs::Metadata,
}

impl AddArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let archive = PathBuf::from(&self.line.archive);
        if self.line.archive == "-" {
            return Err(Error::new(ErrorKind::Usage, "a paq9a archive is a file, not standard output")
                .hint("write ./- for a file of this name"));
        }
        // Before any work: the archive's name must be free, and the seal's.
        let options = PublishOptions { conflict: Conflict::Refuse, sync: !self.no_sync };
        let free = |path: &Path| Draft::beside(path, &options).map_err(|e| never_overwritten(e, path));
        let draft = free(&archive)?;
        let seal = self.seal.then(|| free(&seal::path_of(&archive))).transpose()?;

        let meter = edge.meter(format!("adding to {}", escape::name(archive.as_os_str())));
        meter.begin(self.total());
        let mut adding = Adding {
            edge,
            meter,
            writer: Writer::new(draft, self.line.level, &edge.limits)?,
            sealing: Sealing::new("paq9a", &format!("level {}", self.line.level.get())),
            added: 0,
        };
        for (name, mode) in &self.line.files {
            adding.add(name, *mode).map_err(|e| e.in_file(name))?;
        }
        if adding.added == 0 {
            edge.report.warn("no file could be added: no archive is made");
            return Ok(());
        }
        let written = |e| never_overwritten(e, &archive);
        adding.writer.finish().and_then(Draft::publish).map_err(written)?;
        match seal {
            Some(draft) => adding.sealing.publish(draft),
            None => Ok(()),
        }
    }

    /// Bytes to read, where all is known beforehand.
    fn total(&self) -> Option<u64> {
        let size = |name: &OsString| match fs::metadata(name) {
            Ok(m) if m.is_file() => Some(m.len()),
            Ok(m) if !m.is_dir() => None,
            _ => Some(0),
        };
        self.line.files.iter().map(|(name, _)| size(name)).sum()
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
    writer: Writer<Draft>,
    sealing: Sealing,
    added: u64,
}

impl Adding<'_> {
    /// Adds one file, or warns that it is left out.
    fn add(&mut self, name: &OsStr, mode: Mode) -> Result<()> {
        let warn = |why: &str| self.edge.report.warn(&format!("{}: {why}", escape::name(name)));
        let mut input = match Input::open(name) {
            Ok(Some(input)) => input,
            Ok(None) => {
                warn("is a directory: left out");
                return Ok(());
            }
            Err(e) if name == "-" => {
                warn(&format!("{e}: left out (it stands for a file; standard input cannot be added; ./- says the same)"));
                return Ok(());
            }
            Err(e) => {
                warn(&format!("{e}: left out"));
                return Ok(());
            }
        };
        let mut data = Hashing { input: &mut input.file, hasher: Hasher::new() };
        let name = name.as_encoded_bytes();
        let size = self.writer.add(name, &mut data, mode, &self.meter)?.size;
        self.sealing.add(name, Original { hash: data.hasher.finish(), size });
        self.added += 1;
        if input.changed(size) {
            self.edge.report.warn(&format!("{}: changed while it was read", escape::name(&input.name)));
        }
        Ok(())
    }
}

impl Input {
    /// Opens a file; `None` is a directory.
    fn open(name: &OsStr) -> io::Result<Option<Input>> {
        // Opening a directory works on Unix, and reading it does not.
        let file = File::open(name);
        if fs::metadata(name).is_ok_and(|m| m.is_dir()) {
            return Ok(None);
        }
        let file = file?;
        let before = file.metadata()?;
        Ok(Some(Input { name: name.to_owned(), file, before }))
    }

    /// Whether the file was written to, or is not as long as it said.
    fn changed(&self, size: u64) -> bool {
        let same = |after: fs::Metadata| {
            after.len() == self.before.len() && after.modified().ok() == self.before.modified().ok()
        };
        self.before.is_file() && !(size == self.before.len() && self.file.metadata().is_ok_and(same))
    }
}

/// What goes into an entry, hashed on the way.
struct Hashing<'a> {
    input: &'a mut File,
    hasher: Hasher,
}

impl Read for Hashing<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(buf)?;
        self.hasher.update(&buf[..n]);
        Ok(n)
    }
}
