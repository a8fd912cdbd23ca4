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
