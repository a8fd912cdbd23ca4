//! The bodies of the fuzz targets over archives, damaged in every way, and over every input that
//! once failed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use unsaid_piz::fuzz;
use unsaid_testkit::Rng;

const ROUNDS: u64 = 500;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Changes a few bytes, cuts, doubles or takes out pieces.
fn mutate(data: &[u8], rng: &mut Rng) -> Vec<u8> {
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

/// Every kept input of a target, and what becomes of it.
fn replay(target: &str, body: impl Fn(&[u8])) {
    let mut rng = Rng::new(23);
    let mut inputs = 0;
    for entry in fs::read_dir(root().join("fuzz/regress").join(target)).unwrap() {
        let input = fs::read(entry.unwrap().path()).unwrap();
        body(&input);
        for _ in 0..ROUNDS {
            body(&mutate(&input, &mut rng));
        }
        inputs += 1;
    }
    assert!(inputs > 0, "{target} has inputs");
}

#[test]
fn archives_in_every_state_of_decay_are_read_or_refused() {
    replay("piz_archive", fuzz::archive);
}
