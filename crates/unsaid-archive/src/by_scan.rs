//! What an archive holds, by its records alone, where the index is lost or lies.

use std::io::{BufReader, Read, Seek};

use unsaid_core::{Error, Limits, Result};

use crate::catalog::Catalog;
use crate::contents::{Contents, push_problem, seek, take};
use crate::format::TRAILER_BYTES;
use crate::ledger::Ledger;
use crate::walk::{Found, Walker};

/// Puts the contents together from whatever whole records there are.
pub(crate) fn scan<R: Read + Seek>(source: &mut R, limits: &Limits) -> Result<Contents> {
    seek(source, 0)?;
    let mut walker = Walker::new(BufReader::new(source), limits);
    let mut catalog = Catalog::default();
    let mut contents = Contents {
        entries: Vec::new(),
        groups: Vec::new(),
        id: 0,
        root: None,
        problems: Vec::new(),
        trailing: None,
    };
    let mut ledger = Ledger::default();
    let mut index_offset = None;
    while let Some(found) = walker.next()? {
        match found {
            Found::Record(r) => {
                ledger.record(&r.header, r.offset, &r.head, Some(&r.payload), limits)?;
                take(&mut catalog, &mut contents, &r.header, r.offset, &r.head, limits)?;
            }
            // Names and times are whole: the entries are listed, and fail when their bytes are read.
            Found::Damage { error, at, head: Some((header, head)) } => {
                ledger.record(&header, at, &head, None, limits)?;
                take(&mut catalog, &mut contents, &header, at, &head, limits)?;
                push_problem(&mut contents.problems, error);
            }
            Found::Damage { error, .. } => push_problem(&mut contents.problems, error),
            Found::End { trailing, offset, index_offset: at } => {
                index_offset = Some(at);
                contents.trailing = trailing.then_some(offset + TRAILER_BYTES as u64);
            }
        }
    }
    let damaged = !contents.problems.is_empty();
    contents.problems.extend(ledger.problems(index_offset, catalog.entries(), damaged));
    if index_offset.is_none() && contents.problems.is_empty() {
        contents.problems.push(Error::truncated("the archive ends without its trailer").at(walker.offset()));
    }
    contents.id = walker.id().unwrap_or_default();
    contents.entries = catalog.into_entries();
    Ok(contents)
}
