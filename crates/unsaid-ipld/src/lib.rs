//! Content-addressed data: a block is named by the hash of its bytes, and blocks name each other.
//!
//! | module | question it answers |
//! |---|---|
//! | [`cid`] | Which names does Unsaid follow, and how are they read? |
//! | [`block`] | Are these the bytes that the name means? |
//! | [`source`] | Where does a reader of blocks get them? |
//!
//! No files, no network: what comes in is bytes.

pub mod block;
pub mod cid;
pub mod source;

pub use ::cid::Cid;
pub use block::{Block, Codec, MAX_READ, MAX_WRITTEN};
pub use source::BlockSource;
