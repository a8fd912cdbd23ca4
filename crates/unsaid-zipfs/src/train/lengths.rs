//! How long is each segment's code?

/// Lengths of an optimal code of at most `longest` bits, by package-merge (Larmore and Hirschberg, "A Fast
/// Algorithm for Optimal Length-Limited Huffman Codes", 1990). `weights` ascend; so many that the
/// lengths suffice. The lengths come back in the same order, so they descend.
pub(super) fn limited(weights: &[u64], longest: u32) -> Vec<u8> {
    let n = weights.len();
    if n <= 1 {
        return vec![1; n];
    }
    // Each level's list: packages of two of the level before, merged with the leaves. Only how many
    // leaves are among the first so many items is needed to get from the counts of one level to those of the next.
    let mut levels: Vec<Vec<bool>> = Vec::with_capacity(longest as usize);
    let mut list: Vec<u64> = weights.to_vec();
    levels.push(vec![true; n]);
    for _ in 1..longest {
        let mut merged = Vec::with_capacity(2 * n);
        let mut is_leaf = Vec::with_capacity(2 * n);
        let mut packages = list.chunks_exact(2).map(|pair| pair[0].saturating_add(pair[1])).peekable();
        let mut leaves = weights.iter().copied().peekable();
        loop {
            let leaf = match (leaves.peek(), packages.peek()) {
                (Some(leaf), Some(package)) => leaf <= package,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => break,
            };
            let next = if leaf { leaves.next() } else { packages.next() };
            merged.extend(next);
            is_leaf.push(leaf);
        }
        list = merged;
        levels.push(is_leaf);
    }
    let mut lengths = vec![0u8; n];
    let mut taken = 2 * n - 2;
    for level in levels.iter().rev() {
        let leaves = level.iter().take(taken).filter(|&&leaf| leaf).count();
        lengths[..leaves].iter_mut().for_each(|length| *length += 1);
        taken = 2 * (taken - leaves);
    }
    lengths
}
