//! All suffixes of a text in order: induced sorting (Nong, Zhang and Chan, "Two Efficient Algorithms for
//! Linear Time Suffix Array Construction", 2011).

const NONE: u32 = u32::MAX;

/// Where the suffixes of `text` start, smallest first. Every symbol is below `symbols`, and there are less
/// than 2^32 - 1 of them. Takes 8 to 10 bytes of memory for each symbol, and the text's.
pub(super) fn sorted(text: &[u32], symbols: usize) -> Vec<u32> {
    let n = text.len();
    let mut suffixes = vec![NONE; n];
    if n < 2 {
        suffixes.iter_mut().for_each(|s| *s = 0);
        return suffixes;
    }
    // A suffix is small if it is smaller than the next one. The empty one behind the end is the smallest.
    let mut small = vec![false; n];
    for at in (0..n - 1).rev() {
        small[at] = text[at] < text[at + 1] || (text[at] == text[at + 1] && small[at + 1]);
    }
    let leftmost = |at: usize| at > 0 && small[at] && !small[at - 1];
    let mut ends = vec![0u32; symbols];
    text.iter().for_each(|&symbol| ends[symbol as usize] += 1);
    let mut sum = 0;
    for end in &mut ends {
        sum += *end;
        *end = sum;
    }
    let mut heads = vec![0u32; symbols];
    let mut induce = |suffixes: &mut [u32]| {
        heads[0] = 0;
        heads[1..].copy_from_slice(&ends[..symbols - 1]);
        let mut put = |suffixes: &mut [u32], at: usize| {
            let head = &mut heads[text[at] as usize];
            suffixes[*head as usize] = at as u32;
            *head += 1;
        };
        // The empty suffix comes first.
        put(suffixes, n - 1);
        for rank in 0..n {
            let at = suffixes[rank];
            if at != NONE && at > 0 && !small[at as usize - 1] {
                put(suffixes, at as usize - 1);
            }
        }
        heads.copy_from_slice(&ends);
        for rank in (0..n).rev() {
            let at = suffixes[rank];
            if at != NONE && at > 0 && small[at as usize - 1] {
                let tail = &mut heads[text[at as usize - 1] as usize];
                *tail -= 1;
                suffixes[*tail as usize] = at - 1;
            }
        }
    };
    // Sort what lies between two leftmost small places by putting those places anywhere in their buckets.
    let mut tails = ends.clone();
    for at in (0..n).filter(|&at| leftmost(at)) {
        let tail = &mut tails[text[at] as usize];
        *tail -= 1;
        suffixes[*tail as usize] = at as u32;
    }
    induce(&mut suffixes);
    let mut order: Vec<u32> = suffixes.iter().copied().filter(|&at| leftmost(at as usize)).collect();
    // Name them by rank, equal ones equally.
    let places: Vec<u32> = (0..n as u32).filter(|&at| leftmost(at as usize)).collect();
    let names = &mut suffixes;
    names.fill(NONE);
    let end_of = |at: u32| {
        let next = places.partition_point(|&place| place <= at);
        places.get(next).map_or(n, |&place| place as usize + 1)
    };
    let mut count = 0;
    let mut before: Option<u32> = None;
    for &at in &order {
        // The one that reaches the end is followed by the empty suffix, which no other is.
        let same = before.is_some_and(|before| {
            let (a, b) = (end_of(before), end_of(at));
            a - before as usize == b - at as usize
                && places.last() != Some(&before)
                && places.last() != Some(&at)
                && text[before as usize..a] == text[at as usize..b]
        });
        count += u32::from(!same);
        names[at as usize] = count - 1;
        before = Some(at);
    }
    if (count as usize) < order.len() {
        let reduced: Vec<u32> = places.iter().map(|&at| names[at as usize]).collect();
        order = sorted(&reduced, count as usize);
        order.iter_mut().for_each(|at| *at = places[*at as usize]);
    }
    suffixes.fill(NONE);
    let mut tails = ends.clone();
    for &at in order.iter().rev() {
        let tail = &mut tails[text[at as usize] as usize];
        *tail -= 1;
        suffixes[*tail as usize] = at;
    }
    induce(&mut suffixes);
    suffixes
}

#[cfg(test)]
mod tests {
    use super::sorted;

    #[test]
    fn suffixes_are_sorted() {
        let mut seed = 1u32;
        for len in 0..400usize {
            let symbols = [1, 2, 3, 7, 200][len % 5];
            let text: Vec<u32> = (0..len)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 16) % symbols
                })
                .collect();
            let mut expected: Vec<u32> = (0..len as u32).collect();
            expected.sort_by_key(|&at| &text[at as usize..]);
            assert_eq!(sorted(&text, symbols as usize), expected, "{text:?}");
        }
    }
}
