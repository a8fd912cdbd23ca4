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
    "fast cd7c8cd9603dd00609bf383a48820e02980b43c8b287d94f00a45d3874382f37",
    "balanced d30449d0f19864603b4eb2d3ccab698dc0e2d9c7f7d88a929ba0f383bcc0afe6",
    "small d4d0840ee6dbe928fb82f4501c376a5ceea6a5a54bba8dc8699c5680a82f9489",
];
