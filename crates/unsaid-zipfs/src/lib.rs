//! ZIPFS: files as codes of the segments of a dictionary that is public and named by a CID.
//!
//! The formats are described in `docs/formats/zipfs.md`.
//!
//! | module | question it answers |
//! |---|---|
//! | [`dictionary`] | What is a dictionary, and how does it become one block or many? |
//! | [`root`] | Which block does a file name, and what does it say about parts? |
//! | [`lengths`] | Which lengths may canonical codes have? |
//! | [`profile`] | Which code has each segment, in which profile? |
//! | [`file`](mod@file) | What is in a compressed file, and in which profile is it? |
//! | [`walk`] | Which codes is Data made of? |
//! | [`needs`](mod@needs) | Which segments and parts does a file need? |
//! | [`fetch`] | How are those parts fetched and checked? |
//! | [`decode`] | How do codes become the text, and what is refused? |
//! | [`encode`] | Which codes write a text in the fewest bits, or by the specification's rule? |
//! | [`files`] | How does a text become a file, and back? |
//! | [`train`](mod@train) | Which segments are worth a code, and how long are their codes? |
//!
//! ```
//! use unsaid_core::{Limits, Silent};
//! use unsaid_zipfs::{Decoder, Dictionary, Encoder, Profile, encode::Rule};
//!
//! let limits = Limits::default();
//! let segments = ["the ", "and ", "e", "t"].iter().collect();
//! let dictionary = Dictionary::new("tiny", None, segments, None)?;
//! let data = Encoder::new(&dictionary, Profile::Unary, &limits)?.encode(b"the tee", Rule::Fewest, &limits, &Silent)?;
//! // "the ", t, e, e: 10, 11110, 1110, 1110, and zeros.
//! assert_eq!(data, [0b1011_1101, 0b1101_1100]);
//! assert_eq!(Decoder::new(&dictionary, Profile::Unary, &limits)?.to_vec(&data, &limits)?, b"the tee");
//! # Ok::<(), unsaid_core::Error>(())
//! ```

mod bits;
pub mod decode;
pub mod dictionary;
pub mod encode;
mod fast;
pub mod fetch;
pub mod file;
pub mod files;
mod form;
#[cfg(feature = "__internal-fuzz")]
pub mod fuzz;
pub mod lengths;
pub mod needs;
mod present;
pub mod profile;
pub mod root;
mod seed_rule;
pub mod train;
pub mod walk;

pub use decode::Decoder;
pub use dictionary::Dictionary;
pub use encode::Encoder;
pub use file::{CompressedFile, Naming};
pub use files::{Opened, Options, compress, decompress};
pub use lengths::Lengths;
pub use needs::Needs;
pub use profile::{Codes, Profile};
pub use root::{PartRef, Root};
