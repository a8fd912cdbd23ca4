//! What the rows say: each set against its baseline, and each requirement.

use std::collections::BTreeMap;

use crate::codecs::LARGE;
use crate::row::Row;

/// Sets of this kind are reported apart.
const LOGS: &str = "log-";
/// What a model file may take.
const MODEL: u64 = 4 << 20;

/// The rows of one set.
pub struct Set<'a> {
    /// Its name.
    pub name: &'a str,
    rows: Vec<&'a Row>,
}

impl<'a> Set<'a> {
    /// Unsaid at a level.
    pub fn ours(&self, level: &str) -> Option<&'a Row> {
        self.rows.iter().copied().find(|r| r.codec == "unsaid" && r.level == level)
    }

    /// All its rows.
    pub fn rows(&self) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().copied()
    }

    fn zstd19(&self) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().copied().filter(|r| r.codec == "zstd" && r.level == "19")
    }

    /// The smallest zstd -19 of all whose dictionary is not larger than our model.
    pub fn baseline(&self) -> Option<&'a Row> {
        let model = self.ours("balanced").map_or(MODEL, |r| r.knowledge_bytes);
        self.zstd19().filter(|r| r.knowledge_bytes <= model).min_by_key(|r| r.coded)
    }

    /// The smallest zstd -19 of all.
    pub fn smallest(&self) -> Option<&'a Row> {
        self.zstd19().min_by_key(|r| r.coded)
    }

    /// zstd -3 with the large dictionary.
    fn quick(&self) -> Option<&'a Row> {
        let knowledge = format!("trained:{LARGE}");
        self.rows.iter().copied().find(|r| r.codec == "zstd" && r.level == "3" && r.knowledge == knowledge)
    }

    /// Whether it is a set of log lines.
    pub fn is_log(&self) -> bool {
        self.name.starts_with(LOGS)
    }

    fn ratio(&self, level: &str) -> Option<f64> {
        Some(self.ours(level)?.coded as f64 / self.baseline()?.coded as f64)
    }
}

/// The rows by set.
pub fn sets(rows: &[Row]) -> Vec<Set<'_>> {
    let mut by_name: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        by_name.entry(&row.set).or_default().push(row);
    }
    by_name.into_iter().map(|(name, rows)| Set { name, rows }).collect()
}

/// Megabytes a second over several rows together.
pub fn rate<'a>(rows: impl Iterator<Item = &'a Row>, seconds: impl Fn(&Row) -> f64) -> f64 {
    let (bytes, time) = rows.fold((0.0, 0.0), |(b, s), row| (b + row.bytes as f64 / 1e6, s + seconds(row)));
    bytes / time
}

/// The middle value.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => (values[n / 2 - 1] + values[n / 2]) / 2.0,
    }
}

/// Prints the tables; whether every requirement holds.
pub fn print(rows: &[Row]) -> bool {
    let sets = sets(rows);
    println!("| set | baseline | bytes | of all | fast | balanced | small | fast / zstd -3 1 MB | model |");
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|");
    for set in &sets {
        let (Some(baseline), Some(smallest)) = (set.baseline(), set.smallest()) else { continue };
        let ratio = |level| set.ratio(level).map_or("-".into(), |r| format!("{r:.3}"));
        let quick =
            set.ours("fast").zip(set.quick()).map(|(f, q)| format!("{:.3}", f.coded as f64 / q.coded as f64));
        println!(
            "| {} | {} | {} | {:.3} | {} | {} | {} | {} | {} |",
            set.name,
            baseline.knowledge,
            baseline.coded,
            smallest.coded as f64 / baseline.coded as f64,
            ratio("fast"),
            ratio("balanced"),
            ratio("small"),
            quick.unwrap_or("-".into()),
            set.ours("balanced").map_or("-".into(), |r| r.knowledge_bytes.to_string()),
        );
    }
    speeds(&sets);
    let mut verdict = Verdict { holds: true };
    requirements(&sets, &mut verdict);
    println!("{}", if verdict.holds { "every requirement holds" } else { "not every requirement holds" });
    verdict.holds
}

/// Sizes and speeds of every contestant over all sets that are not logs together.
fn speeds(sets: &[Set<'_>]) {
    let mut by_title: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    let wanted: Vec<&Set<'_>> = sets.iter().filter(|s| !s.is_log()).collect();
    for set in &wanted {
        for row in &set.rows {
            by_title.entry(title(row)).or_default().push(row);
        }
        if let Some(baseline) = set.baseline() {
            by_title.entry("baseline".into()).or_default().push(baseline);
        }
    }
    println!(
        "\n| sets that are not logs, together | bytes | MB/s | back | documents/s | back | training s | MB | MB coding |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (title, rows) in by_title.iter().filter(|(_, rows)| rows.len() == wanted.len()) {
        let sum = |f: fn(&Row) -> f64| rows.iter().map(|r| f(r)).sum::<f64>();
        let most = |f: fn(&Row) -> f64| rows.iter().map(|r| f(r)).fold(0.0, f64::max);
        let documents = sum(|r| r.documents as f64);
        println!(
            "| {title} | {} | {:.2} | {:.1} | {:.0} | {:.0} | {:.1} | {:.0} | {:.0} |",
            sum(|r| r.coded as f64),
            rate(rows.iter().copied(), Row::compress_s),
            rate(rows.iter().copied(), Row::decompress_s),
            documents / sum(Row::compress_s),
            documents / sum(Row::decompress_s),
            sum(|r| r.train_s),
            most(|r| r.train_mb),
            most(|r| r.code_mb),
        );
    }
}

/// As [`Row::title`], but one title for the dictionaries that are as large as each set's model.
pub fn title(row: &Row) -> String {
    match row.knowledge.strip_prefix("raw:").and_then(|n| n.parse::<usize>().ok()) {
        Some(n) if !n.is_power_of_two() => format!("{} {} raw:model", row.codec, row.level),
        _ => row.title(),
    }
}

/// With fewer sets the requirements say nothing.
const NINE: f64 = 9.0;

struct Verdict {
    holds: bool,
}

impl Verdict {
    fn say(&mut self, what: &str, found: f64, holds: bool) {
        println!("| {what} | {found:.3} | {} |", if holds { "holds" } else { "**does not hold**" });
        self.holds &= holds;
    }

    fn at_most(&mut self, what: &str, found: f64, most: f64) {
        self.say(&format!("{what}: at most {most}"), found, found <= most);
    }

    fn at_least(&mut self, what: &str, found: f64, least: f64) {
        self.say(&format!("{what}: at least {least}"), found, found >= least);
    }
}

fn requirements(sets: &[Set<'_>], verdict: &mut Verdict) {
    let (logs, others): (Vec<_>, Vec<_>) = sets.iter().partition(|s| s.is_log());
    println!("\n| requirement | found | |\n|---|---:|---|");
    let ratios = |sets: &[&Set<'_>], level| -> Vec<f64> {
        // A set without a row must not count as a success.
        sets.iter().map(|s| s.ratio(level).unwrap_or(f64::NAN)).collect()
    };
    verdict.at_least("sets that are not logs", others.len() as f64, NINE);
    let worst = |values: &[f64]| values.iter().copied().fold(0.0, |a, b| if a >= b { a } else { b });
    let ours = |level| others.iter().filter_map(move |s| s.ours(level));
    for (level, middle, most) in [("balanced", 0.72, 0.92), ("small", 0.60, 0.80)] {
        let values = ratios(&others, level);
        verdict.at_most(&format!("{level}: median of the baseline"), median(values.clone()), middle);
        verdict.at_most(&format!("{level}: worst of the baseline"), worst(&values), most);
        if !logs.is_empty() {
            verdict.at_most(
                &format!("{level}: worst of the baseline on logs"),
                worst(&ratios(&logs, level)),
                1.0,
            );
        }
    }
    let model =
        sets.iter().filter_map(|s| s.ours("balanced")).map(|r| r.knowledge_bytes as f64).fold(0.0, f64::max);
    verdict.at_most("largest model file", model, MODEL as f64);
    let slow = rate(others.iter().filter_map(|s| s.baseline()), Row::compress_s);
    verdict.at_least(
        "balanced: compressing, times the baseline",
        rate(ours("balanced"), Row::compress_s) / slow,
        3.0,
    );
    verdict.at_least("balanced: decoding, MB/s", rate(ours("balanced"), Row::decompress_s), 150.0);
    verdict.at_least("small: compressing, MB/s", rate(ours("small"), Row::compress_s), 1.0);
    verdict.at_least("small: decoding, MB/s", rate(ours("small"), Row::decompress_s), 1.0);
    let resident = sets.iter().filter_map(|s| s.ours("small")).map(|r| r.code_mb).fold(0.0, f64::max);
    verdict.at_most("small: resident, documents included, MB", resident, 64.0);
    let quick: Vec<f64> = others
        .iter()
        .map(|s| s.ours("fast").zip(s.quick()).map_or(f64::NAN, |(f, q)| f.coded as f64 / q.coded as f64))
        .collect();
    verdict.at_most("fast: worst of zstd -3 with 1 MB", worst(&quick), 1.0);
    verdict.at_least("fast: decoding, MB/s", rate(ours("fast"), Row::decompress_s), 1000.0);
    // The time for 8 MB is judged on the set that comes nearest.
    if let Some(row) = sets.iter().filter_map(|s| s.ours("balanced")).max_by_key(|r| r.train_bytes) {
        let scale = (8e6 / row.train_bytes as f64).max(1.0);
        verdict.at_most("training, CPU seconds scaled to 8 MB", row.train_s * scale, 60.0);
        verdict.at_most("training, resident MB scaled to 8 MB", row.train_mb * scale, 2000.0);
    }
}
