//! J6: bytes that must never change.
//!
//! The model and the documents are made from generated data; only their hashes stand here. Where one
//! differs, old files can no longer be read: that is a new version, not a new hash.

use unsaid_core::Limits;
use unsaid_core::check::{Hash, Hasher};
use unsaid_records::{Compressor, Framing, Model};

use crate::common::*;

#[test]
fn j6_models_are_trained_and_documents_coded_as_ever() {
    let file = &few().file;
    let model = Model::load(file, &Limits::default()).unwrap();
    let mut lines = vec![format!("model {}", Hash::of(file))];
    for level in trained().model.levels() {
        let mut compressor = Compressor::new(&trained().model, level, Framing::default()).unwrap();
        let mut hasher = Hasher::new();
        for document in documents() {
            let mut record = Vec::new();
            compressor.compress(&document, &mut record).unwrap();
            hasher.update(&record);
        }
        lines.push(format!("{level} {}", hasher.finish()));
    }
    assert_eq!(model.id(), few().model.id());
    assert_eq!(lines, GOLDEN);
}

const GOLDEN: [&str; 4] = [
    "model 66ba0f5d58ae49e2cf0376ec60e45a21e515dd5052d66c02453ea0cb4baa47f5",
    "fast 7680ed955ca084bd183834c050d36323babf0a2fd1d206dd2a425cafa146a7ef",
    "balanced dec4a2a39641ba467f5993cf6f2c01d20ae335fd747ae16e66a280f83d4cb381",
    "small 62878caed5fbcd438e56eadf8c8e9fe290eddcfdecfcf39d3802ef3f5faf72c9",
];
