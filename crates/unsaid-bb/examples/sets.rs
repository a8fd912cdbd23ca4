//! Forges models from the train part of folders and measures the test part.
//!
//! `cargo run --release -p unsaid-bb --example sets -- FOLDER…`, each with `train` and `test` in it.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for developers")]

use std::path::Path;
use std::time::Instant;

use unsaid_bb::encode::Encoder;
use unsaid_bb::{Model, forge, original};
use unsaid_core::{Limits, Silent};
use unsaid_lexicon::ByteStrings;

fn documents(folder: &Path) -> ByteStrings {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|p| std::fs::read(p).unwrap()).collect()
}

fn measure(model: &Model, test: &ByteStrings) -> u64 {
    let limits = Limits::default();
    let mut encoder = Encoder::new(model, &limits).unwrap();
    let sizes = test.iter().map(|d| encoder.encode(d, &mut std::io::sink(), &limits, &Silent).unwrap().coded);
    sizes.sum()
}

fn main() {
    let limits = Limits::default();
    let mut options = forge::Options::default();
    let mut folders = Vec::new();
    for word in std::env::args().skip(1) {
        match word.split_once('=') {
            Some(("fragments", n)) => options.fragments = n.parse().unwrap(),
            Some(("bytes", n)) => options.bytes = Some(n.parse().unwrap()),
            _ => folders.push(word),
        }
    }
    for folder in folders {
        let folder = Path::new(&folder);
        let (train, test) = (documents(&folder.join("train")), documents(&folder.join("test")));
        let start = Instant::now();
        let ours = forge::forge(&train, &options, &limits, &Silent).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        let coded = measure(&ours, &test);
        print!(
            "{}: test {} -> {coded} ({} documents), model {} fragments {} bytes, {seconds:.1} s",
            folder.file_name().unwrap().to_string_lossy(),
            test.bytes().len(),
            test.len(),
            ours.fragments().len(),
            ours.size()
        );
        let theirs = original::forge(&train, None, &limits, &Silent).unwrap();
        let c = measure(&theirs, &test);
        print!(
            "; original: {c}, {} fragments {} bytes; ratio {:.3}",
            theirs.fragments().len(),
            theirs.size(),
            coded as f64 / c as f64
        );
        println!();
    }
}
