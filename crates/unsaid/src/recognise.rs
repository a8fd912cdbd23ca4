//! Which format a file is in, by its first bytes, never by its name.

use unsaid_archive::format::MAGIC as FF;
use unsaid_cm::paq9a;
use unsaid_records::{MAGIC as MODEL, stream};

/// A format that can be told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Unsaid's own archive.
    Ff,
    /// The solid archive of the 2007 program, with either of its two magics.
    Paq9a,
    /// A model of the record codec.
    RecordModel,
    /// A stream of compressed records.
    Records,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 4] = [Format::Ff, Format::Paq9a, Format::RecordModel, Format::Records];

    /// How many bytes [`Format::recognise`] wants to see.
    pub const PREFIX: usize = 8;

    /// The format that begins like this; `None` where it is none of ours. A file cut within its
    /// magic is taken for the first of ours that could begin like it.
    pub fn recognise(start: &[u8]) -> Option<Format> {
        let start = &start[..start.len().min(Self::PREFIX)];
        let begins = |magic: &[u8]| match start.len() {
            0 => false,
            n if n < magic.len() => magic.starts_with(start),
            _ => start.starts_with(magic),
        };
        if begins(&FF) {
            Some(Format::Ff)
        } else if begins(&paq9a::MAGIC) || begins(&paq9a::MAGIC_OF_THE_TEXT) {
            Some(Format::Paq9a)
        } else if begins(&MODEL) {
            Some(Format::RecordModel)
        } else if begins(&stream::MAGIC) {
            Some(Format::Records)
        } else {
            None
        }
    }

    /// The name, as the command knows it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Ff => "ff",
            Format::Paq9a => "paq9a",
            Format::RecordModel => "records model",
            Format::Records => "records",
        }
    }

    /// Whether the format itself finds every damage; otherwise a [seal](crate::seal) does.
    pub fn checks_itself(self) -> bool {
        match self {
            Format::Ff | Format::RecordModel | Format::Records => true,
            Format::Paq9a => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        for (start, format) in [
            (&b"\x89USFF\r\n\x1a\x01\x00"[..], Some(Format::Ff)),
            (b"\x89USFF\r\n", Some(Format::Ff)),
            (b"\x89PNG\r\n\x1a\n", None),
            (b"\x89USFF\n\x1a\n", None),
            (b"pQ9\x01", Some(Format::Paq9a)),
            (b"lPq\x019", Some(Format::Paq9a)),
            (b"pQ9\x02", None),
            (b"pQ", Some(Format::Paq9a)),
            (b"\x89USRM\r\n\x1a", Some(Format::RecordModel)),
            (b"\x89USRS\r\n\x1a", Some(Format::Records)),
            (b"\x89USR", Some(Format::RecordModel)),
            (b"", None),
        ] {
            assert_eq!(Format::recognise(start), format, "{start:x?}");
        }
    }
}
