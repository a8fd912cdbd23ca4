//! scratch
use super::*;
use super::parse::*; use super::matcher::Matcher; use super::rans::Step; use super::rows::*; use super::weights::Discounts;

pub struct Knowledge { pub frags: Vec<Vec<u8>>, matcher: Matcher, rows: Rows, dist: [[u32; copies::DISTANCES]; 2], log: Log, pub nrows: usize, pub nentries: usize, start: u32, f: u16 }

fn dist_costs(counts: &[[u32; copies::DISTANCES]; 2], log: &Log) -> [[u32; copies::DISTANCES]; 2] {
    let mut out = [[0; copies::DISTANCES]; 2];
    for k in 0..2 { let s = weights::root_sizes(&counts[k]); for i in 0..s.len() { out[k][i] = log.cost(s[i]); } }
    out
}

fn make(frags: &[Vec<u8>], tokens: &[u16], dc: &[[u32; copies::DISTANCES]; 2], shape: Shape, d: &Discounts) -> Knowledge {
    let f = frags.len() as u16;
    let t = count::count(tokens, f as usize + 17, f, shape);
    let rows = t.builder(d).finish();
    let log = Log::new();
    let dist = dist_costs(dc, &log);
    let start = rows.find(rows.root(), f).map_or(rows.root(), |p| rows.step(p).1);
    Knowledge { frags: frags.to_vec(), matcher: Matcher::new(frags), rows, dist, log, nrows: t.ends.len(), nentries: t.entries.len(), start, f }
}

fn parse_all(k: &Knowledge, docs: &[&[u8]], tokens: &mut Vec<u16>, dc: &mut [[u32; copies::DISTANCES]; 2], copies_too: bool) {
    let mut p = Parser::new(); let mut items = vec![];
    let costs = Costs { rows: &k.rows, distances: &k.dist, log: &k.log, copy: k.f + 1 };
    for d in docs {
        items.clear();
        p.parse(d, &k.matcher, &costs, k.start, copies_too, &mut items);
        let mut last = 0;
        for i in &items { tokens.push(i.symbol);
            if i.distance > 0 { let long = usize::from(i.symbol - k.f - 1 >= 4);
                let c = if i.distance == last { 0 } else { copies::distance_class(i.distance).0 };
                dc[long][c] += 1; last = i.distance; } }
        tokens.push(k.f);
    }
}

pub struct Opt { pub frags: usize, pub shape: Shape, pub iters: usize, pub folds: usize }

/// learn the discounts from held out docs
fn learn(frags: &[Vec<u8>], parts: &[Vec<u16>], shape: Shape) -> Discounts {
    use weights::*;
    let mut hits = [[[0f64; COUNTS]; WIDTHS]; DEPTHS + 1]; let mut mass = hits; let mut inv = hits;
    let f = frags.len() as u16;
    for h in 0..parts.len() {
        let mut tokens = vec![f];
        for (i, p) in parts.iter().enumerate() { if i != h { tokens.extend_from_slice(&p[1..]); } }
        let t = count::count(&tokens, f as usize + 17, f, shape);
        let b = t.builder(&Discounts::default());
        let (rows, names) = b.unfinished();
        // row info
        let nrows = t.ends.len();
        let mut starts = vec![0usize]; starts.extend(t.ends.iter().copied());
        let mut total = vec![0u32; nrows]; let mut mult = vec![[0u32; COUNTS]; nrows];
        for r in 0..nrows { for &(_, c, _) in &t.entries[starts[r]..starts[r + 1]] { total[r] += c; mult[r][count_class(c)] += 1; } }
        let mut sums = vec![[0u32; COUNTS]; nrows];
        for r in 0..nrows { for &(_, c, _) in &t.entries[starts[r]..starts[r + 1]] { sums[r][count_class(c)] += c; } }
        let mut depth = vec![0u8; nrows + 1];
        // depth via children order
        { let mut k = 1; for &c in &t.root_children { if c { depth[k] = 1; k += 1; } } for r in 0..nrows { for &(_, _, ch) in &t.entries[starts[r]..starts[r + 1]] { if ch { depth[k] = depth[r + 1] + 1; k += 1; } } } }
        let mut row = b.follow(0, f);
        for &s in &parts[h][1..] {
            let mut r = row;
            let next;
            loop {
                let name = names[r as usize];
                let place = rows.find(name, s);
                if r == 0 { next = rows.entry(place.unwrap()).next; break; }
                let q = r as usize - 1; let w = width_class(starts[q + 1] - starts[q]); let d = depth[r as usize] as usize;
                for c in 0..COUNTS { if mult[q][c] > 0 { mass[d][w][c] += f64::from(sums[q][c]) / f64::from(total[q]); inv[d][w][c] += f64::from(mult[q][c]) / f64::from(total[q]); } }
                if let Some(p) = place {
                    // count of the entry
                    let c = t.entries[starts[q]..starts[q + 1]].iter().find(|e| e.0 == s).unwrap().1;
                    hits[d][w][count_class(c)] += 1.0;
                    next = rows.entry(p).next; break;
                }
                r = rows.entry(rows.find(name, ESCAPE).unwrap()).next;
            }
            row = next;
        }
    }
    let mut out = Discounts::default();
    let def = Discounts::default();
    for d in 1..=DEPTHS { for w in 0..WIDTHS { for c in 0..COUNTS {
        let prior = f64::from(def.0[d][w][c]) / 64.0; let pw = 5.0 / (c + 1) as f64 ;
        let v = (mass[d][w][c] - hits[d][w][c] + prior * pw) / (inv[d][w][c] + pw);
        out.0[d][w][c] = (v * 64.0).round().clamp(1.0, 255.0) as u8;
    } } }
    if std::env::var("SHOW").is_ok() { for d in 1..=shape.depth { eprintln!("depth {d} {:?}", out.0[d]); } }
    out
}

pub fn train(docs: &[&[u8]], o: &Opt) -> Knowledge {
    let frags = bpe::merge(docs, o.frags, 255);
    let f = frags.len() as u16;
    // start: uniform costs
    let zero = [[0; copies::DISTANCES]; 2];
    let mut k = make(&frags, &[f], &zero, Shape { depth: 0, ..o.shape }, &Discounts::default());
    let mut tokens = vec![f]; let mut dc = zero;
    parse_all(&k, docs, &mut tokens, &mut dc, false);
    for _ in 0..2 {
        k = make(&frags, &tokens, &zero, Shape { depth: 0, ..o.shape }, &Discounts::default());
        tokens = vec![f];
        parse_all(&k, docs, &mut tokens, &mut dc, false);
    }
    let n = o.folds;
    let mut parts: Vec<Vec<u16>> = vec![vec![f]; n];
    // split tokens
    { let mut d = 0; for &t in &tokens[1..] { parts[d % n].push(t); if t == f { d += 1; } } }
    let split: Vec<Vec<&[u8]>> = (0..n).map(|h| docs.iter().enumerate().filter(|(i, _)| i % n == h).map(|(_, d)| *d).collect()).collect();
    let mut disc = Discounts::default();
    for it in 0..o.iters {
        disc = learn(&frags, &parts, o.shape);
        let mut new = vec![]; let mut ndc = zero;
        for h in 0..n {
            let mut t = vec![f];
            for (i, p) in parts.iter().enumerate() { if i != h { t.extend_from_slice(&p[1..]); } }
            let k = make(&frags, &t, &dc, o.shape, &disc);
            let mut t = vec![f];
            parse_all(&k, &split[h], &mut t, &mut ndc, true);
            new.push(t);
        }
        parts = new; dc = ndc; let _ = it;
    }
    disc = if o.iters > 0 { learn(&frags, &parts, o.shape) } else { disc };
    let mut t = vec![f];
    for p in &parts { t.extend_from_slice(&p[1..]); }
    make(&frags, &t, &dc, o.shape, &disc)
}

/// bytes of a document
pub fn size(k: &Knowledge, p: &mut P, doc: &[u8]) -> usize {
    p.items.clear(); p.steps.clear(); p.out.clear();
    let costs = Costs { rows: &k.rows, distances: &k.dist, log: &k.log, copy: k.f + 1 };
    p.parser.parse(doc, &k.matcher, &costs, k.start, true, &mut p.items);
    let mut row = k.start; let mut extra = 0u32; let mut last = 0;
    for i in &p.items {
        let pl = k.rows.code(row, i.symbol, &mut p.steps).unwrap(); row = k.rows.step(pl).1;
        p.tokens += 1;
        if i.distance > 0 {
            let c = (i.symbol - k.f - 1) as usize; extra += copies::LENGTHS[c].1 * 256;
            let t = &k.dist[usize::from(c >= 4)];
            if i.distance == last { extra += t[0] } else { let (c, b, _) = copies::distance_class(i.distance); extra += t[c] + b * 256; }
            last = i.distance; p.copies += 1;
        }
    }
    k.rows.code(row, k.f, &mut p.steps);
    while extra > 0 { let b = (extra + 128) / 256; let b = b.clamp(1, 15); p.steps.push(Step::plain(0, b)); extra = extra.saturating_sub(b * 256); }
    p.nsteps += p.steps.len();
    rans::encode(&p.steps, &mut p.words, &mut p.out);
    p.out.len()
}
pub struct P { parser: Parser, items: Vec<Item>, steps: Vec<Step>, words: Vec<u32>, out: Vec<u8>, pub tokens: usize, pub copies: usize, pub nsteps: usize }
impl P { pub fn new() -> Self { P { parser: Parser::new(), items: vec![], steps: vec![], words: vec![], out: vec![], tokens: 0, copies: 0, nsteps: 0 } } }
