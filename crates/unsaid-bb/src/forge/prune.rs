//! Making room: what saves least goes first.

use std::cmp::Reverse;

use unsaid_core::Result;

use super::Options;
use super::rounds::{Rounds, UNIT};
use crate::parse::Parser;

/// Drops candidates towards the limits, half of what is too much in each step and the rest in the last
/// of `steps`, so that what takes their place shows its worth in the next parse.
pub(super) fn to_limits(rounds: &mut Rounds<'_>, options: &Options, step: u32, steps: u32) -> Result<()> {
    let count = rounds.candidates.len() as u64;
    let most = towards(count, options.most(), step, steps);
    let taken: u64 = rounds.candidates.iter().map(|c| 1 + u64::from(c.len)).sum();
    let bytes = options.bytes.map(|bytes| towards(taken, bytes, step, steps));
    if most >= count && bytes.is_none() {
        return Ok(());
    }
    let savings = savings(rounds)?;
    let mut order: Vec<usize> = (0..savings.len()).collect();
    // By what they save; where the model's bytes are limited, for each of those.
    order.sort_by_key(|&at| {
        let size = if bytes.is_some() { 1 + u64::from(rounds.candidates[at].len) } else { 1 };
        (Reverse((savings[at] << 8) / size), at)
    });
    let mut keep = vec![false; savings.len()];
    let mut room = bytes;
    for at in order.into_iter().take(usize::try_from(most).unwrap_or(usize::MAX)) {
        let size = 1 + u64::from(rounds.candidates[at].len);
        // Only in the end must each earn its own bytes: until then the others' absence may make it.
        let pays = bytes.is_none() || savings[at] > size * u64::from(UNIT) || step < steps;
        match &mut room {
            _ if !pays => {}
            Some(left) if *left < size => {}
            Some(left) => {
                *left -= size;
                keep[at] = true;
            }
            None => keep[at] = true,
        }
    }
    let mut keep = keep.into_iter();
    rounds.candidates.retain(|_| keep.next().unwrap_or(false));
    Ok(())
}

/// What to aim at in this step, coming from `now`.
fn towards(now: u64, wanted: u64, step: u32, steps: u32) -> u64 {
    if step >= steps { wanted } else { wanted + now.saturating_sub(wanted) / 2 }
}

/// What the uses of each candidate saved, against the cheapest way to write it without itself.
fn savings(rounds: &Rounds<'_>) -> Result<Vec<u64>> {
    let matcher = rounds.matcher()?;
    let candidates = &rounds.candidates;
    let mut parser = Parser::default();
    let one = |(at, candidate): (u32, &super::rounds::Candidate)| {
        if candidate.uses == 0 {
            return 0;
        }
        let others = |id: u32| (id != at).then(|| candidates[id as usize].price);
        let without = parser.parse(rounds.bytes(candidate), &matcher, UNIT.into(), others);
        candidate.uses * without.saturating_sub(candidate.price.into())
    };
    Ok((0..).zip(candidates).map(one).collect())
}
