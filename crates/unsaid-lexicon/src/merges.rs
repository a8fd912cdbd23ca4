//! Fragments as a list of merges: each joins two that were there before it.

use unsaid_core::{Error, Result};

use crate::strings::ByteStrings;

/// The ids below this are the 256 bytes.
pub const BYTES: u32 = 256;

/// Merges in order. The first makes the fragment 256, the next 257, and so on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merges {
    pairs: Vec<(u32, u32)>,
    /// Bytes of every fragment, the 256 bytes among them.
    lens: Vec<u32>,
}

impl Default for Merges {
    fn default() -> Self {
        Merges { pairs: Vec::new(), lens: vec![1; BYTES as usize] }
    }
}

impl Merges {
    /// Merges from anywhere.
    ///
    /// # Errors
    /// [`unsaid_core::ErrorKind::Corrupt`] where a merge names a fragment that is not there before
    /// it, or makes one longer than `max_len` bytes.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (u32, u32)>, max_len: u32) -> Result<Self> {
        let mut merges = Merges::default();
        for (left, right) in pairs {
            merges.push_checked(left, right, max_len)?;
        }
        Ok(merges)
    }

    /// Appends a merge from anywhere and gives the id of what it makes.
    ///
    /// # Errors
    /// As [`from_pairs`](Self::from_pairs).
    pub fn push_checked(&mut self, left: u32, right: u32, max_len: u32) -> Result<u32> {
        let known = self.lens.len() as u32;
        if left >= known || right >= known {
            return Err(Error::corrupt("a merge names a fragment that is not made yet")
                .found(left.max(right))
                .expected(format!("an id below {known}")));
        }
        let len = u64::from(self.lens[left as usize]) + u64::from(self.lens[right as usize]);
        if len > u64::from(max_len) {
            return Err(Error::corrupt("a merge makes a fragment that is too long")
                .found(format!("{len} bytes"))
                .expected(format!("at most {max_len}")));
        }
        Ok(self.push(left, right))
    }

    /// Appends a merge of fragments that are there.
    pub(crate) fn push(&mut self, left: u32, right: u32) -> u32 {
        let id = self.lens.len() as u32;
        self.lens.push(self.lens[left as usize] + self.lens[right as usize]);
        self.pairs.push((left, right));
        id
    }

    /// How many merges. There are 256 fragments more.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there are the bytes alone.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// What each merge joins: the ids of its left and right part.
    pub fn pairs(&self) -> &[(u32, u32)] {
        &self.pairs
    }

    /// Bytes of each fragment, by id.
    pub fn lens(&self) -> &[u32] {
        &self.lens
    }

    /// Bytes of the fragment `id`, which is there.
    pub(crate) fn fragment_len(&self, id: u32) -> usize {
        self.lens[id as usize] as usize
    }

    /// The first `n` merges, or all where there are fewer.
    #[must_use]
    pub fn prefix(&self, n: usize) -> Self {
        let n = n.min(self.pairs.len());
        Merges { pairs: self.pairs[..n].to_vec(), lens: self.lens[..BYTES as usize + n].to_vec() }
    }

    /// The bytes of every fragment, by id: first the 256 bytes, then one for each merge.
    ///
    /// Two merges may make the same bytes in two ways.
    pub fn fragments(&self) -> ByteStrings {
        let mut all: ByteStrings = (0..=u8::MAX).map(|byte| [byte]).collect();
        for &(left, right) in &self.pairs {
            all.push_joined(left as usize, right as usize);
        }
        all
    }
}
