//! Unsaid: one model for its three levels, documents bare (flag byte and payload alone).

use unsaid_core::{Inline, Limits, Silent};
use unsaid_records::{Compressor, Decompressor, Framing, Level, Model, Registry, TrainOptions, Trainer};

use crate::codec::{Coder, Result};

/// The names of all levels.
pub fn levels() -> [&'static str; 3] {
    Level::ALL.map(Level::name)
}

/// The model file, trained as the command does it.
pub fn train(docs: &[&[u8]]) -> Result<Vec<u8>> {
    let mut trainer = Trainer::new(TrainOptions::default());
    docs.iter().try_for_each(|doc| trainer.push(doc))?;
    Ok(trainer.train(&Inline, &Silent)?.file)
}

/// Both sides of one model.
pub struct Unsaid {
    compressor: Compressor,
    decompressor: Decompressor,
}

impl Unsaid {
    /// Opens the model file for a level.
    pub fn new(level: &str, file: &[u8]) -> Result<Self> {
        let limits = Limits::default();
        let model = Model::load(file, &limits)?;
        let compressor = Compressor::new(&model, level.parse()?, Framing::BARE)?;
        Ok(Unsaid { compressor, decompressor: Decompressor::new(&Registry::from(&model), &limits) })
    }
}

impl Coder for Unsaid {
    fn compress(&mut self, doc: &[u8], out: &mut Vec<u8>) -> Result<()> {
        Ok(self.compressor.compress(doc, out)?)
    }

    fn decompress(&mut self, coded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        Ok(self.decompressor.decompress(coded, out)?)
    }
}
