//! How small do trained dictionaries make documents that they have not seen?
//!
//! `cargo run --release -p unsaid-zipfs --example sizes -- FOLDER...`, where each folder has the documents
//! `train/*` and `test/*`. Every test document is coded alone; Data alone is counted, as the dictionary can be named once for all.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::path::Path;
use std::time::Instant;

use unsaid_core::{Error, Limits, Result, Silent};
use unsaid_lexicon::ByteStrings;
use unsaid_zipfs::encode::Rule;
use unsaid_zipfs::train::{TrainOptions, train};
use unsaid_zipfs::{Encoder, Profile};

fn main() -> Result<()> {
    let limits = Limits::default();
    println!("set segments dictionary_bytes train_s documents bytes data_bytes");
    for folder in std::env::args().skip(1) {
        let folder = Path::new(&folder);
        let corpus = read(&folder.join("train"))?;
        let tests = read(&folder.join("test"))?;
        let begun = Instant::now();
        let trained = train(&corpus, &TrainOptions::default(), &limits, &Silent)?;
        let seconds = begun.elapsed().as_secs_f64();
        let dictionary = trained.into_dictionary("sizes", None)?;
        let mut encoder = Encoder::new(&dictionary, Profile::Canonical, &limits)?;
        let mut data = 0;
        for text in tests.iter() {
            data += encoder.encode(text, Rule::Fewest, &limits, &Silent)?.len();
        }
        println!(
            "{} {} {} {seconds:.1} {} {} {data}",
            folder.display(),
            dictionary.segments().len(),
            dictionary.segments().bytes().len(),
            tests.len(),
            tests.bytes().len(),
        );
    }
    Ok(())
}

fn read(folder: &Path) -> Result<ByteStrings> {
    let failed = |error| Error::io(format!("reading {}", folder.display()), error);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<std::io::Result<_>>()
        .map_err(failed)?;
    files.sort();
    files.iter().map(std::fs::read).collect::<std::io::Result<_>>().map_err(failed)
}
