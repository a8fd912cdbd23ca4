//! Levels as a table: how much memory the model has.

use unsaid_core::{Error, ErrorKind, Limits, Result};

/// Sizes of the tables of one level, all powers of two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Bytes of the table of bit histories.
    pub(super) slots: usize,
    /// Bytes of the history that LZP searches.
    pub(super) ring: usize,
    /// Entries (of four bytes) of the index into it.
    pub(super) index: usize,
}

/// One row a level. Changing one changes the format.
const TABLE: [Sizes; 9] = {
    let mut table = [Sizes { slots: 0, ring: 0, index: 0 }; 9];
    let mut i = 0;
    while i < table.len() {
        let memory = 1 << (23 + i);
        table[i] = Sizes { slots: memory / 2, ring: memory / 8, index: memory / 32 };
        i += 1;
    }
    table
};

/// Tables whose size does not depend on the level: 12 MiB and what the small ones round up to.
const FIXED: u64 = 13 << 20;

/// How much memory the model has, from 1 (19 MiB) to 9 (1.5 GiB); decoding needs the same.
///
/// More memory helps where the input is larger than the memory, and costs a little time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

impl Level {
    /// The level of an archive made without a level: 7, which needs 397 MiB.
    pub const DEFAULT: Level = Level(7);
    /// The least.
    pub const MIN: Level = Level(1);
    /// The most.
    pub const MAX: Level = Level(9);

    /// The level with this number, 1 to 9.
    pub const fn new(number: u8) -> Option<Level> {
        if number >= 1 && number <= 9 { Some(Level(number)) } else { None }
    }

    /// Its number.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Bytes of memory that coding and decoding need at most; input that is smaller touches less.
    pub fn memory(self) -> u64 {
        let Sizes { slots, ring, index } = self.sizes();
        slots as u64 + ring as u64 + 4 * index as u64 + FIXED
    }

    pub(super) fn sizes(self) -> Sizes {
        TABLE[usize::from(self.0) - 1]
    }

    /// Refuses a level whose memory the limits or the system do not give, before it is taken.
    pub(super) fn check(self, limits: &Limits) -> Result<()> {
        limits.check_memory(self.memory(), &format!("paq9a level {}", self.0))?;
        // A failed allocation of zeroed memory ends the process; asking first gives an error.
        let mut probe = Vec::<u8>::new();
        usize::try_from(self.memory()).ok().and_then(|n| probe.try_reserve_exact(n).ok()).ok_or_else(|| {
            Error::new(ErrorKind::Environment, format!("memory for paq9a level {}", self.0))
                .found("the system refused")
                .expected(format!("{} bytes", self.memory()))
                .hint("free some memory or raise the process's limit")
        })
    }
}

impl Default for Level {
    fn default() -> Self {
        Level::DEFAULT
    }
}
