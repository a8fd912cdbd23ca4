//! Dictionaries of segments that are named by their hash, and files that refer to them.

pub mod train;
