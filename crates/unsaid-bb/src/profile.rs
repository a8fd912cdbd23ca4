//! The two ways in which BB's bytes are read: the protocol of the text, and the reference profile of
//! the original's code, which was never brought in line with it.

use std::fmt;

/// A way to write a model and the tokens of its documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// As the text has it: a model is its hash and its fragments; `FD` takes a byte, `FE` two.
    Protocol,
    /// As the original's code has it: the number of fragments stands after the hash; `FC` takes a
    /// byte, `FD` two, `FF` four.
    Reference,
}

/// A byte that opens a token, by what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// So many bytes of the document follow, at most 127.
    Literal(u8),
    /// A reference to this fragment; nothing follows.
    Index(u32),
    /// So many bytes follow, the index of a fragment, little endian.
    Wide(u8),
}

/// One-byte references reach the fragments below this.
pub(crate) const ONE_BYTE: u32 = 124;
/// The longest literal of one token.
pub(crate) const LONGEST_LITERAL: usize = 127;
/// The longest fragment: its length is one byte.
pub const LONGEST_FRAGMENT: usize = 255;

impl Profile {
    /// Both, in the order in which a reader tries them.
    pub const ALL: [Profile; 2] = [Profile::Reference, Profile::Protocol];

    /// The name, as documents and the command have it.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Protocol => "protocol",
            Profile::Reference => "reference",
        }
    }

    /// The profile with this name.
    pub fn from_name(name: &str) -> Option<Profile> {
        Profile::ALL.into_iter().find(|p| p.name() == name)
    }

    /// How many fragments a document can refer to.
    pub fn addressable(self) -> u64 {
        match self {
            Profile::Protocol => 1 << 16,
            Profile::Reference => 1 << 32,
        }
    }

    /// Bytes of a reference to the fragment at `index`; `None` where no token reaches it.
    pub fn reference_bytes(self, index: u32) -> Option<u32> {
        match (self, index) {
            (_, 0..ONE_BYTE) => Some(1),
            (_, ONE_BYTE..=0xff) => Some(2),
            (_, 0x100..=0xffff) => Some(3),
            (Profile::Reference, _) => Some(5),
            (Profile::Protocol, _) => None,
        }
    }

    /// What a byte opens; `None` where it opens nothing.
    pub(crate) fn opening(self, byte: u8) -> Option<Opening> {
        match (self, byte) {
            (_, 0..0x80) => Some(Opening::Literal(byte)),
            (_, 0x80..=0xfb) => Some(Opening::Index(u32::from(byte - 0x80))),
            (Profile::Protocol, 0xfd) | (Profile::Reference, 0xfc) => Some(Opening::Wide(1)),
            (Profile::Protocol, 0xfe) | (Profile::Reference, 0xfd) => Some(Opening::Wide(2)),
            (Profile::Reference, 0xff) => Some(Opening::Wide(4)),
            _ => None,
        }
    }

    /// The bytes that open something, in words.
    pub(crate) fn openings(self) -> &'static str {
        match self {
            Profile::Protocol => "00 to FB, FD or FE (protocol)",
            Profile::Reference => "00 to FD or FF (reference)",
        }
    }

    /// Appends the shortest reference to the fragment at `index`, which this profile must reach.
    pub(crate) fn push_reference(self, index: u32, out: &mut Vec<u8>) {
        let little = index.to_le_bytes();
        let (opening, width) = match (self, index) {
            (_, 0..ONE_BYTE) => return out.push(0x80 + little[0]),
            (Profile::Protocol, 0..=0xff) => (0xfd, 1),
            (Profile::Protocol, _) => (0xfe, 2),
            (Profile::Reference, 0..=0xff) => (0xfc, 1),
            (Profile::Reference, 0x100..=0xffff) => (0xfd, 2),
            (Profile::Reference, _) => (0xff, 4),
        };
        debug_assert!(u64::from(index) < self.addressable());
        out.push(opening);
        out.extend_from_slice(&little[..width]);
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_as_long_as_they_cost_and_read_as_they_were_written() {
        for profile in Profile::ALL {
            assert_eq!(Profile::from_name(profile.name()), Some(profile));
            for index in [0, 1, 122, 123, 124, 255, 256, 65535, 65536, u32::MAX] {
                let Some(cost) = profile.reference_bytes(index) else {
                    assert!(profile == Profile::Protocol && index > 65535);
                    continue;
                };
                let mut out = Vec::new();
                profile.push_reference(index, &mut out);
                assert_eq!(out.len() as u32, cost, "{profile} {index}");
                let read = match profile.opening(out[0]) {
                    Some(Opening::Index(read)) => read,
                    Some(Opening::Wide(width)) => {
                        assert_eq!(usize::from(width), out.len() - 1);
                        out[1..].iter().rev().fold(0, |n, &b| n << 8 | u32::from(b))
                    }
                    other => panic!("{other:?}"),
                };
                assert_eq!(read, index);
            }
        }
    }

    #[test]
    fn what_a_byte_opens_is_the_table_of_the_page() {
        use Profile::{Protocol, Reference};
        let wide = |profile: Profile| {
            let widths = (0xfc..=0xff).map(|b| match profile.opening(b) {
                Some(Opening::Wide(n)) => n,
                _ => 0,
            });
            widths.collect::<Vec<_>>()
        };
        assert_eq!(wide(Protocol), [0, 1, 2, 0]);
        assert_eq!(wide(Reference), [1, 2, 0, 4]);
        for profile in Profile::ALL {
            assert_eq!(profile.opening(0), Some(Opening::Literal(0)));
            assert_eq!(profile.opening(0x7f), Some(Opening::Literal(127)));
            assert_eq!(profile.opening(0x80), Some(Opening::Index(0)));
            assert_eq!(profile.opening(0xfb), Some(Opening::Index(123)));
        }
    }
}
