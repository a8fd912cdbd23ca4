//! Size and speed of the level `fast`: `fast FOLDER...`.
//!
//! Each folder holds `train` and `test`, one file a document. Sizes are those of bare documents:
//! a byte of flags and the payload. Speeds are those of the fastest of several rounds.

use std::path::Path;
use std::time::Instant;

use unsaid_core::Silent;
use unsaid_lexicon::{ByteStrings, MergeOptions, merge};
use unsaid_records::fast::{Knowledge, Scratch, decode, encode};

#[expect(clippy::print_stdout, reason = "an example talks")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("set documents bytes coded bits/byte train_s encode_MB/s decode_MB/s");
    let (mut all_bytes, mut all_encode, mut all_decode) = (0.0, 0.0, 0.0);
    for folder in std::env::args().skip(1) {
        let train = read(&Path::new(&folder).join("train"))?;
        let test = read(&Path::new(&folder).join("test"))?;
        let started = Instant::now();
        let merges = merge(&train, &MergeOptions::default(), &Silent)?;
        let knowledge = Knowledge::train(&train, &merges, &Silent)?;
        let trained = started.elapsed();
        let mut scratch = Scratch::new();
        let mut coded = ByteStrings::new();
        let mut buffer = Vec::new();
        let mut encoded = f64::MAX;
        for _ in 0..3 {
            coded = ByteStrings::new();
            let started = Instant::now();
            for document in test.iter() {
                buffer.clear();
                buffer.push(0);
                buffer[0] = encode(&knowledge, &mut scratch, document, &mut buffer)?;
                coded.push(&buffer);
            }
            encoded = encoded.min(started.elapsed().as_secs_f64());
        }
        let rounds = 1 + 100_000_000 / test.bytes().len();
        let mut decoded = f64::MAX;
        for _ in 0..rounds {
            let started = Instant::now();
            for record in coded.iter() {
                buffer.clear();
                decode(&knowledge, &mut scratch, record[0], &record[1..], &mut buffer, 1 << 24)?;
            }
            decoded = decoded.min(started.elapsed().as_secs_f64());
        }
        for (record, document) in coded.iter().zip(test.iter()) {
            buffer.clear();
            decode(&knowledge, &mut scratch, record[0], &record[1..], &mut buffer, 1 << 24)?;
            assert_eq!(buffer, document);
        }
        let bytes = test.bytes().len() as f64;
        println!(
            "{folder} {} {bytes} {} {:.3} {:.2} {:.1} {:.0}",
            test.len(),
            coded.bytes().len(),
            coded.bytes().len() as f64 * 8.0 / bytes,
            trained.as_secs_f64(),
            bytes / 1e6 / encoded,
            bytes / 1e6 / decoded,
        );
        all_bytes += bytes;
        all_encode += encoded;
        all_decode += decoded;
    }
    println!("together - - - - - {:.1} {:.0}", all_bytes / 1e6 / all_encode, all_bytes / 1e6 / all_decode);
    Ok(())
}

fn read(folder: &Path) -> std::io::Result<ByteStrings> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    files.iter().map(std::fs::read).collect()
}
