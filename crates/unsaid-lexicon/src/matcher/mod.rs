//! Which fragments start at a place of a text?
//!
//! A trie in a double array (Aoe, "An Efficient Digital Search Algorithm by Using a Double-Array
//! Structure", 1989), where a child's place is its parent's base xor the byte, and no two parents
//! share a base, so that a unit's byte alone says whose child it is (Yata, darts-clone). Where a
//! fragment goes on for several bytes without a choice, those bytes are compared as a string: most
//! of the trie of merged fragments is such tails, and would only push the rest out of the caches.

mod build;

use unsaid_core::{Error, ErrorKind, Result};

use crate::strings::ByteStrings;

/// A unit, from the low bits: 9 bits byte, 23 bits 1 + id of the fragment that ends here or 0, 32
/// bits where it goes on.
type Unit = u64;

/// No byte: of units that are nobody's.
const NOBODY: Unit = 256;
/// The base of what does not go on: a block of nobody's units.
const BARREN: u32 = 0;
const ROOT: u32 = 256;
/// What goes on in a tail, whose index the other bits are.
const TAIL: u32 = 1 << 31;

/// Bytes without a choice, and what comes after them.
#[derive(Clone, Copy, Debug)]
struct Tail {
    /// Where the bytes start in `Matcher::bytes`.
    start: u32,
    len: u32,
    /// 1 + the fragment that ends behind the bytes, or 0.
    id: u32,
    /// Where it goes on.
    base: u32,
}

/// Fragments, ready to be found in a text.
#[derive(Clone, Debug)]
pub struct Matcher {
    units: Vec<Unit>,
    tails: Vec<Tail>,
    bytes: Vec<u8>,
    longest: usize,
}

impl Matcher {
    /// No more fragments than this.
    pub const MAX_FRAGMENTS: usize = (1 << 23) - 1;

    /// Takes in fragments, whose places are their ids. Empty ones are never found; of equal ones
    /// the first is.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] for more than [`Self::MAX_FRAGMENTS`] fragments, or a gibibyte of them.
    pub fn new(fragments: &ByteStrings) -> Result<Self> {
        if fragments.len() > Self::MAX_FRAGMENTS || fragments.bytes().len() >= 1 << 30 {
            return Err(Error::new(ErrorKind::Limit, "too many fragments to look for")
                .found(format!("{} of {} bytes", fragments.len(), fragments.bytes().len()))
                .expected(format!("at most {} of less than 1 GiB", Self::MAX_FRAGMENTS)));
        }
        Ok(build::build(fragments))
    }

    /// Bytes of the longest fragment.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Calls `found` with the id and length of every fragment that starts at `at`, shortest first.
    #[inline]
    pub fn for_each_match(&self, text: &[u8], at: usize, mut found: impl FnMut(u32, usize)) {
        let text = &text[at.min(text.len())..];
        let mut base = ROOT;
        let mut len = 0;
        while let Some(&byte) = text.get(len) {
            let unit = self.units[(base ^ u32::from(byte)) as usize];
            if unit & 511 != Unit::from(byte) {
                return;
            }
            len += 1;
            let id = (unit as u32) >> 9;
            if id != 0 {
                found(id - 1, len);
            }
            base = (unit >> 32) as u32;
            while base & TAIL != 0 {
                let tail = &self.tails[(base & !TAIL) as usize];
                let bytes = &self.bytes[tail.start as usize..][..tail.len as usize];
                if !text[len..].starts_with(bytes) {
                    return;
                }
                len += bytes.len();
                if tail.id != 0 {
                    found(tail.id - 1, len);
                }
                base = tail.base;
            }
            if base == BARREN {
                return;
            }
        }
    }
}
