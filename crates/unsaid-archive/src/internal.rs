//! For fuzz targets and tests only: archives whose checks are right around arbitrary bytes.

use unsaid_core::Result;

use crate::format::RecordKind;
use crate::write::Output;

/// An archive of one group with this head and this payload, whatever they are, and an index that fits.
///
/// # Errors
/// None: writing to memory does not fail.
pub fn frame(head: &[u8], payload: &[u8], entries: u64, bytes: u64) -> Result<Vec<u8>> {
    let mut output = Output::new(Vec::new(), None);
    output.record(RecordKind::Group, 0, head, payload)?;
    output.finish(false, entries, bytes).map(|(archive, _)| archive)
}
