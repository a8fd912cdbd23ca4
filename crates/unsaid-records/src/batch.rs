//! Many documents at once, by as many hands as there are.
//!
//! The results are the same for any number of workers, and come in the order of what was given.

use std::sync::Arc;
use std::sync::mpsc::channel;

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Workers};
use unsaid_lexicon::ByteStrings;

use crate::{Compressor, Decompressor, Framing, Level, Model, ModelId, Registry};

/// A piece of work has about so many bytes, so that its scratch memory is worth making.
const PIECE: usize = 256 << 10;

/// Compresses each document alone.
///
/// # Errors
/// As [`Compressor`]; `Interrupted` where the progress says so.
pub fn compress(
    model: &Model,
    level: Level,
    framing: Framing,
    documents: &Arc<ByteStrings>,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<ByteStrings> {
    let model = model.clone();
    let make = move || {
        let mut compressor = Compressor::new(&model, level, framing)?;
        Ok(move |document: &[u8], out: &mut Vec<u8>| compressor.compress(document, out))
    };
    run(documents, Arc::new(make), workers, progress)
}

/// Decompresses each record. `bare` is the model of records that name none.
///
/// # Errors
/// As [`Decompressor`], for the first record that fails; `Interrupted` where the progress says so.
pub fn decompress(
    models: &Registry,
    bare: Option<ModelId>,
    records: &Arc<ByteStrings>,
    limits: &Limits,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<ByteStrings> {
    let (models, limits) = (models.clone(), limits.clone());
    let make = move || {
        let mut decompressor = Decompressor::new(&models, &limits);
        if let Some(id) = bare {
            decompressor = decompressor.with_bare_model(&id)?;
        }
        Ok(move |record: &[u8], out: &mut Vec<u8>| decompressor.decompress(record, out))
    };
    run(records, Arc::new(make), workers, progress)
}

/// Cuts the strings into pieces, codes each piece with a coder of its own, puts the results in order.
fn run<C, F>(
    strings: &Arc<ByteStrings>,
    make: Arc<F>,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<ByteStrings>
where
    C: FnMut(&[u8], &mut Vec<u8>) -> Result<()>,
    F: Fn() -> Result<C> + Send + Sync + 'static,
{
    let pieces = cut(strings);
    let (done, results) = channel();
    for (number, piece) in pieces.iter().cloned().enumerate() {
        let (strings, make, done) = (Arc::clone(strings), Arc::clone(&make), done.clone());
        workers.spawn(Box::new(move || {
            let coded = make().and_then(|mut coder| {
                let mut coded = ByteStrings::new();
                let mut out = Vec::new();
                for index in piece {
                    out.clear();
                    let string = strings.get(index).unwrap_or_default();
                    coder(string, &mut out).map_err(|e| named(e, index))?;
                    coded.push(&out);
                }
                Ok(coded)
            });
            // Nobody listens where another piece failed already.
            let _ = done.send((number, coded));
        }));
    }
    drop(done);
    let mut ordered: Vec<Option<Result<ByteStrings>>> = pieces.iter().map(|_| None).collect();
    for (number, coded) in results {
        let bytes = pieces[number].clone().filter_map(|i| strings.get(i)).map(<[u8]>::len).sum::<usize>();
        let made = coded.as_ref().map_or(0, |coded| coded.bytes().len());
        progress.advance(bytes as u64, made as u64)?;
        ordered[number] = Some(coded);
    }
    let mut all = ByteStrings::new();
    for coded in ordered {
        let lost = || Err(Error::new(ErrorKind::Internal, "a worker ended without its result"));
        all.extend(coded.unwrap_or_else(lost)?.iter());
    }
    Ok(all)
}

/// Which record it was; an error keeps its kind.
fn named(e: Error, index: usize) -> Error {
    let again = Error::new(e.kind(), format!("record {index}: {e}"));
    match e.hint_text() {
        Some(hint) => again.hint(hint),
        None => again,
    }
}

fn cut(strings: &ByteStrings) -> Vec<std::ops::Range<usize>> {
    let mut pieces = Vec::new();
    let (mut first, mut bytes) = (0, 0);
    for (index, string) in strings.iter().enumerate() {
        bytes += string.len() + 64;
        if bytes >= PIECE {
            pieces.push(first..index + 1);
            (first, bytes) = (index + 1, 0);
        }
    }
    if first < strings.len() {
        pieces.push(first..strings.len());
    }
    pieces
}
