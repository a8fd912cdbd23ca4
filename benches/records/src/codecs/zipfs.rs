//! ZIPFS: one dictionary of at most 65,536 segments, documents coded alone in the profile *canonical*.

use std::sync::OnceLock;

use unsaid_core::{Limits, Silent};
use unsaid_ipld::Cid;
use unsaid_ipld::car::Bounds;
use unsaid_ipld::source::Memory;
use unsaid_zipfs::encode::Rule;
use unsaid_zipfs::train::TrainOptions;
use unsaid_zipfs::{CompressedFile, Decoder, Dictionary, Encoder, Naming, Profile, Root, dictionary};

use crate::codec::{Coder, Result};

/// What of a file is counted: Data alone, with the dictionary named once for all documents, or all of it.
pub const LEVELS: [&str; 2] = ["data", "file"];

/// The dictionary in many blocks, as a CAR.
pub fn train(docs: &[&[u8]]) -> Result<Vec<u8>> {
    let corpus = docs.iter().collect();
    let limits = Limits::default();
    let trained = unsaid_zipfs::train::train(&corpus, &TrainOptions::default(), &limits, &Silent)?;
    let (root, parts) = trained.into_dictionary("bench", None)?.to_multi(dictionary::PART_SIZE)?;
    let mut car = unsaid_ipld::car::Writer::new(Vec::new(), &[*root.cid()])?;
    car.put(&root)?;
    parts.iter().try_for_each(|part| car.put(part))?;
    Ok(car.finish()?)
}

/// A process has one dictionary, which encoders and decoders refer to.
static DICTIONARY: OnceLock<(Dictionary, Cid)> = OnceLock::new();

/// Both sides of one dictionary.
pub struct Zipfs {
    encoder: Encoder<'static>,
    decoder: Decoder<'static>,
    /// The name of the dictionary, where whole files are counted.
    cid: Option<Cid>,
    limits: Limits,
}

impl Zipfs {
    /// Opens the dictionary.
    pub fn new(level: &str, car: &[u8]) -> Result<Self> {
        let limits = Limits::default();
        if DICTIONARY.get().is_none() {
            let _ = DICTIONARY.set(read(car, &limits)?);
        }
        let (dictionary, cid) = DICTIONARY.get().ok_or("there is no dictionary")?;
        Ok(Zipfs {
            encoder: Encoder::new(dictionary, Profile::Canonical, &limits)?,
            decoder: Decoder::new(dictionary, Profile::Canonical, &limits)?,
            cid: (level == LEVELS[1]).then_some(*cid),
            limits,
        })
    }
}

fn read(car: &[u8], limits: &Limits) -> Result<(Dictionary, Cid)> {
    let mut reader = unsaid_ipld::car::Reader::new(car, &Bounds::default())?;
    let cid = *reader.roots().first().ok_or("a CAR without a root")?;
    let mut blocks = Memory::default();
    while let Some(block) = reader.next_block()? {
        blocks.put(block);
    }
    let root = Root::read(&unsaid_ipld::source::require(&blocks, &cid)?, limits)?;
    Ok((root.dictionary(&blocks, limits, &Silent)?, cid))
}

impl Coder for Zipfs {
    fn compress(&mut self, doc: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let data = self.encoder.encode(doc, Rule::Fewest, &self.limits, &Silent)?;
        match self.cid {
            Some(cid) => out.extend(CompressedFile::new(cid, Naming::Link, data)?.to_bytes()),
            None => out.extend(data),
        }
        Ok(())
    }

    fn decompress(&mut self, coded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let file;
        let data = match self.cid {
            Some(_) => {
                file = CompressedFile::read(coded, &self.limits)?;
                file.data()
            }
            None => coded,
        };
        self.decoder.decode(data, &self.limits, &Silent, &mut |piece| {
            out.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(())
    }
}
