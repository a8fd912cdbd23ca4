//! The fixed parts: file header, record header, trailer.

use unsaid_core::check::crc32;
use unsaid_core::{Error, ErrorKind, Result};

use super::{MAX_HEAD, VERSION};

/// The first eight bytes of every archive. The first is no text, the last lines show a transfer
/// that changed line ends, as in PNG.
pub const MAGIC: [u8; 8] = [0x89, b'U', b'S', b'F', b'F', 0x0d, 0x0a, 0x1a];
const END_MAGIC: [u8; 8] = [0x1a, 0x0a, 0x0d, b'F', b'F', b'S', b'U', 0x89];

/// Begins every record.
pub(crate) const MARKER: [u8; 4] = [0x8e, b'F', b'F', b'R'];

/// Bytes of the file header.
pub const HEADER_BYTES: usize = 24;
pub(crate) const RECORD_HEADER_BYTES: usize = 48;
/// Bytes of the trailer.
pub const TRAILER_BYTES: usize = 28;

/// Starts the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// Tells copies of one archive from other archives.
    pub id: u64,
}

impl FileHeader {
    /// The bytes on disk.
    pub fn write(&self) -> [u8; HEADER_BYTES] {
        let mut out = [0; HEADER_BYTES];
        out[..8].copy_from_slice(&MAGIC);
        out[8..10].copy_from_slice(&VERSION.to_le_bytes());
        out[12..20].copy_from_slice(&self.id.to_le_bytes());
        let crc = crc32(&out[..20]);
        out[20..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// Reads and checks the bytes on disk.
    ///
    /// # Errors
    /// `NotThisFormat` for another magic, `NewerVersion` for a version or flags we do not know,
    /// `Corrupt` for a wrong check.
    pub fn read(bytes: &[u8; HEADER_BYTES]) -> Result<Self> {
        if bytes[..8] != MAGIC {
            return Err(Error::new(ErrorKind::NotThisFormat, "not an .ff archive").at(0));
        }
        check_crc(&bytes[..20], le32(&bytes[20..]), "file header").map_err(|e| e.at(20))?;
        let version = u16::from_le_bytes([bytes[8], bytes[9]]);
        if version == 0 || version > VERSION {
            return Err(Error::new(ErrorKind::NewerVersion, "version of the archive")
                .found(version)
                .expected(format!("1 to {VERSION}"))
                .at(8)
                .hint("a newer Unsaid may read this archive"));
        }
        if bytes[10..12] != [0, 0] {
            return Err(Error::new(ErrorKind::NewerVersion, "flags of the archive")
                .found(format!("{:02x} {:02x}", bytes[10], bytes[11]))
                .expected("00 00")
                .at(10)
                .hint("a newer Unsaid may read this archive"));
        }
        Ok(FileHeader { id: le64(&bytes[12..]) })
    }
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// Metadata and coded bytes of entries.
    Group,
    /// Where the records are.
    Index,
    /// Something a later version adds and this one may skip.
    Optional(u8),
}

impl RecordKind {
    pub(crate) fn byte(self) -> u8 {
        match self {
            RecordKind::Group => 1,
            RecordKind::Index => 2,
            RecordKind::Optional(byte) => byte,
        }
    }

    pub(crate) fn from_byte(byte: u8) -> Result<Self> {
        match byte {
            1 => Ok(RecordKind::Group),
            2 => Ok(RecordKind::Index),
            0x80.. => Ok(RecordKind::Optional(byte)),
            _ => Err(Error::new(ErrorKind::NewerVersion, "kind of a record")
                .found(byte)
                .expected("1, 2, or 128 and more")
                .hint("a newer Unsaid may read this archive")),
        }
    }
}

/// Starts a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordHeader {
    /// What it is.
    pub kind: RecordKind,
    /// Bytes of the head.
    pub head_length: u32,
    /// Bytes of the payload.
    pub payload_length: u64,
    /// Its place in the archive, from 0.
    pub number: u64,
    /// The archive's id.
    pub id: u64,
    /// CRC32 of the head.
    pub head_crc: u32,
    /// CRC32 of the payload.
    pub payload_crc: u32,
}

impl RecordHeader {
    pub(crate) fn write(&self) -> [u8; RECORD_HEADER_BYTES] {
        let mut out = [0; RECORD_HEADER_BYTES];
        out[..4].copy_from_slice(&MARKER);
        out[4] = self.kind.byte();
        out[8..12].copy_from_slice(&self.head_length.to_le_bytes());
        out[12..20].copy_from_slice(&self.payload_length.to_le_bytes());
        out[20..28].copy_from_slice(&self.number.to_le_bytes());
        out[28..36].copy_from_slice(&self.id.to_le_bytes());
        out[36..40].copy_from_slice(&self.head_crc.to_le_bytes());
        out[40..44].copy_from_slice(&self.payload_crc.to_le_bytes());
        let crc = crc32(&out[..44]);
        out[44..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    pub(crate) fn read(bytes: &[u8; RECORD_HEADER_BYTES]) -> Result<Self> {
        if bytes[..4] != MARKER {
            return Err(Error::corrupt("marker of a record")
                .found(format!("{:02x?}", &bytes[..4]))
                .expected(format!("{MARKER:02x?}")));
        }
        check_crc(&bytes[..44], le32(&bytes[44..]), "record header")?;
        let kind = RecordKind::from_byte(bytes[4])?;
        if bytes[5..8] != [0; 3] {
            return Err(Error::corrupt("reserved bytes of a record header")
                .found(format!("{:02x?}", &bytes[5..8]))
                .expected("zeros"));
        }
        let head_length = le32(&bytes[8..]);
        if head_length > MAX_HEAD {
            return Err(Error::corrupt("length of a record's head")
                .found(head_length)
                .expected(format!("at most {MAX_HEAD}")));
        }
        let number = le64(&bytes[20..]);
        if number == u64::MAX {
            return Err(Error::corrupt("number of a record").found(number).expected("less than 2^64 - 1"));
        }
        Ok(RecordHeader {
            kind,
            head_length,
            payload_length: le64(&bytes[12..]),
            number,
            id: le64(&bytes[28..]),
            head_crc: le32(&bytes[36..]),
            payload_crc: le32(&bytes[40..]),
        })
    }

    /// The last four bytes on disk, which stand for the whole record in the index.
    pub fn check(&self) -> u32 {
        le32(&self.write()[44..])
    }

    /// Bytes of header, head and payload; `None` beyond 64 bits.
    pub fn record_length(&self) -> Option<u64> {
        (RECORD_HEADER_BYTES as u64 + u64::from(self.head_length)).checked_add(self.payload_length)
    }
}

/// Ends the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// Where the index record begins.
    pub index_offset: u64,
    /// The archive's id.
    pub id: u64,
}

impl Trailer {
    /// The bytes on disk.
    pub fn write(&self) -> [u8; TRAILER_BYTES] {
        let mut out = [0; TRAILER_BYTES];
        out[..8].copy_from_slice(&self.index_offset.to_le_bytes());
        out[8..16].copy_from_slice(&self.id.to_le_bytes());
        let crc = crc32(&out[..16]);
        out[16..20].copy_from_slice(&crc.to_le_bytes());
        out[20..].copy_from_slice(&END_MAGIC);
        out
    }

    /// Reads and checks the bytes on disk.
    ///
    /// # Errors
    /// `Truncated` where the end magic is missing, `Corrupt` for a wrong check.
    pub fn read(bytes: &[u8; TRAILER_BYTES]) -> Result<Self> {
        if bytes[20..] != END_MAGIC {
            return Err(Error::truncated("the archive does not end with its trailer"));
        }
        check_crc(&bytes[..16], le32(&bytes[16..]), "trailer")?;
        Ok(Trailer { index_offset: le64(bytes), id: le64(&bytes[8..]) })
    }
}

/// Refuses bytes whose CRC32 is not `expected`.
pub(crate) fn check_crc(bytes: &[u8], expected: u32, what: &str) -> Result<()> {
    let found = crc32(bytes);
    if found == expected {
        return Ok(());
    }
    Err(Error::corrupt(format!("CRC32 of a {what}"))
        .found(format!("{found:08x}"))
        .expected(format!("{expected:08x}")))
}

fn le32(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).rev().fold(0, |n, &b| n << 8 | u32::from(b))
}

fn le64(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).rev().fold(0, |n, &b| n << 8 | u64::from(b))
}
