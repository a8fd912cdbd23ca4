//! A model in memory: immutable, shared, whole.

use std::sync::Arc;

use unsaid_core::{Error, ErrorKind, Limits, Result};

use crate::file::{Section, Sections};
use crate::levels::Knowledge;
use crate::report::Report;
use crate::{Level, ModelId};

/// What was learned from documents: immutable, shared by as many threads as like, cheap to clone.
///
/// Opening reads the file only. The first document of level `small` primes the state of that level, which takes
/// about a second for each megabyte of text in the model; [`Model::prime`] does it beforehand.
#[derive(Clone, Debug)]
pub struct Model(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: ModelId,
    file_bytes: usize,
    knowledge: Knowledge,
    report: Option<Report>,
}

impl Model {
    /// Reads a model file. Its own hash is verified, so that damage is found; who made it is not
    /// known by that: see [`Model::load_verified`].
    ///
    /// # Errors
    /// `NotThisFormat`, `NewerVersion`, `Truncated`, `Corrupt` or `Limit`.
    pub fn load(file: &[u8], limits: &Limits) -> Result<Model> {
        let (sections, id) = Sections::read(file, limits)?;
        let knowledge = Knowledge::read(&sections, limits)?;
        let report = sections.get(Section::Figures).map(Report::read).transpose()?;
        Ok(Model(Arc::new(Inner { id, file_bytes: file.len(), knowledge, report })))
    }

    /// Reads a model file that must be the one with this id.
    ///
    /// # Errors
    /// As [`Model::load`], and `Corrupt` where it is another file.
    pub fn load_verified(file: &[u8], id: &ModelId, limits: &Limits) -> Result<Model> {
        // The whole file is hashed before anything in it is used.
        let found = ModelId::new(unsaid_core::check::Hash::of(file));
        if found != *id {
            return Err(Error::corrupt("the file is not the model that was meant").found(found).expected(id));
        }
        Model::load(file, limits)
    }

    /// What names it.
    pub fn id(&self) -> ModelId {
        self.0.id
    }

    /// The bytes of its file.
    pub fn file_bytes(&self) -> usize {
        self.0.file_bytes
    }

    /// The levels that it can code, the fastest first.
    pub fn levels(&self) -> impl Iterator<Item = Level> + '_ {
        Level::ALL.into_iter().filter(|&level| self.0.knowledge.has(level))
    }

    /// What was measured when it was trained, where that was kept.
    pub fn report(&self) -> Option<&Report> {
        self.0.report.as_ref()
    }

    /// Makes the state of level `small` now, not with the first document.
    ///
    /// # Errors
    /// `Limit` where it needs more memory than the limits given to [`Model::load`], `Corrupt` where the
    /// texts in the model cannot be decoded.
    pub fn prime(&self) -> Result<()> {
        self.0.knowledge.prime()
    }

    pub(crate) fn knowledge(&self) -> &Knowledge {
        &self.0.knowledge
    }

    pub(crate) fn require(&self, level: Level) -> Result<()> {
        if self.0.knowledge.has(level) {
            return Ok(());
        }
        let has: Vec<_> = self.levels().map(Level::name).collect();
        Err(Error::new(ErrorKind::Missing, format!("model {} has no level {level}", self.id().short()))
            .found(if has.is_empty() { "no level".to_owned() } else { has.join(", ") })
            .hint("train the model again with this level"))
    }
}
