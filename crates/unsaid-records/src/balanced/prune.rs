//! Which contexts are worth a row: those that foretell better than the shorter context does.
//!
//! As in the pruning of back-off models by entropy (A. Stolcke, 1998), but for what new documents
//! would gain: every count less its discount, and every discount as an escape.

use super::count::Tables;
use super::parse::Log;
use super::weights::Discounts;

/// What an escape costs beside its bits, in 256ths of a bit: it is a step more for whoever decodes, and its row
/// takes room in the cache from others. It makes documents a few percent longer, and decoding a third faster.
const ESCAPE: i64 = 768;

/// Leaves out rows that save less than `least` 256ths of a bit over all that was counted.
pub(crate) fn prune(tables: &Tables, discounts: &Discounts, log: &Log, least: i64) -> Tables {
    let builder = tables.builder(discounts);
    let rows = tables.ends.len();
    let span = |row: usize| (if row < 2 { 0 } else { tables.ends[row - 2] }, tables.ends[row - 1]);
    // The row that each entry leads to, or 0; and the depth of each row.
    let mut depths = vec![0usize; rows + 1];
    let mut next = 0;
    for _ in tables.root_children.iter().filter(|child| **child) {
        next += 1;
        depths[next] = 1;
    }
    let mut leads = vec![0usize; tables.entries.len()];
    for row in 1..=rows {
        let (start, end) = span(row);
        for (lead, _) in leads[start..end].iter_mut().zip(&tables.entries[start..end]).filter(|(_, e)| e.2) {
            next += 1;
            depths[next] = depths[row] + 1;
            *lead = next;
        }
    }
    let mut keep = vec![true; rows + 1];
    let mut counts = Vec::new();
    let mut sizes = Vec::new();
    for row in (1..=rows).rev() {
        let (start, end) = span(row);
        if leads[start..end].iter().any(|&child| child != 0 && keep[child]) {
            continue;
        }
        let Some(suffix) = builder.suffix(row as u32) else { continue };
        let entries = &tables.entries[start..end];
        counts.clear();
        counts.extend(entries.iter().map(|e| e.1));
        super::weights::sizes(discounts, depths[row], &counts, &mut sizes);
        let left = 65_536 - sizes.iter().map(|&s| u32::from(s)).sum::<u32>();
        let escape = i64::from(log.cost(left.clamp(1, 65_535) as u16));
        let mut gain = 0i64;
        for (&(symbol, count, _), &size) in entries.iter().zip(&sizes) {
            let less = discounts.of(depths[row], entries.len(), count);
            let without = i64::from(builder.cost(suffix, symbol, log));
            gain += i64::from(count * 64 - less) * (without - i64::from(log.cost(size)));
            gain -= i64::from(less) * (escape + ESCAPE);
        }
        keep[row] = gain >= least * 64;
    }
    let mut pruned = Tables { root: tables.root.clone(), ..Tables::default() };
    let mut next = 0;
    for &child in &tables.root_children {
        next += usize::from(child);
        pruned.root_children.push(child && keep[next]);
    }
    for row in (1..=rows).filter(|&row| keep[row]) {
        let (start, end) = span(row);
        for i in start..end {
            let (symbol, count, _) = tables.entries[i];
            pruned.entries.push((symbol, count, leads[i] != 0 && keep[leads[i]]));
        }
        pruned.ends.push(pruned.entries.len());
    }
    pruned
}
