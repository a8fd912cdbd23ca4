//! The fragments that the original program's `forge` would have chosen: an LZ78 parse of the corpus
//! (Ziv, Lempel: "Compression of individual sequences via variable-rate coding", 1978), ranked by
//! occurrences times length.
//!
//! The set is the original's, and so is the order, also among equal ranks, where the original's comes
//! from the buckets of its hash table. Two differences, both in its disfavour: it takes one corpus,
//! we may be given several documents, whose phrases begin anew in each; and a phrase ends at 255
//! bytes, where the original's length wraps to 0 and its model cannot be read.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use unsaid_core::{Limits, Progress, Result};
use unsaid_lexicon::ByteStrings;

use crate::forge::Options;
use crate::model::Model;
use crate::profile::{LONGEST_FRAGMENT, Profile};

/// A known phrase: the one before it and one byte more.
#[derive(Clone, Copy)]
struct Phrase {
    parent: u32,
    byte: u8,
    length: u8,
    hash: u32,
    count: u32,
}

/// Stands for the empty phrase.
const EMPTY: u32 = u32::MAX;
/// Bytes of memory that a phrase takes, in the table of steps and in those of the order.
const COST_OF_A_PHRASE: u64 = 64;

/// A model by the original's rule. `profile` is as in [`Options`]; fragments that it cannot refer to
/// are left out.
///
/// # Errors
/// `Limit` for more memory or fragments than allowed, what `progress` returns.
pub fn forge(
    corpus: &ByteStrings,
    profile: Option<Profile>,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Model> {
    progress.begin(Some(corpus.bytes().len() as u64));
    let mut phrases: Vec<Phrase> = Vec::new();
    let mut steps: HashMap<(u32, u8), u32, BuildHasherDefault<DefaultHasher>> = HashMap::default();
    let mut unreported = 0;
    for document in corpus.iter() {
        let mut at = EMPTY;
        for &byte in document {
            unreported += 1;
            if unreported == 1 << 18 {
                progress.advance(unreported, 0)?;
                unreported = 0;
            }
            if let Some(&known) = steps.get(&(at, byte)) {
                at = known;
                continue;
            }
            let before = phrases.get(at as usize).copied();
            if let Some(prefix) = phrases.get_mut(at as usize) {
                prefix.count = prefix.count.wrapping_add(1);
            }
            let length = before.map_or(0, |p| p.length);
            if usize::from(length) < LONGEST_FRAGMENT {
                let hash = before.map_or(5381, |p| p.hash).wrapping_mul(33).wrapping_add(byte.into());
                limits.check_memory(COST_OF_A_PHRASE * (phrases.len() as u64 + 1), "the phrases")?;
                steps.insert((at, byte), phrases.len() as u32);
                phrases.push(Phrase { parent: at, byte, length: length + 1, hash, count: 1 });
            }
            at = EMPTY;
        }
    }
    progress.advance(unreported, 0)?;
    let mut ranked = in_order_of_buckets(&phrases);
    let weight = |&id: &u32| {
        let phrase = &phrases[id as usize];
        phrase.count.wrapping_mul(phrase.length.into())
    };
    ranked.sort_by_key(|id| std::cmp::Reverse(weight(id)));
    let mut fragments = ByteStrings::new();
    for (rank, &id) in ranked.iter().enumerate() {
        let cost = match rank {
            // The original never writes FB, so that its one-byte references are 123.
            0..123 => 1,
            123..=0xff => 2,
            0x100..=0xffff => 3,
            _ => 5,
        };
        if cost < 1 + usize::from(phrases[id as usize].length) {
            fragments.push(&spell(&phrases, id));
        }
    }
    let options = Options { profile, ..Options::default() };
    let profile = options.profile_for(fragments.len());
    if fragments.len() as u64 > profile.addressable() {
        // The others could never be referred to.
        fragments = fragments.iter().take(profile.addressable() as usize).collect();
    }
    Model::new(profile, fragments, limits)
}

/// The phrases as a walk over the original's hash table meets them: chains to which new ones are
/// prepended, 128 buckets at first, twice as many whenever three quarters are full, chains rehashed
/// from their heads.
fn in_order_of_buckets(phrases: &[Phrase]) -> Vec<u32> {
    fn grow(heads: &mut Vec<u32>, next: &mut [u32], phrases: &[Phrase]) {
        let size = 2 * heads.len();
        for mut at in std::mem::replace(heads, vec![EMPTY; size]) {
            while at != EMPTY {
                let head = &mut heads[phrases[at as usize].hash as usize % size];
                let after = std::mem::replace(&mut next[at as usize], *head);
                *head = at;
                at = after;
            }
        }
    }
    let mut heads = vec![EMPTY; 128];
    let mut next = vec![EMPTY; phrases.len()];
    for (id, phrase) in phrases.iter().enumerate() {
        if 4 * id >= 3 * heads.len() {
            grow(&mut heads, &mut next, phrases);
        }
        let size = heads.len();
        let head = &mut heads[phrase.hash as usize % size];
        next[id] = std::mem::replace(head, id as u32);
    }
    let mut order = Vec::with_capacity(phrases.len());
    for mut at in heads {
        while at != EMPTY {
            order.push(at);
            at = next[at as usize];
        }
    }
    order
}

fn spell(phrases: &[Phrase], id: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut at = id;
    while let Some(phrase) = phrases.get(at as usize) {
        bytes.push(phrase.byte);
        at = phrase.parent;
    }
    bytes.reverse();
    bytes
}
