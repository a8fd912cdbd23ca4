//! Which strings of a document are worth a token of its own?

use super::encode::{COPY, OWN, Way};
use super::{LONGEST, SLOTS};

/// Shorter repeats are not looked for.
const SHORTEST: usize = 5;
/// Earlier places looked at for each place.
const TRIES: usize = 24;
/// Lengths tried for each repeat: the longest and those just below it.
const LENGTHS: usize = 40;

/// How much of what follows each place of a piece stands earlier in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeats {
    /// By hash of the next bytes: 1 + the latest place, 0 for none.
    heads: Vec<u32>,
    /// By place: as `heads`, the place before it of the same hash.
    links: Vec<u32>,
    lens: Vec<u8>,
}

impl Repeats {
    /// Looks through a piece. False where nothing is there twice.
    pub(super) fn find(&mut self, piece: &[u8]) -> bool {
        let bits = (usize::BITS - piece.len().leading_zeros()).clamp(6, 14);
        self.heads.clear();
        self.heads.resize(1 << bits, 0);
        self.links.clear();
        self.lens.clear();
        let mut any = false;
        for at in 0..piece.len() {
            let rest = &piece[at..];
            let mut longest = 0;
            if rest.len() >= SHORTEST {
                let head = &mut self.heads[hash(rest, bits)];
                let mut candidate = *head;
                for _ in 0..TRIES {
                    let Some(place) = candidate.checked_sub(1) else { break };
                    let place = place as usize;
                    let most = (at - place).min(LONGEST).min(rest.len());
                    // Only one that also has the next byte can be longer.
                    if most > longest && piece[place + longest] == rest[longest] {
                        let len = common(&piece[place..place + most], rest);
                        longest = longest.max(len);
                    }
                    candidate = self.links[place];
                }
                self.links.push(*head);
                *head = at as u32 + 1;
            } else {
                self.links.push(0);
            }
            if longest < SHORTEST {
                longest = 0;
            }
            any |= longest > 0;
            self.lens.push(longest as u8);
        }
        any
    }

    /// Lengths worth copying at this place.
    pub(super) fn lens(&self, at: usize) -> std::ops::RangeInclusive<usize> {
        let longest = usize::from(self.lens[at]);
        longest.saturating_sub(LENGTHS).max(SHORTEST)..=longest
    }
}

fn hash(bytes: &[u8], bits: u32) -> usize {
    let four = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    ((four ^ u32::from(bytes[4]) << 5).wrapping_mul(0x9e37_79b1) >> (32 - bits)) as usize
}

/// How many bytes `a` and `b` start with in common.
fn common(a: &[u8], b: &[u8]) -> usize {
    let mut len = 0;
    while let (Some(x), Some(y)) = (a[len..].first_chunk::<8>(), b[len..].first_chunk::<8>()) {
        let different = u64::from_le_bytes(*x) ^ u64::from_le_bytes(*y);
        if different != 0 {
            return len + (different.trailing_zeros() / 8) as usize;
        }
        len += 8;
    }
    len + a[len..].iter().zip(&b[len..]).take_while(|(x, y)| x == y).count()
}

/// A string that is kept where it first stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own {
    pub(super) start: usize,
    pub(super) len: usize,
}

impl Own {
    pub(super) fn end(&self) -> usize {
        self.start + self.len
    }
}

/// A place where a string could be used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub(super) at: u32,
    /// Which of the strings.
    pub(super) index: u32,
}

/// The strings of a piece that have a token of their own: at most as many as there are slots.
#[derive(Clone, Debug, Default)]
pub(super) struct Local {
    strings: Vec<Own>,
    uses: Vec<Use>,
    /// While strings are looked for: by hash 1 + the index of a string, and by string the same.
    heads: Vec<u16>,
    links: Vec<u16>,
    gains: Vec<i64>,
}

const HASH_BITS: u32 = 9;
/// Strings looked at before those that are kept are chosen.
const CANDIDATES: usize = 4096;

impl Local {
    pub(super) fn clear(&mut self) {
        self.strings.clear();
        self.uses.clear();
    }

    /// In the order of their ends.
    pub(super) fn strings(&self) -> &[Own] {
        &self.strings
    }

    /// Where they could be used, in the order of the text.
    pub(super) fn uses(&self) -> &[Use] {
        &self.uses
    }

    /// Takes in what a way copies.
    pub(super) fn collect(&mut self, piece: &[u8], plain: &[Way], ways: &[Way]) {
        self.clear();
        let string = |own: &Own| &piece[own.start..own.end()];
        let mut at = 0;
        while at < piece.len() {
            let Way { len, step, .. } = ways[at];
            if step == COPY {
                self.strings.push(Own { start: at, len: len as usize });
            }
            at += len as usize;
        }
        self.strings.sort_by(|a, b| string(a).cmp(string(b)));
        self.strings.dedup_by(|a, b| string(a) == string(b));
        self.strings.truncate(CANDIDATES);
        self.heads.clear();
        self.heads.resize(1 << HASH_BITS, 0);
        self.links.clear();
        for (index, own) in self.strings.iter().enumerate() {
            let head = &mut self.heads[hash(string(own), HASH_BITS)];
            self.links.push(*head);
            *head = index as u16 + 1;
        }
        // Until a string is seen for the first time its start is unknown.
        let mut found = vec![usize::MAX; self.strings.len()];
        for at in 0..piece.len().saturating_sub(SHORTEST - 1) {
            let rest = &piece[at..];
            let mut next = self.heads[hash(rest, HASH_BITS)];
            while let Some(index) = next.checked_sub(1) {
                let index = usize::from(index);
                let own = &self.strings[index];
                if rest.starts_with(string(own)) {
                    if found[index] == usize::MAX {
                        found[index] = at;
                    } else if at >= found[index] + own.len {
                        self.uses.push(Use { at: at as u32, index: index as u32 });
                    }
                }
                next = self.links[index];
            }
        }
        for (own, &start) in self.strings.iter_mut().zip(&found) {
            own.start = start;
        }
        self.choose(plain);
    }

    /// Keeps as many strings as there are slots: those that would save most if no two of their
    /// places overlapped.
    fn choose(&mut self, plain: &[Way]) {
        self.gains.clear();
        self.gains.resize(self.strings.len(), -1);
        for one in &self.uses {
            let own = self.strings[one.index as usize];
            let saved = i64::from(plain[own.start].cost) - i64::from(plain[own.end()].cost) - 1;
            self.gains[one.index as usize] += saved;
        }
        let mut order: Vec<usize> = (0..self.strings.len()).filter(|&index| self.gains[index] > 0).collect();
        order.sort_by_key(|&index| (std::cmp::Reverse(self.gains[index]), index));
        order.truncate(SLOTS);
        let mut keep = vec![false; self.strings.len()];
        order.iter().for_each(|&index| keep[index] = true);
        self.retain(&keep);
    }

    /// Gives up strings that save less than keeping them costs. False where all are worth it.
    pub(super) fn thin_out(&mut self, plain: &[Way], ways: &[Way]) -> bool {
        self.gains.clear();
        // The token that keeps it.
        self.gains.resize(self.strings.len(), -1);
        let mut at = 0;
        while ways[at].len != 0 {
            let Way { len, step, .. } = ways[at];
            let after = at + len as usize;
            if let Some(index) = step.checked_sub(OWN) {
                self.gains[index as usize] += i64::from(plain[at].cost) - i64::from(plain[after].cost) - 1;
            }
            at = after;
        }
        let keep: Vec<bool> = self.gains.iter().map(|&gain| gain > 0).collect();
        if keep.iter().all(|&keep| keep) {
            return false;
        }
        self.retain(&keep);
        true
    }

    /// Keeps these strings, in the order of their ends, and their uses.
    fn retain(&mut self, keep: &[bool]) {
        let mut order: Vec<usize> = (0..self.strings.len()).filter(|&index| keep[index]).collect();
        order.sort_by_key(|&index| (self.strings[index].end(), index));
        let mut new = vec![u32::MAX; self.strings.len()];
        for (place, &index) in order.iter().enumerate() {
            new[index] = place as u32;
        }
        self.strings = order.iter().map(|&index| self.strings[index]).collect();
        for one in &mut self.uses {
            one.index = new[one.index as usize];
        }
        self.uses.retain(|one| one.index != u32::MAX);
    }
}
