//! Walking files and directories into a [`Writer`].

use std::collections::HashMap;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use unsaid_core::fs::{EntryPath, Identity, Metadata, Source, Stamp, escape};
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};
use walkdir::WalkDir;

use crate::add::Added;
use crate::entry::{EntryKind, EntryMeta};
use crate::write::Writer;

/// What was packed, so that it can be removed once the archive is proven.
#[derive(Debug, Default)]
pub struct Packed {
    /// Each regular file, as it was when it was read.
    pub files: Vec<(Stamp, Added)>,
    /// Each symbolic link, and each further name of a file.
    pub links: Vec<Stamp>,
    /// Each directory, parents first.
    pub directories: Vec<PathBuf>,
}

/// Walks trees in a fixed order (by name), never following links that it finds.
pub struct PackTree<'p> {
    user: Vec<(Vec<u8>, Vec<u8>)>,
    output: Option<Identity>,
    progress: &'p dyn Progress,
    hard_links: HashMap<Identity, EntryPath>,
    packed: Packed,
}

impl<'p> PackTree<'p> {
    /// Adds `user` (keys ascending) to each entry. `output` is the archive that is being written, which is
    /// never packed into itself.
    pub fn new(user: Vec<(Vec<u8>, Vec<u8>)>, output: Option<Identity>, progress: &'p dyn Progress) -> Self {
        PackTree { user, output, progress, hard_links: HashMap::new(), packed: Packed::default() }
    }

    /// Packs a file, or a directory and all beneath it. What cannot be read is left out with a warning.
    ///
    /// # Errors
    /// Writing fails, a name is taken by another input, or a file stops being readable in its middle.
    pub fn add<W: Write>(&mut self, writer: &mut Writer<'_, W>, path: &Path) -> Result<()> {
        // What `../x` leads to is packed as `x`, as tar does.
        let below: PathBuf = path.components().skip_while(|c| *c == Component::ParentDir).collect();
        let named = EntryPath::from_source(&below, writer.limits())?;
        if let Some(name) = named.path.as_ref().filter(|_| named.made_relative || below != path) {
            self.progress.note(&format!("'{}' is packed as '{name}'", shown(path)));
        }
        // A symbolic link that the user named is packed as a link, as tar does; `link/` follows it.
        for found in WalkDir::new(path).follow_links(false).follow_root_links(false).sort_by_file_name() {
            let found = match found {
                Ok(found) => found,
                Err(e) => {
                    let why = e.io_error().map_or_else(|| e.to_string(), ToString::to_string);
                    self.warn(e.path().unwrap_or(path), &format!("cannot be read: {why}"));
                    continue;
                }
            };
            let inner = found.path().strip_prefix(path).unwrap_or(Path::new(""));
            let name = match (&named.path, inner.as_os_str().is_empty()) {
                // `.` and `/` have no name of their own.
                (None, true) => continue,
                (Some(root), true) => root.clone(),
                (root, false) => match beneath(root.as_ref(), inner, writer.limits()) {
                    Ok(name) => name,
                    Err(e) => {
                        self.warn(found.path(), &e.to_string());
                        continue;
                    }
                },
            };
            self.add_one(writer, name, found.path(), found.depth() == 0)?;
        }
        Ok(())
    }

    /// What was packed so far.
    pub fn finish(self) -> Packed {
        self.packed
    }

    fn add_one<W: Write>(
        &mut self,
        writer: &mut Writer<'_, W>,
        name: EntryPath,
        path: &Path,
        named_by_user: bool,
    ) -> Result<()> {
        let info = match std::fs::symlink_metadata(path) {
            Ok(info) => info,
            Err(e) => return self.leave_out(path, Error::io("cannot read", e)),
        };
        if info.is_dir() {
            let meta = self.meta(name, EntryKind::Directory, &Metadata::of(&info));
            writer.add_entry(meta)?;
            self.packed.directories.push(path.to_owned());
        } else if info.is_symlink() {
            let stamp = match Stamp::of_link(path) {
                Ok(stamp) => stamp,
                Err(e) => return self.leave_out(path, e),
            };
            let target = match std::fs::read_link(path) {
                Ok(target) => target.into_os_string().into_encoded_bytes(),
                Err(e) => return self.leave_out(path, Error::io("cannot read", e)),
            };
            // Links have no mode of their own.
            let metadata = Metadata { mode: None, ..Metadata::of(&info) };
            let meta = self.meta(name, EntryKind::SymbolicLink(target), &metadata);
            writer.add_entry(meta)?;
            self.packed.links.push(stamp);
        } else {
            self.add_file(writer, name, path, named_by_user)?;
        }
        Ok(())
    }

    fn add_file<W: Write>(
        &mut self,
        writer: &mut Writer<'_, W>,
        name: EntryPath,
        path: &Path,
        named_by_user: bool,
    ) -> Result<()> {
        let mut source = match if named_by_user { Source::open(path) } else { Source::open_found(path) } {
            Ok(source) => source,
            Err(e) => return self.leave_out(path, e),
        };
        if self.output.as_ref() == Some(source.identity()) {
            return self.leave_out(path, Error::new(ErrorKind::Usage, "this is the archive being written"));
        }
        if source.links() > 1 {
            if let Some(first) = self.hard_links.get(source.identity()) {
                let meta = self.meta(name, EntryKind::HardLink(first.clone()), &source.metadata());
                writer.add_entry(meta)?;
                self.packed.links.push(source.stamp().clone());
                return Ok(());
            }
            self.hard_links.insert(source.identity().to_owned(), name.clone());
        }
        let meta = self.meta(name, EntryKind::File, &source.metadata());
        let added = writer.add_file(meta, &mut source).map_err(|e| e.in_file(path))?;
        if source.changed()? {
            self.warn(path, "changed while it was read: packed as it was read");
        }
        self.packed.files.push((source.stamp().clone(), added));
        Ok(())
    }

    fn meta(&self, path: EntryPath, kind: EntryKind, metadata: &Metadata) -> EntryMeta {
        EntryMeta {
            mode: metadata.mode.map(|mode| mode & 0o777),
            mtime: metadata.mtime,
            user: self.user.clone(),
            ..EntryMeta::new(path, kind)
        }
    }

    fn leave_out(&self, path: &Path, error: Error) -> Result<()> {
        match error.kind() {
            ErrorKind::Interrupted | ErrorKind::Internal => Err(error),
            _ => {
                self.warn(path, &error.to_string());
                Ok(())
            }
        }
    }

    fn warn(&self, path: &Path, what: &str) {
        self.progress.warn(&format!("'{}': {what}", shown(path)));
    }
}

fn shown(path: &Path) -> String {
    escape(path.as_os_str().as_encoded_bytes())
}

/// The name of what lies at `inner` beneath an input.
fn beneath(root: Option<&EntryPath>, inner: &Path, limits: &Limits) -> Result<EntryPath> {
    match root {
        None => EntryPath::from_source(inner, limits)?
            .path
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a walk found something without a name")),
        Some(root) => inner
            .components()
            .try_fold(root.clone(), |path, name| path.join(name.as_os_str().as_encoded_bytes(), limits)),
    }
}
