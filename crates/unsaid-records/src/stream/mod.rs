//! Many compressed records in one file or pipe, and any one of them by its number.
//!
//! | you have | you use |
//! |---|---|
//! | lines or length-prefixed records | [`Splitter`], and [`Separator::write`] for the way back |
//! | compressed records, in order | [`Writer`] |
//! | a stream, from front to back | [`Reader`], which checks everything by the end |
//! | a file, and a number | [`Index::of_file`], then [`Index::record`] |
//!
//! Described in `docs/formats/records.md`.

mod head;
mod index;
mod read;
mod split;
mod write;

pub use head::{HEAD_BYTES, Head, MAGIC, VERSION};
pub use index::{INDEX_MAGIC, Index};
pub use read::Reader;
pub use split::{Separator, Splitter};
pub use write::Writer;

/// The longest record: a stored document and what stands before it.
pub(crate) const MAX_RECORD: u64 = crate::MAX_DOCUMENT as u64 + 7;
