//! Small documents, each coded alone: Unsaid beside what people use today, in one run.
//!
//! For every set (a directory with `train/` and `test/`, one file a document) and every contestant: a
//! child process makes the knowledge (dictionary, model) from the training part, another one
//! codes every test document alone, verifies that each comes back, and measures.

mod charts;
mod child;
mod clock;
mod codec;
mod codecs;
mod report;
mod report_zipfs;
mod row;
mod set;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};

use codec::{Contestant, Knowledge, Result};
use row::Row;

/// Compares record codecs on small documents, each alone.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Measures every contestant on every set.
    Run {
        /// Sets: directories with train/ and test/, one file a document.
        #[arg(required = true)]
        sets: Vec<PathBuf>,
        /// Where the rows go.
        #[arg(long, default_value = "records.csv")]
        csv: PathBuf,
        /// Only contestants whose title contains one of these words, such as "zstd 19" or "unsaid".
        #[arg(long)]
        only: Vec<String>,
        /// Takes the rows of earlier runs with the same set and title from the CSV.
        #[arg(long)]
        resume: bool,
    },
    /// Tables, requirements and charts from the rows of a run.
    Report {
        /// What `run` wrote.
        csv: PathBuf,
        /// Fails where a requirement does not hold.
        #[arg(long)]
        check: bool,
        /// Writes the charts into this directory.
        #[arg(long)]
        charts: Option<PathBuf>,
    },
    /// The table of ZIPFS and its requirements from the rows of a run with `--only zipfs --only "zstd"`.
    ReportZipfs {
        /// What `run` wrote.
        csv: PathBuf,
        /// Fails where a requirement does not hold.
        #[arg(long)]
        check: bool,
    },
    #[command(hide = true)]
    Train { set: PathBuf, knowledge: String, to: PathBuf },
    #[command(hide = true)]
    Code { set: PathBuf, codec: String, level: String, knowledge: PathBuf },
}

fn main() -> ExitCode {
    match act(Args::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(e) => {
            eprintln!("records-bench: {e}");
            ExitCode::from(2)
        }
    }
}

fn act(verb: Verb) -> Result<bool> {
    match verb {
        Verb::Train { set, knowledge, to } => child::train(&set, knowledge.parse()?, &to)?,
        Verb::Code { set, codec, level, knowledge } => child::code(&set, &codec, &level, &knowledge)?,
        Verb::Run { sets, csv, only, resume } => run(&sets, &csv, &only, resume)?,
        Verb::ReportZipfs { csv, check } => return Ok(report_zipfs::print(&row::read(&csv)?) || !check),
        Verb::Report { csv, check, charts } => {
            let rows = row::read(&csv)?;
            let holds = report::print(&rows);
            if let Some(dir) = charts {
                charts::draw(&rows, &dir)?;
            }
            return Ok(holds || !check);
        }
    }
    Ok(true)
}

fn run(sets: &[PathBuf], csv: &Path, only: &[String], resume: bool) -> Result<()> {
    let mut rows = if resume && csv.exists() { row::read(csv)? } else { Vec::new() };
    let work = tempfile::tempdir()?;
    for dir in sets {
        let mut bench = Bench { dir, work: work.path(), trained: HashMap::new() };
        // Raw dictionaries as large as the model need the model first.
        let needs_model = ["unsaid", "zstd 3 raw:", "zstd 19 raw:"].iter().any(|title| wanted(only, title));
        let model = needs_model.then(|| bench.knowledge(Knowledge::Model)).transpose()?;
        let model_bytes = model.map(|m| m.bytes as usize);
        for contestant in codecs::ours().into_iter().chain(codecs::contestants(model_bytes)) {
            let Contestant { codec, level, knowledge } = &contestant;
            let title = format!("{codec} {level} {knowledge}");
            let known = rows.iter().any(|r| r.set == set::name(dir) && r.title() == title);
            if known || !wanted(only, &title) {
                continue;
            }
            let row = bench.measure(&contestant)?;
            println!(
                "{:20} {title:28} {:>9} bytes  {:>9.2} MB/s  {:>9.2} MB/s back",
                row.set, row.coded, row.compress_mb_s, row.decompress_mb_s
            );
            rows.push(row);
            row::write(csv, &rows)?;
        }
        for entry in std::fs::read_dir(work.path())? {
            std::fs::remove_file(entry?.path())?;
        }
    }
    Ok(())
}

fn wanted(only: &[String], title: &str) -> bool {
    only.is_empty() || only.iter().any(|word| title.contains(word.as_str()))
}

/// Knowledge that was made, and what that took.
#[derive(Clone)]
struct Made {
    path: PathBuf,
    bytes: u64,
    seconds: f64,
    megabytes: f64,
}

/// The contestants of one set share what they are trained to.
struct Bench<'a> {
    dir: &'a Path,
    work: &'a Path,
    trained: HashMap<Knowledge, Made>,
}

impl Bench<'_> {
    fn knowledge(&mut self, knowledge: Knowledge) -> Result<Made> {
        if let Some(made) = self.trained.get(&knowledge) {
            return Ok(made.clone());
        }
        let path = self.work.join(knowledge.to_string().replace(':', "-"));
        let mut command = Command::new(std::env::current_exe()?);
        let numbers = numbers(command.arg("train").arg(self.dir).arg(knowledge.to_string()).arg(&path))?;
        let [seconds, megabytes] = numbers[..] else { return Err("a trainer says too little".into()) };
        let made = Made { bytes: std::fs::metadata(&path)?.len(), path, seconds, megabytes };
        self.trained.insert(knowledge, made.clone());
        Ok(made)
    }

    fn measure(&mut self, contestant: &Contestant) -> Result<Row> {
        let made = self.knowledge(contestant.knowledge)?;
        let train_bytes = set::documents(self.dir, "train")?.iter().map(Vec::len).sum::<usize>() as u64;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("code").arg(self.dir).arg(contestant.codec).arg(contestant.level).arg(&made.path);
        let numbers = numbers(&mut command)?;
        let [documents, bytes, coded, compress, decompress, code_mb] = numbers[..] else {
            return Err("a coder says too little".into());
        };
        let round = |x: f64| (x * 1000.0).round() / 1000.0;
        Ok(Row {
            set: set::name(self.dir),
            codec: contestant.codec.to_owned(),
            level: contestant.level.to_owned(),
            knowledge: contestant.knowledge.to_string(),
            knowledge_bytes: made.bytes,
            documents: documents as u64,
            bytes: bytes as u64,
            coded: coded as u64,
            compress_mb_s: round(bytes / 1e6 / compress),
            decompress_mb_s: round(bytes / 1e6 / decompress),
            compress_docs_s: (documents / compress).round(),
            decompress_docs_s: (documents / decompress).round(),
            train_bytes,
            train_s: round(made.seconds),
            train_mb: made.megabytes.round(),
            code_mb: round(code_mb),
            machine: clock::machine(),
            toolchain: toolchain(),
        })
    }
}

fn numbers(command: &mut Command) -> Result<Vec<f64>> {
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} fails").into());
    }
    let text = String::from_utf8(output.stdout)?;
    Ok(text.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>()?)
}

fn toolchain() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output.ok().and_then(|o| String::from_utf8(o.stdout).ok()).unwrap_or_default().trim().to_owned()
}
