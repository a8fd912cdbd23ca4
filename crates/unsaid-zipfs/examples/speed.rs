//! How fast are texts coded one by one with a large dictionary, and decoded?
//!
//! `cargo run --release -p unsaid-zipfs --example speed -- FOLDER...`, where each folder has the documents
//! `train/*` and `test/*`. The dictionary is a rough one: merges, and lengths from how often they are used.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::cmp::Reverse;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use unsaid_core::{Error, Limits, Result, Silent};
use unsaid_lexicon::parse::{Equal, Step};
use unsaid_lexicon::{ByteStrings, Matcher, MergeOptions, Parser, merge};
use unsaid_zipfs::encode::Rule;
use unsaid_zipfs::{Decoder, Dictionary, Encoder, Lengths, Profile};

const SEGMENTS: u32 = 65_536;

fn main() -> Result<()> {
    let limits = Limits::default();
    for folder in std::env::args().skip(1) {
        let folder = Path::new(&folder);
        let dictionary = rough(&read(&folder.join("train"))?)?;
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

fn rough(corpus: &ByteStrings) -> Result<Dictionary> {
    let merged = merge(corpus, &MergeOptions::default().merges(SEGMENTS - 256).max_len(64), &Silent)?;
    let all = merged.fragments();
    let matcher = Matcher::new(&all)?;
    let (mut parser, mut counts) = (Parser::new(), vec![0_u64; all.len()]);
    for text in corpus.iter() {
        parser.parse(&matcher, &Equal, text)?;
        for step in parser.steps(text.len()) {
            if let Step::Fragment(id) = step {
                counts[id as usize] += 1;
            }
        }
    }
    let mut order: Vec<usize> =
        (0..all.len()).filter(|&id| counts[id] > 0 || all.get(id).is_some_and(|f| f.len() == 1)).collect();
    order.sort_by_key(|&id| Reverse(counts[id]));
    // The segments, each once more than it occurs, and the escape.
    let total: u64 = order.iter().map(|&id| counts[id] + 1).sum::<u64>() + 1;
    let bits = order.iter().map(|&id| total.div_ceil(counts[id] + 1).next_power_of_two().ilog2().max(1));
    let segments = order.iter().filter_map(|&id| all.get(id)).collect();
    Dictionary::new("rough", None, segments, Some(Lengths::of_codes(bits)?))
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
