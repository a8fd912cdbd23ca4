//! README quotes the recorded figures truly.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

fn read(path: &str) -> String {
    let path = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

#[derive(Default)]
struct Sum {
    packed: u64,
    pack: f64,
    unpack: f64,
    peak: u64,
}

/// Sums over all files, by program.
fn sums(csv: &str) -> BTreeMap<String, Sum> {
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| names.iter().position(|n| *n == name).unwrap();
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let sum = sums.entry(fields[column("program")].to_owned()).or_default();
        sum.packed += fields[column("packed")].parse::<u64>().unwrap();
        sum.pack += fields[column("pack_s")].parse::<f64>().unwrap();
        sum.unpack += fields[column("unpack_s")].parse::<f64>().unwrap();
        sum.peak = sum.peak.max(fields[column("peak_mb")].parse().unwrap());
    }
    sums
}

#[test]
fn the_table_of_the_readme_is_the_recorded_one() {
    let sums = sums(&read("benches/results/archivers.csv"));
    let ruler = &sums["zpaq -m5"];
    let mut rows: Vec<_> = sums.iter().collect();
    rows.sort_by_key(|(_, sum)| sum.packed);
    let mut table = String::from(
        "| program | bytes | size / zpaq -m5 | pack CPU | unpack CPU | MB |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for (name, sum) in rows {
        table += &format!(
            "| {}{name}{} | {} | {:.3} | {:.3} | {:.3} | {} |\n",
            if name.starts_with("unsaid") { "**" } else { "" },
            if name.starts_with("unsaid") { "**" } else { "" },
            sum.packed,
            sum.packed as f64 / ruler.packed as f64,
            sum.pack / ruler.pack,
            sum.unpack / ruler.unpack,
            sum.peak,
        );
    }
    let readme = read("README.md");
    let quoted = readme.split("<!-- figures:archivers -->\n").nth(1).unwrap();
    let quoted = quoted.split("<!-- /figures -->").next().unwrap();
    assert_eq!(quoted, table, "README.md should say:\n{table}");
}

/// A row of the benchmark of records.
struct Row {
    set: String,
    title: String,
    zstd19: bool,
    knowledge: u64,
    coded: u64,
    compress_s: f64,
    decompress_s: f64,
}

fn rows(csv: &str) -> Vec<Row> {
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| names.iter().position(|n| *n == name).unwrap();
    let number = |fields: &[&str], name: &str| fields[column(name)].parse::<f64>().unwrap();
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let megabytes = number(&fields, "bytes") / 1e6;
            let [codec, level, dictionary] = ["codec", "level", "knowledge"].map(|n| fields[column(n)]);
            let title = match codec {
                "unsaid" => format!("**unsaid {level}**"),
                _ => format!("{codec} {level} {dictionary}"),
            };
            Row {
                set: fields[0].to_owned(),
                title,
                zstd19: codec == "zstd" && level == "19",
                knowledge: number(&fields, "knowledge_bytes") as u64,
                coded: number(&fields, "coded") as u64,
                compress_s: megabytes / number(&fields, "compress_mb_s"),
                decompress_s: megabytes / number(&fields, "decompress_mb_s"),
            }
        })
        .collect()
}

/// Titles as the README has them, and as the benchmark has them.
const SHOWN: [(&str, &str); 5] = [
    ("brotli -11, dictionary of 110 kB", "brotli 11 trained:112640"),
    ("zlib -9, dictionary of 32 kB", "zlib 9 trained:32768"),
    ("zstd -3, dictionary of 110 kB", "zstd 3 trained:112640"),
    ("LZ4, dictionary of 64 kB", "lz4 fast trained:65536"),
    ("zstd -19, no dictionary", "zstd 19 none"),
];

#[test]
fn the_table_of_records_is_the_recorded_one() {
    let rows = rows(&read("benches/results/records.csv"));
    let rows: Vec<&Row> = rows.iter().filter(|row| !row.set.starts_with("log-")).collect();
    let mut sets: Vec<&str> = rows.iter().map(|row| row.set.as_str()).collect();
    sets.dedup();
    assert_eq!(sets.len(), 9);
    let sum = |rows: Vec<&Row>| {
        assert_eq!(rows.len(), 9);
        rows.iter().fold((0, 0.0, 0.0), |s, r| (s.0 + r.coded, s.1 + r.compress_s, s.2 + r.decompress_s))
    };
    // The smallest zstd -19 of each set, of those whose dictionary is not larger than our model.
    let ruler = sum(sets
        .iter()
        .map(|set| {
            let of = || rows.iter().copied().filter(|row| row.set == *set);
            let model = of().find(|row| row.title.contains("balanced")).unwrap().knowledge;
            of().filter(|row| row.zstd19 && row.knowledge <= model).min_by_key(|row| row.coded).unwrap()
        })
        .collect());
    let ours = ["**unsaid small**", "**unsaid balanced**", "**unsaid fast**"].map(|title| (title, title));
    let mut all: Vec<_> = ours
        .iter()
        .chain(&SHOWN)
        .map(|(shown, title)| (*shown, sum(rows.iter().copied().filter(|row| row.title == *title).collect())))
        .collect();
    all.push(("zstd -19, its best dictionary", ruler));
    all.sort_by_key(|(_, sum)| sum.0);
    let mut table =
        String::from("| codec | bytes | size | compress CPU | decompress CPU |\n|---|---:|---:|---:|---:|\n");
    for (title, (coded, compress, decompress)) in all {
        table += &format!(
            "| {title} | {coded} | {:.3} | {:.3} | {:.3} |\n",
            coded as f64 / ruler.0 as f64,
            compress / ruler.1,
            decompress / ruler.2
        );
    }
    let readme = read("README.md");
    let quoted = readme.split("<!-- figures:records -->\n").nth(1).unwrap();
    let quoted = quoted.split("<!-- /figures -->").next().unwrap();
    assert_eq!(quoted, table, "README.md should say:\n{table}");
}
