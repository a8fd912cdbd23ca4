//! Odd primes, a range at a time.

/// The odd primes from `from` to `to`, both included. Sieves by every odd number up to the square root: few,
/// beside what is done with each prime.
pub(super) fn odd_primes(from: u64, to: u64) -> Vec<u64> {
    let from = from.max(3) | 1;
    if to < from {
        return Vec::new();
    }
    let mut composite = vec![false; ((to - from) / 2 + 1) as usize];
    let mut divisor = 3;
    while divisor * divisor <= to {
        let first = (from.div_ceil(divisor) | 1).max(divisor) * divisor;
        if first <= to {
            for mark in composite[((first - from) / 2) as usize..].iter_mut().step_by(divisor as usize) {
                *mark = true;
            }
        }
        divisor += 2;
    }
    let numbers = (from..=to).step_by(2);
    numbers.zip(&composite).filter_map(|(n, &composite)| (!composite).then_some(n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_has_the_primes_that_division_finds() {
        let is_prime = |n: u64| n > 2 && (2..n).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
        for (from, to) in [(0, 2), (0, 3), (4, 4), (0, 1000), (9, 9), (25, 25), (7, 7), (8, 400), (997, 2000)]
        {
            let expected: Vec<_> = (from..=to).filter(|&n| is_prime(n)).collect();
            assert_eq!(odd_primes(from, to), expected, "{from} to {to}");
        }
    }
}
