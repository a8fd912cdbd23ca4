//! Where is a symbol in a row that is too long to be searched one by one?

/// Open addressing, half full at most. What is at a place says whose it is: no key is kept.
pub(crate) struct Places {
    /// Places, or [`EMPTY`].
    slots: Vec<u32>,
    /// A bit for each key, by other bits of its hash: most keys that are asked for are not there, and
    /// this is small enough to stay close.
    known: Vec<u64>,
}

const EMPTY: u32 = u32::MAX;

fn hash(row: u32, symbol: u16) -> u64 {
    let h = (u64::from(row) << 16 | u64::from(symbol)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    h ^ h >> 32
}

impl Places {
    /// With room for so many.
    pub(crate) fn with_room_for(count: usize) -> Self {
        let size = (count * 2).next_power_of_two().max(64);
        Places { slots: vec![EMPTY; size], known: vec![0; (size / 16).max(1)] }
    }

    /// Notes the place of a symbol that was not there before.
    pub(crate) fn insert(&mut self, row: u32, symbol: u16, place: u32) {
        let hash = hash(row, symbol);
        let (word, bit) = self.bit(hash);
        self.known[word] |= bit;
        let mut at = hash as usize & (self.slots.len() - 1);
        while self.slots[at] != EMPTY {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = place;
    }

    /// Word and bit of a key in `known`.
    #[inline]
    fn bit(&self, hash: u64) -> (usize, u64) {
        ((hash >> 24) as usize & (self.known.len() - 1), 1 << (hash >> 58))
    }

    /// The place that `is_it`, of those that may be it.
    #[inline]
    pub(crate) fn find(&self, row: u32, symbol: u16, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let hash = hash(row, symbol);
        let (word, bit) = self.bit(hash);
        if self.known[word] & bit == 0 {
            return None;
        }
        let mut at = hash as usize & (self.slots.len() - 1);
        loop {
            match self.slots[at] {
                EMPTY => return None,
                place if is_it(place) => return Some(place),
                _ => at = (at + 1) & (self.slots.len() - 1),
            }
        }
    }
}
