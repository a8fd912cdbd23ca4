//! Training: which segments are worth a code, and how long are their codes?
//!
//! Candidates are merged pairs and repeats. Every document is then parsed as if it were new to the
//! others, again and again: what it uses says how often documents like these will use each candidate, and
//! that says what its code may cost in the next round. In the end what saves most stays and gets a Huffman code. A
//! dictionary is not paid for with each document, so that its size hardly matters; what
//! matters is that segments are not taken for better than they are because they come from these very documents.
//!
//! | module | question it answers |
//! |---|---|
//! | `candidates` | Which strings might become segments? |
//! | `repeats`, `suffixes` | Which strings do documents share? |
//! | `rounds` | How are documents parsed as if they were new? |
//! | `classes` | How often will new documents use a segment? |
//! | `select` | Which candidates pay for their place? |
//! | `order`, `huffman` | Which code does each segment get? |
//! | `risky` | Which segments could tell something about one document? |
//! | `pieces` | How are long texts made documents? |
//! | `join` | How is a corpus searched that is too large for one go? |
//!
//! The same documents in the same order with the same options give the same dictionary on every machine.

mod candidates;
mod classes;
mod huffman;
mod join;
mod log;
mod order;
mod part;
mod pieces;
mod repeats;
mod risky;
mod rounds;
mod select;
mod suffixes;

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};
use unsaid_lexicon::ByteStrings;

use crate::dictionary::Dictionary;
use crate::lengths::Lengths;
use candidates::Candidates;
pub use join::{train_in_parts, train_within};
pub use pieces::pieces;
pub use risky::{Risky, risky};
use rounds::Rounds;

/// Rounds of parsing. In later ones what is rare fades away more and more, and new documents get longer.
const ROUNDS: u64 = 5;
/// Bytes of memory for each byte of the corpus: its suffixes in order with what they share, or its
/// merging, then the candidates.
const MEMORY_PER_BYTE: u64 = 64;

/// What a dictionary is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrainOptions {
    /// At most so many segments. 65,536.
    pub segments: usize,
    /// At most so many bytes of segments, each with what CBOR adds to it. No limit.
    pub bytes: Option<u64>,
    /// No segment that is in fewer documents, but for single bytes. 2, which is also the least: what one
    /// document alone has is of no use to others, and is nobody's business.
    pub min_documents: u32,
    /// No segment of more bytes. 1,024.
    pub longest_segment: u32,
    /// No code of more bits, if there are enough. 24.
    pub longest_code: u32,
}

impl Default for TrainOptions {
    fn default() -> Self {
        TrainOptions {
            segments: 1 << 16,
            bytes: None,
            min_documents: 2,
            longest_segment: 1024,
            longest_code: 24,
        }
    }
}

impl TrainOptions {
    /// The same with at most this many segments.
    #[must_use]
    pub fn segments(mut self, segments: usize) -> Self {
        self.segments = segments;
        self
    }

    /// The same with at most this many bytes of segments.
    #[must_use]
    pub fn bytes(mut self, bytes: Option<u64>) -> Self {
        self.bytes = bytes;
        self
    }

    /// The same without segments that are in fewer documents.
    #[must_use]
    pub fn min_documents(mut self, documents: u32) -> Self {
        self.min_documents = documents;
        self
    }

    fn fewest_documents(&self) -> u32 {
        self.min_documents.max(2)
    }
}

/// Segments with codes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trained {
    /// In the order of their codes.
    pub segments: ByteStrings,
    /// How many codes have each length.
    pub lengths: Lengths,
    /// For each segment, how many documents it is in.
    pub documents: Vec<u32>,
    /// Documents that were trained on.
    pub corpus_documents: usize,
    /// Bytes of them.
    pub corpus_bytes: usize,
    /// No segment but single bytes is in fewer documents.
    pub min_documents: u32,
}

impl Trained {
    /// What the dictionary says of itself: the algorithm, the kind of data, the version.
    pub fn description(&self, kind: &str, version: &str) -> String {
        format!(
            "kind: {kind}; trained by: unsaid {version}, merged pairs and repeats weighed by leaving each document \
             out, canonical Huffman code; trained on: {} documents, {} bytes; every segment of two bytes or more \
             is in at least {} of them",
            self.corpus_documents, self.corpus_bytes, self.min_documents
        )
    }

    /// The dictionary.
    ///
    /// # Errors
    /// Those of [`Dictionary::new`].
    pub fn into_dictionary(self, name: &str, description: Option<String>) -> Result<Dictionary> {
        Dictionary::new(name, description, self.segments, Some(self.lengths))
    }
}

/// Trains a dictionary for documents like these, each of which is one string of `corpus`.
///
/// `progress` hears of each byte of the corpus once for every visit.
///
/// # Errors
/// `Usage` for fewer documents than a segment must be in, `Limit` for a corpus that takes more memory than
/// allowed or is 1 GiB or more, and what `progress` returns to stop.
pub fn train(
    corpus: &ByteStrings,
    options: &TrainOptions,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Trained> {
    check(corpus, options)?;
    let bytes = corpus.bytes().len() as u64;
    limits.check_memory(bytes.saturating_mul(MEMORY_PER_BYTE), "training on these documents")?;
    progress.begin(Some((3 + ROUNDS) * bytes));
    let candidates = Candidates::find(corpus, options, progress)?;
    finish(corpus, candidates, ROUNDS, options, progress)
}

/// Whether there is something to train on, and not too much.
fn check(corpus: &ByteStrings, options: &TrainOptions) -> Result<()> {
    let bytes = corpus.bytes().len();
    let min_documents = options.fewest_documents();
    let written = corpus.iter().filter(|document| !document.is_empty()).count();
    if written <= min_documents as usize {
        return Err(Error::new(ErrorKind::Usage, "too few documents to train a dictionary on")
            .found(written)
            .expected(format!("more than {min_documents}, which a segment must be in"))
            .hint("cut long texts into pieces"));
    }
    if bytes + corpus.len() >= 1 << 30 {
        return Err(Error::new(ErrorKind::Limit, "the corpus is too large to train on")
            .found(format!("{bytes} bytes in {} documents", corpus.len()))
            .expected("less than 1 GiB")
            .hint("train on a sample of the documents"));
    }
    Ok(())
}

/// From candidates to codes.
fn finish(
    corpus: &ByteStrings,
    candidates: Candidates,
    times: u64,
    options: &TrainOptions,
    progress: &dyn Progress,
) -> Result<Trained> {
    let mut rounds = Rounds::new(corpus, &candidates)?;
    for _ in 0..times {
        rounds.parse(progress)?;
    }
    let estimates = rounds.estimates();
    drop(rounds);
    let chosen = select::choose(candidates, &estimates, options)?;
    let ordered = order::order(&chosen, options.longest_code, corpus)?;
    Ok(Trained {
        segments: ordered.segments,
        lengths: ordered.lengths,
        documents: ordered.documents,
        corpus_documents: corpus.len(),
        corpus_bytes: corpus.bytes().len(),
        min_documents: options.fewest_documents(),
    })
}
