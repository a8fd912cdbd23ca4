//! Leave unsaid what the reader already knows: every Unsaid format behind one small API.
//!
//! | question | answer |
//! |---|---|
//! | Which format is this? | [`Format::recognise`] |
//! | How do I read or write an `.ff` archive? | [`archive`] |
//! | How do I read or write a `.paq9a` archive? | [`paq9a`]; [`solid::deliver`] to unpack one safely |
//! | How do I compress small documents against a shared model of fragments? | [`bb`] |
//! | How do I compress many small documents? | [`records`]; [`store`] for the models of this user |
//! | How do I refer to a public dictionary by its hash? | [`zipfs`]; [`ipld`] for blocks and CARs, `ipfs` for where they are |
//! | How do I write data as positions in π? | [`piz`](mod@piz); [`pi`] for the digits, [`digits`] for those kept on the disk |
//! | How do I check a format that has no checksum? | [`seal`] |
//!
//! ```
//! use unsaid::Format;
//! assert_eq!(Format::recognise(b"pQ9\x017a.txt"), Some(Format::Paq9a));
//! assert_eq!(Format::recognise(b"PK\x03\x04"), None);
//! ```

#[cfg(feature = "__internal-fuzz")]
pub mod fuzz;
pub mod piz;
pub mod recognise;
pub mod seal;
pub mod solid;
pub mod store;

pub use recognise::Format;
pub use unsaid_archive as archive;
pub use unsaid_bb as bb;
#[cfg(feature = "bitswap")]
pub use unsaid_bitswap as bitswap;
pub use unsaid_cm::paq9a;
pub use unsaid_core as core;
pub use unsaid_digits as digits;
#[cfg(feature = "ipfs")]
pub use unsaid_ipfs as ipfs;
pub use unsaid_ipld as ipld;
pub use unsaid_knowledge as knowledge;
pub use unsaid_lexicon::{self as lexicon, ByteStrings};
pub use unsaid_pi as pi;
pub use unsaid_records as records;
pub use unsaid_zipfs as zipfs;
