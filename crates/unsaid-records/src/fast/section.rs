//! How the vocabulary lies in a model file.

use std::sync::OnceLock;

use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_lexicon::Merges;

use super::vocabulary::Vocabulary;
use super::{Knowledge, LONGEST};

/// No more merges than this, so that two bytes name whatever they make.
const MERGES: u64 = (1 << 16) - 256;

impl Knowledge {
    /// From the first `shared` merges of a model and `extra` ones behind them.
    pub(super) fn new(merges: &Merges, shared: u32, extra: Vec<(u32, u32)>) -> Result<Self> {
        let mut all = merges.prefix(shared as usize);
        for &(left, right) in &extra {
            all.push_checked(left, right, LONGEST as u32)?;
        }
        let (vocabulary, _) = Vocabulary::new(&all)?;
        Ok(Knowledge { vocabulary, merges: all, matcher: OnceLock::new(), shared, extra })
    }

    /// Appends the section: four bytes for each extra merge, and eight.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.shared.to_le_bytes());
        out.extend_from_slice(&(self.extra.len() as u32).to_le_bytes());
        for &(left, right) in &self.extra {
            for id in [left, right] {
                // There are no more ids than two bytes can name.
                out.extend_from_slice(&(id as u16).to_le_bytes());
            }
        }
    }

    /// Reads the section of a model that has these merges.
    ///
    /// # Errors
    /// [`unsaid_core::ErrorKind::Truncated`] or [`unsaid_core::ErrorKind::Corrupt`] for what
    /// [`write`](Self::write) does not write, [`unsaid_core::ErrorKind::Limit`] for more memory
    /// than allowed.
    pub fn read(section: &[u8], merges: &Merges, limits: &Limits) -> Result<Self> {
        let (Some((shared, rest)), cut) = (section.split_first_chunk::<4>(), section.len()) else {
            return Err(
                Error::truncated("the section of the level `fast`").found(format!("{} bytes", section.len()))
            );
        };
        let Some((count, rest)) = rest.split_first_chunk::<4>() else {
            return Err(Error::truncated("the section of the level `fast`").found(format!("{cut} bytes")));
        };
        let (shared, count) = (u32::from_le_bytes(*shared), u32::from_le_bytes(*count));
        if shared as usize > merges.len() || u64::from(shared) + u64::from(count) > MERGES {
            return Err(Error::corrupt("the level `fast` asks for merges that the model does not have")
                .found(format!("{shared} and {count}"))
                .expected(format!("at most {}", merges.len())));
        }
        if rest.len() as u64 != 4 * u64::from(count) {
            let short = (rest.len() as u64) < 4 * u64::from(count);
            let kind = if short { ErrorKind::Truncated } else { ErrorKind::Corrupt };
            return Err(Error::new(kind, "the section of the level `fast`")
                .found(format!("{} bytes of merges", rest.len()))
                .expected(4 * u64::from(count)));
        }
        let fragments: u64 =
            merges.lens().iter().take(256 + shared as usize).map(|&len| u64::from(len)).sum();
        // Strings, the search structure and the layout for copying, at their largest.
        limits.check_memory(
            (fragments + u64::from(count) * LONGEST as u64) * 16 + (1 << 20),
            "the level `fast`",
        )?;
        let id = |b: &[u8]| u32::from(u16::from_le_bytes([b[0], b[1]]));
        let extra = rest.chunks_exact(4).map(|b| (id(b), id(&b[2..]))).collect();
        Knowledge::new(merges, shared, extra)
    }
}
