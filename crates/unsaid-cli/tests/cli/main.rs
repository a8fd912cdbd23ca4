//! The program as its users meet it, and the documents and rules that bind it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]

mod architecture;
mod archives;
#[cfg(unix)]
mod bb;
mod common;
mod documents;
#[cfg(unix)]
mod ipfs;
#[cfg(unix)]
mod knowledge;
#[cfg(unix)]
mod machine;
mod paq9a;
#[cfg(unix)]
mod piz;
mod records;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod streams;
#[cfg(unix)]
mod sweep;
#[cfg(unix)]
mod terminal;
mod transcripts;
mod vocabulary;
#[cfg(unix)]
mod zipfs;
