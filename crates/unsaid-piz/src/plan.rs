//! What is built before data is cut.

use std::sync::Arc;

use unsaid_core::{Limits, Result};

use crate::chunks::Layout;
use crate::find::digits_of;
use crate::index::Index;
use crate::lines::Lined;
use crate::numeral::Numerals;
use crate::pack::Packing;
use crate::render::Finder;
use crate::tables::{Tables, reach, unit};

/// Bytes of the chunks that data of unknown cut is split into.
pub(crate) fn unit_for(packing: &Packing<'_>) -> usize {
    unit(packing.header.calc, packing.limits) as usize
}

/// What finds the chunks of a layout, and the pieces of those that are not found.
pub(crate) fn finder(packing: &Packing<'_>, tables: &mut Tables, layout: &Layout) -> Result<Finder> {
    let mut finder = bare(packing);
    let mut lengths = vec![layout.length.max(1), layout.run().0.max(1)];
    lengths.dedup();
    // Pieces, and the rest at the end.
    let (base, limits) = (finder.base, packing.limits);
    with_table(&mut finder, 1, limits.digits, packing, tables)?;
    if finder.unit == 2 && lengths != [1] {
        with_table(&mut finder, 2, limits.digits, packing, tables)?;
    }
    let mut digits = 0;
    for &length in &lengths {
        match length {
            1 => {}
            2 => with_table(&mut finder, 2, reach(base, length, limits), packing, tables)?,
            3 if in_table(reach(base, length, limits), limits) => {
                with_table(&mut finder, length as u32, reach(base, length, limits), packing, tables)?;
            }
            _ => digits = digits.max(reach(base, length, limits)),
        }
    }
    // An index takes nine bytes a digit. What is not found in a shorter one is split.
    let digits = digits.min(limits.memory / 16);
    // A chunk longer than all digits is in no index.
    if lengths.iter().any(|&length| length > 2 && digits_of(finder.base, length) <= digits) {
        finder.index = Some(Arc::new(Index::build(finder.base, digits, packing.source, packing.limits)?));
    }
    Ok(finder)
}

/// Whether a table of chunks of 3 bytes is worth its memory, 64 MiB and as much again while it is made: an index of few
/// digits is smaller.
pub(crate) fn in_table(digits: u64, limits: &Limits) -> bool {
    digits >= 1 << 22 && limits.memory >= 256 << 20
}

/// A finder without tables.
pub(crate) fn bare(packing: &Packing<'_>) -> Finder {
    let header = packing.header;
    Finder {
        base: header.calc,
        numerals: Numerals::new(header.write),
        tables: [None, None, None],
        index: None,
        unit: unit_for(packing),
    }
}

/// Adds the table for chunks of `bytes` bytes within the first `digits` digits.
pub(crate) fn with_table(
    finder: &mut Finder,
    bytes: u32,
    digits: u64,
    packing: &Packing<'_>,
    tables: &mut Tables,
) -> Result<()> {
    if let Some(slot @ None) = finder.tables.get_mut(bytes as usize - 1) {
        let table = tables.get(bytes, digits, packing.source, packing.limits)?;
        *slot = Some(Lined::new(table, digits, &finder.numerals));
    }
    Ok(())
}
