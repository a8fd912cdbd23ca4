//! The promises of blocks, CBOR, CAR and UnixFS, and what hostile ones come to.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test that cannot go on fails")]

mod car;
mod cbor;
mod cids;
mod common;
mod directories;
mod hostile_files;
mod path;
mod unixfs;
mod vectors;
mod walk;
