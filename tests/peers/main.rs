//! Real peers: what they take from us and what we take from them, on the loopback interface.
//!
//! `tests/peers/install DIR` installs them; `UNSAID_PEERS=DIR` says where. Without it every test fails:
//! nothing here is ever skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod dictionary;
mod gateway;
mod helia;
mod jsipfs;
mod kubo;
mod leash;
mod s3;
