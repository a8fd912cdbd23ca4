//! The models that this user keeps: one file each, named by its hash, in one folder.
//!
//! The folder is `$UNSAID_HOME/models`, else `$XDG_DATA_HOME/unsaid/models`, else
//! `~/.local/share/unsaid/models`. What lies there is read like any other input: a file whose
//! content is not what its name says is not used.
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use unsaid_core::check::Hash;
use unsaid_core::fs::{Conflict, Draft, PublishOptions};
use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_records::{Model, ModelId};

/// The environment variable for the folder above all stores.
pub const HOME_VARIABLE: &str = "UNSAID_HOME";

/// How the files of models end.
pub const EXTENSION: &str = "unsm";

/// Fewer digits of a hash name no model: a slip must not choose one.
const LEAST_DIGITS: usize = 4;

const HOW_TO_LIST: &str = "unsaid records models lists those that are kept";

/// A folder of models.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The user's store; nothing is made or read yet.
    ///
    /// # Errors
    /// `Environment` where no variable says where it is.
    pub fn of_user() -> Result<Store> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let folder = folder(set).ok_or_else(|| {
            Error::new(ErrorKind::Environment, "nothing says where models are kept")
                .hint(format!("set {HOME_VARIABLE} to a folder"))
        })?;
        Ok(Store { folder })
    }

    /// A store in this folder, which is made when the first model comes.
    pub fn at(folder: impl Into<PathBuf>) -> Store {
        Store { folder: folder.into() }
    }

    /// The folder, which may not be there yet.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, id: &ModelId) -> PathBuf {
        self.folder.join(file_name(id))
    }

    /// The ids of the models that are kept, in order.
    ///
    /// # Errors
    /// `Environment` where the folder cannot be read.
    pub fn ids(&self) -> Result<Vec<ModelId>> {
        let failed = |e| Error::io("listing the store of models", e).in_file(&self.folder);
        let entries = match fs::read_dir(&self.folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let id = name.to_str().and_then(|name| ModelId::from_hex(name.get(..64)?));
            // Only what `load` would open: the same digits in capitals are another file.
            ids.extend(id.filter(|id| *name == *file_name(id)));
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// The one model whose id begins with these hexadecimal digits, four at least.
    ///
    /// # Errors
    /// `Missing` where there is none, `Usage` where there are several or these are no such digits.
    pub fn find(&self, digits: &str) -> Result<ModelId> {
        if digits.len() < LEAST_DIGITS || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Error::new(ErrorKind::Usage, "this does not say which model is meant")
                .found(format!("'{digits}'"))
                .expected(format!("the first hexadecimal digits of its hash, {LEAST_DIGITS} or more"))
                .hint(HOW_TO_LIST));
        }
        let digits = &*digits.to_ascii_lowercase();
        let ids = self.ids()?;
        let mut matching = ids.iter().filter(|id| id.to_string().starts_with(digits));
        match (matching.next(), matching.next()) {
            (Some(id), None) => Ok(*id),
            (Some(a), Some(b)) => Err(Error::new(ErrorKind::Usage, "several models begin like this")
                .found(format!("{digits}: {a} and {b}"))
                .hint("give more digits")),
            (None, _) => Err(self.not_kept(digits)),
        }
    }

    /// The error for a model that is not kept.
    pub fn missing(&self, id: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Missing, format!("needs model {id}, which is not in the store"))
            .in_file(&self.folder)
            .hint("add it: unsaid records models --add FILE, or name its file: --model FILE")
    }

    /// The error for a model that should be there by what the caller said, not by what data needs.
    fn not_kept(&self, id: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Missing, format!("no model {id} is in the store"))
            .in_file(&self.folder)
            .hint(HOW_TO_LIST)
    }

    /// The model with this id, verified.
    ///
    /// # Errors
    /// `Missing`, `Environment` where no file has its name but something else, and as
    /// [`Model::load_verified`].
    pub fn load(&self, id: &ModelId, limits: &Limits) -> Result<Model> {
        let path = self.path(id);
        let file = open_file(&path)?.ok_or_else(|| self.missing(id))?;
        let bytes = read_model(file, limits).map_err(|e| e.in_file(&path))?;
        Model::load_verified(&bytes, id, limits).map_err(|e| e.in_file(&path))
    }

    /// Keeps a copy of a model; `false` where it is there already. What has its name and other
    /// content is replaced.
    ///
    /// # Errors
    /// `Usage` where the file is not the one with this id, `Environment` where the system refuses or
    /// no file has the name but something else.
    pub fn add(&self, file: &[u8], id: &ModelId) -> Result<bool> {
        let found = ModelId::new(Hash::of(file));
        if found != *id {
            return Err(Error::new(ErrorKind::Usage, "the model is not the one to keep")
                .found(found)
                .expected(id));
        }
        fs::create_dir_all(&self.folder)
            .map_err(|e| Error::io("making the store of models", e).in_file(&self.folder))?;
        let path = self.path(id);
        match write(&path, file, Conflict::Refuse) {
            // Whoever was first, now or while this one was written, had the same model in mind.
            Err(e) if e.kind() == ErrorKind::Exists => {}
            done => return done.map(|()| true),
        }
        if is_content(&path, file)? {
            return Ok(false);
        }
        write(&path, file, Conflict::Replace).map(|()| true)
    }

    /// Removes a model.
    ///
    /// # Errors
    /// `Missing` where it is not there, `Environment` where the system refuses.
    pub fn remove(&self, id: &ModelId) -> Result<()> {
        let path = self.path(id);
        match fs::remove_file(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(self.not_kept(id)),
            done => done.map_err(|e| Error::io("removing the model", e).in_file(&path)),
        }
    }
}

fn file_name(id: &ModelId) -> String {
    format!("{id}.{EXTENSION}")
}

fn write(path: &Path, content: &[u8], conflict: Conflict) -> Result<()> {
    let mut draft = Draft::beside(path, &PublishOptions { conflict, sync: true })?;
    draft.write_all(content).map_err(|e| Error::io("writing the model", e).in_file(path))?;
    draft.publish()
}

/// Whether there is a file with exactly these bytes.
fn is_content(path: &Path, content: &[u8]) -> Result<bool> {
    let Some(file) = open_file(path)? else { return Ok(false) };
    let mut found = Vec::new();
    let read = file.take((content.len() as u64).saturating_add(1)).read_to_end(&mut found);
    read.map_err(|e| Error::io("reading the model", e).in_file(path))?;
    Ok(found == content)
}

/// Opens a file, and nothing else: a pipe would keep the reader waiting for ever. `None` where there is
/// nothing.
fn open_file(path: &Path) -> Result<Option<File>> {
    let failed = |e| Error::io("opening the model", e).in_file(path);
    let checked = |metadata: fs::Metadata| match metadata.is_file() {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::Environment, "what has the name of a model is not a file")
            .in_file(path)
            .hint("remove it, then add the model again: unsaid records models --add FILE")),
    };
    // Opening is what hangs, so it is asked before; and after, for it may have been swapped.
    match fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => checked(metadata.map_err(failed)?)?,
    }
    let file = match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?,
    };
    checked(file.metadata().map_err(failed)?)?;
    Ok(Some(file))
}

/// A whole model file; what is longer than the memory allowed is not read to its end.
///
/// # Errors
/// `Environment`, or `Limit`.
pub fn read_model(file: impl Read, limits: &Limits) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = file.take(limits.memory.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|e| Error::io("reading the model", e))?;
    limits.check_memory(bytes.len() as u64, "the model")?;
    Ok(bytes)
}

fn folder(set: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(home) = set(HOME_VARIABLE) {
        return Some(PathBuf::from(home).join("models"));
    }
    let data = match set("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute()) {
        Some(data) => data,
        None if cfg!(windows) => PathBuf::from(set("LOCALAPPDATA")?),
        None => PathBuf::from(set("HOME")?).join(".local/share"),
    };
    Some(data.join("unsaid").join("models"))
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
