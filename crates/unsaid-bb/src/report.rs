//! What people choose a model by: what it saves on a test set, and how it differs from another.

use std::collections::HashMap;
use std::io;

use unsaid_core::{Limits, Progress, Result, Silent};

use crate::decode::{Decoder, Token};
use crate::encode::Encoder;
use crate::model::Model;

/// What a model does to a test set, each document on its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coverage {
    /// How many documents.
    pub documents: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes of their compressions, with the model's hash in each.
    pub coded: u64,
    /// Bytes of the documents that fragments stand for; the others are literals.
    pub covered: u64,
    /// Tokens that are literals.
    pub literals: u64,
    /// Tokens that are references of one, two, three and more bytes.
    pub references: [u64; 4],
    /// Fragments that were used at all.
    pub used: u64,
}

/// Encodes test documents one by one and adds up what came of them.
#[derive(Debug)]
pub struct Survey<'m> {
    model: &'m Model,
    encoder: Encoder<'m>,
    limits: Limits,
    uses: Vec<u64>,
    coverage: Coverage,
}

impl<'m> Survey<'m> {
    /// Nothing encoded yet.
    ///
    /// # Errors
    /// As [`Encoder::new`].
    pub fn new(model: &'m Model, limits: &Limits) -> Result<Self> {
        let encoder = Encoder::new(model, limits)?;
        let uses = vec![0; model.fragments().len()];
        Ok(Survey { model, encoder, limits: limits.clone(), uses, coverage: Coverage::default() })
    }

    /// Encodes one document.
    ///
    /// # Errors
    /// Those of reading, and what `progress` returns.
    pub fn add(&mut self, document: impl io::Read, progress: &dyn Progress) -> Result<()> {
        let mut coded = Vec::new();
        let sizes = self.encoder.encode(document, &mut coded, &self.limits, progress)?;
        let coverage = &mut self.coverage;
        coverage.documents += 1;
        coverage.bytes += sizes.document;
        coverage.coded += sizes.coded;
        let profile = self.model.profile();
        let mut decoder = Decoder::new(self.model, &coded[..])?;
        while let Some(token) = decoder.next_token()? {
            match token {
                Token::Literal(_) => coverage.literals += 1,
                Token::Fragment(index, bytes) => {
                    coverage.covered += bytes.len() as u64;
                    let width = profile.reference_bytes(index).unwrap_or(5).min(4) as usize;
                    coverage.references[width - 1] += 1;
                    self.uses[index as usize] += 1;
                }
            }
        }
        Ok(())
    }

    /// What came of all documents so far.
    pub fn coverage(&self) -> Coverage {
        let used = self.uses.iter().filter(|&&uses| uses > 0).count() as u64;
        Coverage { used, ..self.coverage }
    }

    /// How often each fragment was used.
    pub fn uses(&self) -> &[u64] {
        &self.uses
    }
}

/// How one model differs from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Indices in the first model of fragments that the second lacks.
    pub removed: Vec<u32>,
    /// Indices in the second model of fragments that the first lacks.
    pub added: Vec<u32>,
    /// Fragments of both whose index differs, as (first, second).
    pub moved: Vec<(u32, u32)>,
    /// Fragments of both with one index.
    pub same: u64,
}

/// Compares two models by their fragments.
pub fn difference(first: &Model, second: &Model) -> Difference {
    let places: HashMap<&[u8], u32> = second.fragments().iter().zip(0..).collect();
    let mut difference = Difference::default();
    let mut kept = vec![false; second.fragments().len()];
    for (fragment, index) in first.fragments().iter().zip(0..) {
        match places.get(fragment) {
            None => difference.removed.push(index),
            Some(&place) => {
                kept[place as usize] = true;
                if place == index {
                    difference.same += 1;
                } else {
                    difference.moved.push((index, place));
                }
            }
        }
    }
    difference.added = (0..).zip(kept).filter(|&(_, kept)| !kept).map(|(index, _)| index).collect();
    difference
}

/// The compression of one document, and nothing else: what [`Survey`] adds up.
///
/// # Errors
/// As [`Survey::add`].
pub fn one(model: &Model, document: &[u8], limits: &Limits) -> Result<Coverage> {
    let mut survey = Survey::new(model, limits)?;
    survey.add(document, &Silent)?;
    Ok(survey.coverage())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    fn model(fragments: &[&str]) -> Model {
        Model::new(Profile::Protocol, fragments.iter().collect(), &Limits::default()).unwrap()
    }

    #[test]
    fn a_survey_counts_every_byte_once() {
        let coverage = one(&model(&["abc", "xy"]), b"abcabcxy-!", &Limits::default()).unwrap();
        let wanted = Coverage {
            documents: 1,
            bytes: 10,
            coded: 4 + 1 + 1 + 1 + 3,
            covered: 8,
            literals: 1,
            references: [3, 0, 0, 0],
            used: 2,
        };
        assert_eq!(coverage, wanted);
    }

    #[test]
    fn a_difference_says_what_went_came_and_moved() {
        let (first, second) = (model(&["a", "b", "c", "d"]), model(&["a", "c", "b", "e"]));
        let wanted = Difference { removed: vec![3], added: vec![3], moved: vec![(1, 2), (2, 1)], same: 1 };
        assert_eq!(difference(&first, &second), wanted);
    }
}
