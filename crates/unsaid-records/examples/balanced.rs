//! Trains the level `balanced` on DIR/train and measures it on DIR/test, for each DIR.
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use unsaid_core::{Limits, progress::Silent};
use unsaid_lexicon::{ByteStrings, MergeOptions, Merges, merge};
use unsaid_records::balanced::{Knowledge, Options, Scratch, decode, encode};

fn documents(dir: &Path) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut paths: Vec<_> = std::fs::read_dir(dir)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths.iter().map(std::fs::read).collect::<Result<_, _>>()?)
}

/// Nanoseconds that this thread has been on a processor.
fn busy() -> Option<u64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

/// The best of a few runs, in MB/s.
fn rate(bytes: usize, mut run: impl FnMut()) -> f64 {
    let best = (0..3).map(|_| {
        let (start, busy) = (Instant::now(), busy());
        let runs = 1 + 4_000_000 / bytes.max(1);
        (0..runs).for_each(|_| run());
        // Time on the processor, where the system tells it: others may be at work.
        match (busy, self::busy()) {
            (Some(before), Some(after)) => (after - before) as f64 / 1e9 / runs as f64,
            _ => start.elapsed().as_secs_f64() / runs as f64,
        }
    });
    bytes as f64 / 1e6 / best.fold(f64::MAX, f64::min)
}

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut all, mut coding, mut decoding) = (0.0, 0.0, 0.0);
    for dir in std::env::args().skip(1) {
        let dir = Path::new(&dir);
        let corpus: ByteStrings = documents(&dir.join("train"))?.into_iter().collect();
        let test = documents(&dir.join("test"))?;
        let start = Instant::now();
        let merges = merge(&corpus, &MergeOptions::default().merges(number("MERGES", 8192) as u32), &Silent)?;
        let merging = start.elapsed().as_secs_f64();
        let mut options = Options::default();
        options.fragments = number("FRAGMENTS", options.fragments);
        options.depth = number("DEPTH", options.depth);
        options.rounds = number("ROUNDS", options.rounds);
        options.entries = number("ENTRIES", options.entries);
        let trained = Knowledge::train(&corpus, &merges, &options, &Silent)?;
        let training = start.elapsed().as_secs_f64();
        let mut section = Vec::new();
        trained.write(&mut section);
        let start = Instant::now();
        let merges = Merges::from_pairs(merges.pairs().iter().copied(), 255)?;
        let knowledge = Knowledge::read(&section, &merges, &Limits::default())?;
        let loading = start.elapsed().as_secs_f64();
        let (mut scratch, mut out) = (Scratch::new(), Vec::new());
        let mut payloads = Vec::new();
        for doc in &test {
            out.clear();
            let flags = encode(&knowledge, &mut scratch, doc, &mut out);
            payloads.push((flags, out.clone()));
        }
        let bytes: usize = test.iter().map(Vec::len).sum();
        let coded: usize = payloads.iter().zip(&test).map(|(p, d)| 1 + p.1.len().min(d.len())).sum();
        for ((flags, payload), doc) in payloads.iter().zip(&test) {
            out.clear();
            decode(&knowledge, &mut scratch, *flags, payload, &mut out, 1 << 24)?;
            assert!(out == *doc, "a document came back changed");
        }
        let fast = rate(bytes, || {
            for doc in &test {
                out.clear();
                encode(&knowledge, &mut scratch, doc, &mut out);
            }
        });
        let back = rate(bytes, || {
            for (flags, payload) in &payloads {
                out.clear();
                let _ = decode(&knowledge, &mut scratch, *flags, payload, &mut out, 1 << 24);
            }
        });
        println!(
            "{:20} {coded:8} of {bytes:8}  coding {fast:6.1} MB/s  decoding {back:6.1} MB/s  training {training:5.1} s \
             (merging {merging:4.1})  section {:8}  loading {:5.1} ms  fragments {} entries {}",
            dir.file_name().unwrap_or_default().to_string_lossy(),
            section.len(),
            loading * 1e3,
            knowledge.fragments(),
            knowledge.entries(),
        );
        all += bytes as f64;
        coding += bytes as f64 / fast;
        decoding += bytes as f64 / back;
    }
    println!("together: coding {:.1} MB/s, decoding {:.1} MB/s", all / coding, all / decoding);
    Ok(())
}
