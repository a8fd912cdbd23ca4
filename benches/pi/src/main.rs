//! Digits of π: Unsaid beside what people use today, in one run.
//!
//! Every contestant runs in a process of its own, and what it gives is compared.

mod bulk;
mod clock;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What any step of the benchmark gives.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Compares programs that compute digits of π.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// The first digits: Unsaid with both libraries beside C and GMP.
    Bulk(bulk::Args),
    /// One contestant, in this process.
    #[command(hide = true)]
    Once { contestant: String, base: u32, count: u64, threads: usize, to: PathBuf },
}

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Verb::Bulk(args) => bulk::run(&args),
        Verb::Once { contestant, base, count, threads, to } => {
            bulk::once(&contestant, base, count, threads, &to).map(|()| true)
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(e) => {
            eprintln!("pi-bench: {e}");
            ExitCode::from(2)
        }
    }
}
