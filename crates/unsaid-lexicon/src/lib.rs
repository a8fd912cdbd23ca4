//! Finding repeated fragments in a corpus, and parsing a document into them.
//!
//! | module | question it answers |
//! |---|---|
//! | [`strings`] | How are many byte strings kept in one buffer? |
//! | [`merge`](mod@merge) | Which fragments is a corpus made of? |
//! | [`merges`] | How are fragments told that were made by joining two others? |
//! | [`packed`] | How are merges written into a file? |
//! | [`matcher`] | Which fragments start at a place of a text? |
//! | [`parse`] | What is the cheapest way to write a text as fragments? |

pub mod matcher;
pub mod merge;
pub mod merges;
pub mod packed;
pub mod parse;
pub mod strings;

pub use matcher::Matcher;
pub use merge::{MergeOptions, merge};
pub use merges::Merges;
pub use parse::Parser;
pub use strings::ByteStrings;
