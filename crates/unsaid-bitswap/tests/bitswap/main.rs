//! Two nodes, or one and a liar, on the loopback interface.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod blocks;
mod loopback;
mod raw;
mod towards_client;
mod towards_server;
