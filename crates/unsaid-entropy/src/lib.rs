//! Entropy coders: the step from probabilities to bytes and back.
//!
//! Integer arithmetic only, no I/O and no allocation: a coder takes and gives bytes through
//! [`ByteSink`] and [`ByteSource`], so that the same coder serves slices and streams.
//!
//! | module | coder |
//! |---|---|
//! | [`binary`] | one binary decision at a time, with a 12-bit probability |
//! | [`fine`] | the same with a 16-bit probability and the shortest end, for small payloads |

pub mod binary;
mod bytes;
pub mod fine;

pub use bytes::{ByteSink, ByteSource, SliceSource};
