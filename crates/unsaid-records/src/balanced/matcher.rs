//! Scratch matcher: a trie of fragments.
use std::collections::HashMap;
pub struct Matcher { nodes: Vec<(u32, u32)>, /* children start, fragment */ edges: Vec<(u8, u32)>, ends: Vec<u32>, root: [u32; 256] }
impl Matcher {
    pub fn new(frags: &[Vec<u8>]) -> Self {
        let mut map: HashMap<(u32, u8), u32> = HashMap::new();
        let mut kids: Vec<Vec<(u8, u32)>> = vec![vec![]];
        let mut frag = vec![u32::MAX];
        for (id, f) in frags.iter().enumerate() {
            let mut n = 0u32;
            for &b in f {
                n = *map.entry((n, b)).or_insert_with(|| { let k = kids.len() as u32; kids[n as usize].push((b, k)); kids.push(vec![]); frag.push(u32::MAX); k });
            }
            if frag[n as usize] == u32::MAX { frag[n as usize] = id as u32; }
        }
        let mut edges = vec![]; let mut nodes = vec![]; let mut ends = vec![];
        for (i, k) in kids.iter_mut().enumerate() { k.sort_unstable(); nodes.push((edges.len() as u32, frag[i])); edges.extend_from_slice(k); ends.push(edges.len() as u32); }
        let mut root = [u32::MAX; 256];
        for &(b, k) in &kids[0] { root[b as usize] = k; }
        Matcher { nodes, edges, ends, root }
    }
    #[inline]
    pub fn for_each_match(&self, text: &[u8], at: usize, mut f: impl FnMut(u32, usize)) {
        let mut n = self.root[usize::from(text[at])];
        let mut len = 1;
        while n != u32::MAX {
            let (s, frag) = self.nodes[n as usize];
            if frag != u32::MAX { f(frag, len); }
            let Some(&b) = text.get(at + len) else { break };
            let e = &self.edges[s as usize..self.ends[n as usize] as usize];
            n = if e.len() <= 8 { e.iter().find(|e| e.0 == b).map_or(u32::MAX, |e| e.1) } else { e.binary_search_by_key(&b, |e| e.0).map_or(u32::MAX, |i| e[i].1) };
            len += 1;
        }
    }
}
