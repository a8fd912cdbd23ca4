//! Where is a symbol in a row that is too long to be searched one by one?

/// Where symbols are in rows too long to be searched one by one: open addressing, half full.
pub(crate) struct Index {
    /// Row, symbol and offset in the row; `u64::MAX` is empty.
    slots: Vec<u64>,
    used: usize,
    /// A bit for each key, by another hash: most keys that are asked for are not there, and this is
    /// small enough to stay close.
    known: Vec<u64>,
}

impl Index {
    pub(crate) fn new() -> Self {
        Index { slots: vec![u64::MAX; 1024], used: 0, known: vec![0; 64] }
    }

    fn start(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) as usize & (self.slots.len() - 1)
    }

    pub(crate) fn insert(&mut self, row: u32, symbol: u16, offset: usize) {
        if (self.used + 1) * 2 > self.slots.len() {
            let double = vec![u64::MAX; self.slots.len() * 2];
            // Four bits a slot: eight or more for each key.
            self.known = vec![0; double.len() / 16];
            for slot in std::mem::replace(&mut self.slots, double) {
                if slot != u64::MAX {
                    self.put(slot);
                }
            }
        }
        self.used += 1;
        self.put(u64::from(row) << 32 | u64::from(symbol) << 16 | offset as u64 & 0xffff);
    }

    /// Word and bit of a key in `known`.
    #[inline]
    fn bit(&self, key: u64) -> (usize, u64) {
        let hash = key.wrapping_mul(0xd6e8_feb8_6659_fd93) >> 32;
        ((hash >> 6) as usize & (self.known.len() - 1), 1 << (hash & 63))
    }

    fn put(&mut self, slot: u64) {
        let (word, bit) = self.bit(slot >> 16);
        self.known[word] |= bit;
        let mut at = self.start(slot >> 16);
        while self.slots[at] != u64::MAX {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = slot;
    }

    #[inline]
    pub(crate) fn find(&self, row: u32, symbol: u16) -> Option<usize> {
        let key = u64::from(row) << 16 | u64::from(symbol);
        let (word, bit) = self.bit(key);
        if self.known[word] & bit == 0 {
            return None;
        }
        let mut at = self.start(key);
        loop {
            let slot = self.slots[at];
            if slot >> 16 == key {
                return Some((slot & 0xffff) as usize);
            }
            if slot == u64::MAX {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}
