//! What the record codec promises about documents, models and streams.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]

mod batch;
mod common;
mod documents;
mod golden;
mod models;
mod page;
mod registry;
mod stream;
mod training;
