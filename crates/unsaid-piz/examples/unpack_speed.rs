//! How fast archives of short chunks are unpacked.
//!
//! `unpack_speed make BASE BYTES CHUNK FILE` writes an archive; `unpack_speed read FILE THREADS > pipe` unpacks it and
//! says how much processor time that took.
#![allow(clippy::print_stderr, clippy::unwrap_used, clippy::exit, reason = "an example")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::{Arc, Mutex, mpsc};

use unsaid_core::workers::Job;
use unsaid_core::{Inline, Limits, Silent, Workers};
use unsaid_pi::Base;
use unsaid_pi::DigitSource;
use unsaid_pi::computed::Computed;
use unsaid_piz::{Archive, Header};

struct Threads(usize, mpsc::Sender<Job>);
impl Threads {
    fn new(n: usize) -> Self {
        let (tx, rx) = mpsc::channel::<Job>();
        let rx = Arc::new(Mutex::new(rx));
        for _ in 0..n {
            let rx = Arc::clone(&rx);
            std::thread::spawn(move || {
                loop {
                    let job = rx.lock().unwrap().recv();
                    match job {
                        Ok(job) => job(),
                        Err(_) => return,
                    }
                }
            });
        }
        Threads(n, tx)
    }
}
impl Workers for Threads {
    fn count(&self) -> usize {
        self.0
    }
    fn spawn(&self, job: Job) {
        self.1.send(job).unwrap();
    }
}

fn times() -> (u64, u64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<u64>().unwrap() * 10, f[12].parse::<u64>().unwrap() * 10)
}

fn main() {
    let a: Vec<String> = std::env::args().collect();
    let limits = Limits::default();
    if a[1] == "make" {
        let base = unsaid_piz::header::base(&a[2]).unwrap();
        let bytes: usize = a[3].parse().unwrap();
        let chunk: usize = a[4].parse().unwrap();
        let d = base.digits_per_byte() as usize * chunk;
        let source = Computed::new(limits.clone(), &Inline, &Silent);
        let digits = source.prefix(base, limits.digits).unwrap();
        let mut table = vec![u32::MAX; 1 << (8 * chunk)];
        let per = base.digits_per_byte() as usize;
        'next: for p in 0..digits.len() - d {
            let mut v = 0_usize;
            for c in digits[p..p + d].chunks(per) {
                let x = c.iter().fold(0_u32, |v, &g| v * u32::from(base.get()) + u32::from(g));
                if x > 255 {
                    continue 'next;
                }
                v = v << 8 | x as usize;
            }
            if table[v] == u32::MAX {
                table[v] = p as u32;
            }
        }
        let mut rng = unsaid_testkit::Rng::new(9);
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&a[5]).unwrap());
        out.write_all(&Header { write: Base::DEC, calc: base }.to_line()).unwrap();
        writeln!(out, "{d}").unwrap();
        let mut n = 0;
        while n < bytes {
            let p = table[rng.below(1 << (8 * chunk)) as usize];
            if p != u32::MAX {
                writeln!(out, "\t{p}").unwrap();
                n += chunk;
            }
        }
        out.write_all(b"\n").unwrap();
    } else {
        let threads: usize = a[3].parse().unwrap();
        let workers = Threads::new(threads);
        let workers: &dyn Workers = if threads > 1 { &workers } else { &unsaid_core::Inline };
        let archive = Archive::open(File::open(&a[2]).unwrap(), true, &limits).unwrap();
        let source = Computed::new(limits.clone(), &Inline, &Silent);
        let header = archive.header();
        // Warm: the digits are there before the clock runs.
        drop(source.prefix(header.calc, 1 << 20).unwrap());
        let t0 = times();
        let wall = std::time::Instant::now();
        let stdout = std::io::stdout();
        let file = File::from(std::os::fd::AsFd::as_fd(&stdout).try_clone_to_owned().unwrap());
        let n = archive.unpack(file, &source, &limits, workers, &Silent).unwrap();
        let t1 = times();
        let cpu = (t1.0 + t1.1 - t0.0 - t0.1) as f64 / 1000.0;
        eprintln!(
            "{n} bytes, user {} ms, sys {} ms: {:.0} MB a second of CPU, wall {:?}",
            t1.0 - t0.0,
            t1.1 - t0.1,
            n as f64 / 1e6 / cpu,
            wall.elapsed()
        );
    }
}
