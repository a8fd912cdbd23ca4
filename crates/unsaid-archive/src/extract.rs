//! Writing the entries of an archive beneath a directory, safely.
//!
//! Directories are made as they come, files are published whole under their names, then hard links,
//! then symbolic links, and last the modes and times of directories, children first, so that making
//! what lies in them does not change them. [`Root`] follows no link, whenever it was made.

use std::collections::HashMap;
use std::io::{Seek, SeekFrom, Write};

use unsaid_core::fs::{Conflict, Draft, EntryPath, Metadata, Root, portability_problem, portable_key};
use unsaid_core::{Error, ErrorKind, Limits, Result};

use crate::deliver::Sink;
use crate::entry::{Entry, EntryKind, EntryMeta};
use crate::stream::StreamSink;

/// What happens where an entry's name is taken in the destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// The entry fails; what is there stays.
    #[default]
    Error,
    /// The entry is left out without a failure.
    Skip,
    /// A file is replaced, atomically.
    Overwrite,
    /// The entry is written as `NAME.1`, `NAME.2` and so on.
    Rename,
}

/// How entries are written.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ExtractOptions {
    /// Where a name is taken.
    pub on_conflict: OnConflict,
    /// Keeps what could be decoded of a damaged file as `NAME.partial`.
    pub keep_partial: bool,
    /// Refuses names that mean something else, or the same, on other systems.
    pub portable: bool,
}

/// What became of the entries.
#[derive(Debug, Default)]
pub struct Report {
    /// Entries written.
    pub written: u64,
    /// Bytes of files written.
    pub bytes: u64,
    /// Entries left out because their names were taken ([`OnConflict::Skip`]).
    pub skipped: u64,
    /// Entries that failed, with the reason.
    pub failures: Vec<Error>,
    /// Worth saying, no failure: a time that had to be clamped, for instance.
    pub notes: Vec<String>,
}

/// A [`Sink`] that writes beneath a [`Root`].
pub struct Extractor<'a> {
    root: &'a Root,
    options: ExtractOptions,
    /// Where a file goes whose own name was not asked for, only that of a hard link to it.
    elsewhere: HashMap<u64, EntryPath>,
    /// Files that were not written under their own names: under another one, or not at all.
    moved: HashMap<EntryPath, Option<EntryPath>>,
    current: Option<(Draft, u64)>,
    directories: Vec<EntryMeta>,
    links: Vec<(EntryMeta, EntryPath)>,
    symlinks: Vec<EntryMeta>,
    portable: HashMap<Vec<u8>, EntryPath>,
    report: Report,
}

impl<'a> Extractor<'a> {
    /// Writes beneath `root`.
    pub fn new(root: &'a Root, options: ExtractOptions) -> Self {
        Extractor {
            root,
            options,
            elsewhere: HashMap::new(),
            moved: HashMap::new(),
            current: None,
            directories: Vec::new(),
            links: Vec::new(),
            symlinks: Vec::new(),
            portable: HashMap::new(),
            report: Report::default(),
        }
    }

    /// Takes the entries that have no bytes, before any file is delivered, and finds out which files are
    /// only wanted under the name of a hard link. Says which files to deliver.
    ///
    /// # Errors
    /// Only what should end the whole operation.
    pub fn plan(&mut self, entries: &[Entry], wanted: impl Fn(&Entry) -> bool) -> Result<Vec<u64>> {
        let by_path: HashMap<&[u8], &Entry> = entries.iter().map(|e| (e.meta.path.as_bytes(), e)).collect();
        let mut files = Vec::new();
        for entry in entries.iter().filter(|e| wanted(e)) {
            match &entry.meta.kind {
                EntryKind::File => files.push(entry.number),
                EntryKind::HardLink(target) => match by_path.get(target.as_bytes()) {
                    Some(file) if !wanted(file) => match self.elsewhere.get(&file.number) {
                        None => {
                            self.elsewhere.insert(file.number, entry.meta.path.clone());
                            files.push(file.number);
                        }
                        Some(first) => self.links.push((entry.meta.clone(), first.clone())),
                    },
                    _ => self.other(entry)?,
                },
                _ => self.other(entry)?,
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    /// Makes the links, sets modes and times of directories, and makes everything durable.
    ///
    /// # Errors
    /// `Environment` where the result could not be made durable.
    pub fn finish(mut self) -> Result<Report> {
        for (meta, target) in std::mem::take(&mut self.links) {
            let made = match self.moved.get(&target).cloned() {
                Some(None) if self.options.on_conflict == OnConflict::Skip => Ok(None),
                Some(None) => Err(Error::new(
                    ErrorKind::Exists,
                    format!("'{}' was not linked: '{target}' was not written", meta.path),
                )),
                moved => {
                    let target = moved.flatten().unwrap_or(target);
                    self.make(&meta.path, |root, path, conflict| root.hard_link(&target, path, conflict))
                }
            };
            self.count(made.map(|made| made.map(drop)));
        }
        for meta in std::mem::take(&mut self.symlinks) {
            let EntryKind::SymbolicLink(target) = &meta.kind else { continue };
            let made = self.make(&meta.path, |root, path, conflict| root.symlink(path, target, conflict));
            self.count(made.map(|made| made.map(drop)));
        }
        let mut directories = std::mem::take(&mut self.directories);
        // A path sorts after all its parents.
        directories.sort_by(|a, b| b.path.as_bytes().cmp(a.path.as_bytes()));
        for meta in directories {
            match self.root.set_dir_metadata(&meta.path, &metadata(&meta), Conflict::Refuse) {
                Ok(note) => self.report.notes.extend(note),
                Err(e) => self.report.failures.push(e),
            }
        }
        self.root.sync()?;
        Ok(self.report)
    }

    fn count(&mut self, made: Result<Option<()>>) {
        match made {
            Ok(Some(())) => self.report.written += 1,
            Ok(None) => self.report.skipped += 1,
            Err(e) => self.report.failures.push(e),
        }
    }

    /// Makes something under the path, or under another name where that is taken and another is asked for, and
    /// says which; `None` where it is left out.
    fn make<T>(
        &mut self,
        path: &EntryPath,
        make: impl Fn(&Root, &EntryPath, Conflict) -> Result<T>,
    ) -> Result<Option<(T, EntryPath)>> {
        self.check_portable(path)?;
        let conflict = match self.options.on_conflict {
            OnConflict::Overwrite => Conflict::Replace,
            _ => Conflict::Refuse,
        };
        let made = make(self.root, path, conflict);
        match (made, self.options.on_conflict) {
            (Err(e), OnConflict::Skip) if e.kind() == ErrorKind::Exists => Ok(None),
            (Err(e), OnConflict::Rename) if e.kind() == ErrorKind::Exists => {
                for n in 1..1000 {
                    let name = with_suffix(path, &format!(".{n}"))?;
                    match make(self.root, &name, conflict) {
                        Err(e) if e.kind() == ErrorKind::Exists => {}
                        other => return other.map(|made| Some((made, name))),
                    }
                }
                Err(e)
            }
            (Err(e), _) if e.kind() == ErrorKind::Exists => {
                Err(e.hint("nothing was replaced; see --on-conflict"))
            }
            (other, _) => other.map(|made| Some((made, path.clone()))),
        }
    }

    fn check_portable(&mut self, path: &EntryPath) -> Result<()> {
        if !self.options.portable {
            return Ok(());
        }
        if let Some(problem) = portability_problem(path) {
            return Err(Error::new(ErrorKind::UnsafePath, format!("'{path}' is not portable: {problem}")));
        }
        // Directories that no entry names collide too.
        let ends = path.as_bytes().iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at);
        for end in ends.chain([path.as_bytes().len()]) {
            let Ok(part) = EntryPath::parse(&path.as_bytes()[..end], &Limits::default()) else { continue };
            let first = self.portable.entry(portable_key(&part)).or_insert_with(|| part.clone());
            if *first != part {
                return Err(Error::new(
                    ErrorKind::UnsafePath,
                    format!("'{part}' and '{first}' are one name on some systems"),
                ));
            }
        }
        Ok(())
    }

    fn open(&mut self, entry: &Entry) -> Result<Option<Draft>> {
        let path = self.elsewhere.get(&entry.number).unwrap_or(&entry.meta.path).clone();
        let made = self.make(&path, |root, path, conflict| root.draft(path, conflict));
        let name = made.as_ref().ok().and_then(|made| made.as_ref()).map(|(_, name)| name.clone());
        if name.as_ref() != Some(&path) {
            self.moved.insert(path, name);
        }
        Ok(made?.map(|(mut draft, _)| {
            self.report.notes.extend(draft.set_metadata(&metadata(&entry.meta)));
            draft
        }))
    }

    /// Copies what there is of a damaged file to a name that says so.
    fn keep(&mut self, path: &EntryPath, mut draft: Draft, written: u64) -> Result<()> {
        let name = with_suffix(path, ".partial")?;
        let mut partial = self.root.draft(&name, Conflict::Refuse)?;
        let copied = draft.seek(SeekFrom::Start(0)).and_then(|_| std::io::copy(&mut draft, &mut partial));
        copied.map_err(|e| Error::io(format!("cannot write '{name}'"), e))?;
        partial.publish()?;
        self.report.notes.push(format!("'{name}' holds the first {written} bytes"));
        Ok(())
    }
}

impl Sink for Extractor<'_> {
    fn begin(&mut self, entry: &Entry) -> Result<bool> {
        match self.open(entry) {
            Ok(Some(draft)) => {
                self.current = Some((draft, 0));
                Ok(true)
            }
            Ok(None) => {
                self.report.skipped += 1;
                Ok(false)
            }
            Err(e) if is_full(&e) => Err(e),
            Err(e) => {
                self.report.failures.push(e);
                Ok(false)
            }
        }
    }

    fn data(&mut self, bytes: &[u8]) -> Result<()> {
        let Some((draft, written)) = &mut self.current else { return Ok(()) };
        *written += bytes.len() as u64;
        draft.write_all(bytes).map_err(|e| Error::io("cannot write the file", e).in_file(draft.path()))
    }

    fn end(&mut self) -> Result<()> {
        let Some((draft, written)) = self.current.take() else { return Ok(()) };
        match draft.publish() {
            Ok(()) => {
                self.report.written += 1;
                self.report.bytes += written;
                Ok(())
            }
            // Another process took the name meanwhile.
            Err(e) if e.kind() == ErrorKind::Exists => {
                self.report.failures.push(e);
                Ok(())
            }
            Err(e) => Err(e),
        }
    }

    fn fail(&mut self, entry: &Entry, error: Error) -> Result<()> {
        self.report.failures.push(error);
        if let Some((draft, written)) = self.current.take().filter(|c| self.options.keep_partial && c.1 > 0)
            && let Err(e) = self.keep(&entry.meta.path, draft, written)
        {
            self.report.failures.push(e);
        }
        Ok(())
    }
}

impl StreamSink for Extractor<'_> {
    fn other(&mut self, entry: &Entry) -> Result<()> {
        match &entry.meta.kind {
            EntryKind::File => {}
            EntryKind::Directory => {
                let made = self
                    .check_portable(&entry.meta.path)
                    .and_then(|()| self.root.make_dir_private(&entry.meta.path));
                match made {
                    Ok(()) => {
                        self.report.written += 1;
                        self.directories.push(entry.meta.clone());
                    }
                    Err(e) => self.report.failures.push(e),
                }
            }
            EntryKind::SymbolicLink(_) => self.symlinks.push(entry.meta.clone()),
            EntryKind::HardLink(target) => self.links.push((entry.meta.clone(), target.clone())),
        }
        Ok(())
    }
}

fn metadata(meta: &EntryMeta) -> Metadata {
    Metadata { mode: meta.mode, mtime: meta.mtime }
}

fn with_suffix(path: &EntryPath, suffix: &str) -> Result<EntryPath> {
    EntryPath::parse(&[path.as_bytes(), suffix.as_bytes()].concat(), &Limits::default())
}

/// No entry after this one could be written either.
fn is_full(e: &Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    e.io_source().is_some_and(|s| matches!(s.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem))
}
