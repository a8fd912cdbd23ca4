//! The models of the record codec among what this user [keeps](unsaid_knowledge).

use std::fs::File;
use std::io::Read;
use std::path::Path;

use unsaid_core::check::Hash;
use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_knowledge::{About, Files};
use unsaid_records::{Model, ModelId};

use crate::Format;

pub use unsaid_core::fs::HOME_VARIABLE;
pub use unsaid_knowledge::files::read_whole as read_model;

/// The models among files that are kept.
#[derive(Clone, Debug)]
pub struct Store {
    files: Files,
}

impl Store {
    /// The user's store; nothing is made or read yet.
    ///
    /// # Errors
    /// `Environment` where no variable says where it is.
    pub fn of_user() -> Result<Store> {
        Files::of_user().map(Store::of)
    }

    /// The models among these files.
    pub fn of(files: Files) -> Store {
        Store { files }
    }

    /// All that is kept, models or not.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The ids of the models that are kept, in order.
    ///
    /// # Errors
    /// `Environment` where the folder cannot be read.
    pub fn ids(&self) -> Result<Vec<ModelId>> {
        // What is written down counts first: a model that was emptied on the disk is a damaged model.
        let is_model = |hash: &Hash| -> Result<bool> {
            match &*self.files.about(hash)?.kind {
                "" => Ok(begins_like_a_model(&self.files.path(hash))),
                kind => Ok(kind == Format::RecordModel.name()),
            }
        };
        let mut ids = Vec::new();
        for hash in self.files.hashes()? {
            if is_model(&hash)? {
                ids.push(ModelId::new(hash));
            }
        }
        Ok(ids)
    }

    /// The one model whose id begins with these hexadecimal digits, four at least.
    ///
    /// # Errors
    /// As [`Files::find`].
    pub fn find(&self, digits: &str) -> Result<ModelId> {
        self.files.find(digits).map(ModelId::new)
    }

    /// The error for a model that is not kept.
    pub fn missing(&self, id: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Missing, format!("needs model {id}, which is not in the store"))
            .in_file(self.files.folder())
            .hint("add it: unsaid records models --add FILE, or name its file: --model FILE")
    }

    /// The model with this id, verified.
    ///
    /// # Errors
    /// `Missing`, and as [`Files::read`] and [`Model::load_verified`].
    pub fn load(&self, id: &ModelId, limits: &Limits) -> Result<Model> {
        let bytes = self.files.read(id.hash(), limits).map_err(|e| match e.kind() {
            ErrorKind::Missing => self.missing(id),
            _ => e,
        })?;
        Model::load_verified(&bytes, id, limits).map_err(|e| e.in_file(self.files.path(id.hash())))
    }

    /// Keeps a copy of a model; `false` where it is there already. What has its name and other
    /// content is replaced.
    ///
    /// # Errors
    /// `Usage` where the file is not the one with this id, and as [`Files::put`].
    pub fn add(&self, file: &[u8], id: &ModelId) -> Result<bool> {
        let found = ModelId::new(Hash::of(file));
        if found != *id {
            return Err(Error::new(ErrorKind::Usage, "the model is not the one to keep")
                .found(found)
                .expected(id));
        }
        let (hash, added) = self.files.put(file)?;
        if added {
            let kind = Format::RecordModel.name().to_owned();
            self.files.set_about(&hash, &About { kind, ..About::default() })?;
        }
        Ok(added)
    }

    /// Removes a model.
    ///
    /// # Errors
    /// As [`Files::remove`].
    pub fn remove(&self, id: &ModelId) -> Result<()> {
        self.files.remove(id.hash())
    }
}

fn begins_like_a_model(path: &Path) -> bool {
    let mut start = Vec::new();
    // Opening anything but a file may wait for ever.
    let file = path.is_file().then(|| File::open(path));
    let read = file.map(|file| file?.take(Format::PREFIX as u64).read_to_end(&mut start));
    matches!(read, Some(Ok(Format::PREFIX))) && Format::recognise(&start) == Some(Format::RecordModel)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;

    #[test]
    fn only_models_are_listed_and_only_the_right_file_is_added() {
        let folder = std::env::temp_dir().join(format!("unsaid-store-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let store = Store::of(Files::at(&folder));
        let file = b"\x89USRM\r\n\x1a\x01 and so on";
        let id = ModelId::new(Hash::of(file));
        assert_eq!(store.add(b"another", &id).unwrap_err().kind(), ErrorKind::Usage);
        assert!(store.add(file, &id).unwrap());
        assert!(!store.add(file, &id).unwrap());
        store.files().put(b"a dictionary, or what not").unwrap();
        store.files().put(b"\x89USRM").unwrap();
        assert_eq!(store.ids().unwrap(), [id]);
        assert_eq!(store.files().hashes().unwrap().len(), 3);
        assert_eq!(store.files().about(id.hash()).unwrap().kind, "records model");
        let other = ModelId::new(Hash::of(b"other"));
        let e = store.load(&other, &Limits::default()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Missing);
        assert!(e.hint_text().unwrap().contains("records models --add"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
