//! Which segments, and how long are their codes?

mod classes;
mod lengths;
mod log;
mod repeats;
pub mod rounds;
mod suffixes;

use std::cmp::Reverse;
use unsaid_core::{Progress, Result};
use unsaid_lexicon::{ByteStrings, MergeOptions, merge, Matcher, Parser, parse::ById};
use rounds::{Knobs, Rounds};
use classes::Classes;

pub struct TrainOptions {
    pub segments: usize,
    pub longest_code: u32,
}

pub struct Trained {
    pub segments: ByteStrings,
    pub lengths: Vec<u32>,
}

pub fn train(corpus: &ByteStrings, options: &TrainOptions, progress: &dyn Progress) -> Result<Trained> {
    let k = Knobs::env();
    let t0 = std::time::Instant::now();
    let merged = merge(corpus, &MergeOptions::default().merges((options.segments * k.over) as u32).max_len(k.maxlen), progress)?;
    // distinct
    let all = merged.fragments();
    let mut strings = distinct(all.iter());
    eprintln!("candidates {}", strings.len());
    let mut critical: Vec<(u32, (usize, u32))> = vec![];
    if std::env::var("REP").is_ok() {
        let t = std::time::Instant::now();
        let mut reps = vec![];
        repeats::each(corpus, std::env::var("MINDOC").ok().and_then(|v| v.parse().ok()).unwrap_or(2), |r| if r.len <= k.maxlen && r.len > 1 { reps.push(r) });
        let bytes: u64 = reps.iter().map(|r| u64::from(r.len)).sum();
        eprintln!("repeats {} bytes {} {:?}", reps.len(), bytes, t.elapsed());
        let mut all = strings.clone();
        for r in reps { critical.extend(r.critical.iter().flatten().map(|&d| (d, (r.place, r.len)))); all.push(&corpus.bytes()[r.place..r.place + r.len as usize]); }
        strings = distinct(all.iter());
        eprintln!("candidates {}", strings.len());
    }
    let docs = documents(corpus, &strings)?;
    let (mut seen_strings, mut seen_docs) = (ByteStrings::new(), vec![]);
    let (mut rare, mut rare_docs) = (ByteStrings::new(), vec![]);
    for (s, &d) in strings.iter().zip(&docs) {
        if d >= 3 || s.len() == 1 { seen_strings.push(s); seen_docs.push(d); } else if d >= 2 { rare.push(s); rare_docs.push(d); }
    }
    eprintln!("common {} rare {} {:?}", seen_strings.len(), rare.len(), t0.elapsed());
    let mut r = Rounds::new(corpus, seen_strings, seen_docs);
    {
        let matcher = Matcher::new(&r.strings)?;
        r.critical = vec![vec![]; corpus.len()];
        for (d, (place, len)) in &critical {
            let s = &corpus.bytes()[*place..][..*len as usize];
            matcher.for_each_match(s, 0, |id, l| if l == s.len() && l > 1 { r.critical[*d as usize].push(id) });
        }
    }
    let mut classes = Classes::new();
    for round in 0..k.rounds {
        r.parse(&k, (round > 0).then_some(&classes), progress)?;
        classes = r.classify(&rare);
        classes.settle(k.prior);
        eprintln!("  round {round} bytes {} tokens {} used {} of {} {:?}", r.bits / 8192, r.total, r.counts.iter().filter(|&&c| c > 0).count(), r.strings.len(), t0.elapsed());
    }
    if std::env::var("SHOW").is_ok() { classes.show(); }
    // All of them with what they are worth.
    let mut all = r.strings.clone();
    let mut estimates: Vec<u64> = all.iter().enumerate().map(|(i, s)| {
        let e = classes.estimate(r.docs[i], s.len(), r.counts[i]);
        if s.len() == 1 { e.max(k.floor) } else { e }
    }).collect();
    for s in rare.iter() { all.push(s); estimates.push(classes.estimate(2, s.len(), 0)); }
    for _ in 0..k.prunes {
        prune(&mut all, &mut estimates, options.segments)?;
        eprintln!("  pruned to {}", all.len());
    }
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|&i| (estimates[i], Reverse(i)));
    let mut weights: Vec<u64> = vec![1];
    weights.extend(order.iter().map(|&i| estimates[i].max(1)));
    let lens = lengths::limited(&weights, options.longest_code);
    let mut segments = ByteStrings::new();
    let mut lengths = vec![0u32; options.longest_code as usize];
    for (&i, &len) in order.iter().zip(&lens[1..]).rev() {
        segments.push(all.get(i).unwrap_or_default());
        lengths[usize::from(len) - 1] += 1;
    }
    eprintln!("  done {:?}", t0.elapsed());
    Ok(Trained { segments, lengths })
}

fn documents(corpus: &ByteStrings, strings: &ByteStrings) -> Result<Vec<u32>> {
    let matcher = Matcher::new(strings)?;
    let mut docs = vec![0u32; strings.len()];
    let mut last = vec![u32::MAX; strings.len()];
    for (d, document) in corpus.iter().enumerate() {
        for at in 0..document.len() {
            matcher.for_each_match(document, at, |id, _| if last[id as usize] != d as u32 { last[id as usize] = d as u32; docs[id as usize] += 1; });
        }
    }
    Ok(docs)
}

/// Drops what costs more than its parts, then what saves least.
fn prune(all: &mut ByteStrings, estimates: &mut Vec<u64>, most: usize) -> Result<()> {
    let total = log::log2(estimates.iter().sum::<u64>());
    let costs: Vec<u32> = estimates.iter().map(|&e| total.saturating_sub(log::log2(e.max(1)))).collect();
    let matcher = Matcher::new(all)?;
    let mut parser = Parser::new();
    let mut without = costs.clone();
    let mut savings: Vec<u64> = vec![0; all.len()];
    for (i, s) in all.iter().enumerate() {
        if s.len() == 1 { savings[i] = u64::MAX; continue }
        without[i] = u32::MAX;
        let alt = parser.parse(&matcher, &ById(&without), s)?;
        without[i] = costs[i];
        savings[i] = estimates[i] * alt.saturating_sub(u64::from(costs[i]));
    }
    let mut order: Vec<usize> = (0..all.len()).filter(|&i| savings[i] > 0).collect();
    order.sort_by_key(|&i| (Reverse(savings[i]), i));
    order.truncate(most);
    order.sort();
    let old = std::mem::take(all);
    *all = order.iter().map(|&i| old.get(i).unwrap_or_default()).collect();
    *estimates = order.iter().map(|&i| estimates[i]).collect();
    Ok(())
}

fn distinct<'a>(all: impl Iterator<Item = &'a [u8]>) -> ByteStrings {
    let mut seen = std::collections::HashSet::new();
    all.filter(|s| seen.insert(*s)).collect()
}

