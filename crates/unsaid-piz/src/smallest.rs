//! The cut that makes the archive smallest.
//!
//! For every place of the data the chunks that begin there and are found are known: those of 1, 2 and 3 bytes by tables,
//! longer ones by an index of all digits that the limit allows. A shortest path through them is the smallest
//! archive. Memory does not grow with the data: what all ways so far have in common is written, which in all
//! real data is nearly everything.
//!
//! Of a chunk found only by a stroke of luck (data made of digits of π), not every shorter one is looked at: all up to 32 bytes, the
//! longest, the lengths in which a way arrives there, and every length that would begin there if all data was cut
//! into chunks of that length or into equal ones. So no way of cutting evenly can be better.

use std::io::Read;
use std::sync::Arc;

use unsaid_core::{Error, ErrorKind, Result};

use crate::index::Index;
use crate::order::Order;
use crate::pack::{Packing, fill};
use crate::path::{Path, SHORT};
use crate::plan;
use crate::render::Finder;
use crate::spell::spell;
use crate::tables::Tables;

/// Bytes read at once, and looked at before what is common to all ways is written.
const STEP: usize = 1 << 16;

/// Bytes of data that are kept while ways have nothing in common; then the cheapest is taken.
const MOST: usize = 1 << 22;

/// Rare chunks may take a quarter of the memory, at 64 bytes each.
const RARE: u64 = 4 * 64;

/// Up to here every length of a found chunk is looked at.
const EVERY: usize = 32;

/// Lengths looked at where the data begins.
const AT_THE_BEGINNING: usize = 1 << 16;

/// A chunk that begins at one place: bytes that its line takes; 0 where it is not found.
struct Costs {
    /// For 1, 2 and 3 bytes by value.
    lines: [Vec<u8>; SHORT],
    /// What the size lines of these cost.
    sizes: [u64; SHORT],
}

impl Costs {
    fn new(finder: &Finder) -> Costs {
        let width = |place: u64| finder.numerals.width(place) as u8 + 2;
        let lines = finder.tables.each_ref().map(|table| {
            let values = table.as_ref().map_or(0, |table| 1_usize << (8 * table.table.bytes()));
            let line = |value| table.as_ref().and_then(|table| table.position(value)).map_or(0, width);
            (0..values).map(line).collect()
        });
        Costs { lines, sizes: [1, 2, 3].map(|bytes| size(finder, bytes)) }
    }
}

/// What the size line of chunks of so many bytes costs.
fn size(finder: &Finder, bytes: usize) -> u64 {
    let digits = bytes as u64 * u64::from(finder.base.digits_per_byte());
    finder.numerals.width(digits) as u64 + 1
}

/// Data that is not decided on yet.
struct Window {
    data: Vec<u8>,
    /// The same as digits.
    digits: Vec<u8>,
    /// Where the data is all there is.
    is_last: bool,
    /// How much was decided on before.
    offset: u64,
}

/// Packs with the smallest cut.
pub(crate) fn stream(
    packing: &Packing<'_>,
    tables: &mut Tables,
    input: &mut dyn Read,
    out: &mut Order<'_>,
) -> Result<()> {
    let finder = finder(packing, tables)?;
    let costs = Costs::new(&finder);
    let mut window = Window { data: Vec::new(), digits: Vec::new(), is_last: false, offset: 0 };
    let mut path = Path::new();
    let shortest = if finder.tables[2].is_some() { 4 } else { 3 };
    let mut lucky = Lucky { shortest, ..Lucky::default() };
    let rare = usize::try_from(packing.limits.memory / RARE).unwrap_or(usize::MAX);
    let mut more = Vec::new();
    while !window.is_last {
        fill(input, &mut more, STEP.max(window.data.len().min(MOST)))?;
        window.is_last = more.is_empty();
        window.data.extend_from_slice(&more);
        spell(finder.base, &more, &mut window.digits);
        while path.here() < window.data.len() {
            if path.here() >= MOST || path.rare() > rare {
                // Nothing in common for so long: only data made of digits of π does this.
                arrive(&mut path)?;
                let lengths = path.force();
                write(&lengths, &mut window, &finder, out)?;
            }
            if !look(&mut path, &window, &finder, &costs, &mut lucky, packing)? {
                break;
            }
            if path.here().is_multiple_of(STEP) {
                packing.progress.advance(0, 0)?;
            }
        }
        let lengths = path.settle();
        write(&lengths, &mut window, &finder, out)?;
    }
    if !window.data.is_empty() {
        arrive(&mut path)?;
        let lengths = path.force();
        write(&lengths, &mut window, &finder, out)?;
    }
    Ok(())
}

fn arrive(path: &mut Path) -> Result<()> {
    if path.arrive() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Limit, "the limit on digits of π is too low to find single bytes")
        .hint("raise it: --max-digits 16M"))
}

/// All tables that the limits allow, and all digits.
fn finder(packing: &Packing<'_>, tables: &mut Tables) -> Result<Finder> {
    let mut finder = plan::bare(packing);
    let shorts = if plan::in_table(packing.limits.digits, packing.limits) { 1..=3 } else { 1..=2 };
    for bytes in shorts {
        plan::with_table(&mut finder, bytes, packing.limits.digits, packing, tables)?;
    }
    let digits = packing.limits.digits.min(packing.limits.memory / 16);
    finder.index = Some(Arc::new(Index::build(finder.base, digits, packing.source, packing.limits)?));
    Ok(finder)
}

/// Takes the edges of one place; false where more data must be read first.
fn look(
    path: &mut Path,
    window: &Window,
    finder: &Finder,
    costs: &Costs,
    lucky: &mut Lucky,
    packing: &Packing<'_>,
) -> Result<bool> {
    let here = path.here();
    let Some(data) = window.data.get(here..) else { return Ok(false) };
    if data.len() < EVERY && !window.is_last {
        return Ok(false);
    }
    let per_byte = finder.base.digits_per_byte() as usize;
    let wanted = window.digits.get(here * per_byte..).unwrap_or_default();
    lucky.look(finder.index.as_deref(), wanted, per_byte, window.offset + here as u64);
    let longest = lucky.longest();
    if longest == data.len() && longest > EVERY && !window.is_last && window.data.len() < MOST {
        return Ok(false);
    }
    arrive(path)?;
    let mut value = 0;
    for ((length, &byte), (lines, &size)) in (1..).zip(data).zip(costs.lines.iter().zip(&costs.sizes)) {
        value = value << 8 | usize::from(byte);
        if let Some(&line) = lines.get(value).filter(|&&line| line > 0) {
            path.edge(length, u64::from(line), size);
        }
    }
    if longest > 0 {
        let at = window.offset + here as u64;
        for length in lucky.lengths(path, at, packing.length) {
            if let Some(place) = lucky.place(length) {
                path.edge(length, finder.numerals.width(place) as u64 + 2, size(finder, length));
            }
        }
    }
    path.step();
    Ok(true)
}

/// Writes chunks and forgets their data.
fn write(lengths: &[usize], window: &mut Window, finder: &Finder, out: &mut Order<'_>) -> Result<()> {
    let per_byte = finder.base.digits_per_byte() as usize;
    let mut at = 0;
    let mut chunks = Vec::with_capacity(lengths.len());
    for &length in lengths {
        let bytes = window.data.get(at..at + length).unwrap_or_default();
        let place = match finder.tables.get(length - 1).and_then(Option::as_ref) {
            Some(table) => {
                table.position(bytes.iter().fold(0, |value, &byte| value << 8 | usize::from(byte)))
            }
            None => {
                let wanted = window.digits.get(at * per_byte..(at + length) * per_byte).unwrap_or_default();
                finder.index.as_ref().and_then(|index| index.position(wanted))
            }
        };
        let place = place
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a chunk that was found is not found again"))?;
        chunks.push((length, place));
        at += length;
    }
    window.data.drain(..at);
    window.digits.drain(..at * per_byte);
    window.offset += at as u64;
    out.chunks(&chunks)
}

/// Chunks that are in no table, found at one place.
#[derive(Default)]
struct Lucky {
    /// The length in bytes from which on they are looked at.
    shortest: usize,
    /// Positions with the bytes that are the same there, each longer than the one before and further on.
    found: Vec<(u64, usize)>,
    /// The longest of the place before: position in digits, digits that are the same, and the place in the data.
    before: (u64, usize, u64),
}

impl Lucky {
    fn look(&mut self, index: Option<&Index>, wanted: &[u8], per_byte: usize, at: u64) {
        self.found.clear();
        let Some(index) = index else { return };
        let (position, same, last) = self.before;
        // One byte further on, the same digits are still the same: they are not compared again.
        let known = (at == last + 1 && same > per_byte)
            .then(|| (position + per_byte as u64, (same - per_byte).min(wanted.len())));
        let mut most = 0;
        self.before = (0, 0, at);
        for (position, same) in index.matches(wanted, known) {
            if same > self.before.1 {
                self.before = (position, same, at);
            }
            let bytes = same / per_byte;
            if bytes > most && bytes >= self.shortest {
                most = bytes;
                self.found.push((position, bytes));
            }
        }
    }

    fn longest(&self) -> usize {
        self.found.last().map_or(0, |&(_, bytes)| bytes)
    }

    /// The first position of so many bytes.
    fn place(&self, length: usize) -> Option<u64> {
        self.found.iter().find(|&&(_, bytes)| bytes >= length).map(|&(position, _)| position)
    }

    /// Which lengths to look at.
    fn lengths(&self, path: &Path, at: u64, total: Option<u64>) -> Vec<usize> {
        let longest = self.longest();
        let every = if at == 0 { AT_THE_BEGINNING } else { EVERY };
        let mut lengths: Vec<usize> = (self.shortest..=longest.min(every)).collect();
        if longest > every {
            lengths.push(longest);
            lengths.extend(path.long_here());
            divisors(at, &mut lengths);
            divisors(total.unwrap_or(at).saturating_sub(at), &mut lengths);
            lengths.retain(|&length| length >= self.shortest && length <= longest);
            lengths.sort_unstable();
            lengths.dedup();
        }
        lengths
    }
}

/// Adds the numbers that divide `number`; none for 0.
fn divisors(number: u64, out: &mut Vec<usize>) {
    let mut divisor = 1;
    while divisor * divisor <= number {
        if number.is_multiple_of(divisor) {
            out.extend([divisor, number / divisor].iter().filter_map(|&d| usize::try_from(d).ok()));
        }
        divisor += 1;
    }
}
