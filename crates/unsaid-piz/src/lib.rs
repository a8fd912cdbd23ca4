//! PiZ: data as positions in the digits of π.
//!
//! The format is described in `docs/formats/piz.md`.

pub mod chunks;
pub mod expect;
pub mod find;
pub mod header;
pub mod index;
mod kept;
mod lines;
pub mod numeral;
mod order;
pub mod pack;
mod plan;
mod render;
pub mod smallest;
mod spell;
pub mod table;
pub mod tables;

pub use chunks::Chunking;
pub use expect::Expected;
pub use header::Header;
pub use pack::{Packing, Report, pack};
pub use table::Table;
pub use tables::Tables;
