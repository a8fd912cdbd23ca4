//! Several models.

use unsaid_core::{ErrorKind, Limits};
use unsaid_records::{Decompressor, Framing, Gain, HeldBack, Level, Registry};

use crate::common::*;

fn decode(models: &Registry, record: &[u8]) -> Result<Vec<u8>, unsaid_core::Error> {
    let mut out = Vec::new();
    Decompressor::new(models, &Limits::default()).decompress(record, &mut out).map(|()| out)
}

#[test]
fn decoding_picks_the_model_by_the_id_in_the_document() {
    let (old, new) = (&few().model, &trained().model);
    let both: Registry = [old.clone(), new.clone()].into_iter().collect();
    assert_eq!((both.len(), both.only().is_none()), (2, true));
    for level in new.levels() {
        for model in [old, new] {
            let record = compress(model, level, Framing::default(), &document(9100));
            assert_eq!(decode(&both, &record).unwrap(), document(9100));
        }
    }
}

#[test]
fn c5_a_missing_model_is_named_and_a_wrong_one_is_not_used() {
    let model = &trained().model;
    for level in model.levels() {
        let record = compress(model, level, Framing::default(), &document(9100));
        for models in [Registry::new(), Registry::from(&few().model)] {
            let e = decode(&models, &record).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Missing);
            assert!(e.to_string().contains(&model.id().short().to_string()), "{e}");
            assert!(e.hint_text().unwrap().contains("--model"), "{e:?}");
        }
    }
    let e = Registry::new().get(&model.id()).unwrap_err();
    assert!(e.to_string().contains(&model.id().to_string()), "{e}");
}

#[test]
fn a_bare_document_needs_to_be_told_its_model() {
    let (old, new) = (&few().model, &trained().model);
    let both: Registry = [old.clone(), new.clone()].into_iter().collect();
    let record = compress(new, Level::Fast, Framing::BARE, &document(9100));
    assert_eq!(decode(&both, &record).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(decode(&Registry::new(), &record).unwrap_err().kind(), ErrorKind::Missing);
    let mut out = Vec::new();
    let told = Decompressor::new(&both, &Limits::default()).with_bare_model(&new.id());
    told.unwrap().decompress(&record, &mut out).unwrap();
    assert_eq!(out, document(9100));
    let e = Decompressor::new(&Registry::from(old), &Limits::default()).with_bare_model(&new.id());
    assert_eq!(e.unwrap_err().kind(), ErrorKind::Missing);
}

#[test]
fn models_come_and_go() {
    let mut registry = Registry::from(&few().model);
    registry.add(few().model.clone());
    assert_eq!(registry.len(), 1);
    assert_eq!(registry.only().unwrap().id(), few().model.id());
    assert!(registry.remove(&few().model.id()).is_some());
    assert!(registry.is_empty() && registry.remove(&few().model.id()).is_none());
}

#[test]
fn training_again_reports_the_gain_on_documents_that_neither_saw() {
    let mut held = HeldBack::new();
    (0..1200).for_each(|seed| held.offer(&document(seed)));
    assert_eq!(held.documents().len(), 75);
    let gain = Gain::measure(&few().model, &trained().model, &held, &unsaid_core::Silent).unwrap();
    assert_eq!((gain.documents, gain.levels.len()), (75, trained().model.levels().count()));
    for (level, old, new) in gain.levels {
        assert!(new < old, "{level}: {old} {new}");
        let same = trained().report.levels.iter().find(|l| l.level == level).unwrap();
        assert_eq!(same.bytes, new, "the same documents as the training measured");
    }
}
