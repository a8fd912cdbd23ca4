//! Bit histories in one byte: which bits a context has seen, exactly at first and as counts later.
//!
//! State 0 is an unseen context. States 1 to 30 are the histories of one to four bits, exact.
//! States 31 to 252 are pairs of counts (zeros, ones), most of them with the last bit; they are
//! ordered by total count, so that a larger state is a more experienced one (the hash table uses
//! this as its priority). The design is that of PAQ8 and LPAQ1 (M. Mahoney, 2007).
//!
//! The table is generated at compile time from the rules below. Changing any of them changes every
//! format that is built on it.

/// Number of states in use; 253 to 255 never occur.
pub(crate) const STATES: usize = 253;

/// `NEXT[y][s]` is the state after bit `y` in state `s`.
pub(crate) static NEXT: [[u8; 256]; 2] = generate();

/// Histories are exact up to this length.
const EXACT: u32 = 4;

/// Total counts below this also remember the last bit.
const LAST_BIT_KNOWN_BELOW: usize = 16;

/// Largest count beside a smaller count of 0, 1, 2, 3, 4. There is no pair with both above 4.
const LARGEST_BESIDE: [usize; 5] = [41, 40, 12, 5, 4];

const MOST: usize = 42;

const fn allowed(n0: usize, n1: usize) -> bool {
    let (small, large) = if n0 < n1 { (n0, n1) } else { (n1, n0) };
    small < LARGEST_BESIDE.len() && large <= LARGEST_BESIDE[small]
}

/// What remains of a count when the opposite bit is seen: recent bits say more than old ones.
const fn discounted(n: usize) -> usize {
    match n {
        0..=5 => n,
        6 => 5,
        7 => 6,
        8..=10 => 7,
        11..=13 => 8,
        14..=17 => 9,
        18..=22 => 10,
        23..=29 => 11,
        30..=38 => 12,
        _ => 13,
    }
}

/// The pair that stands in for one that is not allowed; `large >= small`.
const fn substitute(large: usize, small: usize) -> (usize, usize) {
    match (large, small) {
        (6, 3) => (4, 2),
        (7 | 8, 3) => (5, 2),
        (5, 4) => (4, 3),
        (13, 2) => (7, 1),
        (42, 0) => (41, 0),
        (41, 1) => (40, 1),
        other => other,
    }
}

/// The counts after bit `y`.
const fn count_bit(n0: usize, n1: usize, y: usize) -> (usize, usize) {
    let (n0, n1) = if y == 0 { (n0 + 1, discounted(n1)) } else { (discounted(n0), n1 + 1) };
    if allowed(n0, n1) {
        (n0, n1)
    } else if n0 >= n1 {
        substitute(n0, n1)
    } else {
        let (n1, n0) = substitute(n1, n0);
        (n0, n1)
    }
}

const fn generate() -> [[u8; 256]; 2] {
    // Numbers of the exact histories: by length, then by ones, then by value, the latest bit on top.
    let mut exact = [[0u8; 16]; EXACT as usize + 1];
    let mut state = 1;
    let mut length = 1;
    while length <= EXACT {
        let mut ones = 0;
        while ones <= length {
            let mut value = 0u32;
            while value < 1 << length {
                if value.count_ones() == ones {
                    exact[length as usize][value as usize] = state;
                    state += 1;
                }
                value += 1;
            }
            ones += 1;
        }
        length += 1;
    }

    // Numbers of the counts, by total, then by ones; [n0][n1][last bit].
    let mut counts = [[[0u8; 2]; MOST]; MOST];
    let mut total = EXACT as usize + 1;
    while total < MOST {
        let mut n1 = 0;
        while n1 <= total {
            let n0 = total - n1;
            if allowed(n0, n1) {
                counts[n0][n1] = [state, state];
                state += 1;
                if n0 > 0 && n1 > 0 && total < LAST_BIT_KNOWN_BELOW {
                    counts[n0][n1][1] = state;
                    state += 1;
                }
            }
            n1 += 1;
        }
        total += 1;
    }
    assert!(state as usize == STATES);

    let mut next = [[0u8; 256]; 2];
    let mut y = 0;
    while y < 2 {
        next[y][0] = exact[1][y];
        let mut length = 1;
        while length <= EXACT {
            let mut value = 0u32;
            while value < 1 << length {
                next[y][exact[length as usize][value as usize] as usize] = if length < EXACT {
                    exact[length as usize + 1][value as usize | y << length]
                } else {
                    let n1 = value.count_ones() as usize;
                    let (n0, n1) = count_bit(EXACT as usize - n1, n1, y);
                    counts[n0][n1][y]
                };
                value += 1;
            }
            length += 1;
        }
        let mut n0 = 0;
        while n0 < MOST {
            let mut n1 = 0;
            while n1 < MOST {
                if counts[n0][n1][0] != 0 {
                    let (m0, m1) = count_bit(n0, n1, y);
                    let to = counts[m0][m1][y];
                    next[y][counts[n0][n1][0] as usize] = to;
                    next[y][counts[n0][n1][1] as usize] = to;
                }
                n1 += 1;
            }
            n0 += 1;
        }
        y += 1;
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_state_leads_beyond_the_last() {
        let mut seen = [false; 256];
        let mut todo = vec![0u8];
        while let Some(s) = todo.pop() {
            if !std::mem::replace(&mut seen[s as usize], true) {
                todo.extend(NEXT.iter().map(|next| next[s as usize]));
            }
        }
        let never: Vec<_> = (0..256).filter(|&s| !seen[s]).collect();
        // 145 and 146 stand for counts that every path around them avoids; the rest have no meaning.
        assert_eq!(never, [145, 146, 253, 254, 255]);
    }

    #[test]
    fn short_histories_are_exact_and_ordered_by_length_then_ones() {
        let walk = |bits: &[usize]| bits.iter().fold(0, |s, &y| NEXT[y][s as usize]);
        assert_eq!([walk(&[0]), walk(&[1])], [1, 2]);
        // Two bits: 00, then one 1 with the latest bit on top (10 is 1 then 0), then 11.
        assert_eq!([walk(&[0, 0]), walk(&[1, 0]), walk(&[0, 1]), walk(&[1, 1])], [3, 4, 5, 6]);
        assert_eq!([walk(&[0, 0, 0, 0]), walk(&[1, 1, 1, 1])], [15, 30]);
    }

    #[test]
    fn certainty_saturates_and_one_surprise_discounts_it() {
        let sure = (0..100).fold(0u8, |s, _| NEXT[0][s as usize]);
        assert_eq!(NEXT[0][sure as usize], sure, "41 zeros stay 41 zeros");
        assert!(NEXT[1][sure as usize] < sure, "a surprise lowers the priority");
    }
}
