//! Level `balanced`: fragments and copies inside the document, each foretold by the symbols before it.
//!
//! The format is described in `docs/formats/records-balanced.md`.
//!
//! | module | question it answers |
//! |---|---|
//! | `rans` | How do intervals become bytes? |
//! | `build`, `rows`, `index` | How are the rows made from counts? |
//! | `leaves` | Which symbol lies in an interval, after this context? |
//! | `places` | Where is a symbol in a long row? |
//! | `weights` | How large is the interval of a count? |
//! | `copies` | What do lengths and distances look like? |
//! | `section` | How does the model file tell all this? |
//! | `search`, `parse` | Which symbols write a document in the fewest bits? |
//! | `encode`, `decode` | A document to bytes and back. |
//! | `count`, `learn`, `train` | What do the training documents teach? |

mod build;
mod copies;
mod count;
mod decode;
mod encode;
mod index;
mod learn;
mod leaves;
mod parse;
mod places;
mod prune;
mod rans;
mod rows;
mod search;
mod section;
mod train;
mod weights;

use unsaid_core::{Limits, Progress, Result};
use unsaid_lexicon::{ByteStrings, Matcher, Merges};

pub use decode::decode;
pub use encode::encode;
pub use train::Options;

/// What a model knows about the documents of its kind.
pub struct Knowledge {
    /// The section as it stands in the model file.
    section: Vec<u8>,
    parts: section::Parts,
    rows: leaves::Leaves,
    pieces: decode::Pieces,
    /// Intervals of places and lengths of copies.
    copies: copies::Starts,
    matcher: Matcher,
    costs: parse::Costs,
    /// The row at the start of a document.
    start: u32,
}

impl Knowledge {
    /// Learns from documents, with as many of the merges as pay.
    ///
    /// # Errors
    /// What `progress` returns to stop; [`unsaid_core::ErrorKind::Limit`] for 2 GiB of documents.
    pub fn train(
        corpus: &ByteStrings,
        merges: &Merges,
        options: &Options,
        progress: &dyn Progress,
    ) -> Result<Self> {
        train::train(corpus, merges, options, progress)
    }

    /// Appends the section of the model file, without the merges.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.section);
    }

    /// Reads a section that [`write`](Self::write) wrote. `merges` are those of the model.
    ///
    /// # Errors
    /// Tables that are cut, contradict themselves, or need more memory than the limit.
    pub fn read(section: &[u8], merges: &Merges, limits: &Limits) -> Result<Self> {
        let (parts, rows) = section::read(section, 256 + merges.len(), limits)?;
        Self::new(section.to_vec(), parts, rows, merges)
    }

    fn new(section: Vec<u8>, parts: section::Parts, rows: leaves::Leaves, merges: &Merges) -> Result<Self> {
        let fragments = merges.prefix(parts.fragments - 256).fragments();
        let end = parts.end();
        let start = rows.find(rows.root(), end).map_or(rows.root(), |place| rows.step(place).1);
        let copies = copies::Starts::new(&parts.copies);
        Ok(Knowledge {
            section,
            pieces: decode::Pieces::new(&fragments, parts.symbols()),
            matcher: Matcher::new(&fragments)?,
            costs: parse::Costs::new(&copies),
            copies,
            parts,
            rows,
            start,
        })
    }

    /// How many fragments are used, the 256 bytes among them.
    pub fn fragments(&self) -> usize {
        self.parts.fragments
    }

    /// How many entries all rows have together.
    pub fn entries(&self) -> usize {
        self.rows.entries()
    }
}

/// Working memory of [`encode`](encode()) and [`decode`](decode()), kept between documents.
#[derive(Default)]
pub struct Scratch {
    parser: parse::Parser,
    items: Vec<parse::Item>,
    steps: Vec<rans::Step>,
    words: Vec<u32>,
    text: Vec<u8>,
}

impl Scratch {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use unsaid_core::progress::Silent;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
    }

    /// The example of `docs/formats/records-balanced.md`.
    #[test]
    fn the_worked_example_of_the_format_page() {
        let page = include_str!("../../../../docs/formats/records-balanced.md");
        let merges = Merges::from_pairs([(97, 98)], 255).unwrap();
        let corpus: ByteStrings = ["abab", "abab", "abc"].repeat(8).into_iter().collect();
        let options = Options { depth: 3, ..Options::default() };
        let trained = Knowledge::train(&corpus, &merges, &options, &Silent).unwrap();
        let mut section = Vec::new();
        trained.write(&mut section);
        let knowledge = Knowledge::read(&section, &merges, &Limits::default()).unwrap();
        let (mut scratch, mut payload) = (Scratch::new(), Vec::new());
        encode(&knowledge, &mut scratch, b"ababc", &mut payload);
        let mut steps = String::new();
        for step in &scratch.steps {
            steps += &format!("{}+{} ", step.start, step.size);
        }
        let said = [hex(&section), hex(&payload), steps.trim_end().to_owned()];
        let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
        for text in &said {
            assert!(flat.contains(text.as_str()), "the page lacks {text} of {said:#?}");
        }
        let mut out = Vec::new();
        decode(&knowledge, &mut scratch, 0, &payload, &mut out, 5).unwrap();
        assert_eq!(out, b"ababc");
    }
}
