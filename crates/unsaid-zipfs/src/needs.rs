//! Which parts of a dictionary does a file need? Told from Data and the root, without any segment.

use unsaid_core::Result;

use crate::profile::Codes;
use crate::root::PartRef;
use crate::walk::{Code, Walk};

/// What Data refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The indices of the segments, each once, rising.
    pub segments: Vec<u32>,
    /// The places of the parts that hold them, each once, rising. None for a dictionary in one block.
    pub parts: Vec<usize>,
}

/// Walks Data and collects what it refers to. Memory is 8 bytes for each segment that is used, and never
/// depends on what a root claims.
///
/// # Errors
/// Those of [`Walk::next_code`].
pub fn needs(codes: &Codes, data: &[u8], parts: &[PartRef]) -> Result<Needs> {
    let mut segments: Vec<u32> = Vec::new();
    let mut room = 1 << 12;
    let mut walk = Walk::new(codes, data);
    while let Some(code) = walk.next_code()? {
        if let Code::Segment(index) = code {
            segments.push(index);
            if segments.len() >= room {
                segments.sort_unstable();
                segments.dedup();
                room = (2 * segments.len()).max(1 << 12);
            }
        }
    }
    segments.sort_unstable();
    segments.dedup();
    let mut wanted = Vec::new();
    let mut rest = segments.iter().peekable();
    let mut end = 0_u64;
    for (place, part) in parts.iter().enumerate() {
        end = end.saturating_add(part.count);
        let mut used = false;
        while rest.next_if(|&&index| u64::from(index) < end).is_some() {
            used = true;
        }
        if used {
            wanted.push(place);
        }
    }
    Ok(Needs { segments, parts: wanted })
}
