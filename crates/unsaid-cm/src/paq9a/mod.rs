//! The archive format `.paq9a` (M. Mahoney, 31 December 2007), byte for byte.
//!
//! An archive is a header and a sequence of blocks; the first block of a file is preceded by the
//! file's name. It is solid: the model keeps what it learned from one block to the next, so that
//! entries can only be decoded in order. There is no checksum, no index and no end mark, see
//! `docs/formats/paq9a.md` for exactly which damage goes unnoticed.
//!
//! ```
//! use unsaid_cm::paq9a::{Level, Mode, Reader, Writer};
//! use unsaid_core::{Limits, Silent};
//!
//! let limits = Limits::default();
//! let mut writer = Writer::new(Vec::new(), Level::MIN, &limits)?;
//! writer.add(b"a.txt", &mut &b"to be or not to be"[..], Mode::Compressed, &Silent)?;
//! let archive = writer.finish()?;
//!
//! let mut reader = Reader::new(&archive[..], &limits)?;
//! let entry = reader.next_entry()?.ok_or("no entry")?;
//! let mut data = Vec::new();
//! reader.read_entry(&mut data, &Silent)?;
//! assert_eq!((&entry.name[..], &data[..]), (&b"a.txt"[..], &b"to be or not to be"[..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decode;
mod encode;
mod format;
mod group;
mod input;
mod model;
mod params;
mod reading;

pub use decode::{Entry, Modes, Reader, Sizes};
pub use encode::{Added, Writer};
pub use format::{MAGIC, MAGIC_OF_THE_TEXT, Mode};
pub use group::{decode_group, encode_group};
pub use params::Level;
