//! The bytes of `.ff` on disk, and nothing else: `docs/formats/ff.md` in code.
//!
//! Every `write` gives exactly the bytes that its `read` accepts; every `read` refuses any other
//! form, so that a value has one encoding.

mod cursor;
mod group;
mod header;
mod index;

pub(crate) use cursor::{Cursor, put_bytes, put_varint};
pub use group::{GroupHead, Piece, PieceData};
pub use header::{FileHeader, HEADER_BYTES, MAGIC, RecordHeader, RecordKind, TRAILER_BYTES, Trailer};
pub(crate) use header::{MARKER, RECORD_HEADER_BYTES, check_crc};
pub use index::{Index, IndexRow};

/// Original bytes of a chunk; only the last one of a file is shorter.
pub const CHUNK: u64 = 256 << 10;

/// The version this library writes, and the greatest it reads.
pub const VERSION: u16 = 1;

/// Longest head of a record. Part of the format.
pub(crate) const MAX_HEAD: u32 = 16 << 20;
