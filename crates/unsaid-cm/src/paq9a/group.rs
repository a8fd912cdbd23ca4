//! One payload without an archive around it: what a container that has its own sizes and checks needs.

use unsaid_core::{Error, Limits, Progress, Result};
use unsaid_entropy::SliceSource;

use super::encode::Writing;
use super::model::Model;
use super::params::Level;
use super::reading::{CONTRADICTION, Reading};

/// Bytes of content coded between two reports to [`Progress`].
const STEP: usize = 1 << 16;

/// Codes `raw` as one stream with a model of its own: no header, no block, no size.
///
/// # Errors
/// [`Limit`](unsaid_core::ErrorKind::Limit) for a level above the limits, and what `progress` returns to stop.
pub fn encode_group(raw: &[u8], level: Level, limits: &Limits, progress: &dyn Progress) -> Result<Vec<u8>> {
    level.check(limits)?;
    let mut model = Model::new(level);
    let mut coder = Writing::default();
    for step in raw.chunks(STEP) {
        let before = coder.payload.len();
        for &byte in step {
            model.code(&mut coder, byte);
        }
        progress.advance(step.len() as u64, (coder.payload.len() - before) as u64)?;
    }
    coder.finish();
    Ok(coder.payload)
}

/// Decodes what [`encode_group`] coded: `raw_len` bytes from exactly `coded`.
///
/// # Errors
/// [`Truncated`](unsaid_core::ErrorKind::Truncated) where `coded` ends too early, [`Corrupt`](unsaid_core::ErrorKind::Corrupt) where some of it
/// is left over or says what no encoder writes, [`Limit`](unsaid_core::ErrorKind::Limit) for the memory of the level
/// and the content together and for the output, and what `progress` returns to stop. Other damage
/// gives other bytes: the caller has a checksum.
pub fn decode_group(
    coded: &[u8],
    raw_len: usize,
    level: Level,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Vec<u8>> {
    limits.check_output(raw_len as u64, "the group")?;
    level.check(limits)?;
    limits.check_memory(level.memory().saturating_add(raw_len as u64), "a group of paq9a, decoded,")?;
    let mut model = Model::new(level);
    let mut coder = Reading::new(SliceSource::new(coded));
    let mut raw = Vec::with_capacity(raw_len.min(STEP));
    while raw.len() < raw_len {
        let before = (raw.len(), coder.source.remaining());
        let until = raw_len.min(raw.len() + STEP);
        while raw.len() < until && !coder.failed() {
            raw.push(model.code(&mut coder, 0));
        }
        if coder.failed() {
            break;
        }
        progress.advance((before.1 - coder.source.remaining()) as u64, (raw.len() - before.0) as u64)?;
    }
    if coder.decoder.starved() {
        return Err(Error::truncated("a group of paq9a")
            .found(format!("{} bytes", coded.len()))
            .expected(format!("more, for {raw_len} bytes of content")));
    }
    if coder.contradicted {
        return Err(Error::corrupt("a group of paq9a").found(CONTRADICTION));
    }
    match coder.source.remaining() {
        0 => Ok(raw),
        left => Err(Error::corrupt("a group of paq9a")
            .found(format!("{left} bytes of {} left over", coded.len()))
            .expected("all of them used")),
    }
}
