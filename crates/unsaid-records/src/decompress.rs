//! One compressed document after another, whole again.

use std::collections::BTreeMap;

use unsaid_core::{Error, ErrorKind, Limits, Result};

use crate::document::{RUNS, check_of, check_size};
use crate::levels::Scratch;
use crate::registry::missing;
use crate::{Framing, Head, MAX_DOCUMENT, Model, ModelId, Registry, runs};

/// Decompresses documents, each alone, with memory that is used again.
#[derive(Debug)]
pub struct Decompressor {
    models: Registry,
    /// For documents that name no model.
    bare: Option<ModelId>,
    required: Framing,
    /// No document names another model.
    alone: bool,
    limits: Limits,
    scratches: BTreeMap<ModelId, Scratch>,
}

/// The same decompressor with memory of its own.
impl Clone for Decompressor {
    fn clone(&self) -> Self {
        Decompressor {
            models: self.models.clone(),
            bare: self.bare,
            required: self.required,
            alone: self.alone,
            limits: self.limits.clone(),
            scratches: BTreeMap::new(),
        }
    }
}

impl Decompressor {
    /// Decodes what any of these models coded; each document says which. Bare documents say nothing:
    /// they can be decoded where there is one model only.
    pub fn new(models: &Registry, limits: &Limits) -> Self {
        let bare = models.only().map(Model::id);
        let (models, limits) = (models.clone(), limits.clone());
        Decompressor {
            models,
            bare,
            required: Framing::BARE,
            alone: false,
            limits,
            scratches: BTreeMap::new(),
        }
    }

    /// Decodes documents that were all coded with this model in this framing, as those of a stream: one
    /// that names another model, or carries less, is damaged.
    pub fn of_one(model: &Model, framing: Framing, limits: &Limits) -> Self {
        let mut one = Decompressor::new(&Registry::from(model), limits).requiring(framing);
        one.alone = true;
        one
    }

    /// Bare documents are decoded with this one of the models.
    ///
    /// # Errors
    /// `Missing` where it is none of them.
    pub fn with_bare_model(mut self, id: &ModelId) -> Result<Self> {
        self.bare = Some(self.models.get(id)?.id());
        Ok(self)
    }

    /// Documents must carry this much. Whoever knows that all of them do should say so: a flag byte that
    /// was damaged into one that promises less is found then.
    #[must_use]
    pub fn requiring(mut self, framing: Framing) -> Self {
        self.required = framing;
        self
    }

    /// Appends the document to `out`.
    ///
    /// # Errors
    /// `Missing` where the model is not at hand, `Truncated` and `Corrupt` for damage, `Limit` for
    /// a document larger than [`MAX_DOCUMENT`] or the limits on output and work. `out` is as it
    /// was then.
    pub fn decompress(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        let done = self.append(record, out);
        if done.is_err() {
            out.truncate(start);
        }
        done
    }

    fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let (head, payload) = Head::read(record)?;
        let lacks_id = self.required.id && head.level.is_some() && head.id.is_none();
        if lacks_id || (self.required.check && head.check.is_none()) {
            return Err(Error::corrupt("a document lacks the model id or the check that all have here")
                .found(format!("flag byte 0x{:02x}", record[0])));
        }
        let Some(level) = head.level else {
            if head.flags & RUNS != 0 {
                let start = out.len();
                runs::decode(payload, &self.limits, out)?;
                return verify(&head, &out[start..]);
            }
            check_size(payload.len())?;
            self.limits.check_output(payload.len() as u64, "a document")?;
            out.extend_from_slice(payload);
            return verify(&head, payload);
        };
        // One model, nearly always: the list of several is made only then.
        let one = match (head.id, self.bare) {
            (Some(short), _) => {
                let mut all = self.models.matching(short);
                let first = all.next().cloned();
                if all.next().is_some() {
                    drop(all);
                    let several: Vec<Model> = self.models.matching(short).cloned().collect();
                    return self.decode_by_check(&several, &head, payload, out);
                }
                first
            }
            (None, Some(id)) => Some(self.models.get(&id)?.clone()),
            (None, None) if self.models.is_empty() => None,
            (None, None) => return Err(which(self.models.len())),
        };
        match one {
            None if self.alone => Err(Error::corrupt("a document names another model than all others here")
                .found(head.id.map(|id| id.to_string()).unwrap_or_default())),
            None => Err(head.id.map_or_else(|| missing("of this bare document"), missing)),
            Some(model) => {
                model.require(level)?;
                self.decode(&model, &head, payload, out)
            }
        }
    }

    fn decode(&mut self, model: &Model, head: &Head, payload: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let Some(level) = head.level else { return Ok(()) };
        let start = out.len();
        let by_output = self.limits.output.unwrap_or(u64::MAX);
        let by_work = self.limits.work.map_or(u64::MAX, |work| work / level.cost());
        let most = by_output.min(by_work).min(MAX_DOCUMENT as u64);
        let scratch = self.scratches.entry(model.id()).or_default();
        let done = model.knowledge().decode(level, scratch, head.flags, payload, out, most);
        let result = match done {
            // Which of the bounds it was decides what to say.
            Err(e) if e.kind() == ErrorKind::Limit && most < MAX_DOCUMENT as u64 => {
                let over = most.saturating_add(1);
                self.limits.check_output(over, "a document")?;
                self.limits.check_work(over.saturating_mul(level.cost()), "a document")?;
                Err(e)
            }
            other => other,
        };
        result.and_then(|()| verify(head, &out[start..]))
    }

    /// Two models whose ids begin alike are told apart by the check, where there is one.
    fn decode_by_check(
        &mut self,
        models: &[Model],
        head: &Head,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let start = out.len();
        let mut fitting: Option<Vec<u8>> = None;
        for model in models.iter().filter(|_| head.check.is_some()) {
            if model.require(head.level.unwrap_or(crate::Level::Fast)).is_ok()
                && self.decode(model, head, payload, out).is_ok()
            {
                let decoded = out.split_off(start);
                if fitting.as_ref().is_some_and(|other| *other != decoded) {
                    return Err(which(models.len()));
                }
                fitting = Some(decoded);
            }
            out.truncate(start);
        }
        out.extend_from_slice(&fitting.ok_or_else(|| which(models.len()))?);
        Ok(())
    }
}

fn which(models: usize) -> Error {
    Error::new(ErrorKind::Usage, "the document does not say which model it needs")
        .found(format!("{models} models that it could be"))
        .expected("one")
        .hint("name the model: --model FILE")
}

fn verify(head: &Head, document: &[u8]) -> Result<()> {
    match head.check {
        Some(check) if check != check_of(document) => {
            Err(Error::corrupt("the check of a document does not hold")
                .hint("the document is damaged, or was coded with another model"))
        }
        _ => Ok(()),
    }
}
