//! The bytes just coded, boiled down to a few words that contexts are made of.

/// Hashes of the last bytes and words.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct History {
    /// Hash of the last eight bytes; each byte moves the ones before up by more than five bits.
    pub(crate) h1: u32,
    /// The last four bytes, the latest lowest.
    pub(crate) h2: u32,
    /// Hash of the letters of the present word, in lower case; 0 outside of words.
    pub(crate) word0: u32,
    /// Hash of the word before.
    pub(crate) word1: u32,
}

impl History {
    /// Appends a byte.
    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        self.h1 = self.h1.wrapping_mul(48).wrapping_add(u32::from(byte) + 1);
        self.h2 = self.h2 << 8 | u32::from(byte);
        if byte.is_ascii_alphabetic() {
            self.word0 = self.word0.wrapping_mul(116).wrapping_add(u32::from(byte.to_ascii_lowercase()));
        } else if self.word0 != 0 {
            self.word1 = self.word0;
            self.word0 = 0;
        }
    }
}
