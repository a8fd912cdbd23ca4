//! What runs in a process of its own: making knowledge, and coding with it.

use std::hint::black_box;
use std::path::Path;

use crate::clock::{cpu_seconds, peak_megabytes};
use crate::codec::{Knowledge, Result};
use crate::{codecs, set};

/// A pass shorter than this is repeated until it is not: clocks are coarse.
const PASS_S: f64 = 0.1;
/// The least of so many passes counts.
const PASSES: usize = 3;

/// Makes the knowledge for a set and writes it to `to`; prints CPU seconds and peak megabytes.
pub fn train(dir: &Path, knowledge: Knowledge, to: &Path) -> Result<()> {
    let docs = set::documents(dir, "train")?;
    let slices: Vec<&[u8]> = docs.iter().map(Vec::as_slice).collect();
    let start = cpu_seconds();
    let made = codecs::train(knowledge, &slices)?;
    let seconds = cpu_seconds() - start;
    std::fs::write(to, made)?;
    println!("{seconds} {}", peak_megabytes()?);
    Ok(())
}

/// Codes every test document alone, verifies each, measures both ways; prints documents, bytes, coded
/// bytes, seconds of compressing and of decompressing all once, peak megabytes.
pub fn code(dir: &Path, codec: &str, level: &str, knowledge: &Path) -> Result<()> {
    let knowledge = std::fs::read(knowledge)?;
    let docs = set::documents(dir, "test")?;
    let largest = docs.iter().map(Vec::len).max().unwrap_or(0);
    let mut coder = codecs::open(codec, level, &knowledge, largest)?;

    let mut coded = Vec::with_capacity(docs.len());
    for doc in &docs {
        let mut out = Vec::new();
        coder.compress(doc, &mut out)?;
        out.shrink_to_fit();
        coded.push(out);
    }
    let compress = best(&docs, |doc, out| coder.compress(doc, out))?;
    let decompress = best(&coded, |coded, out| coder.decompress(coded, out))?;
    // The memory of one coder is what is measured.
    let megabytes = peak_megabytes()?;
    drop(coder);

    // Each document alone: another order, and a coder that has not seen them.
    let mut coder = codecs::open(codec, level, &knowledge, largest)?;
    let mut back = Vec::new();
    for (number, (doc, coded)) in docs.iter().zip(&coded).enumerate().rev() {
        back.clear();
        coder.decompress(coded, &mut back)?;
        if back != *doc {
            return Err(format!("{codec} {level}: document {number} does not come back").into());
        }
    }

    let sum = |docs: &[Vec<u8>]| docs.iter().map(Vec::len).sum::<usize>();
    println!("{} {} {} {compress} {decompress} {megabytes}", docs.len(), sum(&docs), sum(&coded));
    Ok(())
}

/// CPU seconds of one pass over all inputs: the least of several.
fn best(inputs: &[Vec<u8>], mut work: impl FnMut(&[u8], &mut Vec<u8>) -> Result<()>) -> Result<f64> {
    let mut out = Vec::new();
    let mut pass = |times: usize| -> Result<f64> {
        let start = cpu_seconds();
        for _ in 0..times {
            for input in inputs {
                out.clear();
                work(input, &mut out)?;
                black_box(&out);
            }
        }
        Ok((cpu_seconds() - start) / times as f64)
    };
    let mut least = pass(1)?;
    let times = (PASS_S / least.max(1e-6)).ceil() as usize;
    let (mut passes, times) = if times > 1 { (0, times) } else { (1, 1) };
    while passes < PASSES {
        least = least.min(pass(times)?);
        passes += 1;
    }
    Ok(least)
}
