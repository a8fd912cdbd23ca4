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
//! | [`pack`](mod@pack) | How does data become an archive? |
//! | [`chunks`] | Where is data cut? |
//! | [`table`], [`tables`] | Where does every chunk of 1, 2 or 3 bytes stand? |
//! | [`index`], [`find`](mod@find) | Where does a longer one stand, if it does? |
//! | [`expect`] | How far would one have to search, and for how long? |
//! | `smallest` | Which cut makes the archive smallest? |

pub mod chunks;
mod digits;
pub mod expect;
pub mod explain;
mod fast;
pub mod find;
#[cfg(feature = "__internal-fuzz")]
pub mod fuzz;
pub mod header;
pub mod index;
mod input;
mod kept;
mod line;
mod lines;
pub mod metadata;
pub mod numeral;
mod order;
pub mod pack;
mod path;
mod plan;
pub mod read;
mod render;
mod smallest;
mod spell;
pub mod table;
pub mod tables;
pub mod time;
pub mod unpack;
mod warm;

pub use chunks::Chunking;
pub use expect::Expected;
pub use explain::explain;
pub use header::Header;
pub use metadata::{Metadata, Owner};
pub use numeral::Numerals;
pub use pack::{Packing, Report, pack};
pub use read::{Archive, Item};
pub use table::Table;
pub use tables::Tables;
pub use time::Time;
pub use unpack::unpack;
