//! The bytes on disk; nothing else in this crate knows them. See `docs/formats/paq9a.md`.

use unsaid_core::{Error, ErrorKind, Result};

use super::params::Level;

/// The first four bytes of an archive, as the original program writes them.
pub const MAGIC: [u8; 4] = *b"pQ9\x01";

/// The first four bytes as the original's documentation has them; read, never written.
pub const MAGIC_OF_THE_TEXT: [u8; 4] = *b"lPq\x01";

/// Bytes of the header: a magic number and the level as a digit.
pub(super) const HEADER_BYTES: usize = 5;

/// A name ends with, and every block starts with, this byte.
pub(super) const BLOCK_MARK: u8 = 0;

/// Bytes of a block's head after its mark: mode, size, packed size.
pub(super) const BLOCK_HEAD_BYTES: usize = 9;

/// Most bytes of a stored block that the original (and we) write; a reader takes any size.
pub(super) const STORED_BLOCK: usize = 1 << 20;

/// A compressed block ends after the byte with which its payload exceeds this many bytes.
pub(super) const COMPRESSED_BLOCK: usize = (1 << 17) - 256;

/// How a block is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The bytes as they are. They teach the model nothing.
    Stored,
    /// The bytes against the model.
    Compressed,
}

impl Mode {
    /// The letter in a block's head.
    pub(super) fn letter(self) -> u8 {
        match self {
            Mode::Stored => b's',
            Mode::Compressed => b'c',
        }
    }
}

/// The head of a block, without its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BlockHead {
    pub(super) mode: Mode,
    /// Bytes of the file in this block.
    pub(super) size: u32,
    /// Bytes of the payload.
    pub(super) packed: u32,
}

impl BlockHead {
    pub(super) fn to_bytes(self) -> [u8; BLOCK_HEAD_BYTES] {
        let mut bytes = [0; BLOCK_HEAD_BYTES];
        bytes[0] = self.mode.letter();
        bytes[1..5].copy_from_slice(&self.size.to_be_bytes());
        bytes[5..].copy_from_slice(&self.packed.to_be_bytes());
        bytes
    }

    /// Parses the head that starts at byte `offset` of the archive.
    pub(super) fn parse(bytes: [u8; BLOCK_HEAD_BYTES], offset: u64) -> Result<Self> {
        let [letter, a, b, c, d, e, f, g, h] = bytes;
        let mode = match letter {
            b's' => Mode::Stored,
            b'c' => Mode::Compressed,
            _ => {
                return Err(Error::corrupt("mode of a block")
                    .found(format!("0x{letter:02x}"))
                    .expected("'c' (63) or 's' (73)")
                    .at(offset));
            }
        };
        let head = BlockHead {
            mode,
            size: u32::from_be_bytes([a, b, c, d]),
            packed: u32::from_be_bytes([e, f, g, h]),
        };
        if mode == Mode::Stored && head.size != head.packed {
            return Err(Error::corrupt("a stored block with two sizes")
                .found(format!("{} bytes in a payload of {}", head.size, head.packed))
                .expected("equal sizes")
                .at(offset + 1));
        }
        Ok(head)
    }
}

/// The header of an archive at this level.
pub(super) fn header(level: Level) -> [u8; HEADER_BYTES] {
    let [a, b, c, d] = MAGIC;
    [a, b, c, d, b'0' + level.get()]
}

/// Parses as much of a header as there is.
pub(super) fn parse_header(bytes: &[u8]) -> Result<Level> {
    let magic = &bytes[..bytes.len().min(MAGIC.len())];
    if !MAGIC.starts_with(magic) && !MAGIC_OF_THE_TEXT.starts_with(magic) {
        return Err(Error::new(ErrorKind::NotThisFormat, "not a paq9a archive")
            .found(hex(magic))
            .expected(format!("{} or {}", hex(&MAGIC), hex(&MAGIC_OF_THE_TEXT)))
            .at(0));
    }
    let Some(&digit) = bytes.get(MAGIC.len()) else {
        return Err(Error::truncated("the header of the archive")
            .found(format!("{} bytes", bytes.len()))
            .expected(format!("{HEADER_BYTES} bytes"))
            .at(bytes.len() as u64));
    };
    Level::new(digit.wrapping_sub(b'0')).ok_or_else(|| {
        Error::corrupt("level of the archive")
            .found(format!("0x{digit:02x}"))
            .expected("a digit from '1' to '9'")
            .at(MAGIC.len() as u64)
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
}
