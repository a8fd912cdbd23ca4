//! What the rows of ZIPFS say: each set against zstd -19 with a trained dictionary, and each requirement.

use std::collections::BTreeMap;

use crate::row::Row;

/// Sets that the requirement on sizes is about.
const SETS: [&str; 7] = [
    "php-xml",
    "github-events",
    "cdnjs-packages",
    "tedtalks-json",
    "airports-json",
    "amazon-ndjson",
    "mongo-theaters",
];
/// Of what zstd takes on these sets together.
const LARGEST_RATIO: f64 = 0.84;
/// Megabytes a second, on all sets together.
const SLOWEST_DECODING: f64 = 300.0;

/// Prints the table and whether each requirement holds; whether all do.
pub fn print(rows: &[Row]) -> bool {
    let mut sets: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        sets.entry(&row.set).or_default().push(row);
    }
    println!(
        "| set | documents | bytes | dictionary | Data | whole files | zstd -19 | ratio | zstd -19 alone | training s | compress MB/s | decompress MB/s | zstd -19 MB/s | zstd -3 MB/s |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    let (mut ours, mut theirs, mut found) = (0, 0, 0);
    let (mut bytes, mut seconds) = (0.0, 0.0);
    for (name, rows) in sets {
        let of = |codec: &str, level: &str| -> Vec<&Row> {
            rows.iter().copied().filter(|r| r.codec == codec && r.level == level).collect()
        };
        let trained = |level: &str| {
            of("zstd", level)
                .into_iter()
                .filter(|r| r.knowledge.starts_with("trained:"))
                .min_by_key(|r| r.coded)
        };
        let data = of("zipfs", "data").first().copied();
        let (Some(data), Some(zstd)) = (data, trained("19")) else { continue };
        let number = |row: Option<&Row>| row.map_or("".into(), |r| r.coded.to_string());
        let speeds = |row: Option<&Row>| {
            row.map_or("".into(), |r| format!("{:.1}, {:.0}", r.compress_mb_s, r.decompress_mb_s))
        };
        println!(
            "| {name} | {} | {} | {} | {} | {} | {} | {:.3} | {} | {:.1} | {:.1} | {:.0} | {} | {} |",
            data.documents,
            data.bytes,
            data.knowledge_bytes,
            data.coded,
            number(of("zipfs", "file").first().copied()),
            zstd.coded,
            data.coded as f64 / zstd.coded as f64,
            number(of("zstd", "19").into_iter().find(|r| r.knowledge == "none")),
            data.train_s,
            data.compress_mb_s,
            data.decompress_mb_s,
            speeds(Some(zstd)),
            speeds(trained("3")),
        );
        bytes += data.bytes as f64 / 1e6;
        seconds += data.decompress_s();
        if SETS.contains(&name) {
            found += 1;
            ours += data.coded;
            theirs += zstd.coded;
        }
    }
    let ratio = ours as f64 / theirs as f64;
    let speed = bytes / seconds;
    let size_holds = found == SETS.len() && ratio <= LARGEST_RATIO;
    let speed_holds = speed >= SLOWEST_DECODING;
    let say = |holds: bool| if holds { "holds" } else { "DOES NOT HOLD" };
    println!();
    println!(
        "{found} of {} sets, {ours} of {theirs} bytes: {ratio:.3}, at most {LARGEST_RATIO}: {}",
        SETS.len(),
        say(size_holds)
    );
    println!("decoding, all sets: {speed:.0} MB/s, at least {SLOWEST_DECODING}: {}", say(speed_holds));
    size_holds && speed_holds
}
