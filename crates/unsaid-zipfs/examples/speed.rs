//! How fast are texts coded one by one with a large dictionary, and decoded?
//!
//! `cargo run --release -p unsaid-zipfs --example speed -- FOLDER...`, where each folder has the documents
//! `train/*` and `test/*`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use unsaid_core::{Error, Limits, Result, Silent};
use unsaid_lexicon::ByteStrings;
use unsaid_zipfs::encode::Rule;
use unsaid_zipfs::train::{TrainOptions, train};
use unsaid_zipfs::{Decoder, Encoder, Profile};

fn main() -> Result<()> {
    let limits = Limits::default();
    for folder in std::env::args().skip(1) {
        let folder = Path::new(&folder);
        let corpus = read(&folder.join("train"))?;
        let trained = train(&corpus, &TrainOptions::default(), &limits, &Silent)?;
        let dictionary = trained.into_dictionary("speed", None)?;
        let tests = read(&folder.join("test"))?;
        let mut encoder = Encoder::new(&dictionary, Profile::Canonical, &limits)?;
        let begun = Instant::now();
        let coded: ByteStrings = tests
            .iter()
            .map(|text| encoder.encode(text, Rule::Fewest, &limits, &Silent))
            .collect::<Result<Vec<_>>>()?
            .iter()
            .collect();
        let encoding = begun.elapsed();
        let decoder = Decoder::new(&dictionary, Profile::Canonical, &limits)?;
        let mut best = Duration::MAX;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(2) {
            let pass = Instant::now();
            for (data, text) in coded.iter().zip(tests.iter()) {
                let mut length = 0;
                decoder.decode(data, &limits, &Silent, &mut |piece| {
                    length += piece.len();
                    Ok(())
                })?;
                assert_eq!(length, text.len());
            }
            best = best.min(pass.elapsed());
        }
        let whole: Vec<u8> = tests.bytes().iter().copied().cycle().take(16 << 20).collect();
        let data = encoder.encode(&whole, Rule::Fewest, &limits, &Silent)?;
        let mut bulk = Duration::MAX;
        for _ in 0..20 {
            let pass = Instant::now();
            decoder.decode(&data, &limits, &Silent, &mut |_| Ok(()))?;
            bulk = bulk.min(pass.elapsed());
        }
        let speed = |bytes: usize, time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
        println!(
            "{}: {} segments, {} bytes to {}; encoding {:.0} MB/s, decoding {:.0} MB/s, in one piece {:.0} MB/s",
            folder.display(),
            dictionary.segments().len(),
            tests.bytes().len(),
            coded.bytes().len(),
            speed(tests.bytes().len(), encoding),
            speed(tests.bytes().len(), best),
            speed(whole.len(), bulk),
        );
    }
    Ok(())
}

fn read(folder: &Path) -> Result<ByteStrings> {
    let failed = |e| Error::io(format!("reading {}", folder.display()), e);
    let mut files: Vec<_> = fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<std::io::Result<_>>()
        .map_err(failed)?;
    files.sort();
    files.iter().map(|file| fs::read(file).map_err(failed)).collect()
}
