use unsaid_records::balanced::*;
fn docs(d: &str) -> Vec<Vec<u8>> { let mut v: Vec<_> = std::fs::read_dir(d).unwrap().map(|e| e.unwrap().path()).collect(); v.sort(); v.iter().map(|p| std::fs::read(p).unwrap()).collect() }
fn env(k: &str, d: usize) -> usize { std::env::var(k).ok().and_then(|v| v.parse().ok()).unwrap_or(d) }
const SMALLEST: &[(&str, usize)] = &[("airports-csv-rows",47801),("airports-json",51331),("amazon-ndjson",22793),("cdnjs-packages",155332),("github-events",92109),("mongo-theaters",26719),("php-xml",194317),("ru-paragraphs",107249),("tedtalks-json",181595),("log-android",15229),("log-apache",10209),("log-hdfs",25554),("log-hpc",31456),("log-openssh",16908),("log-spark",13304),("log-windows",8920),("log-zookeeper",16445)];
fn main() {
    let l: Vec<u32> = std::env::var("LEAST").unwrap_or("1,1,1,1,1,1".into()).split(',').map(|x| x.parse().unwrap()).collect();
    let mut least = [1; 6]; for (i, x) in l.iter().enumerate() { least[i] = *x; }
    let o = Opt { frags: env("FRAGS", 4096), iters: env("ITERS", 2), folds: env("FOLDS", 2), shape: Shape { depth: env("DEPTH", 3), least, pass: env("PASS", 1) as u32 } };
    let only = std::env::args().nth(1).unwrap_or_default();
    let mut ratios = vec![];
    for (name, base) in SMALLEST {
        if !only.split(',').any(|o| name.contains(o)) { continue; }
        let train_docs = docs(&format!("/work/sets/{name}/train")); let test = docs(&format!("/work/sets/{name}/test"));
        let refs: Vec<&[u8]> = train_docs.iter().map(|d| &d[..]).collect();
        let t = std::time::Instant::now();
        let k = train(&refs, &o);
        let tt = t.elapsed().as_secs_f64();
        let mut p = P::new(); let t = std::time::Instant::now();
        let total: usize = test.iter().map(|d| 1 + size(&k, &mut p, d)).sum();
        let bytes: usize = test.iter().map(|d| d.len()).sum();
        println!("{name:18} {total:7} of {bytes:8} ratio {:.3}  train {tt:.1}s  enc {:.1} MB/s rows {} entries {} tokens/doc {:.1} bytes/token {:.2} steps/token {:.2} copies {}", total as f64 / *base as f64, bytes as f64 / 1e6 / t.elapsed().as_secs_f64(), k.nrows, k.nentries, p.tokens as f64 / test.len() as f64, bytes as f64 / p.tokens as f64, p.nsteps as f64 / p.tokens as f64, p.copies);
        ratios.push(total as f64 / *base as f64);
    }
    let n = ratios.len().min(9); let mut r = ratios[..n].to_vec(); r.sort_by(|a, b| a.total_cmp(b)); println!("median of first nine {:.3} mean {:.4}", r[n / 2], ratios.iter().map(|x| x.ln()).sum::<f64>() / ratios.len() as f64);
}
