//! The first digits, all of them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use unsaid_core::{Inline, Limits, Silent, Workers, workers::Job};
use unsaid_pi::{Base, Library, bulk, convert};

use crate::{Result, clock};

/// What `bulk` is asked.
#[derive(clap::Args)]
pub struct Args {
    /// How many digits.
    #[arg(long, default_value_t = 10_000_000)]
    count: u64,
    /// 10 or 16.
    #[arg(long, default_value_t = 10)]
    base: u32,
    /// The least of so many runs counts.
    #[arg(long, default_value_t = 3)]
    runs: u32,
    /// Only contestants whose name contains one of these words.
    #[arg(long)]
    only: Vec<String>,
    /// Rows are added to this file.
    #[arg(long, default_value = "pi.csv")]
    csv: PathBuf,
    /// Fails where the fast library takes more than 1.3 times the CPU of C and GMP, or 300 MB for ten million digits or
    /// fewer.
    #[arg(long)]
    check: bool,
}

/// Names, and threads.
const CONTESTANTS: [(&str, usize); 5] =
    [("c-gmp", 1), ("unsaid-fast", 1), ("unsaid-fast", 2), ("unsaid-default", 1), ("unsaid-default", 2)];

/// Measures all contestants in turn, round by round, so that a busy minute hits all of them.
pub fn run(args: &Args) -> Result<bool> {
    let dir = tempfile::tempdir()?;
    let gmp = compile(dir.path())?;
    let wanted =
        |name: &str| args.only.is_empty() || args.only.iter().any(|word| name.contains(word.as_str()));
    let contestants: Vec<_> =
        CONTESTANTS.into_iter().filter(|(name, threads)| wanted(&format!("{name} {threads}"))).collect();
    let mut best: Vec<Option<clock::Taken>> = vec![None; contestants.len()];
    let mut digits: Option<Vec<u8>> = None;
    for _ in 0..args.runs.max(1) {
        for ((name, threads), best) in contestants.iter().zip(&mut best) {
            let out = dir.path().join("digits");
            let mut command = if *name == "c-gmp" {
                let mut command = Command::new(&gmp);
                command.arg(args.base.to_string()).arg(args.count.to_string());
                command
            } else {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("once").arg(name).arg(args.base.to_string()).arg(args.count.to_string());
                command.arg(threads.to_string());
                command
            };
            let taken = clock::run(command.arg(&out))?;
            let found = std::fs::read(&out)?;
            if digits.get_or_insert_with(|| found.clone()) != &found {
                return Err(format!("{name} gives other digits").into());
            }
            let least = best.get_or_insert(taken);
            least.cpu_s = least.cpu_s.min(taken.cpu_s);
            least.wall_s = least.wall_s.min(taken.wall_s);
            least.peak = least.peak.max(taken.peak);
        }
    }
    let gmp_s = contestants.iter().zip(&best).find(|((name, _), _)| *name == "c-gmp");
    let gmp_s = gmp_s.and_then(|(_, taken)| *taken).map(|taken| taken.cpu_s);
    let mut holds = true;
    let mut csv = open(&args.csv)?;
    for ((name, threads), taken) in contestants.iter().zip(best) {
        let Some(taken) = taken else { continue };
        let ratio = gmp_s.map(|gmp| taken.cpu_s / gmp);
        let shown = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let mb = taken.peak as f64 / 1e6;
        println!(
            "{name:16} {threads} threads  {:8.2} s CPU  {:8.2} s wall  {shown:>5} of C + GMP  {mb:7.0} MB",
            taken.cpu_s, taken.wall_s
        );
        writeln!(
            csv,
            "bulk,{name},{threads},{},0,{},{:.2},{:.2},{mb:.0},{shown},{},{}",
            args.base,
            args.count,
            taken.cpu_s,
            taken.wall_s,
            clock::machine(),
            clock::toolchain()
        )?;
        if *name == "unsaid-fast" && *threads == 1 {
            holds &= ratio.is_some_and(|ratio| ratio <= 1.3) && (args.count > 10_000_000 || mb < 300.0);
        }
    }
    Ok(holds || !args.check)
}

/// The file of results, with its head where it is new.
pub fn open(path: &Path) -> Result<std::fs::File> {
    let mut csv = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    if csv.metadata()?.len() == 0 {
        writeln!(csv, "what,who,threads,base,from,count,cpu_s,wall_s,peak_mb,ratio,machine,toolchain")?;
    }
    Ok(csv)
}

fn compile(dir: &Path) -> Result<PathBuf> {
    let program = dir.join("chudnovsky");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("chudnovsky.c");
    let done = Command::new("cc").arg("-O2").arg("-o").arg(&program).arg(source).arg("-lgmp").status()?;
    if done.success() { Ok(program) } else { Err("the C program needs cc and libgmp-dev".into()) }
}

/// As many threads as wanted.
struct Threads(std::sync::mpsc::Sender<Job>, usize);

impl Threads {
    fn new(count: usize) -> Threads {
        let (sender, receiver) = std::sync::mpsc::channel::<Job>();
        let receiver = std::sync::Arc::new(std::sync::Mutex::new(receiver));
        for _ in 0..count {
            let receiver = std::sync::Arc::clone(&receiver);
            std::thread::spawn(move || {
                loop {
                    let job = receiver.lock().ok().and_then(|receiver| receiver.recv().ok());
                    let Some(job) = job else { return };
                    job();
                }
            });
        }
        Threads(sender, count)
    }
}

impl Workers for Threads {
    fn count(&self) -> usize {
        self.1
    }

    fn spawn(&self, job: Job) {
        if let Err(unsent) = self.0.send(job) {
            (unsent.0)();
        }
    }
}

/// Writes the digits by one of ours.
pub fn once(name: &str, base: u32, count: u64, threads: usize, to: &Path) -> Result<()> {
    let library = match name {
        "unsaid-fast" if Library::Fast.is_here() => Library::Fast,
        "unsaid-default" => Library::Portable,
        _ => return Err(format!("{name} is not here").into()),
    };
    let base = Base::new(base)?;
    let mut limits = Limits::default();
    limits.memory = u64::MAX;
    let pool = Threads::new(threads);
    let workers: &dyn Workers = if threads > 1 { &pool } else { &Inline };
    let bits = convert::bits(base, count);
    let start = std::time::Instant::now();
    let fraction = bulk::fraction_by(library, bits, &limits, workers, &Silent)?;
    eprintln!("  {name}: fraction {:.2} s", start.elapsed().as_secs_f64());
    let mut digits = convert::digits_by(library, &fraction, base, count, &limits, workers, &Silent)?;
    eprintln!("  {name}: digits {:.2} s", start.elapsed().as_secs_f64());
    drop(fraction);
    for digit in &mut digits {
        *digit = b"0123456789ABCDEF"[usize::from(*digit)];
    }
    std::fs::write(to, digits)?;
    Ok(())
}
