//! BB: small documents compressed against a shared model of fragments.
//!
//! A model is an ordered set of fragments; a document is coded as references to them and literals.
//! The format is described in `docs/formats/bb.md`, in both profiles that exist.
//!
//! | module | question it answers |
//! |---|---|
//! | [`profile`] | What do the bytes of a token mean, in the text's profile and in the original's? |
//! | [`model`] | How is a model read, told apart, checked and written? |
//! | [`encode`] | Which tokens code a document in the fewest bytes? |
//! | [`decode`] | How do tokens become the document, and what is refused? |
//! | [`forge`] | Which fragments save the most? |
//! | [`original`] | Which fragments would the original program have chosen? |
//! | [`exchange`] | How is a model written as text or SQL, and read back? |
//! | [`report`] | What does a model save on a test set, and how do two models differ? |
//!
//! ```
//! use unsaid_bb::{Model, Profile, decode, encode};
//! use unsaid_core::Limits;
//!
//! let limits = Limits::default();
//! let fragments = [&b"\"user\":\""[..], b"\"}", b"{"].into_iter().collect();
//! let model = Model::new(Profile::Protocol, fragments, &limits)?;
//! let document = br#"{"user":"ada"}"#;
//! let coded = encode::to_vec(&model, document, &limits)?;
//! // The hash of the model, {, "user":", the literal ada, "}.
//! assert_eq!(coded.len(), 4 + 1 + 1 + 4 + 1);
//! assert_eq!(decode::to_vec(&model, &coded, &limits)?, document);
//! # Ok::<(), unsaid_core::Error>(())
//! ```

pub mod decode;
pub mod encode;
pub mod exchange;
pub mod forge;
pub mod model;
pub mod original;
mod parse;
pub mod profile;
pub mod report;

pub use model::{Model, djb2};
pub use profile::Profile;
