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
    "model cf47148aa93c0b979e3fdfe70344c17dd223b9f40e95193d164215b8f35fa413",
    "fast 57b693f562394dc42d93967e25b673b06579e1a55876766e8dcf6f286dc59d44",
    "balanced a5156b1b850be3730f75f063d4c29f9fa229ce7b93a3c65a572aface579ae81e",
    "small eb69647871f9ca986f9d5ca5304bb904b4c9a28e41221977e4c6b901258c2f23",
];
