//! What a model gained on documents that it was not trained on.

use unsaid_core::{Error, Result};

use crate::{FEW_BYTES, Level, varint};

/// The figures of a training. They stand in the model file, so that they can be looked up later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Documents that were given.
    pub documents: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes of the documents that were learned from; fewer where there was more than enough.
    pub trained_bytes: u64,
    /// Documents that were held back to be measured, never to be learned from.
    pub held_documents: u64,
    /// Their bytes.
    pub held_bytes: u64,
    /// What each level makes of the documents held back, each alone, bare.
    pub levels: Vec<LevelReport>,
    /// The same for models trained on less: what more training data would gain.
    pub curve: Vec<CurvePoint>,
}

/// What a level makes of the documents held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelReport {
    /// The level.
    pub level: Level,
    /// Bytes of all documents held back, compressed.
    pub bytes: u64,
}

/// One point of the learning curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurvePoint {
    /// Bytes that the model was trained on.
    pub trained_bytes: u64,
    /// Bytes of the documents that were compressed to measure this point.
    pub measured_bytes: u64,
    /// What the levels made of them.
    pub levels: Vec<LevelReport>,
}

impl Report {
    /// Whether there was so little to learn from that every level is tried for each document.
    pub fn is_few(&self) -> bool {
        self.bytes < FEW_BYTES
    }

    /// What a person should know before the model is used.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.is_few() {
            warnings.push(format!(
                "only {} bytes to learn from: a model needs 64 KiB at least to be worth much, so every level is \
                 tried for each document",
                self.bytes
            ));
        }
        if self.held_documents == 0 {
            warnings.push("fewer than 16 documents: none was held back, so nothing was measured".to_owned());
        }
        warnings
    }

    /// The part that a level makes of the documents held back, in thousandths.
    pub fn thousandths(&self, level: Level) -> Option<u64> {
        let bytes = self.levels.iter().find(|report| report.level == level)?.bytes;
        bytes.saturating_mul(1000).checked_div(self.held_bytes)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        for number in [self.documents, self.bytes, self.trained_bytes, self.held_documents, self.held_bytes] {
            varint::write(number, out);
        }
        write_levels(&self.levels, out);
        varint::write(self.curve.len() as u64, out);
        for point in &self.curve {
            varint::write(point.trained_bytes, out);
            varint::write(point.measured_bytes, out);
            write_levels(&point.levels, out);
        }
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Report> {
        let mut reader = Reader(bytes);
        let mut report = Report {
            documents: reader.number()?,
            bytes: reader.number()?,
            trained_bytes: reader.number()?,
            held_documents: reader.number()?,
            held_bytes: reader.number()?,
            levels: reader.levels()?,
            curve: Vec::new(),
        };
        for _ in 0..reader.count()? {
            let (trained_bytes, measured_bytes) = (reader.number()?, reader.number()?);
            report.curve.push(CurvePoint { trained_bytes, measured_bytes, levels: reader.levels()? });
        }
        match reader.0 {
            [] => Ok(report),
            rest => Err(Error::corrupt("bytes after the figures of the model").found(rest.len())),
        }
    }
}

fn write_levels(levels: &[LevelReport], out: &mut Vec<u8>) {
    varint::write(levels.len() as u64, out);
    for report in levels {
        varint::write(report.level as u64, out);
        varint::write(report.bytes, out);
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Result<u64> {
        let (number, rest) = varint::read(self.0, "the figures of the model")?;
        self.0 = rest;
        Ok(number)
    }

    /// Points or levels: a handful.
    fn count(&mut self) -> Result<u64> {
        match self.number()? {
            count @ 0..=16 => Ok(count),
            more => Err(Error::corrupt("the figures of the model").found(more).expected("at most 16")),
        }
    }

    fn levels(&mut self) -> Result<Vec<LevelReport>> {
        let mut levels = Vec::new();
        for _ in 0..self.count()? {
            let number = self.number()?;
            let level = u8::try_from(number).ok().and_then(Level::from_number);
            let level = level.ok_or_else(|| Error::corrupt("a level in the figures").found(number))?;
            levels.push(LevelReport { level, bytes: self.number()? });
        }
        Ok(levels)
    }
}
