//! The models that this user keeps: one file each, named by its hash, in one folder.
//!
//! The folder is `$UNSAID_HOME/models`, else `$XDG_DATA_HOME/unsaid/models`, else
//! `~/.local/share/unsaid/models`. What lies there is read like any other input: a file whose
//! content is not what its name says is not used.
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use unsaid_core::fs::{Conflict, Draft, PublishOptions};
use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_records::{Model, ModelId};

/// The environment variable for the folder above all stores.
pub const HOME_VARIABLE: &str = "UNSAID_HOME";

/// How the files of models end.
pub const EXTENSION: &str = "unsm";

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
        self.folder.join(format!("{id}.{EXTENSION}"))
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
            let name = PathBuf::from(entry.map_err(failed)?.file_name());
            let is_model = name.extension().is_some_and(|extension| extension == EXTENSION);
            let stem = name.file_stem().and_then(|stem| stem.to_str());
            ids.extend(stem.filter(|_| is_model).and_then(ModelId::from_hex));
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// The one model whose id begins with these hexadecimal digits.
    ///
    /// # Errors
    /// `Missing` where there is none, `Usage` where there are several.
    pub fn find(&self, digits: &str) -> Result<ModelId> {
        let ids = self.ids()?;
        let mut matching = ids.iter().filter(|id| id.to_string().starts_with(digits));
        match (matching.next(), matching.next()) {
            (Some(id), None) => Ok(*id),
            (Some(a), Some(b)) => Err(Error::new(ErrorKind::Usage, "several models begin like this")
                .found(format!("{digits}: {a} and {b}"))
                .hint("give more digits")),
            (None, _) => Err(self.missing(digits)),
        }
    }

    /// The error for a model that is not kept.
    pub fn missing(&self, id: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Missing, format!("needs model {id}, which is not in the store"))
            .in_file(&self.folder)
            .hint("add it: unsaid records models --add FILE, or name its file: --model FILE")
    }

    /// The model with this id, verified.
    ///
    /// # Errors
    /// `Missing`, and as [`Model::load_verified`].
    pub fn load(&self, id: &ModelId, limits: &Limits) -> Result<Model> {
        let path = self.path(id);
        let file = match File::open(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(self.missing(id)),
            file => file.map_err(|e| Error::io("opening the model", e).in_file(&path))?,
        };
        let bytes = read_model(file, limits).map_err(|e| e.in_file(&path))?;
        Model::load_verified(&bytes, id, limits).map_err(|e| e.in_file(&path))
    }

    /// Keeps a copy of a model; `false` where it is there already.
    ///
    /// # Errors
    /// `Environment` where the system refuses.
    pub fn add(&self, file: &[u8], id: &ModelId) -> Result<bool> {
        fs::create_dir_all(&self.folder)
            .map_err(|e| Error::io("making the store of models", e).in_file(&self.folder))?;
        let options = PublishOptions { conflict: Conflict::Refuse, sync: true };
        let mut draft = match Draft::beside(&self.path(id), &options) {
            Err(e) if e.kind() == ErrorKind::Exists => return Ok(false),
            draft => draft?,
        };
        draft.write_all(file).map_err(|e| Error::io("writing the model", e))?;
        draft.publish().map(|()| true)
    }

    /// Removes a model.
    ///
    /// # Errors
    /// `Missing` where it is not there, `Environment` where the system refuses.
    pub fn remove(&self, id: &ModelId) -> Result<()> {
        let path = self.path(id);
        match fs::remove_file(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(self.missing(id)),
            done => done.map_err(|e| Error::io("removing the model", e).in_file(&path)),
        }
    }
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
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn the_first_variable_that_is_set_says_where() {
        let with = |set: &[(&str, &str)]| {
            let value = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
            folder(value).map(|path| path.to_string_lossy().into_owned())
        };
        let all = [("UNSAID_HOME", "/u"), ("XDG_DATA_HOME", "/x"), ("HOME", "/h")];
        assert_eq!(with(&all).as_deref(), Some("/u/models"));
        assert_eq!(with(&all[1..]).as_deref(), Some("/x/unsaid/models"));
        assert_eq!(with(&all[2..]).as_deref(), Some("/h/.local/share/unsaid/models"));
        let relative = [("XDG_DATA_HOME", "x"), ("HOME", "/h")];
        assert_eq!(with(&relative).as_deref(), Some("/h/.local/share/unsaid/models"));
        assert_eq!(with(&[]), None);
    }
}
