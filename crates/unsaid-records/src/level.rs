//! How much work a document is worth.

use std::fmt;
use std::str::FromStr;

use unsaid_core::{Error, ErrorKind};

/// A way to code documents. The number stands in the flag byte of every document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// Fixed two-byte tokens: decodes as fast as memory is copied.
    Fast = 1,
    /// Fragments in the context of those before, entropy coded: hundreds of megabytes a second.
    Balanced = 2,
    /// Context mixing with a state learned from the training documents: the smallest, a few
    /// megabytes a second both ways.
    Small = 3,
}

impl Level {
    /// All of them, the fastest first.
    pub const ALL: [Level; 3] = [Level::Fast, Level::Balanced, Level::Small];

    /// Its name on command lines and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Level::Fast => "fast",
            Level::Balanced => "balanced",
            Level::Small => "small",
        }
    }

    /// The level with this number, which 0 (stored) has not.
    pub fn from_number(number: u8) -> Option<Self> {
        Level::ALL.into_iter().find(|&level| level as u8 == number)
    }

    /// Units of declared work for a byte of a document; storing is 1.
    pub fn cost(self) -> u64 {
        match self {
            Level::Fast => 1,
            Level::Balanced => 8,
            Level::Small => 400,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Level {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Level::ALL.into_iter().find(|level| level.name() == name).ok_or_else(|| {
            Error::new(ErrorKind::Usage, "a level of the record codec")
                .found(format!("'{name}'"))
                .expected("fast, balanced or small")
        })
    }
}
