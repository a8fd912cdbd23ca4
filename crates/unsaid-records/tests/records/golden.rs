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
    "model 33331293fd1e8aa2512a4cf5c6ec734c633f5bae4dd1d22ae8e7af07df720d20",
    "fast e6ca6d65deaf1bd400ac0589ac2223b0f36301dd1acd30c9eb8490c52481ae82",
    "balanced 85eac5b89f1fe41b70775f4d893fa36c319b343a1eb83a489ffdf70c6e8005a5",
    "small b64d748a6e39f7d00638f1206f664c18aea42f661d93ca8db001cc3a38b52a9c",
];
