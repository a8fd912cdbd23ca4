//! The `.ff` container: entries with uncompressed metadata, groups of chunks coded independently,
//! an index, random access, safe extraction and recovery. The bytes are described in
//! `docs/formats/ff.md`.
//!
//! ```text
//! PackTree ─▶ Writer ─▶ groups ─▶ Workers ─▶ records ─▶ any Write
//! any Read + Seek ─▶ Archive (index or scan) ─▶ groups ─▶ Workers ─▶ Delivery (checks) ─▶ Sink
//! any Read ─▶ read_stream ────────────────────────────────────────────▶ StreamSink (Extractor, Verifier)
//! damaged copies ─▶ recover ─▶ any Write
//! ```
//!
//! Nothing here prints, exits or starts a thread.

mod add;
mod archive;
mod by_index;
mod by_scan;
mod catalog;
mod contents;
mod deliver;
mod entry;
mod extract;
pub mod format;
mod group;
#[cfg(feature = "__internal-fuzz")]
pub mod internal;
mod ledger;
mod method;
mod names;
mod output;
mod pack;
mod pipeline;
mod read;
mod recover;
mod stream;
mod verify;
mod walk;
mod write;

pub use add::Added;
pub use archive::Archive;
pub use contents::{Contents, Group};
pub use deliver::Sink;
pub use entry::{Entry, EntryKind, EntryMeta};
pub use extract::{ExtractOptions, Extractor, OnConflict, Report};
pub use group::Choice;
pub use method::{METHODS, Method};
pub use output::Summary;
pub use pack::{PackTree, Packed};
pub use recover::{Recovery, recover};
pub use stream::{StreamSink, read_stream};
pub use verify::Verifier;
pub use write::{WriteOptions, Writer};
