//! Which segments could tell something about one document?

use unsaid_core::{Progress, Result};
use unsaid_lexicon::{ByteStrings, Matcher};

use super::candidates::documents;

/// A segment that one document alone has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Risky {
    /// Its place in the dictionary.
    pub segment: u32,
    /// The document, by its place in the corpus.
    pub document: u32,
}

/// The segments of a dictionary that are in exactly one of these documents, in the dictionary's order.
///
/// Dictionaries are public: whoever reads such a segment may learn what is in that document. Single bytes
/// tell nothing and are left out, and of equal segments the first alone is named. That a segment is in
/// several documents does not prove that it is harmless: they may be of one person.
///
/// # Errors
/// `Limit` for more segments than [`Matcher`] takes; what `progress` returns to stop.
pub fn risky(segments: &ByteStrings, corpus: &ByteStrings, progress: &dyn Progress) -> Result<Vec<Risky>> {
    progress.begin(Some(2 * corpus.bytes().len() as u64));
    let matcher = Matcher::new(segments)?;
    let counts = documents(&matcher, segments.len(), corpus, progress)?;
    let mut found: Vec<Option<u32>> = vec![None; segments.len()];
    for (number, document) in (0..).zip(corpus.iter()) {
        for at in 0..document.len() {
            matcher.for_each_match(document, at, |id, len| {
                if len > 1 && counts[id as usize] == 1 {
                    found[id as usize] = Some(number);
                }
            });
        }
        progress.advance(document.len() as u64, 0)?;
    }
    let named = (0..).zip(found);
    Ok(named.filter_map(|(segment, document)| Some(Risky { segment, document: document? })).collect())
}
