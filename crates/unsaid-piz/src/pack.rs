//! Packing: data in, an archive out.
//!
//! Data is read in batches of whole chunks, batches are rendered by [`Workers`], and their texts are written in
//! order. Only what is in work is in memory. The archive does not depend on the workers, nor on what was kept from
//! an earlier time.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::sync::Arc;

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Workers};
use unsaid_pi::DigitSource;

use crate::chunks::{Chunking, Layout};
use crate::find::{digits_of, find_within, not_found};
use crate::header::Header;
use crate::metadata::Metadata;
use crate::order::Order;
use crate::plan;
use crate::render::{Batch, Finder};
use crate::smallest;
use crate::tables::{AT_HAND, Tables, reach};

/// Bytes of a batch, where chunks are short. With its text it stays in the processor's cache.
const BATCH: usize = 1 << 15;

/// The same with several workers: handing a batch over costs more than a cache that is missed.
const SHARED_BATCH: usize = 1 << 17;

/// What is packed into what, and how.
pub struct Packing<'a> {
    /// Both bases.
    pub header: Header,
    /// Where chunks end.
    pub chunking: Chunking,
    /// How many bytes the input has, where that is known. [`Chunking::Count`] needs it.
    pub length: Option<u64>,
    /// What is said about the file.
    pub metadata: &'a Metadata,
    /// Where digits come from.
    pub source: &'a dyn DigitSource,
    /// How far digits go, among others.
    pub limits: &'a Limits,
    /// Who renders.
    pub workers: &'a dyn Workers,
    /// Who hears of it.
    pub progress: &'a dyn Progress,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Bytes of data.
    pub read: u64,
    /// Bytes of the archive.
    pub written: u64,
    /// Positions.
    pub chunks: u64,
    /// Groups.
    pub groups: u64,
    /// Chunks that were not found and were split.
    pub split: u64,
}

/// Packs `input` into `output`.
///
/// `tables` are those of the base of calculation; what is built stays in them.
///
/// # Errors
/// [`ErrorKind::Limit`] where [`Chunking::Full`] finds nothing, with the position and the time to expect, and
/// where digits, memory or output would be more than allowed; [`ErrorKind::Usage`] for [`Chunking::Count`] of an
/// input of unknown length; what the input, the output and the source of digits say.
pub fn pack(
    packing: &Packing<'_>,
    tables: &mut Tables,
    input: &mut dyn Read,
    output: &mut dyn Write,
) -> Result<Report> {
    if tables.base() != packing.header.calc {
        *tables = Tables::new(packing.header.calc);
    }
    let mut out = Order::new(packing, output);
    out.head()?;
    match packing.chunking {
        Chunking::Full => full(packing, input, &mut out)?,
        Chunking::Try => attempt(packing, tables, input, &mut out)?,
        Chunking::Size(length) => {
            let reach = reach(packing.header.calc, length, packing.limits);
            if digits_of(packing.header.calc, length) > reach {
                // Longer than anything that is found, but perhaps the data is shorter.
                let (data, is_whole) = whole(packing, reach, input)?;
                let length = if is_whole { data.len() as u64 } else { length };
                cut(packing, tables, Layout::of_size(length), &mut data.as_slice().chain(input), &mut out)?;
            } else {
                cut(packing, tables, Layout::of_size(length), input, &mut out)?;
            }
        }
        Chunking::Count(count) => {
            let total = packing.length.ok_or_else(|| {
                Error::new(ErrorKind::Usage, "a number of chunks for data of unknown length")
                    .hint("write the data to a file first, or say the size of a chunk: -b")
            })?;
            cut(packing, tables, Layout::of_count(count, total), input, &mut out)?;
        }
        Chunking::Smallest => smallest::stream(packing, tables, input, &mut out)?,
    }
    if packing.length.is_some_and(|length| out.report().read != length) {
        packing.progress.warn("the length of the input changed while it was read");
    }
    out.finish()
}

/// One chunk or an error.
fn full(packing: &Packing<'_>, input: &mut dyn Read, out: &mut Order<'_>) -> Result<()> {
    let (base, limits) = (packing.header.calc, packing.limits);
    let data = match whole(packing, limits.digits, input)? {
        (data, true) => data,
        (data, false) => {
            let bytes = packing.length.unwrap_or(0).max(data.len() as u64);
            return Err(not_found(base, bytes, limits));
        }
    };
    if data.is_empty() {
        return Ok(());
    }
    let place = find_within(base, &data, limits.digits, packing.source, packing.progress)?
        .ok_or_else(|| not_found(base, data.len() as u64, limits))?;
    out.chunks(&[(data.len(), place)])
}

/// One chunk if it is found at hand, else as tables have it.
fn attempt(
    packing: &Packing<'_>,
    tables: &mut Tables,
    input: &mut dyn Read,
    out: &mut Order<'_>,
) -> Result<()> {
    let base = packing.header.calc;
    let reach = packing.limits.digits.min(AT_HAND);
    let (data, is_whole) = whole(packing, reach, input)?;
    let place = match is_whole && !data.is_empty() {
        true => find_within(base, &data, reach, packing.source, packing.progress)?,
        false => None,
    };
    if let Some(place) = place {
        return out.chunks(&[(data.len(), place)]);
    }
    let unit = plan::unit_for(packing);
    if data.len() > unit {
        packing.progress.note(&format!(
            "not found as one chunk in the first {reach} digits: split into chunks of {unit} bytes (-F searches on)"
        ));
    }
    let layout = Layout::of_size(unit as u64);
    cut(packing, tables, layout, &mut data.as_slice().chain(input), out)
}

/// As much of the input as `reach` digits can hold, and whether that is all of it.
fn whole(packing: &Packing<'_>, reach: u64, input: &mut dyn Read) -> Result<(Vec<u8>, bool)> {
    let most = reach / digits_of(packing.header.calc, 1);
    let mut data = Vec::new();
    packing.limits.check_memory(packing.length.unwrap_or(0).min(most), "a chunk")?;
    // A byte more than may be kept: so it is seen that there is more.
    input
        .take(most.min(packing.limits.memory).saturating_add(1))
        .read_to_end(&mut data)
        .map_err(|e| Error::io("reading", e))?;
    packing.limits.check_memory((data.len() as u64).min(most), "a chunk")?;
    let is_whole = data.len() as u64 <= most;
    Ok((data, is_whole))
}

/// Chunks of given lengths.
fn cut(
    packing: &Packing<'_>,
    tables: &mut Tables,
    mut layout: Layout,
    input: &mut dyn Read,
    out: &mut Order<'_>,
) -> Result<()> {
    let finder = Arc::new(plan::finder(packing, tables, &layout)?);
    let mut pending = VecDeque::new();
    let batch = if packing.workers.count() > 1 { SHARED_BATCH } else { BATCH };
    let mut part = Part { left: 0, batch };
    loop {
        let (mut batch, text) = out.spare();
        let wanted = part.next(&mut layout, &finder, &mut batch);
        fill(input, &mut batch.data, wanted)?;
        let is_last = batch.data.len() < wanted;
        if !batch.data.is_empty() {
            pending.push_back(out.start(&finder, batch, text));
        }
        out.write_ready(&mut pending, is_last)?;
        if is_last {
            return Ok(());
        }
    }
}

/// Where a chunk too long to be found is read in parts: what is left of it.
struct Part {
    left: u64,
    /// Bytes of a batch.
    batch: usize,
}

impl Part {
    /// Says how the next batch is cut; how many bytes it takes.
    fn next(&mut self, layout: &mut Layout, finder: &Finder, batch: &mut Batch) -> usize {
        let (length, count) = layout.run();
        let length = length.max(1);
        let chunk = usize::try_from(length).unwrap_or(usize::MAX);
        if self.left == 0 && finder.may_find(chunk) {
            let chunks = (self.batch / chunk).max(1) as u64;
            let chunks = count.map_or(chunks, |count| count.min(chunks));
            layout.took(chunks);
            (batch.chunk, batch.is_split, batch.begins) = (chunk, false, false);
            return chunks as usize * chunk;
        }
        (batch.chunk, batch.is_split, batch.begins) = (chunk, true, self.left == 0);
        if self.left == 0 {
            self.left = length;
        }
        let bytes = self.left.min(self.batch as u64);
        self.left -= bytes;
        if self.left == 0 {
            layout.took(1);
        }
        bytes as usize
    }
}

/// Reads `wanted` bytes, or what is left.
pub(crate) fn fill(input: &mut dyn Read, data: &mut Vec<u8>, wanted: usize) -> Result<()> {
    data.resize(wanted, 0);
    let mut filled = 0;
    while let Some(room) = data.get_mut(filled..).filter(|room| !room.is_empty()) {
        match input.read(room) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::io("reading", e)),
        }
    }
    data.truncate(filled);
    Ok(())
}
