//! What every contestant can do: learn from documents, then code each one alone.

use std::fmt;

/// Whatever went wrong, as a text: a benchmark stops at the first error.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Codes documents against knowledge that is prepared once.
pub trait Coder {
    /// Appends the coded form of `doc` to `out`, which is empty.
    fn compress(&mut self, doc: &[u8], out: &mut Vec<u8>) -> Result<()>;

    /// Appends the document to `out`, which is empty.
    fn decompress(&mut self, coded: &[u8], out: &mut Vec<u8>) -> Result<()>;
}

/// What a contestant is given before the first document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Knowledge {
    /// Nothing.
    None,
    /// A zstd dictionary of at most so many bytes, made by zstd's trainer.
    Trained(usize),
    /// The last bytes of all training documents.
    Raw(usize),
    /// FSST's symbol table.
    Symbols,
    /// An Unsaid model: one file for all levels.
    Model,
    /// A dictionary of ZIPFS, in many blocks.
    Dictionary,
}

impl fmt::Display for Knowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Knowledge::None => f.write_str("none"),
            Knowledge::Trained(n) => write!(f, "trained:{n}"),
            Knowledge::Raw(n) => write!(f, "raw:{n}"),
            Knowledge::Symbols => f.write_str("symbols"),
            Knowledge::Model => f.write_str("model"),
            Knowledge::Dictionary => f.write_str("dictionary"),
        }
    }
}

impl std::str::FromStr for Knowledge {
    type Err = Box<dyn std::error::Error>;

    fn from_str(s: &str) -> Result<Self> {
        Ok(match s.split_once(':').unwrap_or((s, "")) {
            ("none", "") => Knowledge::None,
            ("trained", n) => Knowledge::Trained(n.parse()?),
            ("raw", n) => Knowledge::Raw(n.parse()?),
            ("symbols", "") => Knowledge::Symbols,
            ("model", "") => Knowledge::Model,
            ("dictionary", "") => Knowledge::Dictionary,
            _ => return Err(format!("unknown knowledge '{s}'").into()),
        })
    }
}

/// One row of the result: a codec at a level with some knowledge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contestant {
    /// The codec, as in the table.
    pub codec: &'static str,
    /// Its level, in the codec's own words.
    pub level: &'static str,
    /// What it is given.
    pub knowledge: Knowledge,
}
