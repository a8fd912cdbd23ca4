//! The documents that prime `small`, as they lie in a model file: coded by `balanced`.

use unsaid_cm::primed::{TEXT_LIMIT, Text};
use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_lexicon::ByteStrings;

use crate::{Framing, Head, Level, MAX_DOCUMENT, balanced, varint};

/// Memory for a byte of text: the text itself, and where its documents end.
const MEMORY_OF_BYTE: u64 = 2;
/// Bytes of memory for the place of each document.
const MEMORY_OF_DOCUMENT: u64 = 16;

/// Appends the section.
pub(crate) fn write(documents: &ByteStrings, balanced: &balanced::Knowledge, out: &mut Vec<u8>) {
    let mut scratch = balanced::Scratch::new();
    let (mut payload, mut record) = (Vec::new(), Vec::new());
    varint::write(documents.len() as u64, out);
    for document in documents.iter() {
        payload.clear();
        record.clear();
        let flags = balanced::encode(balanced, &mut scratch, document, &mut payload);
        if payload.len() < document.len() {
            Head { level: Some(Level::Balanced), id: None, check: None, flags }.write(&mut record);
            record.extend_from_slice(&payload);
        } else {
            Head { level: None, id: None, check: None, flags: 0 }.write(&mut record);
            record.extend_from_slice(document);
        }
        varint::write(record.len() as u64, out);
        out.extend_from_slice(&record);
    }
}

/// Reads the section.
///
/// The documents are decoded twice, first to know how much memory the text needs: that takes a hundredth
/// of the time of learning it, and the memory is then exactly that.
///
/// # Errors
/// `Truncated`, `Corrupt`, or `Limit` for texts that need more memory than allowed.
pub(crate) fn read(section: &[u8], balanced: &balanced::Knowledge, limits: &Limits) -> Result<Text> {
    let (mut documents, mut bytes) = (0, 0);
    each(section, balanced, limits, |document| {
        (documents, bytes) = (documents + 1, bytes + document.len());
        if bytes > TEXT_LIMIT {
            return Err(Error::new(ErrorKind::Limit, WHAT)
                .found(format!("{bytes} bytes or more"))
                .expected(format!("at most {TEXT_LIMIT}")));
        }
        limits.check_memory(bytes as u64 * MEMORY_OF_BYTE, WHAT)
    })?;
    let mut text = Text::with_room(bytes, documents);
    each(section, balanced, limits, |document| text.push(document))?;
    Ok(text)
}

const WHAT: &str = "the texts of the model";

/// Decodes each document of the section.
fn each(
    section: &[u8],
    balanced: &balanced::Knowledge,
    limits: &Limits,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut scratch = balanced::Scratch::new();
    let mut document = Vec::new();
    let (count, mut rest) = varint::read(section, WHAT)?;
    // Each takes two bytes at least.
    if count > section.len() as u64 / 2 {
        return Err(Error::corrupt(WHAT).found(format!("{count} documents in {} bytes", section.len())));
    }
    limits.check_memory(count * MEMORY_OF_DOCUMENT, WHAT)?;
    let most = (limits.memory / MEMORY_OF_BYTE).min(MAX_DOCUMENT as u64);
    for _ in 0..count {
        let (length, after) = varint::read(rest, WHAT)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (record, after) = after.split_at_checked(length).ok_or_else(|| Error::truncated(WHAT))?;
        rest = after;
        let (head, payload) = Head::read(record)?;
        let bare = Framing { id: head.id.is_some(), check: head.check.is_some() } == Framing::BARE;
        document.clear();
        match head.level {
            None if bare && head.flags == 0 => document.extend_from_slice(payload),
            Some(Level::Balanced) if bare => {
                balanced::decode(balanced, &mut scratch, head.flags, payload, &mut document, most)?;
            }
            _ => return Err(Error::corrupt(WHAT).found("a document that is neither stored nor balanced")),
        }
        take(&document)?;
    }
    match rest {
        [] => Ok(()),
        _ => Err(Error::corrupt("bytes after the texts of the model").found(rest.len())),
    }
}
