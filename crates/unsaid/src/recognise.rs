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
    /// A file that refers to a dictionary by its CID.
    Zipfs,
    /// A dictionary in one block, the root of one in many, or a part of one.
    ZipfsDictionary,
    /// Blocks in one file.
    Car,
    /// Positions in π, as text.
    Piz,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 8] = [
        Format::Ff,
        Format::Paq9a,
        Format::RecordModel,
        Format::Records,
        Format::Zipfs,
        Format::ZipfsDictionary,
        Format::Car,
        Format::Piz,
    ];

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
        } else if start.starts_with(b"PiZ\t") || start.starts_with(b"PiZ\n") {
            Some(Format::Piz)
        } else {
            Self::of_cbor(start)
        }
    }

    /// The formats made of CBOR have no magic number. Their maps begin with the number of keys and the first
    /// key, which are the same in each file of the format; all of that must be there.
    fn of_cbor(start: &[u8]) -> Option<Format> {
        let begins = |first: &[u8]| start.starts_with(first);
        let header = |n: usize| start.get(n..).is_some_and(|rest| rest.starts_with(b"\xa2\x65root"));
        match start.first()? {
            0xa2 if begins(b"\xa2\x64Data") || begins(b"\xa2\x6aDictio") => Some(Format::Zipfs),
            0xa1 if begins(b"\xa1\x68Segmen") => Some(Format::ZipfsDictionary),
            0xa2..=0xa4 if start.get(1..6) == Some(b"\x64Name") => Some(Format::ZipfsDictionary),
            // The length of the header comes first: one byte or, with several roots, two.
            _ if header(1) || header(2) || begins(b"\x0a\xa1\x67versi") => Some(Format::Car),
            _ => None,
        }
    }

    /// The name, as the command knows it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Ff => "ff",
            Format::Paq9a => "paq9a",
            Format::RecordModel => "records model",
            Format::Records => "records",
            Format::Zipfs => "zipfs",
            Format::ZipfsDictionary => "zipfs dictionary",
            Format::Car => "car",
            Format::Piz => "piz",
        }
    }

    /// Whether the format itself finds every damage; otherwise a [seal](crate::seal) does, or its CID where
    /// it is a block.
    pub fn checks_itself(self) -> bool {
        match self {
            Format::Ff | Format::RecordModel | Format::Records | Format::Car => true,
            Format::Paq9a | Format::Zipfs | Format::ZipfsDictionary | Format::Piz => false,
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
            (b"\xa2\x64Data\x41\x00", Some(Format::Zipfs)),
            (b"\xa2\x6aDictionary", Some(Format::Zipfs)),
            (b"\xa2\x6aDictio", Some(Format::Zipfs)),
            (b"\xa3\x64Name\x64tiny", Some(Format::ZipfsDictionary)),
            (b"\xa1\x68Segments", Some(Format::ZipfsDictionary)),
            (b"\x3a\xa2\x65roots\x81", Some(Format::Car)),
            (b"\x80\x02\xa2\x65roots", Some(Format::Car)),
            (b"\x0a\xa1\x67version\x02", Some(Format::Car)),
            (b"PiZ\n0\n\t0\n\n", Some(Format::Piz)),
            (b"PiZ\tDec\tHex\n", Some(Format::Piz)),
            (b"PiZza\n", None),
            (b"PiZ", None),
            (b"\xa2\x64Dat", None),
            (b"\xa5\x64Name", None),
            (b"", None),
        ] {
            assert_eq!(Format::recognise(start), format, "{start:x?}");
        }
    }
}
