//! Scratch merging.
use std::collections::{BinaryHeap, HashMap};
pub fn merge(docs: &[&[u8]], limit: usize, max_len: usize) -> Vec<Vec<u8>> {
    // token array with separators
    const NONE: u32 = u32::MAX;
    let total: usize = docs.iter().map(|d| d.len() + 1).sum();
    let mut tok: Vec<u32> = Vec::with_capacity(total);
    for d in docs { tok.extend(d.iter().map(|&b| u32::from(b))); tok.push(NONE); }
    let n = tok.len();
    let mut next: Vec<u32> = (1..=n as u32).collect();
    let mut prev: Vec<u32> = (0..n as u32).map(|i| i.wrapping_sub(1)).collect();
    let mut pos: HashMap<u64, Vec<u32>> = HashMap::new();
    let mut count: HashMap<u64, i64> = HashMap::new();
    let key = |a: u32, b: u32| u64::from(a) << 32 | u64::from(b);
    for i in 0..n - 1 {
        if tok[i] != NONE && tok[i + 1] != NONE {
            pos.entry(key(tok[i], tok[i + 1])).or_default().push(i as u32);
            *count.entry(key(tok[i], tok[i + 1])).or_default() += 1;
        }
    }
    let mut heap: BinaryHeap<(i64, std::cmp::Reverse<u64>)> = count.iter().map(|(&k, &c)| (c, std::cmp::Reverse(k))).collect();
    let mut frags: Vec<Vec<u8>> = (0..=255u8).map(|b| vec![b]).collect();
    while frags.len() < limit {
        let Some((c, std::cmp::Reverse(k))) = heap.pop() else { break };
        let now = count.get(&k).copied().unwrap_or(0);
        if now != c { if now > 1 { heap.push((now, std::cmp::Reverse(k))); } continue; }
        if c < 2 { break; }
        let (a, b) = ((k >> 32) as u32, k as u32);
        let mut text = frags[a as usize].clone();
        text.extend_from_slice(&frags[b as usize]);
        if text.len() > max_len { count.remove(&k); continue; }
        let id = frags.len() as u32;
        frags.push(text);
        let mut list = pos.remove(&k).unwrap_or_default();
        list.sort_unstable(); list.dedup();
        let mut touched: Vec<u64> = Vec::new();
        for &i in &list {
            let i = i as usize;
            if tok[i] != a { continue; }
            let j = next[i] as usize;
            if j >= n || tok[j] != b { continue; }
            // neighbours
            let l = prev[i]; let r = next[j];
            if l != u32::MAX && tok[l as usize] != NONE {
                *count.entry(key(tok[l as usize], a)).or_default() -= 1;
                let nk = key(tok[l as usize], id);
                *count.entry(nk).or_default() += 1; pos.entry(nk).or_default().push(l); touched.push(nk);
            }
            if (r as usize) < n && tok[r as usize] != NONE {
                *count.entry(key(b, tok[r as usize])).or_default() -= 1;
                let nk = key(id, tok[r as usize]);
                *count.entry(nk).or_default() += 1; pos.entry(nk).or_default().push(i as u32); touched.push(nk);
            }
            tok[i] = id; tok[j] = NONE - 1;
            next[i] = r; if (r as usize) < n { prev[r as usize] = i as u32; }
        }
        count.remove(&k);
        touched.sort_unstable(); touched.dedup();
        for t in touched { if let Some(&c) = count.get(&t) { if c > 1 { heap.push((c, std::cmp::Reverse(t))); } } }
    }
    frags
}
