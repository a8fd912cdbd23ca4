//! Several models, old and new, by the hash of their files.

use std::collections::BTreeMap;

use unsaid_core::{Error, ErrorKind, Result};

use crate::{Model, ModelId, ShortId};

/// Models by id. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    models: BTreeMap<ModelId, Model>,
}

impl Registry {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a model; one that is there already stays.
    pub fn add(&mut self, model: Model) {
        self.models.entry(model.id()).or_insert(model);
    }

    /// Takes a model out.
    pub fn remove(&mut self, id: &ModelId) -> Option<Model> {
        self.models.remove(id)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.models.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    /// All of them, in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Model> {
        self.models.values()
    }

    /// The model with this id.
    ///
    /// # Errors
    /// `Missing`, naming it and what to do.
    pub fn get(&self, id: &ModelId) -> Result<&Model> {
        self.models.get(id).ok_or_else(|| missing(id))
    }

    /// The models whose ids begin like this; rarely more than one.
    pub fn matching(&self, short: ShortId) -> impl Iterator<Item = &Model> {
        self.models.values().filter(move |model| model.id().short() == short)
    }

    /// The only model, where there is one and no other.
    pub fn only(&self) -> Option<&Model> {
        let mut all = self.models.values();
        all.next().filter(|_| all.next().is_none())
    }
}

/// The error for a model that is not at hand.
pub(crate) fn missing(id: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Missing, format!("needs model {id}, which is not at hand"))
        .hint("name its file with --model FILE, or keep it in the store: unsaid records models --add FILE")
}

impl From<&Model> for Registry {
    fn from(model: &Model) -> Self {
        Registry::from_iter([model.clone()])
    }
}

impl FromIterator<Model> for Registry {
    fn from_iter<I: IntoIterator<Item = Model>>(models: I) -> Self {
        let mut registry = Registry::new();
        models.into_iter().for_each(|model| registry.add(model));
        registry
    }
}
