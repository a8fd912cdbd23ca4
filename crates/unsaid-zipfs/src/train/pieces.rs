//! Long texts as documents.

use unsaid_lexicon::ByteStrings;

/// Cuts texts into pieces of at most `longest` bytes, behind the end of a line or else behind a space
/// where the second half of a piece has one.
///
/// Training asks what documents share. A few books share little; their pages share what a dictionary of
/// their language needs. What pages of one book share is then taken for common: `min_documents` counts pages.
pub fn pieces(corpus: &ByteStrings, longest: usize) -> ByteStrings {
    let longest = longest.max(1);
    let mut all = ByteStrings::new();
    for mut text in corpus.iter() {
        while text.len() > longest {
            let half = &text[longest / 2..longest];
            let behind = |wanted: u8| half.iter().rposition(|&byte| byte == wanted);
            let end = behind(b'\n').or_else(|| behind(b' ')).map_or(longest, |at| longest / 2 + at + 1);
            let (piece, rest) = text.split_at(end);
            all.push(piece);
            text = rest;
        }
        all.push(text);
    }
    all
}
