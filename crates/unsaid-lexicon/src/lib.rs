//! Finding repeated fragments in a corpus, and parsing a document into them.
//!
//! | module | question it answers |
//! |---|---|
//! | [`strings`] | How are many byte strings kept in one buffer? |

pub mod strings;

pub use strings::ByteStrings;
