//! The record codec: many small documents, each alone, against one model trained once.
//!
//! | what you have | what you use |
//! |---|---|
//! | documents like those to come | [`Trainer`], which gives a [`Model`], its file and a [`Report`] |
//! | a model file | [`Model::load`], or [`Model::load_verified`] where its hash is known |
//! | one document after another | [`Compressor`] and [`Decompressor`], which reuse their memory |
//! | many at once, and threads | [`batch`] |
//! | several models, old and new | [`Registry`]: decoding picks by the id in each document |
//!
//! The formats are described in `docs/formats/records.md` and the pages of the levels.
//!
//! ```
//! use unsaid_core::{Inline, Limits, Silent};
//! use unsaid_records::{Compressor, Decompressor, Framing, Level, Registry, TrainOptions, Trainer};
//!
//! let mut trainer = Trainer::new(TrainOptions::default());
//! for n in 0..400 {
//!     trainer.push(format!("{{\"id\":{n},\"state\":\"waiting\"}}").as_bytes())?;
//! }
//! let trained = trainer.train(&Inline, &Silent)?;
//!
//! let mut compressor = Compressor::new(&trained.model, Level::Balanced, Framing::default())?;
//! let (mut record, mut document) = (Vec::new(), Vec::new());
//! compressor.compress(b"{\"id\":7001,\"state\":\"waiting\"}", &mut record)?;
//!
//! let mut decompressor = Decompressor::new(&Registry::from(&trained.model), &Limits::default());
//! decompressor.decompress(&record, &mut document)?;
//! assert_eq!(document, b"{\"id\":7001,\"state\":\"waiting\"}");
//! # Ok::<(), unsaid_core::Error>(())
//! ```

mod again;
pub mod balanced;
pub mod batch;
mod compress;
mod curve;
mod decompress;
mod document;
pub mod fast;
mod file;
#[cfg(feature = "__internal-fuzz")]
#[doc(hidden)]
pub mod fuzz;
mod gain;
mod id;
mod level;
mod levels;
mod lexicon;
mod model;
mod parts;
mod primer;
mod registry;
mod report;
mod runs;
mod sample;
pub mod small;
pub mod stream;
mod texts;
mod trainer;
mod varint;

pub use compress::Compressor;
pub use decompress::Decompressor;
pub use document::{Framing, Head, MAX_DOCUMENT, MAX_OVERHEAD};
pub use file::{MAGIC, VERSION};
pub use gain::{Gain, HeldBack};
pub use id::{ModelId, ShortId};
pub use level::Level;
pub use model::Model;
pub use registry::Registry;
pub use report::{CurvePoint, LevelReport, Report};
pub use trainer::{DEFAULT_MODEL_BYTES, FEW_BYTES, TrainOptions, Trained, Trainer};
pub use unsaid_lexicon::ByteStrings;
