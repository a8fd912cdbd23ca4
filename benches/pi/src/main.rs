//! Digits of π: Unsaid beside what people use today, in one run.
//!
//! Every contestant runs in a process of its own, and what it gives is compared.

mod bulk;
mod clock;
mod extract;

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
    /// A few hexadecimal digits far away: Unsaid with and without vector instructions beside pihex.
    Extract(extract::Args),
    /// One contestant of `extract`, in this process.
    #[command(hide = true)]
    Far { contestant: String, from: u64, count: usize, to: PathBuf },
    /// One contestant, in this process.
    #[command(hide = true)]
    Once { contestant: String, base: u32, count: u64, threads: usize, to: PathBuf },
}

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Verb::Bulk(args) => bulk::run(&args),
        Verb::Extract(args) => extract::run(&args),
        Verb::Far { contestant, from, count, to } => {
            extract::far(&contestant, from, count, &to).map(|()| true)
        }
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
