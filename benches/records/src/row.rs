//! One line of the result, and how it goes to CSV and back.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::codec::Result;

/// One contestant on one set. Rates are original bytes a second of CPU time on one core; a megabyte
/// is 1,000,000 bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Name of the set's directory.
    pub set: String,
    /// The codec.
    pub codec: String,
    /// Its level.
    pub level: String,
    /// What it was given: a dictionary, a model, nothing.
    pub knowledge: String,
    /// Bytes of that.
    pub knowledge_bytes: u64,
    /// Test documents.
    pub documents: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The sum of their coded sizes, each coded alone.
    pub coded: u64,
    /// Megabytes a second.
    pub compress_mb_s: f64,
    /// Megabytes a second.
    pub decompress_mb_s: f64,
    /// Documents a second.
    pub compress_docs_s: f64,
    /// Documents a second.
    pub decompress_docs_s: f64,
    /// Training documents' bytes.
    pub train_bytes: u64,
    /// CPU seconds to make the knowledge.
    pub train_s: f64,
    /// Peak resident megabytes of the process that trained.
    pub train_mb: f64,
    /// Peak resident megabytes of the process that coded both ways, test documents included.
    pub code_mb: f64,
    /// Processor.
    pub machine: String,
    /// Compiler.
    pub toolchain: String,
}

impl Row {
    /// CPU seconds to code all documents once.
    pub fn compress_s(&self) -> f64 {
        self.bytes as f64 / 1e6 / self.compress_mb_s
    }

    /// CPU seconds to decode all documents once.
    pub fn decompress_s(&self) -> f64 {
        self.bytes as f64 / 1e6 / self.decompress_mb_s
    }

    /// Codec, level and knowledge in one word.
    pub fn title(&self) -> String {
        format!("{} {} {}", self.codec, self.level, self.knowledge)
    }
}

/// Writes all rows.
pub fn write(path: &Path, rows: &[Row]) -> Result<()> {
    let mut csv = csv::Writer::from_path(path)?;
    for row in rows {
        csv.serialize(row)?;
    }
    csv.flush()?;
    Ok(())
}

/// Reads what [`write`] wrote.
pub fn read(path: &Path) -> Result<Vec<Row>> {
    Ok(csv::Reader::from_path(path)?.deserialize().collect::<csv::Result<_>>()?)
}
