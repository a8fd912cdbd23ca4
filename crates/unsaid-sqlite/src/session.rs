//! What a connection keeps: models that were loaded, and coders with their memory.

use std::collections::{HashMap, HashSet};

use unsaid::store::Store;
use unsaid_core::limits::ENVIRONMENT_VARIABLE;
use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_records::{
    Compressor, Decompressor, Framing, Head, Level, MAX_DOCUMENT, Model, ModelId, Registry, ShortId,
};

/// More models than this are not kept at once; a table seldom has more than two.
const MOST_MODELS: usize = 8;

/// The state of one connection.
#[derive(Debug)]
pub(crate) struct Session {
    limits: Limits,
    models: Registry,
    /// For these, every model of the store is loaded that begins like this.
    complete: HashSet<ShortId>,
    compressors: HashMap<(ModelId, Level), Compressor>,
    /// By the model of values that name none.
    decompressors: HashMap<Option<ModelId>, Decompressor>,
}

impl Session {
    /// Nothing loaded; the limits are those of the environment.
    pub(crate) fn new() -> Result<Session> {
        let mut limits = Limits::default();
        limits.output = Some(MAX_DOCUMENT as u64);
        if let Some(settings) = std::env::var_os(ENVIRONMENT_VARIABLE) {
            limits.apply(&settings.to_string_lossy())?;
        }
        let (models, complete, compressors, decompressors) = Default::default();
        Ok(Session { limits, models, complete, compressors, decompressors })
    }

    /// Compresses one value.
    pub(crate) fn compress(&mut self, document: &[u8], id: &ModelId, level: Level) -> Result<Vec<u8>> {
        if !self.compressors.contains_key(&(*id, level)) {
            self.need(id)?;
            let compressor = Compressor::new(self.models.get(id)?, level, Framing::default())?;
            self.compressors.insert((*id, level), compressor);
        }
        let mut out = Vec::new();
        match self.compressors.get_mut(&(*id, level)) {
            Some(compressor) => compressor.compress(document, &mut out)?,
            None => return Err(Error::new(ErrorKind::Internal, "a compressor is gone")),
        }
        Ok(out)
    }

    /// Decompresses one value; `bare` is the model of a value that names none.
    pub(crate) fn decompress(&mut self, record: &[u8], bare: Option<ModelId>) -> Result<Vec<u8>> {
        let (head, _) = Head::read(record)?;
        match (head.level, head.id) {
            // Stored: no model is needed.
            (None, _) => {}
            (Some(_), Some(short)) => self.need_all(short)?,
            (Some(_), None) => match &bare {
                Some(id) => self.need(id)?,
                None => {
                    return Err(Error::new(ErrorKind::Usage, "the value does not say which model it needs")
                        .hint("give the hash of its model as the second argument"));
                }
            },
        }
        let bare = bare.filter(|_| head.level.is_some() && head.id.is_none());
        if !self.decompressors.contains_key(&bare) {
            let decompressor = Decompressor::new(&self.models, &self.limits);
            let decompressor = match &bare {
                Some(id) => decompressor.with_bare_model(id)?,
                // What `compress` wrote has both: damage that says otherwise is noticed.
                None => decompressor.requiring(Framing::default()),
            };
            self.decompressors.insert(bare, decompressor);
        }
        let mut out = Vec::new();
        match self.decompressors.get_mut(&bare) {
            Some(decompressor) => {
                decompressor.decompress(record, &mut out).map_err(|e| self.reason(record, &head, e))?;
            }
            None => return Err(Error::new(ErrorKind::Internal, "a decompressor is gone")),
        }
        Ok(out)
    }

    /// Loads the model with this hash, unless it is there.
    fn need(&mut self, id: &ModelId) -> Result<()> {
        if self.models.get(id).is_ok() {
            return Ok(());
        }
        let model = Store::of_user()?.load(id, &self.limits)?;
        self.make_room(1);
        self.add(model);
        Ok(())
    }

    /// Loads every model of the store that begins like this: which of them are there by chance must not
    /// decide what a value means.
    fn need_all(&mut self, short: ShortId) -> Result<()> {
        if self.complete.contains(&short) {
            return Ok(());
        }
        let store = Store::of_user()?;
        let known: Vec<ModelId> = store.ids()?.into_iter().filter(|id| id.short() == short).collect();
        if known.is_empty() && self.models.matching(short).next().is_none() {
            return Err(store.missing(short));
        }
        // Before the first is loaded, so that none of them makes room for another.
        if !known.is_empty() {
            self.make_room(known.iter().filter(|id| self.models.get(id).is_err()).count());
        }
        let mut failed = None;
        for id in &known {
            if self.models.get(id).is_err() {
                match store.load(id, &self.limits) {
                    Ok(model) => self.add(model),
                    Err(e) => failed = failed.or(Some(e)),
                }
            }
        }
        match failed {
            None => {
                self.complete.insert(short);
            }
            Some(e) if self.models.matching(short).next().is_none() => return Err(e),
            // One that is damaged does not keep the others from theirs; it is tried again next time.
            Some(_) => {}
        }
        Ok(())
    }

    /// Why none of the models that begin alike decodes this, as the first of them puts it; `e` where
    /// one does, or where there is one only.
    fn reason(&self, record: &[u8], head: &Head, e: Error) -> Error {
        let alike: Vec<&Model> = head.id.iter().flat_map(|short| self.models.matching(*short)).collect();
        if alike.len() < 2 {
            return e;
        }
        let mut first = None;
        for model in alike {
            let mut one = Decompressor::of_one(model, Framing::default(), &self.limits);
            match one.decompress(record, &mut Vec::new()) {
                Ok(()) => return e,
                Err(why) => first = first.or(Some(why)),
            }
        }
        first.unwrap_or(e)
    }

    fn make_room(&mut self, models: usize) {
        if self.models.len() + models > MOST_MODELS {
            self.models = Registry::new();
            self.complete.clear();
            self.compressors.clear();
            self.decompressors.clear();
        }
    }

    fn add(&mut self, model: Model) {
        self.models.add(model);
        // Each knows the models that there were when it was made.
        self.decompressors.clear();
    }
}
