//! The record codec: many small documents, each alone, against one model trained once.
//!
//! The format is described in `docs/formats/records.md`.

pub mod small;
