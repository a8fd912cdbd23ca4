//! Level `balanced`.
#![allow(missing_docs)]
pub mod bpe;
mod copies;
mod count;
mod matcher;
mod parse;
mod rans;
mod rows;
mod search;
mod weights;

pub use count::Shape;
pub use lab::*;
mod lab;
