//! Bodies of the fuzz targets. A target in `fuzz/` only calls one; a test replays them over
//! mutated archives, so that CI runs them too.
//!
//! Each takes any bytes and must neither panic nor hang nor use more than its limits. Where two ways of
//! reading exist, they must agree.

use std::io::{self, Cursor};

use unsaid_archive::{Archive, Verifier, internal, read_stream, recover};
use unsaid_bb as bb;
use unsaid_cm::paq9a;
use unsaid_core::{ErrorKind, Inline, Limits, Silent};
use unsaid_lexicon::ByteStrings;

use crate::seal::Seal;

/// Limits that keep one run cheap.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.memory = 24 << 20;
    limits.output = Some(256 << 10);
    limits.entries = 1000;
    limits.metadata = 4 << 20;
    limits
}

/// A `.paq9a` archive, listed and unpacked.
pub fn solid(data: &[u8]) {
    let mut limits = limits();
    // Decoding under instrumentation takes a millisecond for some tens of bytes.
    limits.output = Some(4 << 10);
    if let Ok(mut reader) = paq9a::Reader::new(data, &limits) {
        while let Ok(Some(_)) = reader.next_entry() {
            if reader.list_entry().is_err() {
                break;
            }
        }
    }
    if let Ok(mut reader) = paq9a::Reader::new(data, &limits) {
        while let Ok(Some(_)) = reader.next_entry() {
            if reader.read_entry(&mut io::sink(), &Silent).is_err() {
                break;
            }
        }
    }
}

/// One group coded by `paq9a`: what decodes encodes to something that decodes to the same.
pub fn solid_group(data: &[u8]) {
    let Some((&length, coded)) = data.split_first() else { return };
    let length = usize::from(length) * 2;
    let limits = limits();
    if let Ok(raw) = paq9a::decode_group(coded, length, paq9a::Level::MIN, &limits, &Silent) {
        assert_eq!(raw.len(), length, "a decoder gives the length it was asked for");
    }
}

/// An `.ff` archive: by its index, as a stream, and recovered.
pub fn archive(data: &[u8]) {
    let limits = limits();
    let mut streamed = Verifier::default();
    let by_stream = read_stream(data, &mut streamed, &limits, &Inline, &Silent);
    let by_index = Archive::open(Cursor::new(data), &limits);
    if let (Ok(mut archive), Ok(stream)) = (by_index, &by_stream) {
        let mut indexed = Verifier::default();
        let delivered = archive.deliver(|_| true, &mut indexed, &Inline, &Silent);
        let contents = archive.contents();
        let whole = contents.problems.is_empty() && contents.trailing.is_none();
        if whole && delivered.is_ok() && indexed.failures.is_empty() {
            assert_eq!(contents.entries, stream.entries, "index and stream agree on the entries");
            assert_eq!((indexed.files, indexed.bytes), (streamed.files, streamed.bytes));
        }
    }
    let mut out = Vec::new();
    if let Ok(recovery) = recover(&mut [Cursor::new(data)], &mut out, &limits, &Silent) {
        let opened = Archive::open(Cursor::new(&out), &limits);
        match opened {
            Ok(archive) => assert_eq!(archive.contents().problems.is_empty(), recovery.complete),
            Err(e) => assert_eq!(e.kind(), ErrorKind::Limit, "what was recovered opens: {e}"),
        }
    }
}

/// A group with an arbitrary head and payload under right checks, so that the fuzzer gets past them.
pub fn group(data: &[u8]) {
    let Some((&[a, b], rest)) = data.split_first_chunk() else { return };
    let at = usize::from(u16::from_le_bytes([a, b])).min(rest.len());
    let (head, payload) = rest.split_at(at);
    if let Ok(framed) = internal::frame(head, payload, 1, 1) {
        archive(&framed);
    }
}

/// A seal: what is accepted is in its one form.
pub fn seal(data: &[u8]) {
    if let Ok(seal) = Seal::read(data, &limits()) {
        assert_eq!(seal.write().as_bytes(), data);
    }
}

/// A BB model: what is read is written to the same bytes, and codes documents; the same for the texts
/// that models are exchanged as.
pub fn bb_model(data: &[u8]) {
    use unsaid_bb::exchange::{Form, export, import};
    let limits = limits();
    if let Ok(model) = bb::Model::from_bytes(data, &limits) {
        assert_eq!(model.to_bytes(), data, "one model, one file");
        for document in [data, b"a", b""] {
            if let Ok(coded) = bb::encode::to_vec(&model, document, &limits) {
                assert_eq!(bb::decode::to_vec(&model, &coded, &limits).ok().as_deref(), Some(document));
            }
        }
    }
    for form in [Form::Text, Form::Sql] {
        let model = import(data, form).and_then(|f| bb::Model::new(bb::Profile::Reference, f, &limits));
        if let Ok(model) = model {
            assert_eq!(import(&export(&model, form), form).ok().as_ref(), Some(model.fragments()));
        }
    }
}

/// A BB document under a model of few fragments, in both profiles. What decodes is encoded to no more.
pub fn bb_document(data: &[u8]) {
    let limits = limits();
    let fragments: ByteStrings =
        (0..300u32).map(|n| vec![b'a' + (n % 26) as u8; 1 + n as usize / 26]).collect();
    for profile in bb::Profile::ALL {
        let Ok(model) = bb::Model::new(profile, fragments.clone(), &limits) else { return };
        let coded = [&model.hash().to_le_bytes()[..], data].concat();
        if let Ok(document) = bb::decode::to_vec(&model, &coded, &limits) {
            match bb::encode::to_vec(&model, &document, &limits) {
                Ok(again) => {
                    assert!(again.len() <= coded.len(), "{} > {}", again.len(), coded.len());
                    assert_eq!(bb::decode::to_vec(&model, &again, &limits).ok(), Some(document));
                }
                Err(e) => assert_eq!(e.kind(), ErrorKind::Limit, "{e}"),
            }
        }
    }
}

/// Models forged from any documents, within any limits, code those documents.
pub fn bb_forge(data: &[u8]) {
    let Some((&[fragments, bytes, split], rest)) = data.split_first_chunk() else { return };
    let limits = limits();
    let corpus: ByteStrings = rest.split(|&b| b == split).collect();
    let mut options = bb::forge::Options::default();
    options.fragments = u64::from(fragments) * 2;
    options.bytes = (bytes > 0).then(|| 4 + u64::from(bytes) * 8);
    let ours = bb::forge::forge(&corpus, &options, &limits, &Silent);
    let theirs = bb::original::forge(&corpus, None, &limits, &Silent);
    for model in [ours, theirs].into_iter().flatten() {
        assert_eq!(bb::Model::from_bytes(&model.to_bytes(), &limits).ok().as_ref(), Some(&model));
        for document in corpus.iter().take(20) {
            if let Ok(coded) = bb::encode::to_vec(&model, document, &limits) {
                assert_eq!(bb::decode::to_vec(&model, &coded, &limits).ok().as_deref(), Some(document));
            }
        }
    }
}

/// A document of the record codec.
pub fn records_document(data: &[u8]) {
    unsaid_records::fuzz::document(data);
}

/// A model of the record codec.
pub fn records_model(data: &[u8]) {
    unsaid_records::fuzz::model_file(data);
}

/// A stream of compressed records, or an index of one.
pub fn records_stream(data: &[u8]) {
    unsaid_records::fuzz::stream(data);
}
