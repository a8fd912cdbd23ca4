//! The promises of the container, through its public interface.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;
mod damage;
mod extract;
mod hostile;
mod page;
mod promises;
