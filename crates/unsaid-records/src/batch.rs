//! Many documents at once, by as many hands as there are.
//!
//! The results are the same for any number of workers, and come in the order of what was given.

use std::ops::Range;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use unsaid_core::{Error, ErrorKind, Progress, Result, Workers};
use unsaid_lexicon::ByteStrings;

use crate::{Compressor, Decompressor};

/// A piece of work has about so many bytes, so that handing it out costs little.
const PIECE: usize = 128 << 10;

/// What one round of pieces gives has at most about so many bytes: a record of a few bytes can be a
/// document of many, and they all wait for their turn.
const ROUND: usize = 256 << 20;

/// Takes one result after another.
pub type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;

/// Compresses each document alone, as this compressor does, and gives the records to `sink` in order.
///
/// # Errors
/// As [`Compressor::compress`] and the sink; `Interrupted` where the progress says so.
pub fn compress(
    compressor: &Compressor,
    documents: &Arc<ByteStrings>,
    workers: &dyn Workers,
    progress: &dyn Progress,
    sink: Sink<'_>,
) -> Result<()> {
    run(documents, compressor.clone(), Compressor::compress, (workers, progress), sink)
}

/// Decompresses each record, as this decompressor does, and gives the documents to `sink` in order.
///
/// # Errors
/// As [`Decompressor::decompress`], for the first record that fails, once those before it were given;
/// as the sink; `Interrupted` where the progress says so.
pub fn decompress(
    decompressor: &Decompressor,
    records: &Arc<ByteStrings>,
    workers: &dyn Workers,
    progress: &dyn Progress,
    sink: Sink<'_>,
) -> Result<()> {
    run(records, decompressor.clone(), Decompressor::decompress, (workers, progress), sink)
}

type Code<C> = fn(&mut C, &[u8], &mut Vec<u8>) -> Result<()>;

/// What became of a piece: the results, and why they are not all.
struct Coded {
    strings: ByteStrings,
    failed: Option<Error>,
}

/// Hands out round after round of pieces. Coders are handed on from piece to piece, so that there
/// are no more of them than pieces at work.
fn run<C: Clone + Send + 'static>(
    strings: &Arc<ByteStrings>,
    coder: C,
    code: Code<C>,
    (workers, progress): (&dyn Workers, &dyn Progress),
    sink: Sink<'_>,
) -> Result<()> {
    let at_once = workers.count().clamp(1, 64) * 4;
    let spare = Arc::new(Mutex::new((coder, Vec::new())));
    let mut next = 0;
    while next < strings.len() {
        let pieces = cut(strings, next, at_once);
        let (done, results) = channel();
        for (number, piece) in pieces.iter().cloned().enumerate() {
            let (strings, spare, done) = (Arc::clone(strings), Arc::clone(&spare), done.clone());
            workers.spawn(Box::new(move || {
                let mut coder = take(&spare);
                let coded = code_piece(&strings, piece, &mut coder, code, ROUND / at_once);
                lock(&spare).1.push(coder);
                // Nobody listens where the work was stopped.
                let _ = done.send((number, coded));
            }));
        }
        drop(done);
        let mut ordered: Vec<Option<Coded>> = pieces.iter().map(|_| None).collect();
        for (number, coded) in results {
            progress.advance(0, coded.strings.bytes().len() as u64)?;
            ordered[number] = Some(coded);
        }
        for (piece, coded) in pieces.iter().zip(ordered) {
            let lost = || Error::new(ErrorKind::Internal, "a worker ended without its result");
            let coded = coded.ok_or_else(lost)?;
            let bytes: usize = piece.clone().filter_map(|i| strings.get(i)).map(<[u8]>::len).sum();
            progress.advance(bytes as u64, 0)?;
            coded.strings.iter().try_for_each(&mut *sink)?;
            if let Some(e) = coded.failed {
                return Err(e);
            }
            next += coded.strings.len();
            if next < piece.end {
                // It gave too much to go on; what later pieces gave is made again.
                break;
            }
        }
    }
    Ok(())
}

type Spare<C> = Mutex<(C, Vec<C>)>;

fn lock<C>(spare: &Spare<C>) -> MutexGuard<'_, (C, Vec<C>)> {
    // Nothing can be half done while it is held.
    spare.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take<C: Clone>(spare: &Spare<C>) -> C {
    let mut spare = lock(spare);
    spare.1.pop().unwrap_or_else(|| spare.0.clone())
}

/// Codes a piece, or as much of it as gives `most` bytes.
fn code_piece<C>(
    strings: &ByteStrings,
    piece: Range<usize>,
    coder: &mut C,
    code: Code<C>,
    most: usize,
) -> Coded {
    let mut coded = Coded { strings: ByteStrings::new(), failed: None };
    let mut out = Vec::new();
    for index in piece {
        out.clear();
        if let Err(e) = code(coder, strings.get(index).unwrap_or_default(), &mut out) {
            coded.failed = Some(e);
            break;
        }
        coded.strings.push(&out);
        if coded.strings.bytes().len() >= most {
            break;
        }
    }
    coded
}

/// At most `most` pieces of the strings, from the one at `first` on.
fn cut(strings: &ByteStrings, start: usize, most: usize) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let (mut first, mut bytes) = (start, 0);
    for index in start..strings.len() {
        // Each costs something beside its bytes.
        bytes += strings.get(index).map_or(0, <[u8]>::len) + 64;
        if bytes >= PIECE {
            pieces.push(first..index + 1);
            (first, bytes) = (index + 1, 0);
            if pieces.len() == most {
                return pieces;
            }
        }
    }
    if first < strings.len() {
        pieces.push(first..strings.len());
    }
    pieces
}
