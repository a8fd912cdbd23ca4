//! Documents, and models trained on them.

use std::sync::OnceLock;

use unsaid_core::{Error, Inline, Limits, Silent};
use unsaid_records::{
    Compressor, Decompressor, Framing, Level, Model, Registry, TrainOptions, Trained, Trainer,
};
use unsaid_testkit::Rng;

/// A record as a service might log it.
pub(crate) fn document(seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let names = ["ada", "grace", "edsger", "barbara", "donald", "leslie", "margaret", "alan"];
    let states = ["waiting", "running", "done", "failed: timeout", "failed: no such host"];
    format!(
        "{{\"id\":{},\"user\":\"{}\",\"state\":\"{}\",\"milliseconds\":{},\"host\":\"node-{}.example.org\"}}",
        rng.below(1_000_000),
        names[rng.zipf(8) as usize],
        states[rng.zipf(5) as usize],
        rng.below(60_000),
        rng.below(40),
    )
    .into_bytes()
}

pub(crate) fn options() -> TrainOptions {
    let mut options = TrainOptions::default();
    options.curve = false;
    options
}

pub(crate) fn train(seeds: std::ops::Range<u64>) -> Trained {
    let mut trainer = Trainer::new(options());
    seeds.for_each(|seed| trainer.push(&document(seed)).unwrap());
    trainer.train(&Inline, &Silent).unwrap()
}

/// Trained on more than 64 KiB.
pub(crate) fn trained() -> &'static Trained {
    static TRAINED: OnceLock<Trained> = OnceLock::new();
    TRAINED.get_or_init(|| train(0..1200))
}

/// Trained on less.
pub(crate) fn few() -> &'static Trained {
    static TRAINED: OnceLock<Trained> = OnceLock::new();
    TRAINED.get_or_init(|| train(5000..5040))
}

pub(crate) fn compress(model: &Model, level: Level, framing: Framing, document: &[u8]) -> Vec<u8> {
    let mut record = Vec::new();
    Compressor::new(model, level, framing).unwrap().compress(document, &mut record).unwrap();
    record
}

pub(crate) fn decompressor(model: &Model, framing: Framing) -> Decompressor {
    Decompressor::new(&Registry::from(model), &Limits::default()).requiring(framing)
}

pub(crate) fn decompress(model: &Model, framing: Framing, record: &[u8]) -> Result<Vec<u8>, Error> {
    let mut document = Vec::new();
    decompressor(model, framing).decompress(record, &mut document).map(|()| document)
}

/// Documents of every kind: like those trained on, unlike them, empty, of one byte, noise.
pub(crate) fn documents() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = (9000..9030).map(document).collect();
    all.extend([vec![], vec![0], vec![255], b"{".to_vec(), vec![b'a'; 5000]]);
    for kind in [unsaid_testkit::Kind::Noise, unsaid_testkit::Kind::Text] {
        all.extend([1, 2, 3, 17, 300, 4096].map(|n| unsaid_testkit::bytes(kind, n as u64, n)));
    }
    all
}
