//! The first digits of π, many at once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails says so")]

mod agree;
mod bounds;
mod pools;
mod promises;
mod table;
