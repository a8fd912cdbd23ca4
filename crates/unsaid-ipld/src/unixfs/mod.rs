//! UnixFS: files and directories as blocks.
//!
//! A file of one chunk is a raw block. A larger one is a tree: raw chunks of 262,144 bytes, above them nodes of at
//! most 174 links, all chunks equally deep. With these numbers a file has the name that
//! `ipfs add --cid-version=1 --raw-leaves` gives it. A reader takes any tree whose sizes add up.
//!
//! Source: <https://specs.ipfs.tech/unixfs/>.

mod data;
mod directory;
mod read;
mod shard;
mod write;

pub use data::Kind;
pub use directory::{Entry, find, list};
pub use read::{Info, cat, info};
pub use write::{Added, CHUNK, LINKS, Options, Writer, write};
