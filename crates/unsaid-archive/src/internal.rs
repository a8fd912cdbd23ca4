//! For fuzz targets and tests only: archives whose checks are right around arbitrary bytes.

use unsaid_core::Result;

use crate::format::{IndexRow, RecordKind};
use crate::output::Output;

/// An archive of one group with this head and this payload, whatever they are, and an index that fits.
///
/// # Errors
/// None: writing to memory does not fail.
pub fn frame(head: &[u8], payload: &[u8], entries: u64, bytes: u64) -> Result<Vec<u8>> {
    let mut output = Output::new(Vec::new(), None);
    output.record(RecordKind::Group, 0, head, payload)?;
    output.finish(false, entries, bytes).map(|(archive, _)| archive)
}

/// An archive of one group with one entry, and a record of any other kind after it.
///
/// # Errors
/// None: writing to memory does not fail.
pub fn frame_with_extra(head: &[u8], kind: u8) -> Result<Vec<u8>> {
    let mut output = Output::new(Vec::new(), None);
    output.record(RecordKind::Group, 0, head, b"")?;
    output.record(RecordKind::Optional(kind), 1, b"head", b"payload")?;
    output.finish(false, 1, 0).map(|(archive, _)| archive)
}

/// An archive of this many groups with nothing in them.
///
/// # Errors
/// None: writing to memory does not fail.
pub fn frame_many(groups: u64) -> Result<Vec<u8>> {
    let mut output = Output::new(Vec::new(), None);
    for number in 0..groups {
        output.record(RecordKind::Group, number, &[0, 0, 0], b"")?;
    }
    output.finish(false, 0, 0).map(|(archive, _)| archive)
}

/// An archive of one group whose index has these rows instead: number, bytes of the head, bytes of the payload.
///
/// # Errors
/// None: writing to memory does not fail.
pub fn frame_with_rows(head: &[u8], rows: &[(u64, u32, u64)]) -> Result<Vec<u8>> {
    let mut output = Output::new(Vec::new(), None);
    output.record(RecordKind::Group, 0, head, b"")?;
    output.forge_rows(|real| {
        let row =
            |&(number, head_length, payload_length)| IndexRow { number, head_length, payload_length, ..real };
        rows.iter().map(row).collect()
    });
    output.finish(false, 1, 0).map(|(archive, _)| archive)
}
