//! What both sides know, kept once: models, dictionaries and weights, named by the hash of their bytes.
//!
//! | module | question it answers |
//! |---|---|
//! | [`files`] | Which files are kept, and are they still what they were? |
//! | [`about`] | What is one, where did it come from, under which CID can others get it? |
//! | [`reference`](mod@reference) | Which one is meant: a path, the digits of a hash, a CID? |
//! | [`fetch`] | How does one come from IPFS? |
//! | [`gc`] | What may go? |
//!
//! A file's identity is the BLAKE3 of its bytes. Its CID is that of a UnixFS file (version 1, raw leaves,
//! 256 KiB chunks), the one that `ipfs add --cid-version=1 --raw-leaves` prints, so that anyone can publish
//! it with the tools at hand. No network lives here: blocks come through a `BlockSource`.

pub mod about;
mod bytes;
pub mod fetch;
pub mod files;
pub mod gc;
mod locks;
pub mod reference;

pub use about::About;
pub use files::Files;
pub use reference::Reference;
