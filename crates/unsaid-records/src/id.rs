//! Which model is meant: the BLAKE3 of its file.

use std::fmt;

use unsaid_core::check::Hash;

/// What names a model: the BLAKE3 of the whole model file, as `b3sum` prints it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId(Hash);

/// The first four bytes of a [`ModelId`], which documents carry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShortId(pub [u8; 4]);

impl ModelId {
    /// The id of the model file with this hash.
    pub const fn new(hash: Hash) -> Self {
        ModelId(hash)
    }

    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        Hash::from_hex(text).map(ModelId)
    }

    /// The hash.
    pub const fn hash(&self) -> &Hash {
        &self.0
    }

    /// What documents carry of it.
    pub const fn short(&self) -> ShortId {
        let [a, b, c, d, ..] = self.0.0;
        ShortId([a, b, c, d])
    }
}

impl From<Hash> for ModelId {
    fn from(hash: Hash) -> Self {
        ModelId(hash)
    }
}

/// 64 lower-case hexadecimal digits.
impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelId({self})")
    }
}

/// Eight lower-case hexadecimal digits.
impl fmt::Display for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShortId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_id_is_how_the_long_one_begins() {
        let id = ModelId::new(Hash::of(b""));
        assert_eq!(id.to_string(), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
        assert_eq!(id.short().to_string(), "af1349b9");
        assert_eq!(ModelId::from_hex(&id.to_string()), Some(id));
    }
}
