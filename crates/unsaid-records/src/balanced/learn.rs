//! How much a count overstates: measured on documents that were held back.

use super::build::Builder;
use super::count::{self, Shape, Tables};
use super::weights::{COUNTS, DEPTHS, Discounts, WIDTHS, count_class, width_class};

/// Fixed point of shares of a row.
const ONE: u64 = 1 << 20;

/// What was met of the entries of one class.
#[derive(Clone, Copy, Default)]
struct Met {
    /// How often their symbols came.
    hits: u64,
    /// How often they would have come, were counts true.
    due: u64,
    /// The same if each count were 1.
    each: u64,
}

/// A row by its classes of counts: how many entries, and the sum of their counts.
#[derive(Clone, Copy, Default)]
struct Sums {
    width: usize,
    depth: usize,
    total: u64,
    classes: [(u32, u32); COUNTS],
}

/// Learns discounts: each of `parts` (documents as [`count::count`] takes them) is foretold by the others.
pub(crate) fn learn(parts: &[Vec<u16>], symbols: usize, end: u16, shape: Shape) -> Discounts {
    let mut met = [[[Met::default(); COUNTS]; WIDTHS]; DEPTHS + 1];
    for held in 0..parts.len() {
        let tables = count::count(&others(parts, held, end), symbols, end, shape);
        let builder = tables.builder(&Discounts::default());
        let sums = sums(&tables);
        let mut row = builder.follow(0, end);
        for &symbol in parts[held].iter().skip(1) {
            row = meet(&tables, &builder, &sums, row, symbol, &mut met);
        }
    }
    let mut discounts = Discounts::default();
    for (depth, widths) in met.iter().enumerate().skip(1) {
        for (width, counts) in widths.iter().enumerate() {
            for (count, met) in counts.iter().enumerate() {
                let discount = &mut discounts.0[depth][width][count];
                // As if a few more had been met that agree with what is usual.
                let few = 5 * ONE / (count as u64 + 1);
                let excess = (met.due + u64::from(*discount) * few / 64).saturating_sub(met.hits * ONE);
                *discount = (excess * 64 / (met.each + few)).clamp(1, 255) as u8;
            }
        }
    }
    discounts
}

/// All parts but one, as one.
pub(crate) fn others(parts: &[Vec<u16>], held: usize, end: u16) -> Vec<u16> {
    let mut all = vec![end];
    for part in parts.iter().enumerate().filter(|(i, _)| *i != held).map(|(_, part)| part) {
        all.extend_from_slice(&part[1..]);
    }
    all
}

fn sums(tables: &Tables) -> Vec<Sums> {
    // Depths follow from which rows lead where.
    let mut depths = vec![0usize; 1];
    depths.extend(tables.root_children.iter().filter(|c| **c).map(|_| 1));
    let mut all = vec![Sums::default()];
    let mut start = 0;
    for (i, &end) in tables.ends.iter().enumerate() {
        let depth = depths.get(i + 1).copied().unwrap_or(0);
        let mut sums = Sums { width: width_class(end - start), depth, ..Sums::default() };
        for &(_, count, child) in &tables.entries[start..end] {
            let class = &mut sums.classes[count_class(count)];
            *class = (class.0 + 1, class.1 + count);
            sums.total += u64::from(count);
            if child {
                depths.push(depth + 1);
            }
        }
        all.push(sums);
        start = end;
    }
    all
}

/// Codes one symbol, notes what each row made of it, and returns the row that follows.
fn meet(
    tables: &Tables,
    builder: &Builder,
    sums: &[Sums],
    mut row: u32,
    symbol: u16,
    met: &mut [[[Met; COUNTS]; WIDTHS]; DEPTHS + 1],
) -> u32 {
    loop {
        let found = builder.find(row, symbol);
        if row == 0 {
            return found.map_or(0, |(place, _)| builder.next(place));
        }
        let sums = &sums[row as usize];
        let met = &mut met[sums.depth][sums.width];
        for (met, &(entries, counts)) in met.iter_mut().zip(&sums.classes).filter(|(_, c)| c.0 > 0) {
            met.due += u64::from(counts) * ONE / sums.total;
            met.each += u64::from(entries) * ONE / sums.total;
        }
        if let Some((place, before)) = found {
            let start = if row == 1 { 0 } else { tables.ends[row as usize - 2] };
            met[count_class(tables.entries[start + before].1)].hits += 1;
            return builder.next(place);
        }
        let Some(suffix) = builder.suffix(row) else { return 0 };
        row = suffix;
    }
}
