//! Inputs that were damaged in every way, and those that once failed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use crate::Rng;

/// Changes a few bytes, cuts, doubles or takes out pieces.
pub fn damaged(data: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut out = data.to_vec();
    for _ in 0..1 + rng.below(4) {
        let n = out.len() as u64;
        if n == 0 {
            break;
        }
        let at = rng.below(n) as usize;
        let length = (rng.below(24) as usize).min(out.len() - at);
        match rng.below(6) {
            0 => out[at] ^= 1 << rng.below(8),
            1 => out[at] = [0, 1, 0x7f, 0x80, 0xff][rng.below(5) as usize],
            2 => out.truncate(at),
            3 => drop(out.drain(at..at + length)),
            4 => {
                let piece = out[at..at + length].to_vec();
                out.splice(at..at, piece);
            }
            _ => out[at..at + length].fill(rng.next_u64() as u8),
        }
    }
    out
}

/// Gives `body` each of the inputs, and each damaged in so many ways, always the same ones.
pub fn over_damage<D: AsRef<[u8]>>(inputs: &[D], ways: u64, body: impl Fn(&[u8])) {
    let mut rng = Rng::new(17);
    for input in inputs {
        body(input.as_ref());
        for _ in 0..ways {
            body(&damaged(input.as_ref(), &mut rng));
        }
    }
}

/// The inputs that are kept of a fuzz target of this workspace, in order of their names.
///
/// # Panics
/// If there are none.
pub fn kept_inputs(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/regress")).join(target);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{target} has inputs");
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Gives `body` every input that is kept of a fuzz target, and each damaged in so many ways.
///
/// # Panics
/// If there are none.
pub fn replay(target: &str, ways: u64, body: impl Fn(&[u8])) {
    over_damage(&kept_inputs(target), ways, body);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn every_input_is_given_whole_and_damaged_always_in_the_same_ways() {
        let seen = || {
            let seen = RefCell::new(Vec::new());
            over_damage(&[b"first".to_vec(), b"second".to_vec()], 50, |input| {
                seen.borrow_mut().push(input.to_vec());
            });
            seen.into_inner()
        };
        let all = seen();
        assert_eq!((all.len(), &*all[0], &*all[51]), (102, &b"first"[..], &b"second"[..]));
        assert!(all.iter().filter(|input| **input != b"first" && **input != b"second").count() > 80);
        assert!(all.iter().any(|input| input.len() < 5) && all.iter().any(|input| input.len() > 6));
        assert_eq!(all, seen());
    }

    #[test]
    #[should_panic = "No such file"]
    fn a_target_without_inputs_is_no_target() {
        replay("no such target", 1, |_| {});
    }
}
