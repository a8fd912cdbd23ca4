//! Trains on DIR/train, codes every document of DIR/test alone, and prints what it cost.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "an example talks to its user, and fails by panicking"
)]
use unsaid_cm::primed::{Primed, Scratch, Weights};
use unsaid_core::{Limits, Silent};

fn read(dir: &str) -> Vec<Vec<u8>> {
    let mut names: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    names.iter().map(|n| std::fs::read(n).unwrap()).collect()
}

/// Seconds of processor time.
struct Instant(f64);
impl Instant {
    fn now() -> Self {
        let t = std::fs::read_to_string("/proc/self/schedstat").unwrap();
        Instant(t.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9)
    }
    fn elapsed(&self) -> std::time::Duration {
        std::time::Duration::from_secs_f64(Instant::now().0 - self.0)
    }
}

fn main() {
    println!("set,test,bytes,ratio,train_s,load_s,enc_MB/s,dec_MB/s");
    let (mut all, mut te, mut td) = (0usize, 0.0, 0.0);
    for dir in std::env::args().skip(1) {
        let base = std::env::var("BASE").ok();
        let train_docs = read(&format!("{dir}/train"));
        let test = read(&format!("{dir}/test"));
        let t = Instant::now();
        let limits = Limits::default();
        let weights = Weights::train(train_docs.iter().map(Vec::as_slice), &limits, &Silent).unwrap();
        let trained = t.elapsed().as_secs_f64();
        let t = Instant::now();
        let model = Primed::new(train_docs.iter().map(Vec::as_slice), &weights, &limits).unwrap();
        let loaded = t.elapsed().as_secs_f64();
        let mut b = Scratch::new();
        for _ in 0..std::env::var("LOOPS").map_or(0, |v| v.parse().unwrap()) {
            for d in &test {
                model.encode(&mut b, d, &mut Vec::new()).unwrap();
            }
        }
        let t = Instant::now();
        let coded: Vec<_> = test
            .iter()
            .map(|d| {
                let mut out = Vec::new();
                let f = model.encode(&mut b, d, &mut out).unwrap();
                (f, out)
            })
            .collect();
        let e = t.elapsed().as_secs_f64();
        let t = Instant::now();
        let mut out = Vec::new();
        for (d, (f, c)) in test.iter().zip(&coded) {
            out.clear();
            model.decode(&mut b, *f, c, &mut out, 1 << 24).unwrap();
            assert!(out == *d);
        }
        let dt = t.elapsed().as_secs_f64();
        let n: usize = test.iter().map(Vec::len).sum();
        let c: usize = coded.iter().map(|(_, c)| c.len() + 1).sum();
        let name = dir.rsplit('/').next().unwrap();
        let best: f64 = base
            .as_deref()
            .and_then(|t| t.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(',')?.parse().ok()))
            .unwrap_or(n as f64);
        println!(
            "{name},{n},{c},{:.3},{trained:.1},{loaded:.2},{:.2},{:.2}",
            c as f64 / best,
            n as f64 / e / 1e6,
            n as f64 / dt / 1e6
        );
        all += n;
        te += e;
        td += dt;
    }
    println!("all {:.2} {:.2} MB/s", all as f64 / te / 1e6, all as f64 / td / 1e6);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or(""));
}
