//! `unsaid paq9a x`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use unsaid::paq9a::Reader;
use unsaid::seal::Seal;
use unsaid_core::check::Hasher;
use unsaid_core::fs::{Conflict, Draft, EntryPath, PublishOptions, Root};
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};

use crate::commands::input;
use crate::edge::progress::Meter;
use crate::edge::{Edge, escape};

/// Extract the contents of an archive, creating files as they were named
///
/// New names are given in the order in which the files are in the archive; the others keep theirs.
/// A file that exists or cannot be created is skipped with a warning; directories are not made.
#[derive(Args, Debug)]
pub(super) struct ExtractArgs {
    /// The archive
    #[arg(value_name = "ARCHIVE")]
    archive: PathBuf,

    /// New names; extra ones are ignored
    #[arg(value_name = "NAME")]
    names: Vec<OsString>,

    /// Keep what was recovered of a damaged file, as NAME.partial
    #[arg(long)]
    keep_partial: bool,

    /// Obey names in the archive that lead out of the current directory
    #[arg(long)]
    allow_unsafe_paths: bool,

    /// Do not wait for the disk
    #[arg(long)]
    no_sync: bool,
}

impl ExtractArgs {
    pub(super) fn run(mut self, edge: &Edge) -> Result<()> {
        let names = std::mem::take(&mut self.names).into_iter();
        let in_archive = |e: Error| if e.path().is_none() { e.in_file(&self.archive) } else { e };
        let seal = input::checked_seal(&self.archive, &edge.limits)?;
        let file = File::open(&self.archive).map_err(|e| in_archive(Error::io("opening the archive", e)))?;
        let meter = edge.meter(format!("extracting {}", escape::name(self.archive.as_os_str())));
        meter.begin(file.metadata().ok().filter(fs::Metadata::is_file).map(|m| m.len()));
        let reader = Reader::new(file, &edge.limits).map_err(in_archive)?;
        let root = Root::open(Path::new("."))?;
        let root = if self.no_sync { root.without_sync() } else { root };
        let mut extraction = Extraction { args: &self, edge, meter, reader, root, seal };
        extraction.all(names).map_err(in_archive)
    }
}

/// One run of the command.
struct Extraction<'a> {
    args: &'a ExtractArgs,
    edge: &'a Edge,
    meter: Meter<'a>,
    reader: Reader<File>,
    root: Root,
    seal: Option<Seal>,
}

/// Where an entry goes.
enum Place {
    /// The user's own word: any path.
    Trusted(PathBuf),
    /// The archive's word, which stays beneath the current directory.
    Beneath(EntryPath),
}

impl Place {
    fn path(&self) -> PathBuf {
        match self {
            Place::Trusted(path) => path.clone(),
            Place::Beneath(path) => path.to_path_buf(),
        }
    }

    /// Where a part of what belongs here is kept: as much beneath the current directory as this is.
    fn partial(&self, limits: &Limits) -> Result<Place> {
        const SUFFIX: &str = ".partial";
        match self {
            Place::Trusted(path) => {
                let mut name = path.clone().into_os_string();
                name.push(SUFFIX);
                Ok(Place::Trusted(name.into()))
            }
            Place::Beneath(path) => {
                EntryPath::parse(&[path.as_bytes(), SUFFIX.as_bytes()].concat(), limits).map(Place::Beneath)
            }
        }
    }
}

impl Extraction<'_> {
    fn all(&mut self, mut names: impl Iterator<Item = OsString>) -> Result<()> {
        let mut count = 0;
        while let Some(entry) = self.reader.next_entry()? {
            let place = match names.next() {
                Some(name) => Ok(Place::Trusted(name.into())),
                None if self.args.allow_unsafe_paths => {
                    os_name(&entry.name).map(|n| Place::Trusted(n.into()))
                }
                None => beneath(&entry.name, &self.edge.limits).map(Place::Beneath),
            };
            let place = place.map_err(|e| self.edge.report.error(&e)).ok();
            let draft = place.and_then(|place| self.create(&place).map(|draft| (draft, place)));
            self.one(count, &entry.name, draft)?;
            count += 1;
        }
        if let Some(sealed) = self.seal.as_ref().map(|seal| seal.entries.len()).filter(|&n| n != count) {
            return Err(Error::truncated("the archive is not the one that was sealed")
                .found(format!("{count} files"))
                .expected(sealed));
        }
        self.root.sync()
    }

    /// Extracts the next entry into `draft`, or past it: what follows builds on it.
    fn one(&mut self, index: usize, name: &[u8], draft: Option<(Draft, Place)>) -> Result<()> {
        let (draft, place) = draft.unzip();
        let mut out = Extracted { draft, hasher: Hasher::new(), size: 0 };
        self.reader.read_entry(&mut out, &self.meter).map_err(|e| match (&mut out.draft, &place) {
            (Some(draft), Some(place)) if matches!(e.kind(), ErrorKind::Truncated | ErrorKind::Corrupt) => {
                self.damaged(e, draft, place)
            }
            _ => e,
        })?;
        if let Some(seal) = &self.seal {
            // The next entry may be what was sealed all the same.
            if let Err(e) = seal.check_entry(index, name, out.size, out.hasher.finish()) {
                self.edge.report.error(&e.in_file(&self.args.archive));
                return Ok(());
            }
        }
        match out.draft.map(|draft| (draft.path().to_owned(), draft.publish())) {
            Some((path, Err(e))) if e.kind() == ErrorKind::Exists => {
                self.skip(&path, &e);
                Ok(())
            }
            Some((_, published)) => published,
            None => Ok(()),
        }
    }

    /// "If a file already exists or cannot be created, then it is skipped."
    fn skip(&self, path: &Path, e: &Error) {
        self.edge.report.warn(&format!("{}: skipped: {e}", escape::name(path.as_os_str())));
    }

    /// A file for what comes next; without one, why not has been said.
    fn create(&self, place: &Place) -> Option<Draft> {
        let path = place.path();
        match self.draft(place, &path) {
            Ok(draft) => return Some(draft),
            Err(e) if matches!(e.kind(), ErrorKind::Exists | ErrorKind::Environment) => self.skip(&path, &e),
            // A link in the way is more than that: it says something about the archive.
            Err(e) => self.edge.report.error(&e.in_file(path)),
        }
        None
    }

    fn draft(&self, place: &Place, path: &Path) -> Result<Draft> {
        // The library would make it; this format's promise is to skip the file.
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            let found = fs::metadata(folder).map_err(|e| Error::io("its directory", e))?;
            if !found.is_dir() {
                return Err(Error::io("its directory", io::ErrorKind::NotADirectory.into()));
            }
        }
        match place {
            Place::Trusted(path) => Draft::beside(path, &self.options()),
            Place::Beneath(path) => self.root.draft(path, Conflict::Refuse),
        }
    }

    fn options(&self) -> PublishOptions {
        PublishOptions { conflict: Conflict::Refuse, sync: !self.args.no_sync }
    }

    /// The error of a damaged entry, after what was recovered of it was kept or left.
    fn damaged(&self, error: Error, draft: &mut Draft, place: &Place) -> Error {
        if !self.args.keep_partial {
            return error.hint("with --keep-partial what was recovered is kept");
        }
        let mut keep = || {
            let place = place.partial(&self.edge.limits)?;
            let path = place.path();
            let mut copy = self.draft(&place, &path).map_err(|e| e.in_file(&path))?;
            draft
                .rewind()
                .and_then(|()| io::copy(draft, &mut copy))
                .map_err(|e| Error::io("keeping what was recovered", e).in_file(&path))?;
            copy.publish().map(|()| path)
        };
        match keep() {
            Ok(path) => {
                let name = escape::name(path.as_os_str());
                let text = format!("{name}: what was recovered, incomplete");
                self.edge.report.note(&text);
            }
            Err(e) => self.edge.report.error(&e),
        }
        error
    }
}

/// The path of an entry beneath the current directory.
///
/// Names are as they were typed, so `./a` and `a//b` are usual; what leads out, or would on another
/// system, is not.
fn beneath(name: &[u8], limits: &Limits) -> Result<EntryPath> {
    limits.check_path(name)?;
    let path = EntryPath::from_source(Path::new(&os_name(name)?), limits).ok();
    let path = path.filter(|p| !p.made_relative).and_then(|p| p.path);
    // A name that is marked with `./` is a place elsewhere on Windows.
    let folder = name.last().is_none_or(|&b| std::path::is_separator(b.into()));
    path.filter(|p| !p.as_bytes().starts_with(b"./") && !folder && climbs_nowhere(p)).ok_or_else(|| {
        Error::new(ErrorKind::UnsafePath, "a name in the archive is no place beneath the current directory")
            .found(format!("'{}'", escape::bytes(name)))
            .hint("give it a new name on the command line, or say --allow-unsafe-paths")
    })
}

/// Neither `/` nor `\` separates a `..`.
fn climbs_nowhere(path: &EntryPath) -> bool {
    path.as_bytes().split(|&b| b == b'/' || b == b'\\').all(|part| part != b"..")
}

#[cfg(unix)]
fn os_name(name: &[u8]) -> Result<OsString> {
    Ok(std::os::unix::ffi::OsStringExt::from_vec(name.to_owned()))
}

#[cfg(not(unix))]
fn os_name(name: &[u8]) -> Result<OsString> {
    std::str::from_utf8(name).map(OsString::from).map_err(|_| {
        Error::new(ErrorKind::UnsafePath, "a name that this system cannot have")
            .found(format!("'{}'", escape::bytes(name)))
            .hint("give it a new name on the command line")
    })
}

/// What comes out of an entry, hashed on the way.
struct Extracted {
    draft: Option<Draft>,
    hasher: Hasher,
    size: u64,
}

impl Write for Extracted {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = self.draft.as_mut().map_or(Ok(buf.len()), |draft| draft.write(buf))?;
        self.hasher.update(&buf[..n]);
        self.size += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
