//! How long is each segment's code?

/// Lengths of the best code of at most `longest` bits, by package-merge (Larmore and Hirschberg, "A Fast
/// Algorithm for Optimal Length-Limited Huffman Codes", 1990).
///
/// `weights` ascend and are at most 2^`longest`; the lengths come back in their order, so they fall.
/// Takes 2 `longest` bytes of memory for each weight.
pub(super) fn limited(weights: &[u64], longest: u32) -> Vec<u8> {
    let n = weights.len();
    if n <= 1 {
        return vec![1; n];
    }
    // A level's list: pairs of the level before as packages, among the leaves by weight. To get from
    // how much of one level is taken to how much of the level before, it is enough to know which are leaves.
    let mut levels: Vec<Vec<bool>> = vec![vec![true; n]];
    let mut list: Vec<u64> = weights.to_vec();
    for _ in 1..longest {
        let mut merged = Vec::with_capacity(2 * n);
        let mut leaf = Vec::with_capacity(2 * n);
        let mut packages = list.chunks_exact(2).map(|pair| pair[0].saturating_add(pair[1])).peekable();
        let mut leaves = weights.iter().copied().peekable();
        loop {
            let leaf_next = match (leaves.peek(), packages.peek()) {
                (Some(leaf), Some(package)) => leaf <= package,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => break,
            };
            merged.extend(if leaf_next { leaves.next() } else { packages.next() });
            leaf.push(leaf_next);
        }
        list = merged;
        levels.push(leaf);
    }
    let mut lengths = vec![0; n];
    let mut taken = 2 * n - 2;
    for level in levels.iter().rev() {
        let leaves = level.iter().take(taken).filter(|&&leaf| leaf).count();
        lengths[..leaves].iter_mut().for_each(|length| *length += 1);
        taken = 2 * (taken - leaves);
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::limited;

    /// The fewest bits of any code, by trying all lengths that fit.
    fn fewest(weights: &[u64], longest: u32) -> u64 {
        fn go(weights: &[u64], longest: u32, room: u64, most: u32) -> Option<u64> {
            let Some((&weight, rest)) = weights.split_first() else { return Some(0) };
            (1..=most)
                .filter_map(|bits| {
                    let left = room.checked_sub(1 << (longest - bits))?;
                    Some(weight * u64::from(bits) + go(rest, longest, left, bits)?)
                })
                .min()
        }
        go(weights, longest, 1 << longest, longest).unwrap()
    }

    #[test]
    fn no_code_within_the_limit_is_shorter() {
        let all: [&[u64]; 6] = [
            &[1, 1],
            &[1, 1, 2, 3, 5, 8],
            &[0, 0, 0, 7],
            &[1, 2, 4, 8, 16],
            &[3, 3, 3, 3, 3],
            &[1, 1, 1, 50, 90],
        ];
        for weights in all {
            for longest in 3..6 {
                let lengths = limited(weights, longest);
                let kraft: u64 = lengths.iter().map(|&bits| 1 << (longest - u32::from(bits))).sum();
                assert_eq!(kraft, 1 << longest, "{weights:?}");
                assert!(lengths.is_sorted_by(|a, b| a >= b));
                let bits: u64 =
                    lengths.iter().zip(weights).map(|(&bits, weight)| u64::from(bits) * weight).sum();
                assert_eq!(bits, fewest(weights, longest), "{weights:?} in {longest}");
            }
        }
    }

    #[test]
    fn as_many_codes_as_there_can_be_have_one_length() {
        assert_eq!(limited(&[1, 2, 3, 1 << 40], 2), [2; 4]);
    }
}
