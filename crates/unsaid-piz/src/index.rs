//! Where long chunks stand in the digits at hand.
//!
//! Places are sorted by the number that the q digits there write, q as large as leaves about one place for each
//! number: a chunk is looked up among the few places that begin as it does. Two arrays of four bytes for each
//! digit, built by counting.

use std::sync::Arc;

use unsaid_core::{Limits, Result};
use unsaid_pi::{Base, DigitSource};

use crate::table::NONE;

/// The first digits of π, and every place in them by what begins there.
#[derive(Clone, Debug)]
pub struct Index {
    base: Base,
    digits: Arc<[u8]>,
    /// How many of the digits count.
    reach: usize,
    /// Digits of a key.
    width: usize,
    /// Where the places of each key begin; one more than there are keys.
    starts: Vec<u32>,
    /// Places in order of keys, in each key in order.
    places: Vec<u32>,
}

impl Index {
    /// Of the first `reach` digits, or as many as the limit allows where that is less.
    ///
    /// # Errors
    /// What `source` says, and [`unsaid_core::ErrorKind::Limit`] where it takes too much memory.
    pub fn build(base: Base, reach: u64, source: &dyn DigitSource, limits: &Limits) -> Result<Index> {
        let reach = reach.min(limits.digits).min(u64::from(NONE) - 1);
        limits.check_memory(reach.saturating_mul(9), "an index of digits")?;
        let digits = source.prefix(base, reach)?;
        let reach = usize::try_from(reach).unwrap_or(usize::MAX).min(digits.len());
        let number = usize::from(base.get());
        let (mut width, mut keys) = (1, number);
        while keys.saturating_mul(number) <= reach {
            keys *= number;
            width += 1;
        }
        let known = digits.get(..reach).unwrap_or_default();
        let mut starts = vec![0_u32; keys + 1];
        for key in Keys::new(number, width, known) {
            if let Some(count) = starts.get_mut(key + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut places = vec![0_u32; sum as usize];
        let mut next = starts.clone();
        for (place, key) in (0_u32..).zip(Keys::new(number, width, known)) {
            if let Some(at) = next.get_mut(key) {
                if let Some(slot) = places.get_mut(*at as usize) {
                    *slot = place;
                }
                *at += 1;
            }
        }
        Ok(Index { base, digits, reach, width, starts, places })
    }

    /// How many digits it knows.
    pub fn reach(&self) -> u64 {
        self.reach as u64
    }

    /// The base of its digits.
    pub fn base(&self) -> Base {
        self.base
    }

    /// The first position of these digits. Of fewer than its keys have nothing is known.
    pub(crate) fn position(&self, wanted: &[u8]) -> Option<u64> {
        self.candidates(wanted).find(|&(_, tail)| tail.starts_with(wanted)).map(|(place, _)| place)
    }

    /// Every place that begins as `wanted` does, in order, with how many digits are the same there. Of the place
    /// `known` that is known already and not looked at.
    pub(crate) fn matches<'a>(
        &'a self,
        wanted: &'a [u8],
        known: Option<(u64, usize)>,
    ) -> impl Iterator<Item = (u64, usize)> + 'a {
        self.candidates(wanted).map(move |(place, tail)| match known {
            Some((known, same)) if known == place && same < wanted.len() => (place, same),
            Some((known, same)) if known == place => (place, same.min(tail.len())),
            _ => (place, common(tail, wanted)),
        })
    }

    fn candidates(&self, wanted: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
        let number = usize::from(self.base.get());
        let known = self.digits.get(..self.reach).unwrap_or_default();
        let places = wanted
            .get(..self.width)
            .map(|head| head.iter().fold(0, |key, &digit| key * number + usize::from(digit)))
            .and_then(|key| Some(*self.starts.get(key)? as usize..*self.starts.get(key + 1)? as usize))
            .and_then(|range| self.places.get(range))
            .unwrap_or_default();
        places.iter().map(move |&place| (u64::from(place), known.get(place as usize..).unwrap_or_default()))
    }
}

fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// The number that `width` digits write, for each place where they begin.
struct Keys<'a> {
    number: usize,
    top: usize,
    key: usize,
    digits: std::iter::Zip<std::slice::Iter<'a, u8>, std::slice::Iter<'a, u8>>,
}

impl<'a> Keys<'a> {
    fn new(number: usize, width: usize, digits: &'a [u8]) -> Self {
        let (head, tail) = digits.split_at(digits.len().min(width - 1));
        let key = head.iter().fold(0, |key, &digit| key * number + usize::from(digit));
        let top = number.pow(width as u32 - 1);
        Keys { number, top, key, digits: tail.iter().zip(digits) }
    }
}

impl Iterator for Keys<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let (&new, &old) = self.digits.next()?;
        let key = self.key * self.number + usize::from(new);
        self.key = key - usize::from(old) * self.top;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Given(Vec<u8>);

    impl DigitSource for Given {
        fn digits(&self, _: Base, from: u64, out: &mut [u8]) -> Result<()> {
            out.copy_from_slice(&self.0[from as usize..from as usize + out.len()]);
            Ok(())
        }
        fn prefix(&self, _: Base, count: u64) -> Result<Arc<[u8]>> {
            Ok(self.0[..count as usize].into())
        }
    }

    #[test]
    fn every_place_is_found_and_the_first_comes_first() {
        for (number, length) in [(2, 3000), (3, 1), (3, 2), (10, 4321), (16, 5000), (255, 70_000), (256, 256)]
        {
            let mut rng = unsaid_testkit::Rng::new(number);
            let digits: Vec<u8> = (0..length).map(|_| rng.below(number) as u8).collect();
            let base = Base::new(number as u32).unwrap();
            let index = Index::build(base, length, &Given(digits.clone()), &Limits::default()).unwrap();
            for size in [1, 2, 5, 12, 40] {
                for place in (0..digits.len().saturating_sub(size)).step_by(37) {
                    let wanted = &digits[place..place + size];
                    let expected = digits.windows(size).position(|window| window == wanted);
                    let found = index.position(wanted);
                    if size >= index.width {
                        assert_eq!(found, expected.map(|place| place as u64), "base {number}");
                    } else {
                        assert_eq!(found, None);
                    }
                }
            }
        }
    }
}
