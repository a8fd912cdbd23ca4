//! PiZ: data as positions in the digits of π.
//!
//! The format is described in `docs/formats/piz.md`.
//!
//! | module | question it answers |
//! |---|---|
//! | [`header`] | In which bases is an archive written and counted? |
//! | [`numeral`] | How is a number written in a base up to 256? |
//! | [`metadata`], [`time`] | What does an archive say about the file that was packed? |

pub mod header;
pub mod metadata;
pub mod numeral;
pub mod time;

pub use header::Header;
pub use metadata::{Metadata, Owner};
pub use numeral::Numerals;
pub use time::Time;
