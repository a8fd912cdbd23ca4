//! What packing promises.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod decoder;
mod digits;
mod promises;
mod smallest;
mod table;
