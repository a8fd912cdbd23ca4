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
    "model 584db4cb67f1c88a09d5a42b8603a495a66a0a351dab5984a2f31b142d843162",
    "fast fa48ede21e0609140603d73f4c3dee0e4b488eb6b24e41cbe4bcb338fcd5c43b",
    "balanced ea035ff979b61465bacfe44359ac28b88fdca89e309da16294879a927e0475d4",
    "small 6c92894df710cfd098e7802233386008c9b78721902aeefb333af98a025346f7",
];
