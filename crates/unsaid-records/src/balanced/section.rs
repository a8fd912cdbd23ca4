//! The model section: the tables as one coded message. Writing and reading are one walk.
//!
//! Each row's symbols are coded with the rows of the shorter contexts, which come first: what a
//! context adds is paid for, not what the shorter one knows already.

use unsaid_core::{Error, ErrorKind, Limits, Result};

use super::build::Builder;
use super::copies;
use super::count::Tables;
use super::leaves::Leaves;
use super::rans::{Decoder, Step, TOTAL};
use super::weights::{COUNTS, DEPTHS, Discounts};
use crate::varint;

/// Most fragments.
pub(crate) const MAX_FRAGMENTS: usize = 32_000;
/// Most entries of all rows.
pub(crate) const MAX_ENTRIES: usize = 1 << 22;
/// Bytes of memory that one entry may take.
const ENTRY_MEMORY: u64 = 64;

/// Everything that the section says.
pub(crate) struct Parts {
    /// The 256 bytes among them.
    pub(crate) fragments: usize,
    pub(crate) depth: usize,
    pub(crate) discounts: Discounts,
    pub(crate) copies: copies::Counts,
}

impl Parts {
    /// The symbol that ends a document.
    pub(crate) fn end(&self) -> u16 {
        self.fragments as u16
    }

    /// The symbol of a copy.
    pub(crate) fn copy(&self) -> u16 {
        self.fragments as u16 + 1
    }

    /// Fragments, the end mark and the copy.
    pub(crate) fn symbols(&self) -> usize {
        self.fragments + 2
    }
}

/// The chance of a decision, in 65,536ths; it follows what comes.
#[derive(Clone, Copy)]
struct Chance(u16);

impl Chance {
    fn step(self, bit: bool) -> Step {
        if bit {
            Step { start: 0, size: self.0 }
        } else {
            Step { start: self.0, size: (TOTAL - u32::from(self.0)) as u16 }
        }
    }

    fn learn(&mut self, bit: bool) {
        let goal = if bit { TOTAL - 64 } else { 64 };
        self.0 = (i32::from(self.0) + ((goal as i32 - i32::from(self.0)) >> 5)).clamp(32, 65_504) as u16;
    }
}

/// Writes what it is given, or reads and gives that.
trait Pen {
    fn bit(&mut self, chance: &mut Chance, bit: bool) -> Result<bool>;
    fn symbol(&mut self, rows: &Builder, suffix: u32, symbol: u16) -> Result<u16>;
}

struct Writer {
    steps: Vec<Step>,
}

impl Pen for Writer {
    fn bit(&mut self, chance: &mut Chance, bit: bool) -> Result<bool> {
        self.steps.push(chance.step(bit));
        chance.learn(bit);
        Ok(bit)
    }

    fn symbol(&mut self, rows: &Builder, suffix: u32, symbol: u16) -> Result<u16> {
        rows.code(suffix, symbol, &mut self.steps);
        Ok(symbol)
    }
}

impl Pen for Decoder<'_> {
    fn bit(&mut self, chance: &mut Chance, _: bool) -> Result<bool> {
        let bit = self.slot() < chance.0;
        let step = chance.step(bit);
        self.pass(step.start, step.size)?;
        chance.learn(bit);
        Ok(bit)
    }

    fn symbol(&mut self, rows: &Builder, suffix: u32, _: u16) -> Result<u16> {
        rows.decode(suffix, self)
    }
}

/// Chances of a count's bits: of its number of bits, then of the three below the highest.
struct Number {
    lengths: [Chance; 32],
    bits: [[Chance; 8]; 32],
}

impl Number {
    fn new() -> Self {
        Number { lengths: [Chance(1 << 15); 32], bits: [[Chance(1 << 15); 8]; 32] }
    }

    /// A count that [`rounded`](super::count::rounded) leaves as it is, or 0.
    fn code(&mut self, pen: &mut impl Pen, n: u32) -> Result<u32> {
        let length = (u32::BITS - n.leading_zeros()) as usize;
        let mut got = 0;
        while pen.bit(&mut self.lengths[got], got < length)? {
            got += 1;
            if got > 25 {
                return Err(Error::corrupt("a count of the balanced tables").found("more than 2^24"));
            }
        }
        if got < 2 {
            return Ok(got as u32);
        }
        let mut value = 1u32;
        let kept = (got - 1).min(3);
        for i in 0..kept {
            // Bits of `n` below its highest; a reader's are all 0 and not looked at.
            let bit = length > i + 1 && n >> (length - 2 - i) & 1 == 1;
            let bit = pen.bit(&mut self.bits[got][value as usize & 7], bit)?;
            value = value << 1 | u32::from(bit);
        }
        Ok(value << (got - 1 - kept))
    }
}

/// Goes through the tables. `given` is what a writer writes; a reader has none.
fn walk(pen: &mut impl Pen, parts: &mut Parts, most: usize, given: Option<&Tables>) -> Result<Builder> {
    let symbols = parts.symbols();
    let [again, rank, back] = &mut parts.copies.lengths;
    for table in [&mut parts.copies.places[..], again, rank, back] {
        let mut number = Number::new();
        for count in table {
            *count = number.code(pen, *count)?;
        }
    }
    let mut children = [Chance(1 << 15); (DEPTHS + 1) * 4];
    let (mut root, mut number) = (Tables::default(), Number::new());
    for s in 0..symbols {
        let count = number.code(pen, given.map_or(0, |t| t.root[s]))?;
        let child = count > 0
            && parts.depth > 0
            && pen.bit(&mut children[count.min(3) as usize], given.is_some_and(|t| t.root_children[s]))?;
        root.root.push(count);
        root.root_children.push(child);
    }
    let mut builder = Builder::new(parts.discounts.clone(), &root.root, &root.root_children);
    let mut more = [[[Chance(1 << 15); 16]; 2]; DEPTHS + 1];
    let mut numbers: Vec<Number> = (0..=DEPTHS).map(|_| Number::new()).collect();
    let mut row = Vec::new();
    let mut seen = vec![0u32; symbols];
    let (mut total, mut rows, mut at) = (0usize, 0u32, 0usize);
    while let Some((suffix, depth)) = builder.pending() {
        let depth = usize::from(depth);
        row.clear();
        rows += 1;
        let end = given.map_or(0, |t| t.ends[rows as usize - 1]);
        let mut last = u32::MAX;
        loop {
            let (symbol, count, child) = given.map_or((0, 0, false), |t| t.entries[at]);
            let symbol = pen.symbol(&builder, suffix, symbol)?;
            // From the first 1 on, all counts are 1.
            let count = if last == 1 { 1 } else { numbers[depth].code(pen, count)? };
            if count == 0 || count > last {
                return Err(Error::corrupt("the counts of a row of the balanced tables do not fall"));
            }
            last = count;
            let child =
                depth < parts.depth && pen.bit(&mut children[depth * 4 + count.min(3) as usize], child)?;
            match seen.get_mut(usize::from(symbol)) {
                Some(mark) if *mark != rows => *mark = rows,
                _ => return Err(Error::corrupt("a symbol is twice in a row of the balanced tables")),
            }
            row.push((symbol, count, child));
            at += 1;
            total += 1;
            if total > most {
                return Err(
                    Error::corrupt("the balanced tables have more entries than they say").found(total)
                );
            }
            let chance = &mut more[depth][usize::from(last == 1)][row.len().min(15)];
            if !pen.bit(chance, at < end)? {
                break;
            }
        }
        builder.add(&row);
    }
    if total != most {
        return Err(Error::corrupt("the balanced tables have fewer entries than they say")
            .found(total)
            .expected(most));
    }
    Ok(builder)
}

fn put_number(out: &mut Vec<u8>, mut n: usize) {
    while n >= 128 {
        out.push(n as u8 | 128);
        n >>= 7;
    }
    out.push(n as u8);
}

fn take_number(bytes: &mut &[u8], most: usize, what: &str) -> Result<usize> {
    let (n, rest) = varint::read(bytes, what)?;
    *bytes = rest;
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    if n > most {
        return Err(Error::new(ErrorKind::Limit, format!("{what} of the balanced tables"))
            .found(n)
            .expected(format!("at most {most}")));
    }
    Ok(n)
}

/// Appends the section.
pub(crate) fn write(parts: &mut Parts, tables: &Tables, out: &mut Vec<u8>) -> Result<()> {
    put_number(out, parts.fragments - 256);
    put_number(out, parts.depth);
    put_number(out, tables.entries.len());
    for row in parts.discounts.0[1..=parts.depth].iter().flatten() {
        out.extend_from_slice(row);
    }
    let mut writer = Writer { steps: Vec::new() };
    walk(&mut writer, parts, tables.entries.len(), Some(tables))?;
    super::rans::encode(&writer.steps, &mut Vec::new(), out);
    Ok(())
}

/// Reads a section of a model that has this many fragments.
pub(crate) fn read(mut bytes: &[u8], fragments: usize, limits: &Limits) -> Result<(Parts, Leaves)> {
    let most = fragments.min(MAX_FRAGMENTS);
    let fragments = 256 + take_number(&mut bytes, most.saturating_sub(256), "the fragments")?;
    let depth = take_number(&mut bytes, DEPTHS, "the longest context")?;
    let entries = take_number(&mut bytes, MAX_ENTRIES, "the entries")?;
    limits.check_memory(entries as u64 * ENTRY_MEMORY, "the balanced tables")?;
    let mut discounts = Discounts::default();
    for row in discounts.0[1..=depth].iter_mut().flatten() {
        let Some((values, rest)) = bytes.split_first_chunk::<COUNTS>() else {
            return Err(Error::truncated("the discounts of the balanced tables"));
        };
        (*row, bytes) = (*values, rest);
    }
    let mut parts = Parts { fragments, depth, discounts, copies: copies::Counts::default() };
    let mut coded = Decoder::new(bytes)?;
    let builder = walk(&mut coded, &mut parts, entries, None)?;
    coded.finish()?;
    Ok((parts, builder.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        Parts { fragments: 256, depth: 2, discounts: Discounts::default(), copies: copies::Counts::default() }
    }

    /// Writing and reading are one walk: what one refuses, the other does.
    fn section(entries: &[(u16, u32, bool)], ends: &[usize]) -> Result<Vec<u8>> {
        let mut parts = parts();
        let (mut root, mut root_children) = (vec![1; 258], vec![false; 258]);
        (root[97], root_children[97]) = (9, true);
        let tables = Tables { root, root_children, entries: entries.to_vec(), ends: ends.to_vec() };
        let mut out = Vec::new();
        write(&mut parts, &tables, &mut out).map(|()| out)
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = section(&[(98, 5, true), (99, 1, false), (97, 3, false)], &[2, 3]).unwrap();
        let (parts, rows) = read(&bytes, 256, &Limits::default()).unwrap();
        assert_eq!((parts.fragments, parts.depth), (256, 2));
        let after = |row, symbol| rows.find(row, symbol).map(|place| rows.step(place).1);
        let a = after(rows.root(), 97).unwrap();
        let ab = after(a, 98).unwrap();
        assert!(a != rows.root() && ab != a && after(ab, 97) == Some(a) && after(a, 99) == Some(rows.root()));
    }

    #[test]
    fn c12_a_symbol_twice_in_a_row_is_refused() {
        let error = section(&[(98, 5, false), (98, 1, false)], &[2]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }

    #[test]
    fn b13_counts_that_rise_within_a_row_are_refused() {
        let error = section(&[(98, 2, false), (99, 5, false)], &[2]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }

    #[test]
    fn c1_sizes_that_no_section_has_are_refused_before_anything_is_kept() {
        let limit = |bytes: &[u8], limits: &Limits| read(bytes, 256, limits).err().unwrap().kind();
        let usual = Limits::default();
        // More fragments than the model has, a longer context, more entries.
        assert_eq!(limit(&[1, 2, 3], &usual), ErrorKind::Limit);
        assert_eq!(limit(&[0, 7, 3], &usual), ErrorKind::Limit);
        assert_eq!(limit(&[0, 2, 0xff, 0xff, 0xff, 0x7f], &usual), ErrorKind::Limit);
        assert_eq!(limit(&[0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 1], &usual), ErrorKind::Limit);
        assert_eq!(limit(&[0x80, 0x80, 0x80, 0x80, 0x80, 0], &usual), ErrorKind::Corrupt);
        let mut small = Limits::default();
        small.memory = 1 << 20;
        assert_eq!(limit(&[0, 2, 0x80, 0x80, 0x40], &small), ErrorKind::Limit);
        assert_eq!(limit(&[0x80], &usual), ErrorKind::Truncated);
        assert_eq!(limit(&[0, 0x80, 0], &usual), ErrorKind::Corrupt);
    }

    #[test]
    fn c2_more_or_fewer_entries_than_announced_are_refused() {
        let bytes = section(&[(98, 5, true), (99, 1, false), (97, 3, false)], &[2, 3]).unwrap();
        for entries in [0, 1, 2, 4, 100] {
            let mut changed = bytes.clone();
            changed[2] = entries;
            assert!(read(&changed, 256, &Limits::default()).is_err(), "{entries}");
        }
    }

    #[test]
    fn b1_b2_damaged_sections_give_errors_or_other_tables_but_no_panic() {
        let bytes = section(&[(98, 5, true), (99, 1, false), (97, 3, false)], &[2, 3]).unwrap();
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut], 256, &Limits::default()).is_err(), "{cut}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let _ = read(&changed, 256, &Limits::default());
        }
    }
}
