//! sizes
use std::path::Path;
use std::time::Instant;
use unsaid_core::{Limits, Silent};
use unsaid_lexicon::parse::ById;
use unsaid_lexicon::{ByteStrings, Matcher, Parser};
use unsaid_zipfs::train::{TrainOptions, train};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let best: std::collections::HashMap<&str, u64> = [
        ("airports-csv-rows", 47801),
        ("airports-json", 51331),
        ("amazon-ndjson", 25728),
        ("cdnjs-packages", 178502),
        ("github-events", 112278),
        ("mongo-theaters", 27349),
        ("php-xml", 267093),
        ("ru-paragraphs", 107249),
        ("tedtalks-json", 181595),
    ]
    .into();
    let (mut sum, mut base) = (0, 0);
    for folder in std::env::args().skip(1) {
        let folder = Path::new(&folder);
        let train_docs = read(&folder.join("train"))?;
        let test = read(&folder.join("test"))?;
        let t = Instant::now();
        let trained = train(&train_docs, &TrainOptions { segments: 65536, longest_code: 24 }, &Silent)?;
        let secs = t.elapsed().as_secs_f64();
        let costs: Vec<u32> = trained.lengths.bits().collect();
        let matcher = Matcher::new(&trained.segments)?;
        let mut parser = Parser::new();
        let mut bytes = 0u64;
        for d in test.iter() {
            bytes += parser.parse(&matcher, &ById(&costs), d)?.div_ceil(8);
        }
        let name = folder.file_name().unwrap().to_str().unwrap();
        let b = best.get(name).copied().unwrap_or(1);
        println!(
            "{name} segs {} dict {} bytes {bytes} ratio {:.3} train {secs:.1}s",
            trained.segments.len(),
            trained.segments.bytes().len(),
            bytes as f64 / b as f64
        );
        if name != "airports-csv-rows" && name != "ru-paragraphs" {
            sum += bytes;
            base += b;
        }
    }
    println!("SUM {sum} / {base} = {:.4}", sum as f64 / base as f64);
    Ok(())
}

fn read(folder: &Path) -> std::io::Result<ByteStrings> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    files.iter().map(std::fs::read).collect()
}
