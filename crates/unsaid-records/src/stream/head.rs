//! How a stream begins.

use unsaid_core::check::Hash;
use unsaid_core::{Error, ErrorKind, Result};

use super::Separator;
use crate::{Framing, ModelId};

/// How every stream of records begins.
pub const MAGIC: [u8; 8] = *b"\x89USRS\r\n\x1a";

/// The version that this library writes, and the newest that it reads.
pub const VERSION: u8 = 1;

/// The bytes of a head.
pub const HEAD_BYTES: usize = 42;

/// Added to the number of the separator.
const BARE: u8 = 2;

/// What holds for all records of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How the records were told apart before they were compressed.
    pub separator: Separator,
    /// Whether the records carry neither model id nor check; otherwise each has both.
    pub bare: bool,
    /// The model of all records.
    pub model: ModelId,
}

impl Head {
    /// What each record carries.
    pub fn framing(&self) -> Framing {
        if self.bare { Framing::BARE } else { Framing::default() }
    }

    /// The bytes on disk.
    pub fn write(&self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8] = VERSION;
        bytes[9] = self.separator as u8 | if self.bare { BARE } else { 0 };
        bytes[10..].copy_from_slice(&self.model.hash().0);
        bytes
    }

    /// Reads the bytes on disk, which may go on.
    ///
    /// # Errors
    /// `NotThisFormat`, `NewerVersion`, `Truncated`.
    pub fn read(bytes: &[u8]) -> Result<Head> {
        check_magic(bytes, &MAGIC, "not a stream of compressed records")?;
        let Some((head, _)) = bytes.split_first_chunk::<HEAD_BYTES>() else {
            return Err(Error::truncated("the head of the stream").at(bytes.len() as u64));
        };
        let bare = head[9] & BARE != 0;
        let separator = match head[9] & !BARE {
            0 => Separator::Lines,
            1 => Separator::Lengths,
            _ => return Err(newer("kind of the records", head[9]).expected("0 to 3").at(9)),
        };
        let mut hash = [0; 32];
        hash.copy_from_slice(&head[10..]);
        Ok(Head { separator, bare, model: ModelId::new(Hash(hash)) })
    }
}

/// Checks magic number and version, of which the last bytes may be missing.
pub(super) fn check_magic(bytes: &[u8], magic: &[u8; 8], what: &str) -> Result<()> {
    let shared = bytes.len().min(magic.len());
    if bytes.is_empty() || bytes[..shared] != magic[..shared] {
        return Err(Error::new(ErrorKind::NotThisFormat, what));
    }
    match bytes.get(magic.len()) {
        Some(&version) if version != VERSION => Err(newer("version", version).expected(VERSION).at(8)),
        _ => Ok(()),
    }
}

fn newer(what: &str, found: u8) -> Error {
    Error::new(ErrorKind::NewerVersion, format!("{what} of the stream"))
        .found(found)
        .hint("read it with a newer version of Unsaid")
}
