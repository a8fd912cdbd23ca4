//! Which pairs of neighbours there are, how often, and where.
//!
//! All places of a pair come into being at once: when the younger of its two fragments is made.
//! From then on places only disappear. So the places are written down once and looked at again
//! when the pair is merged, and a pair that starts out too rare is never kept at all.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::text::Text;
use crate::merges::Merges;

/// A pair in the queue, ordered by count, then by smallest ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) count: u32,
    pub(super) left: u32,
    pub(super) right: u32,
    pub(super) slot: usize,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |e: &Entry| (e.count, Reverse(e.left), Reverse(e.right));
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

struct Pair {
    left: u32,
    right: u32,
    count: u32,
    /// How many places, from `first` on in `Pairs::places`.
    places: u32,
    first: usize,
}

/// Every pair that was ever seen often enough.
pub(super) struct Pairs {
    min_count: u32,
    max_len: u32,
    pairs: Vec<Pair>,
    places: Vec<u32>,
    /// Open addressing: 1 + the slot of the pair, 0 for nobody. Twice as large as `pairs` at least.
    table: Vec<u32>,
    /// By id, while the neighbours of one new fragment are counted: how often it stands before and
    /// behind. All zero in between.
    before: Vec<u32>,
    behind: Vec<u32>,
}

impl Pairs {
    pub(super) fn new(min_count: u32, max_len: u32) -> Self {
        Pairs {
            min_count,
            max_len,
            pairs: Vec::new(),
            places: Vec::new(),
            table: vec![0; 1 << 12],
            before: vec![0; 256],
            behind: vec![0; 256],
        }
    }

    /// Takes in the pairs of bytes of a text in which nothing is merged yet.
    pub(super) fn add_bytes(&mut self, text: &Text) -> Vec<Entry> {
        if self.max_len < 2 {
            return Vec::new();
        }
        let key = |two: &[u32]| (two[0] < 256 && two[1] < 256).then(|| (two[0] << 8 | two[1]) as usize);
        let mut counts = vec![0u32; 1 << 16];
        for two in text.cells().windows(2) {
            if let Some(key) = key(two) {
                counts[key] += 1;
            }
        }
        let mut next = vec![usize::MAX; 1 << 16];
        let mut entries = Vec::new();
        let least = self.min_count;
        for (key, &count) in counts.iter().enumerate().filter(|&(_, &count)| count >= least) {
            let (entry, first) = self.insert((key >> 8) as u32, (key & 255) as u32, count);
            entries.push(entry);
            next[key] = first;
        }
        for (place, two) in text.cells().windows(2).enumerate() {
            if let Some(key) = key(two).filter(|&key| next[key] != usize::MAX) {
                self.places[next[key]] = place as u32;
                next[key] += 1;
            }
        }
        entries
    }

    /// How often the pair could be merged now, or more where the answer does not matter yet.
    pub(super) fn count(&self, slot: usize, text: &Text, merges: &Merges) -> u32 {
        let pair = &self.pairs[slot];
        if pair.left != pair.right {
            return pair.count;
        }
        // In a run of equal fragments every other place is lost to its neighbour.
        let len = merges.fragment_len(pair.left);
        let mut free = 0;
        let mut count = 0;
        for &place in self.places_of(pair) {
            let place = place as usize;
            if place >= free && text.starts(place, pair.left) && text.starts(place + len, pair.right) {
                count += 1;
                free = place + 2 * len;
            }
        }
        count.min(pair.count)
    }

    /// Merges the pair wherever it still stands, as the fragment `id`, and says where that was.
    pub(super) fn take(
        &mut self,
        slot: usize,
        text: &mut Text,
        merges: &Merges,
        id: u32,
        taken: &mut Vec<usize>,
    ) {
        let Pair { left, right, first, places, .. } = self.pairs[slot];
        let (left_len, right_len) = (merges.fragment_len(left), merges.fragment_len(right));
        for index in first..first + places as usize {
            let place = self.places[index] as usize;
            if !(text.starts(place, left) && text.starts(place + left_len, right)) {
                continue;
            }
            // The pair of a neighbour that was itself merged just now has been counted off already.
            if let Some(neighbour) = text.before(place).filter(|&n| n != id) {
                self.lose(neighbour, left);
            }
            if let Some(neighbour) = text.at(place + left_len + right_len) {
                self.lose(right, neighbour);
            }
            text.join(place, left_len, right_len, id);
            taken.push(place);
        }
        self.pairs[slot].count = 0;
    }

    /// Takes in the pairs around the new fragment `id`, which stands at these places.
    pub(super) fn add_around(
        &mut self,
        text: &Text,
        merges: &Merges,
        id: u32,
        at: &[usize],
        queue: &mut BinaryHeap<Entry>,
    ) {
        self.before.push(0);
        self.behind.push(0);
        let len = merges.fragment_len(id);
        let fits = |other: u32| merges.fragment_len(other) + len <= self.max_len as usize;
        let (mut lefts, mut rights) = (Vec::new(), Vec::new());
        for &place in at {
            // The fragment beside itself is seen from its left place only.
            if let Some(left) = text.before(place).filter(|&left| left != id && fits(left)) {
                if self.before[left as usize] == 0 {
                    lefts.push(left);
                }
                self.before[left as usize] += 1;
            }
            if let Some(right) = text.at(place + len).filter(|&right| fits(right)) {
                if self.behind[right as usize] == 0 {
                    rights.push(right);
                }
                self.behind[right as usize] += 1;
            }
        }
        // From counts to 1 + the index where the next place goes; 0 for pairs that are too rare.
        let mut cursors = Vec::with_capacity(lefts.len() + rights.len());
        for &left in &lefts {
            let count = std::mem::take(&mut self.before[left as usize]);
            if count >= self.min_count {
                let (entry, first) = self.insert(left, id, count);
                queue.push(entry);
                cursors.push(first);
                self.before[left as usize] = cursors.len() as u32;
            }
        }
        for &right in &rights {
            let count = std::mem::take(&mut self.behind[right as usize]);
            if count >= self.min_count {
                let (entry, first) = self.insert(id, right, count);
                queue.push(entry);
                cursors.push(first);
                self.behind[right as usize] = cursors.len() as u32;
            }
        }
        if !cursors.is_empty() {
            for &place in at {
                if let Some(left) = text.before(place) {
                    let cursor = self.before[left as usize] as usize;
                    if cursor != 0 && left != id {
                        self.places[cursors[cursor - 1]] = (place - merges.fragment_len(left)) as u32;
                        cursors[cursor - 1] += 1;
                    }
                }
                if let Some(right) = text.at(place + len) {
                    let cursor = self.behind[right as usize] as usize;
                    if cursor != 0 {
                        self.places[cursors[cursor - 1]] = place as u32;
                        cursors[cursor - 1] += 1;
                    }
                }
            }
        }
        lefts.iter().for_each(|&left| self.before[left as usize] = 0);
        rights.iter().for_each(|&right| self.behind[right as usize] = 0);
    }

    fn places_of(&self, pair: &Pair) -> &[u32] {
        &self.places[pair.first..pair.first + pair.places as usize]
    }

    /// Adds a pair that is new, and room for its places, which start at the returned index.
    fn insert(&mut self, left: u32, right: u32, count: u32) -> (Entry, usize) {
        let (slot, first) = (self.pairs.len(), self.places.len());
        self.pairs.push(Pair { left, right, count, places: count, first });
        self.places.resize(first + count as usize, 0);
        if self.pairs.len() * 2 > self.table.len() {
            self.table = vec![0; self.table.len() * 2];
            for slot in 0..self.pairs.len() {
                let cell = self.cell(self.pairs[slot].left, self.pairs[slot].right);
                self.table[cell] = slot as u32 + 1;
            }
        } else {
            let cell = self.cell(left, right);
            self.table[cell] = slot as u32 + 1;
        }
        (Entry { count, left, right, slot }, first)
    }

    /// One place of the pair is gone.
    fn lose(&mut self, left: u32, right: u32) {
        let cell = self.cell(left, right);
        if let Some(slot) = self.table[cell].checked_sub(1) {
            let count = &mut self.pairs[slot as usize].count;
            *count = count.saturating_sub(1);
        }
    }

    /// The cell of the table where the pair is, or would go.
    fn cell(&self, left: u32, right: u32) -> usize {
        let key = u64::from(left) << 32 | u64::from(right);
        let hash = (key ^ key >> 29).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mask = self.table.len() - 1;
        let mut cell = (hash >> 32) as usize & mask;
        while let Some(slot) = self.table[cell].checked_sub(1) {
            let pair = &self.pairs[slot as usize];
            if pair.left == left && pair.right == right {
                break;
            }
            cell = (cell + 1) & mask;
        }
        cell
    }
}
