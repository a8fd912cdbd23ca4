//! What every part of Unsaid stands on: limits, errors, checks, progress, workers and files.
//!
//! | module | question it answers |
//! |---|---|
//! | [`error`] | What went wrong, and what can the caller do about it? |
//! | [`limits`] | How much may this input make us use? |
//! | [`progress`] | How does a codec tell its caller how far it is, and learn that it should stop? |
//! | [`workers`] | Who runs independent pieces of work? |
//! | `check` (feature `hash`) | Are these the bytes that were meant? |
//! | `fs` (feature `fs`) | How does a file appear under its final name whole or not at all? |
//!
//! No format and no network lives here. Without features the crate has no dependencies, so that
//! the codecs above it build anywhere.

pub mod error;
pub mod limits;
pub mod progress;
pub mod workers;

#[cfg(feature = "hash")]
pub mod check;
#[cfg(feature = "fs")]
pub mod fs;

pub use error::{Error, ErrorKind, Result};
pub use limits::Limits;
pub use progress::{Progress, Silent};
pub use workers::{Inline, Workers};
