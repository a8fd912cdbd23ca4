//! What stores and sources of blocks promise, also against servers that mean harm.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

mod cars;
mod common;
mod flatfs;
mod garbage;
mod hostile;
mod own;
mod processes;
mod redirects;
mod rpc;
#[cfg(feature = "s3")]
mod s3;
mod serve;
mod slow;
mod sources;
mod store;
