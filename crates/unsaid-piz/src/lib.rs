//! PiZ: data as positions in the digits of π.
//!
//! The format is described in `docs/formats/piz.md`.
//!
//! | module | question it answers |
//! |---|---|
//! | [`header`] | In which bases is an archive written and counted? |
//! | [`numeral`] | How is a number written in a base up to 256? |
//! | [`metadata`], [`time`] | What does an archive say about the file that was packed? |
//! | [`read`] | Which sizes and positions are in an archive, and what is wrong with it? |
//! | [`unpack`](mod@unpack) | How do they become the data, quickly and within limits? |
//! | [`explain`](mod@explain) | How would a person do it? |

mod digits;
pub mod explain;
mod fast;
#[cfg(feature = "__internal-fuzz")]
pub mod fuzz;
pub mod header;
mod input;
mod line;
pub mod metadata;
pub mod numeral;
pub mod read;
pub mod time;
pub mod unpack;
mod warm;

pub use explain::explain;
pub use header::Header;
pub use metadata::{Metadata, Owner};
pub use numeral::Numerals;
pub use read::{Archive, Item};
pub use time::Time;
pub use unpack::unpack;
