//! CBOR, one item at a time: heads in their shortest form, nothing of indefinite length, nothing copied.
//!
//! What [DAG-CBOR](crate::dagcbor) and plain CBOR of the same items have in common. A [`Reader`] neither
//! looks at the order of keys nor at which tags there are: that is for whoever knows the format.
//!
//! Source: RFC 8949, section 3.

mod read;
mod write;

pub use read::Reader;
pub(crate) use read::too_deep;
pub use write::{write, write_link};

/// How deep lists and maps may lie in each other.
pub const MAX_DEPTH: usize = 64;

/// The tag of links.
pub const LINK: u64 = 42;

/// One item. Lists, maps and tags are their heads only: what they hold comes next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item<'a> {
    /// A number from 0.
    Uint(u64),
    /// The number -1 - n.
    Nint(u64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A text.
    Text(&'a str),
    /// As many items follow.
    List(u64),
    /// As many pairs of items follow.
    Map(u64),
    /// One item follows that this is said about.
    Tag(u64),
    /// True or false.
    Bool(bool),
    /// Nothing, on purpose.
    Null,
    /// A number of 64 bits, neither infinite nor NaN.
    Float(f64),
}

impl Item<'_> {
    /// What it is, for errors.
    pub fn name(&self) -> &'static str {
        match self {
            Item::Uint(_) | Item::Nint(_) => "a number",
            Item::Bytes(_) => "bytes",
            Item::Text(_) => "a text",
            Item::List(_) => "a list",
            Item::Map(_) => "a map",
            Item::Tag(_) => "a tag",
            Item::Bool(_) => "true or false",
            Item::Null => "null",
            Item::Float(_) => "a float",
        }
    }
}
