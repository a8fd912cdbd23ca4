//! A few hexadecimal digits far away.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use unsaid_core::{Inline, Limits, Silent};
use unsaid_pi::Base;
use unsaid_pi::extract::{Engine, power_of_two_once, power_of_two_with};

use crate::bulk::open;
use crate::{Result, clock};

/// What `extract` is asked.
#[derive(clap::Args)]
pub struct Args {
    /// The position of the first digit, 0-based after the point.
    #[arg(long, default_value_t = 10_000_000)]
    from: u64,
    /// How many digits Unsaid gives; pihex gives four.
    #[arg(long, default_value_t = 24)]
    count: usize,
    /// The least of so many runs counts.
    #[arg(long, default_value_t = 3)]
    runs: u32,
    /// Rows are added to this file.
    #[arg(long, default_value = "pi-extract.csv")]
    csv: PathBuf,
    /// Fails where what is verified is not 10 times as fast as pihex with AVX2, and 3 times without.
    #[arg(long)]
    check: bool,
}

/// Names, and how many times as fast as the first they are to be.
///
/// `once` is the first of Unsaid's two evaluations alone, for comparison: pihex verifies nothing.
const CONTESTANTS: [(&str, f64); 5] = [
    ("pihex", 0.0),
    ("unsaid-avx2", 10.0),
    ("unsaid-avx2-once", 0.0),
    ("unsaid-portable", 3.0),
    ("unsaid-portable-once", 0.0),
];

/// Measures all contestants in turn, round by round, so that a busy minute hits all of them. Each computes with
/// one thread; what is counted is the CPU time of its process.
pub fn run(args: &Args) -> Result<bool> {
    let dir = tempfile::tempdir()?;
    let has_avx2 = Engine::detected() != Engine::portable();
    let contestants: Vec<_> =
        CONTESTANTS.into_iter().filter(|(name, _)| has_avx2 || !name.contains("avx2")).collect();
    let mut best: Vec<Option<clock::Taken>> = vec![None; contestants.len()];
    let mut digits = String::new();
    for _ in 0..args.runs.max(1) {
        for ((name, _), best) in contestants.iter().zip(&mut best) {
            let out = dir.path().join("digits");
            let mut command = Command::new(std::env::current_exe()?);
            // pihex takes all processors; with one thread it has no switching between them to pay for.
            command.env("RAYON_NUM_THREADS", "1");
            command.arg("far").arg(name).arg(args.from.to_string()).arg(args.count.to_string()).arg(&out);
            let taken = clock::run(&mut command)?;
            let found = std::fs::read_to_string(&out)?;
            if !(found.starts_with(&digits) || digits.starts_with(&found)) {
                return Err(format!("{name} gives other digits").into());
            }
            if found.len() > digits.len() {
                digits = found;
            }
            let least = best.get_or_insert(taken);
            least.cpu_s = least.cpu_s.min(taken.cpu_s);
            least.wall_s = least.wall_s.min(taken.wall_s);
            least.peak = least.peak.max(taken.peak);
        }
    }
    let pihex_s = best.first().copied().flatten().map_or(f64::NAN, |taken| taken.cpu_s);
    let mut holds = true;
    let mut csv = open(&args.csv)?;
    for ((name, wanted), taken) in contestants.iter().zip(best) {
        let Some(taken) = taken else { continue };
        let (times, mb) = (pihex_s / taken.cpu_s, taken.peak as f64 / 1e6);
        let count = if *name == "pihex" { 4 } else { args.count };
        println!("{name:20} {count:3} digits  {:8.2} s CPU  {times:6.2} times as fast as pihex", taken.cpu_s);
        writeln!(
            csv,
            "extract,{name},1,16,{},{count},{:.2},{:.2},{mb:.0},{times:.2},{},{}",
            args.from,
            taken.cpu_s,
            taken.wall_s,
            clock::machine(),
            clock::toolchain()
        )?;
        holds &= times >= *wanted;
    }
    println!("{digits}");
    Ok(holds || !args.check)
}

/// Writes the digits by one of them.
pub fn far(name: &str, from: u64, count: usize, to: &Path) -> Result<()> {
    let engine = match name {
        "pihex" => {
            std::fs::write(to, pihex::bellard::pihex(from).to_uppercase())?;
            return Ok(());
        }
        _ if name.contains("avx2") => Engine::detected(),
        _ => Engine::portable(),
    };
    let mut limits = Limits::default();
    limits.digits = u64::MAX;
    let mut digits = vec![0; count];
    let extract = if name.ends_with("once") { power_of_two_once } else { power_of_two_with };
    extract(engine, Base::HEX, from, &mut digits, &limits, &Inline, &Silent)?;
    let text: String = digits.iter().map(|digit| format!("{digit:X}")).collect();
    std::fs::write(to, text)?;
    Ok(())
}
