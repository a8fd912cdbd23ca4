//! Content-addressed data: a block is named by the hash of its bytes, and blocks name each other.
//!
//! | module | question it answers |
//! |---|---|
//! | [`cid`] | Which names does Unsaid follow, and how are they read? |
//! | [`block`] | Are these the bytes that the name means? |
//! | [`source`] | Where does a reader of blocks get them? |
//! | [`cbor`] | What is the next item? |
//! | [`dagcbor`] | Which value do these bytes mean, and is there no other way to write it? |
//! | [`dagpb`] | Which links and which data does a node of UnixFS have? |
//! | [`links()`] | Which blocks does a block name? |
//! | [`walk`] | What hangs on a root? |
//! | [`car`] | How do many blocks travel in one file? |
//! | [`unixfs`] | How is a file made of blocks? |
//! | [`path`] | Which block does `CID/a/b` mean? |
//!
//! No files, no network: what comes in is bytes. The formats are described in `docs/formats/blocks.md`.

mod ahead;
pub mod block;
pub mod car;
pub mod cbor;
pub mod cid;
pub mod dagcbor;
pub mod dagpb;
#[cfg(feature = "__internal-fuzz")]
#[doc(hidden)]
pub mod fuzz;
mod links;
pub mod path;
pub mod source;
pub mod unixfs;
mod varint;
pub mod walk;

pub use ::cid::Cid;
pub use block::{Block, Codec, MAX_READ, MAX_WRITTEN};
pub use links::links;
pub use source::BlockSource;
