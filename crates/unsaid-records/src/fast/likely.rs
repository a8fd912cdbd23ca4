//! Strings that are likely in a text of which only a sample was seen.
//!
//! The text is taken for one in which each byte depends on the two before it, and the strings that
//! should then be commonest are listed. Whole numbers only, so that it is the same everywhere.

use std::collections::BTreeMap;

use unsaid_lexicon::Merges;

/// Longer strings are not looked for.
const LONGEST: usize = 8;
/// One expected place, in the units of the expectations.
const ONE: u64 = 1 << 16;
/// So often the third byte after two is taken to have been seen as it follows the second alone.
const PRIOR: u64 = 16;
/// What is expected less often than this is nothing.
const LEAST: u64 = ONE / 16;

/// Counts of a sample.
pub(super) struct Likely {
    /// By byte and the next: how often.
    pairs: Vec<u32>,
    /// By two bytes and the third.
    triples: BTreeMap<(u16, u8), u32>,
    bytes: u64,
}

impl Default for Likely {
    fn default() -> Self {
        Likely { pairs: vec![0; 1 << 16], triples: BTreeMap::new(), bytes: 0 }
    }
}

/// A string in the making, and how often it is expected.
struct Guess {
    expected: u64,
    string: Vec<u8>,
}

impl Likely {
    /// Takes in a piece of the sample.
    pub(super) fn add(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        for two in piece.windows(2) {
            self.pairs[pair(two[0], two[1])] += 1;
        }
        for three in piece.windows(3) {
            *self.triples.entry((pair(three[0], three[1]) as u16, three[2])).or_insert(0) += 1;
        }
    }

    /// At most `count` merges behind `merges` that make the likeliest strings it does not make.
    pub(super) fn most_likely(&self, merges: &Merges, count: usize) -> Vec<(u32, u32)> {
        let fragments = merges.fragments();
        let mut known: BTreeMap<&[u8], u32> = BTreeMap::new();
        for (id, fragment) in fragments.iter().enumerate() {
            known.entry(fragment).or_insert(id as u32);
        }
        let mut guesses = self.guesses(LEAST.max(self.bytes * ONE / (4 * count as u64).max(1)));
        // Shorter before longer where equal, so that what a string starts with is there before it.
        guesses.sort_by(|a, b| {
            (b.expected, a.string.len(), &a.string).cmp(&(a.expected, b.string.len(), &b.string))
        });
        let mut extra = Vec::new();
        let first = fragments.len() as u32;
        for guess in &guesses {
            if extra.len() == count {
                break;
            }
            let Some((&last, start)) = guess.string.split_last() else { continue };
            if known.contains_key(&guess.string[..]) {
                continue;
            }
            let Some(&left) = known.get(start) else { continue };
            known.insert(&guess.string, first + extra.len() as u32);
            extra.push((left, u32::from(last)));
        }
        extra
    }

    /// All strings of two bytes or more that are expected at least `least` often.
    fn guesses(&self, least: u64) -> Vec<Guess> {
        let mut followers: Vec<Vec<(u8, u64)>> = vec![Vec::new(); 256];
        let mut sums = vec![0u64; 256];
        let mut found = Vec::new();
        let mut open = Vec::new();
        for (key, &count) in self.pairs.iter().enumerate().filter(|&(_, &count)| count > 0) {
            let (first, second) = ((key >> 8) as u8, key as u8);
            followers[usize::from(first)].push((second, u64::from(count)));
            sums[usize::from(first)] += u64::from(count);
            open.push(Guess { expected: u64::from(count) * ONE, string: vec![first, second] });
        }
        open.retain(|guess| guess.expected >= least);
        while let Some(guess) = open.pop() {
            if let [.., before, last] = guess.string[..] {
                let key = pair(before, last);
                let seen = self.seen_after(key);
                let sum = sums[usize::from(last)];
                for &(byte, count) in
                    followers[usize::from(last)].iter().filter(|_| guess.string.len() < LONGEST)
                {
                    let three = u64::from(self.triples.get(&(key as u16, byte)).copied().unwrap_or(0));
                    // (three + PRIOR count / sum) / (seen + PRIOR), of the expectation.
                    let share = u128::from(three * sum + PRIOR * count) * u128::from(guess.expected);
                    let expected = (share / (u128::from(seen + PRIOR) * u128::from(sum))) as u64;
                    if expected >= least {
                        let string = [&guess.string[..], &[byte]].concat();
                        open.push(Guess { expected, string });
                    }
                }
            }
            found.push(guess);
        }
        found
    }

    /// How often the two bytes of this key were seen with a third behind them.
    fn seen_after(&self, key: usize) -> u64 {
        let key = key as u16;
        self.triples.range((key, 0)..=(key, u8::MAX)).map(|(_, &count)| u64::from(count)).sum()
    }
}

fn pair(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}
