//! Tables as bytes, for whoever keeps them.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `PiZt` |
//! | 1 | version, 1 |
//! | 1 | bytes of a chunk, 1 to 3 |
//! | 2 | base |
//! | 8 | digits looked at |
//! | 4 each | first position of each value, in order of values; 0xFFFFFFFF where it was not seen |
//! | 32 | BLAKE3 of all before |
//!
//! Numbers are little-endian. The length follows from the sixth byte, so that none is believed.

use unsaid_core::check::Hash;
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_pi::Base;

use crate::table::{LONGEST, NONE, Table};

const MAGIC: &[u8; 4] = b"PiZt";
const VERSION: u8 = 1;
const HEAD: usize = 16;

impl Table {
    /// The table as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD + 4 * self.first.len() + 32);
        out.extend_from_slice(MAGIC);
        out.push(VERSION);
        out.push(self.bytes as u8);
        out.extend_from_slice(&self.base.get().to_le_bytes());
        out.extend_from_slice(&self.scanned.to_le_bytes());
        out.extend(self.first.iter().flat_map(|first| first.to_le_bytes()));
        out.extend_from_slice(&Hash::of(&out).0);
        out
    }

    /// Reads a table.
    ///
    /// # Errors
    /// [`ErrorKind::NotThisFormat`], [`ErrorKind::NewerVersion`], [`ErrorKind::Truncated`] and
    /// [`ErrorKind::Corrupt`]: build it anew.
    pub fn from_bytes(kept: &[u8]) -> Result<Table> {
        let Some((head, rest)) = kept.split_first_chunk::<HEAD>() else {
            return Err(Error::truncated("a table of positions"));
        };
        let [m0, m1, m2, m3, version, bytes, b0, b1, scanned @ ..] = *head;
        if [m0, m1, m2, m3] != *MAGIC {
            return Err(Error::new(ErrorKind::NotThisFormat, "no table of positions"));
        }
        if version != VERSION {
            return Err(Error::new(ErrorKind::NewerVersion, "the version of a table of positions")
                .found(version)
                .expected(VERSION));
        }
        let bytes = u32::from(bytes);
        let (true, Ok(base)) =
            ((1..=LONGEST).contains(&bytes), Base::new(u32::from(u16::from_le_bytes([b0, b1]))))
        else {
            return Err(Error::corrupt("the head of a table of positions"));
        };
        let values = 1_usize << (8 * bytes);
        if rest.len() != 4 * values + 32 {
            return Err(Error::truncated("a table of positions")
                .found(kept.len())
                .expected(HEAD + 4 * values + 32));
        }
        let (text, hash) = kept.split_at(HEAD + 4 * values);
        if Hash::of(text).0 != *hash {
            return Err(Error::corrupt("a table of positions: its hash differs"));
        }
        let (places, _) = rest.as_chunks::<4>();
        let first: Vec<u32> = places.iter().take(values).map(|&place| u32::from_le_bytes(place)).collect();
        let missing = first.iter().filter(|&&place| place == NONE).count() as u64;
        Ok(Table { base, bytes, first, missing, scanned: u64::from_le_bytes(scanned) })
    }
}
