//! The head of a group: which entries, with all their metadata, and how the payload is coded.

use unsaid_core::check::Hash;
use unsaid_core::fs::{EntryPath, Timestamp};
use unsaid_core::{Limits, Result};

use super::{CHUNK, Cursor, put_bytes, put_varint};
use crate::entry::{EntryKind, EntryMeta};
use crate::method::Method;

const ENDS: u8 = 1;
const MODE: u8 = 2;
const MTIME: u8 = 4;
const MEDIA: u8 = 8;
const USER: u8 = 16;
const KNOWN: u8 = ENDS | MODE | MTIME | MEDIA | USER;

/// The head of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupHead {
    /// How the payload is coded.
    pub method: Method,
    /// What the payload holds, in this order.
    pub pieces: Vec<Piece>,
}

/// An entry, or the part of a file that lies in one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Number of the entry in the archive, from 0.
    pub entry: u64,
    /// The entry's metadata, the same in each of its pieces.
    pub meta: EntryMeta,
    /// Bytes in this group; `None` for entries that are no files.
    pub data: Option<PieceData>,
}

/// Where a piece lies in its file, and its checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceData {
    /// Number of the piece's first chunk in the file.
    pub first_chunk: u64,
    /// Original bytes of the piece.
    pub length: u64,
    /// CRC32 of each chunk.
    pub crcs: Vec<u32>,
    /// BLAKE3 of the whole file, where it ends with this piece.
    pub hash: Option<Hash>,
}

impl PieceData {
    /// Where the piece begins in the file, in bytes.
    pub fn offset(&self) -> u64 {
        self.first_chunk.saturating_mul(CHUNK)
    }

    /// Where the piece ends in the file, in bytes.
    pub fn end(&self) -> u64 {
        self.offset().saturating_add(self.length)
    }
}

impl Piece {
    /// Whether the entry ends with this piece.
    pub fn ends(&self) -> bool {
        self.data.as_ref().is_none_or(|d| d.hash.is_some())
    }

    /// Original bytes in the group.
    pub fn length(&self) -> u64 {
        self.data.as_ref().map_or(0, |d| d.length)
    }
}

impl GroupHead {
    /// Original bytes of the group.
    pub fn raw_length(&self) -> u64 {
        self.pieces.iter().map(Piece::length).fold(0, u64::saturating_add)
    }

    /// The bytes on disk.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.push(self.method.id());
        put_bytes(&mut out, &self.method.parameters());
        put_varint(&mut out, self.pieces.len() as u64);
        for piece in &self.pieces {
            write_piece(piece, &mut out);
        }
        out
    }

    /// Reads the bytes on disk.
    ///
    /// # Errors
    /// `Corrupt`, `NewerVersion`, `UnsafePath` or `Limit`, naming the field.
    pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Self> {
        let mut c = Cursor::new(bytes, "group's head");
        let id = c.byte("method")?;
        let length = c.byte("length of the parameters")?;
        let method = Method::read(id, c.take(usize::from(length), "parameters")?)?;
        let count = c.varint("number of pieces")?;
        // A piece takes more than four bytes: a larger count is a lie, found out before allocating.
        let mut pieces = Vec::with_capacity(count.min(c.remaining() as u64 / 4) as usize);
        for place in 0..count {
            let piece = read_piece(&mut c, limits)?;
            check_order(pieces.last(), &piece, place + 1 == count, &c)?;
            pieces.push(piece);
        }
        c.end()?;
        Ok(GroupHead { method, pieces })
    }
}

fn check_order(before: Option<&Piece>, piece: &Piece, last: bool, c: &Cursor<'_>) -> Result<()> {
    if let Some(before) = before {
        if before.entry.checked_add(1) != Some(piece.entry) {
            return Err(c
                .bad("number of an entry")
                .found(piece.entry)
                .expected("one more than the one before"));
        }
        if piece.data.as_ref().is_some_and(|d| d.first_chunk != 0) {
            return Err(c
                .bad("first chunk of a piece")
                .found("a continuation")
                .expected("it first in its group"));
        }
    }
    if !piece.ends() && !last {
        return Err(c.bad("piece").found("a file that goes on").expected("it last in its group"));
    }
    Ok(())
}

fn write_piece(piece: &Piece, out: &mut Vec<u8>) {
    let meta = &piece.meta;
    let flag = |present: bool, bit: u8| if present { bit } else { 0 };
    put_varint(out, piece.entry);
    out.push(
        flag(piece.ends(), ENDS)
            | flag(meta.mode.is_some(), MODE)
            | flag(meta.mtime.is_some(), MTIME)
            | flag(meta.media_type.is_some(), MEDIA)
            | flag(!meta.user.is_empty(), USER),
    );
    out.push(meta.kind.byte());
    put_bytes(out, meta.path.as_bytes());
    if let Some(mode) = meta.mode {
        put_varint(out, u64::from(mode));
    }
    if let Some(t) = meta.mtime {
        out.extend_from_slice(&t.seconds.to_le_bytes());
        out.extend_from_slice(&t.nanos.to_le_bytes());
    }
    if let Some(media) = &meta.media_type {
        put_bytes(out, media.as_bytes());
    }
    if !meta.user.is_empty() {
        put_varint(out, meta.user.len() as u64);
        for (key, value) in &meta.user {
            put_bytes(out, key);
            put_bytes(out, value);
        }
    }
    match &meta.kind {
        EntryKind::SymbolicLink(target) => put_bytes(out, target),
        EntryKind::HardLink(target) => put_bytes(out, target.as_bytes()),
        EntryKind::File | EntryKind::Directory => {}
    }
    if let Some(data) = &piece.data {
        put_varint(out, data.first_chunk);
        put_varint(out, data.length);
        for crc in &data.crcs {
            out.extend_from_slice(&crc.to_le_bytes());
        }
        if let Some(hash) = &data.hash {
            out.extend_from_slice(&hash.0);
        }
    }
}

fn read_piece(c: &mut Cursor<'_>, limits: &Limits) -> Result<Piece> {
    let entry = c.varint("number of an entry")?;
    let flags = c.byte("flags of a piece")?;
    if flags & !KNOWN != 0 {
        return Err(c.newer("flags of a piece", format!("{flags:#04x}")));
    }
    let kind = c.byte("kind of an entry")?;
    let path = EntryPath::parse(c.bytes("path of an entry")?, limits)?;
    let mode = match flags & MODE != 0 {
        true => match c.varint("mode of an entry")? {
            mode @ 0..=0o7777 => Some(mode as u32),
            mode => {
                return Err(c.bad("mode of an entry").found(format!("{mode:o}")).expected("at most 7777"));
            }
        },
        false => None,
    };
    let mtime = match flags & MTIME != 0 {
        true => Some(read_time(c)?),
        false => None,
    };
    let media_type = match flags & MEDIA != 0 {
        true => Some(read_media_type(c)?),
        false => None,
    };
    let user = match flags & USER != 0 {
        true => read_user(c)?,
        false => Vec::new(),
    };
    let kind = match kind {
        0 => EntryKind::File,
        1 => EntryKind::Directory,
        2 => EntryKind::SymbolicLink(read_target(c, limits)?),
        3 => EntryKind::HardLink(EntryPath::parse(c.bytes("target of a hard link")?, limits)?),
        other => return Err(c.newer("kind of an entry", other)),
    };
    let ends = flags & ENDS != 0;
    let data = match kind {
        EntryKind::File => Some(read_data(c, ends)?),
        _ if !ends => return Err(c.bad("flags of a piece").found("an entry without bytes that goes on")),
        _ => None,
    };
    Ok(Piece { entry, meta: EntryMeta { path, kind, mode, mtime, media_type, user }, data })
}

fn read_time(c: &mut Cursor<'_>) -> Result<Timestamp> {
    let seconds = c.u64("mtime")? as i64;
    let nanos = c.u32("nanoseconds of mtime")?;
    if nanos >= 1_000_000_000 {
        return Err(c.bad("nanoseconds of mtime").found(nanos).expected("below 10^9"));
    }
    Ok(Timestamp { seconds, nanos })
}

fn read_media_type(c: &mut Cursor<'_>) -> Result<String> {
    let bytes = c.bytes("media type")?;
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() && text.len() <= 255 => Ok(text.to_owned()),
        _ => Err(c.bad("media type").expected("at most 255 ASCII characters")),
    }
}

fn read_user(c: &mut Cursor<'_>) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let count = c.varint("number of user metadata")?;
    let mut user: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for _ in 0..count {
        let key = c.bytes("key of user metadata")?.to_vec();
        let value = c.bytes("value of user metadata")?.to_vec();
        if user.last().is_some_and(|(before, _)| *before >= key) {
            return Err(c.bad("keys of user metadata").expected("strictly ascending order"));
        }
        user.push((key, value));
    }
    if user.is_empty() {
        return Err(c.bad("number of user metadata").found(0).expected("at least 1"));
    }
    Ok(user)
}

fn read_target(c: &mut Cursor<'_>, limits: &Limits) -> Result<Vec<u8>> {
    let target = c.bytes("target of a symbolic link")?;
    if target.is_empty() || target.contains(&0) {
        return Err(c.bad("target of a symbolic link").expected("at least one byte, none of them NUL"));
    }
    limits.check_name(target.len() as u64, "the target of a link in the archive")?;
    Ok(target.to_vec())
}

fn read_data(c: &mut Cursor<'_>, ends: bool) -> Result<PieceData> {
    let first_chunk = c.varint("first chunk of a piece")?;
    let length = c.varint("length of a piece")?;
    if first_chunk
        .checked_mul(CHUNK)
        .and_then(|at| at.checked_add(length))
        .is_none_or(|end| end > i64::MAX as u64)
    {
        return Err(c.bad("end of a piece").found("more than 2^63 bytes"));
    }
    let whole_chunks = length % CHUNK == 0;
    if (!ends && (length == 0 || !whole_chunks)) || (ends && length == 0 && first_chunk != 0) {
        return Err(c
            .bad("length of a piece")
            .found(length)
            .expected("whole chunks, or the end of its file"));
    }
    let chunks = length.div_ceil(CHUNK);
    let bytes =
        c.take(usize::try_from(chunks).unwrap_or(usize::MAX).saturating_mul(4), "CRC32s of a piece")?;
    let crcs = bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let hash = match ends {
        true => Some(Hash(c.array("BLAKE3 of a file")?)),
        false => None,
    };
    Ok(PieceData { first_chunk, length, crcs, hash })
}
