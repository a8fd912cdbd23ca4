//! Fragments by token, laid out for copying.

use unsaid_core::{Error, ErrorKind, Result};
use unsaid_lexicon::{ByteStrings, Merges};

use super::{FRAGMENTS, LONGEST};

/// Bytes that may be read behind the last fragment.
pub(super) const SLACK: usize = 32;

/// Fragments by token.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary {
    /// By token: where its bytes start in `bytes`, times 256, plus how many they are. 0 for a
    /// token that is no fragment.
    pub(super) places: Box<[u32; 1 << 16]>,
    /// The fragments' bytes, often one inside the other, and `SLACK` bytes more.
    pub(super) bytes: Vec<u8>,
}

impl Vocabulary {
    /// The fragments of `merges`: a token for each byte string that is not there yet, in their
    /// order, so that the first 256 tokens are the bytes. Gives the strings by token too.
    pub(super) fn new(merges: &Merges) -> Result<(Self, ByteStrings)> {
        let all = merges.fragments();
        if let Some(&len) = merges.lens().iter().find(|&&len| len as usize > LONGEST) {
            return Err(Error::corrupt("a fragment is too long for the level `fast`")
                .found(format!("{len} bytes"))
                .expected(format!("at most {LONGEST}")));
        }
        // A merged fragment lies in memory once, and its parts lie inside it.
        let mut starts = vec![u32::MAX; all.len()];
        let mut bytes = Vec::new();
        let string = |id: u32| all.get(id as usize).unwrap_or(&[]);
        for id in (0..all.len()).rev() {
            if starts[id] == u32::MAX {
                starts[id] = bytes.len() as u32;
                bytes.extend_from_slice(string(id as u32));
            }
            if let Some(&(left, right)) = id.checked_sub(256).and_then(|merge| merges.pairs().get(merge)) {
                let (left, right) = (left as usize, right as usize);
                let inner = starts[id] + merges.lens()[left];
                for (part, start) in [(left, starts[id]), (right, inner)] {
                    if starts[part] == u32::MAX {
                        starts[part] = start;
                    }
                }
            }
        }
        bytes.resize(bytes.len() + SLACK, 0);
        bytes.shrink_to_fit();
        let mut order: Vec<u32> = (0..all.len() as u32).collect();
        order.sort_by(|&a, &b| string(a).cmp(string(b)).then(a.cmp(&b)));
        order.dedup_by(|later, first| string(*later) == string(*first));
        order.sort_unstable();
        if order.len() > FRAGMENTS {
            return Err(Error::new(ErrorKind::Corrupt, "too many fragments for the level `fast`")
                .found(order.len())
                .expected(format!("at most {FRAGMENTS}")));
        }
        let mut places = vec![0u32; 1 << 16];
        let mut strings = ByteStrings::new();
        for (token, &id) in order.iter().enumerate() {
            // At most 65,024 fragments of 255 bytes start below 2^24.
            places[token] = starts[id as usize] << 8 | merges.lens()[id as usize];
            strings.push(string(id));
        }
        let places =
            places.into_boxed_slice().try_into().map_err(|_| Error::new(ErrorKind::Internal, "65,536"))?;
        Ok((Vocabulary { places, bytes }, strings))
    }
}
