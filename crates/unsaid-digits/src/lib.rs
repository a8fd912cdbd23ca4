//! Digits of π and tables of them, kept on disk between runs.
//!
//! | module | question it answers |
//! |---|---|
//! | [`cache`] | Which digits and tables are kept, and how do more come? |
//! | [`blocks`] | What does a kept file look like, and is the part that is read what was written? |
//! | [`folder`] | Is the folder ours alone? |
//!
//! The files are described in `docs/formats/pi-cache.md`. All of them can be computed again, so a file that is
//! damaged, not ours, or that others could have written is not an error: it is as if it were not there, and the
//! next time digits are kept it is replaced. Nothing is mapped into memory: a file that shrinks under a mapping
//! ends the process, a read that comes short is one more file that is not used.

pub mod blocks;
pub mod cache;
pub mod folder;

pub use cache::Cache;
