//! What byte-pair fragments make of folders of documents: `fragments FOLDER...`.
//!
//! Each folder holds `train` and `test`, one file a document. Fragments are merged from the first
//! and the second is parsed into them; a fragment is counted as two bytes. The speed is that of the fastest of several rounds.

use std::path::Path;
use std::time::Instant;

use unsaid_core::Silent;
use unsaid_lexicon::{ByteStrings, Matcher, MergeOptions, Parser, merge, parse::Equal};

#[expect(clippy::print_stdout, reason = "an example talks")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("set train_MB merges merge_s matcher_ms bits/byte parse_MB/s");
    for folder in std::env::args().skip(1) {
        let train = read(&Path::new(&folder).join("train"))?;
        let test = read(&Path::new(&folder).join("test"))?;
        let started = Instant::now();
        let merges = merge(&train, &MergeOptions::default(), &Silent)?;
        let merged = started.elapsed();
        let fragments = merges.fragments();
        let started = Instant::now();
        let matcher = Matcher::new(&fragments)?;
        let built = started.elapsed();
        let mut parser = Parser::new();
        let rounds = 1 + 10_000_000 / test.bytes().len();
        let mut tokens = 0;
        let mut parsed = f64::MAX;
        for _ in 0..rounds {
            let started = Instant::now();
            tokens = 0;
            for document in test.iter() {
                tokens += parser.parse(&matcher, &Equal, document)?;
            }
            parsed = parsed.min(started.elapsed().as_secs_f64());
        }
        println!(
            "{folder} {:.2} {} {:.2} {:.1} {:.3} {:.1}",
            train.bytes().len() as f64 / 1e6,
            merges.len(),
            merged.as_secs_f64(),
            built.as_secs_f64() * 1e3,
            tokens as f64 * 16.0 / test.bytes().len() as f64,
            test.bytes().len() as f64 / 1e6 / parsed,
        );
    }
    Ok(())
}

fn read(folder: &Path) -> std::io::Result<ByteStrings> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    files.iter().map(std::fs::read).collect()
}
