//! What `benches/piz.py` measures: packs or unpacks standard input to standard output.
//!
//! `piz_bench pack WRITE CALC CHUNK THREADS DIGITS KEPT`, `piz_bench unpack THREADS DIGITS KEPT`, `piz_bench table CALC`. `CHUNK` is a number of
//! bytes or `smallest`. Tables and digits are kept in files whose
//! names begin with `KEPT`, so that the second run has them warm.
#![allow(clippy::print_stderr, clippy::unwrap_used, reason = "a program for measurements")]

use std::env;
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use unsaid_core::{Error, Inline, Limits, Result, Silent, Workers, workers::Job};
use unsaid_pi::{Base, DigitSource, bulk, convert};
use unsaid_piz::{Chunking, Header, Metadata, Packing, Table, Tables, pack, unpack};

/// Computes what is asked for, keeps the last, and keeps it in a file too.
struct Bulk {
    last: Mutex<Option<(Base, Arc<[u8]>)>>,
    kept: String,
}

impl DigitSource for Bulk {
    fn digits(&self, base: Base, from: u64, out: &mut [u8]) -> Result<()> {
        let all = self.prefix(base, from + out.len() as u64)?;
        let from = from as usize;
        all.get(from..from + out.len())
            .map(|digits| out.copy_from_slice(digits))
            .ok_or_else(|| Error::corrupt("digits"))
    }

    fn prefix(&self, base: Base, count: u64) -> Result<Arc<[u8]>> {
        let mut last = self.last.lock().unwrap();
        let enough = |(known, digits): &&(Base, Arc<[u8]>)| *known == base && digits.len() as u64 >= count;
        if let Some((_, digits)) = last.as_ref().filter(enough) {
            return Ok(Arc::clone(digits));
        }
        // What tables need anyway.
        let count = count.max(1 << 20);
        let name = format!("{}.digits-{base}", self.kept);
        if let Some(digits) = fs::read(&name).ok().filter(|digits| digits.len() as u64 >= count) {
            let digits: Arc<[u8]> = digits.into();
            *last = Some((base, Arc::clone(&digits)));
            return Ok(digits);
        }
        let limits = Limits::default();
        let fraction = bulk::fraction(convert::bits(base, count), &limits, &Inline, &Silent)?;
        let digits: Arc<[u8]> = convert::digits(&fraction, base, count, &limits, &Inline, &Silent)?.into();
        // Measuring the table keeps nothing.
        let _ = fs::write(&name, &digits);
        *last = Some((base, Arc::clone(&digits)));
        Ok(digits)
    }
}

struct Pool(Sender<Job>, usize);

impl Pool {
    fn new(threads: usize) -> Pool {
        let (sender, jobs) = channel::<Job>();
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..threads {
            let jobs = Arc::clone(&jobs);
            std::thread::spawn(move || {
                loop {
                    let job = jobs.lock().unwrap().recv();
                    let Ok(job) = job else { break };
                    job();
                }
            });
        }
        Pool(sender, threads)
    }
}

impl Workers for Pool {
    fn count(&self) -> usize {
        self.1
    }

    fn spawn(&self, job: Job) {
        self.0.send(job).unwrap();
    }
}

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let base = |text: &str| unsaid_piz::header::base(text);
    let number = |text: &str| text.parse::<u64>().unwrap();
    let pool = |threads: &str| -> Box<dyn Workers> {
        match number(threads) {
            0 | 1 => Box::new(Inline),
            threads => Box::new(Pool::new(threads as usize)),
        }
    };
    let kept = words
        .last()
        .filter(|_| words.len() > 2)
        .map_or(String::from("/dev/null/none"), |&kept| kept.to_owned());
    let source = Bulk { last: Mutex::default(), kept };
    let mut limits = Limits::default();
    // Files, not the standard streams, which have buffers of their own.
    let mut input = fs::File::from(io::stdin().as_fd().try_clone_to_owned().unwrap());
    let mut output = fs::File::from(io::stdout().as_fd().try_clone_to_owned().unwrap());
    match *words.as_slice() {
        ["table", calc] => {
            let begin = Instant::now();
            let table = Table::build(base(calc)?, 2, &source, &limits)?;
            eprintln!("{} missing, {} digits, {:?}", table.missing(), table.scanned(), begin.elapsed());
        }
        ["unpack", threads, digits, _] => {
            limits.digits = number(digits);
            unpack(&mut input, &mut output, &source, &limits, &*pool(threads), &Silent)?;
        }
        ["pack", write, calc, chunk, threads, digits, kept] => {
            limits.digits = number(digits);
            let header = Header { write: base(write)?, calc: base(calc)? };
            let chunking = if chunk == "smallest" { Chunking::Smallest } else { Chunking::size(chunk)? };
            let mut tables = Tables::new(header.calc);
            for bytes in 1..=3 {
                if let Ok(table) = fs::read(format!("{kept}.{bytes}")) {
                    tables.put(Table::from_bytes(&table)?);
                }
            }
            let begin = Instant::now();
            let packing = Packing {
                header,
                chunking,
                length: None,
                metadata: &Metadata::default(),
                source: &source,
                limits: &limits,
                workers: &*pool(threads),
                progress: &Silent,
            };
            let report = pack(&packing, &mut tables, &mut input, &mut output)?;
            eprintln!("{report:?} {:?}", begin.elapsed());
            for table in tables.at_hand() {
                let name = format!("{kept}.{}", table.bytes());
                if !fs::exists(&name).unwrap() {
                    fs::write(&name, table.to_bytes()).unwrap();
                }
            }
        }
        _ => return Err(Error::new(unsaid_core::ErrorKind::Usage, "see the beginning of piz_bench.rs")),
    }
    Ok(())
}
