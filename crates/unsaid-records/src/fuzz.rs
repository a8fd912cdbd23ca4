//! Bodies of the fuzz targets of this crate. Each takes any bytes and must neither panic nor hang nor use
//! more than its limits; what is accepted must keep the promises of the format.

use std::io::Cursor;
use std::sync::OnceLock;

use unsaid_core::check::Hash;
use unsaid_core::{Inline, Limits, Silent};

use crate::stream::{Index, Reader};
use crate::{
    Compressor, Decompressor, Framing, Head, Level, MAGIC, Model, Registry, TrainOptions, Trainer, VERSION,
};

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.memory = 64 << 20;
    limits.output = Some(64 << 10);
    limits.entries = 1000;
    limits.metadata = 1 << 20;
    limits
}

/// A small model, the same for every run.
pub fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| {
        let options = TrainOptions { curve: false, ..TrainOptions::default() };
        let mut trainer = Trainer::new(options);
        for n in 0..300u32 {
            let text =
                format!("{{\"n\":{n},\"name\":\"{:x}\",\"on\":{}}}", n.wrapping_mul(40_503), n % 3 == 0);
            // Documents as short as these are taken, and they can be learned from.
            let _ = trainer.push(text.as_bytes());
        }
        match trainer.train(&Inline, &Silent) {
            Ok(trained) => trained.model,
            Err(e) => unreachable!("training on generated documents: {e}"),
        }
    })
}

/// A document, bare or not. What decodes is coded again by the same level to something that decodes to the same.
pub fn document(data: &[u8]) {
    let model = model();
    let mut out = b"kept".to_vec();
    let mut decompressor = Decompressor::new(&Registry::from(model), &limits());
    let decoded = decompressor.decompress(data, &mut out);
    assert_eq!(&out[..4], b"kept", "what was there stays");
    if decoded.is_err() {
        assert_eq!(out.len(), 4, "a failure leaves nothing");
        return;
    }
    let document = out.split_off(4);
    let Ok((head, _)) = Head::read(data) else { unreachable!("what decodes has a head") };
    let framing = Framing { id: head.id.is_some(), check: head.check.is_some() };
    let level = head.level.unwrap_or(Level::Balanced);
    let (mut record, mut back) = (Vec::new(), Vec::new());
    let mut code = || {
        Compressor::new(model, level, framing)?.compress(&document, &mut record)?;
        decompressor.decompress(&record, &mut back)
    };
    assert!(code().is_ok() && back == document, "what decodes is a document");
}

/// A model file, as it is, and as sections under a right hash; what loads codes and decodes.
pub fn model_file(data: &[u8]) {
    whole_model(data);
    let mut file = MAGIC.to_vec();
    file.push(VERSION);
    file.extend_from_slice(data);
    let hash = Hash::of(&file);
    file.extend_from_slice(&hash.0);
    whole_model(&file);
}

fn whole_model(file: &[u8]) {
    let Ok(model) = Model::load(file, &limits()) else { return };
    let document = b"{\"n\":17,\"name\":\"ff\",\"on\":true}";
    for level in model.levels() {
        let Ok(mut compressor) = Compressor::new(&model, level, Framing::default()) else { continue };
        let (mut record, mut back) = (Vec::new(), Vec::new());
        if compressor.compress(document, &mut record).is_ok() {
            let done = Decompressor::new(&Registry::from(&model), &limits()).decompress(&record, &mut back);
            assert!(done.is_ok() && back == document, "what a model codes it decodes");
        }
    }
}

/// A stream front to back and by its index: both give the same records. And an index of its own.
pub fn stream(data: &[u8]) {
    let limits = limits();
    if let Ok(index) = Index::read(data, &limits) {
        assert_eq!(index.write(), data, "an index has one form");
    }
    let Ok(mut reader) = Reader::new(data, &limits) else { return };
    let mut records: Vec<Vec<u8>> = Vec::new();
    let mut record = Vec::new();
    let whole = loop {
        match reader.next(&mut record) {
            Ok(true) => records.push(record.clone()),
            Ok(false) => break true,
            Err(_) => break false,
        }
    };
    let mut file = Cursor::new(data);
    let Ok(index) = Index::of_file(&mut file, &limits) else {
        assert!(!whole, "a whole stream has its index");
        return;
    };
    // A writer that lies about the groups leads elsewhere, but never out of the records.
    for number in (0..index.records()).take(if whole { 200 } else { 3 }) {
        if index.record(&mut file, number, &mut record).is_ok() {
            assert!(!record.is_empty() && record.len() < data.len());
        }
    }
}
