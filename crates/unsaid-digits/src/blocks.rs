//! What does a kept file look like, and is the part that is read what was written?
//!
//! A head, then blocks of 64 KiB, each with a hash of its own that also covers the head and its number: a read of a
//! part checks that part and no other, and a block of another file or place is not taken for this one's.

use std::fs::File;
use std::io;
use std::io::Write;

use unsaid_core::check::Hasher;
use unsaid_core::{Error, ErrorKind, Result};

/// The first bytes of every kept file.
pub const MAGIC: [u8; 8] = *b"\x89UPI\r\n\x1a\n";

/// Bytes of content in a block; the last block may have fewer.
pub const BLOCK: u64 = 1 << 16;

/// Bytes of BLAKE3 after a head or a block.
pub const SUM: usize = 16;

/// Bytes of a head, with its sum.
pub const HEAD: usize = 64;

const VERSION: u8 = 1;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The binary fraction of π.
    Fraction,
    /// Digits in a base that is no power of two, one a byte.
    Digits(u16),
    /// A table, with the first bytes of the BLAKE3 of its name.
    Table([u8; 16]),
}

impl Kind {
    fn to_bytes(self) -> [u8; 18] {
        let mut out = [0; 18];
        match self {
            Kind::Fraction => out[0] = 1,
            Kind::Digits(base) => {
                out[0] = 2;
                out[2..4].copy_from_slice(&base.to_le_bytes());
            }
            Kind::Table(name) => {
                out[0] = 3;
                out[2..].copy_from_slice(&name);
            }
        }
        out
    }
}

/// The head of a file of this kind with so many bytes of content.
fn head(kind: Kind, length: u64) -> [u8; HEAD] {
    let mut out = [0; HEAD];
    out[..8].copy_from_slice(&MAGIC);
    out[8] = VERSION;
    out[10..28].copy_from_slice(&kind.to_bytes());
    out[32..40].copy_from_slice(&length.to_le_bytes());
    let sum = sum(&out[..HEAD - SUM], u64::MAX, &[]);
    out[HEAD - SUM..].copy_from_slice(&sum);
    out
}

fn sum(head: &[u8], number: u64, content: &[u8]) -> [u8; SUM] {
    let mut hasher = Hasher::new();
    hasher.update(head);
    hasher.update(&number.to_le_bytes());
    hasher.update(content);
    let mut out = [0; SUM];
    out.copy_from_slice(&hasher.finish().0[..SUM]);
    out
}

/// Writes a file of this kind with this content.
///
/// # Errors
/// What `out` returns.
pub fn write(kind: Kind, content: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let head = head(kind, content.len() as u64);
    out.write_all(&head)?;
    for (number, block) in (0..).zip(content.chunks(BLOCK as usize)) {
        out.write_all(block)?;
        out.write_all(&sum(&head, number, block))?;
    }
    Ok(())
}

/// A kept file whose head is whole.
#[derive(Debug)]
pub struct Blocks {
    file: File,
    head: [u8; HEAD],
    length: u64,
}

impl Blocks {
    /// Reads the head. The file must be of this kind, and as long as the head says.
    ///
    /// # Errors
    /// [`ErrorKind::NotThisFormat`], [`ErrorKind::NewerVersion`], [`ErrorKind::Truncated`] or
    /// [`ErrorKind::Corrupt`]; [`ErrorKind::Environment`] for what the system refuses.
    pub fn open(file: File, kind: Kind) -> Result<Blocks> {
        let size = file.metadata().map_err(|e| Error::io("looking at kept digits of π", e))?.len();
        let mut found = [0; HEAD];
        read_at(&file, &mut found, 0)?;
        if found[..8] != MAGIC {
            return Err(Error::new(ErrorKind::NotThisFormat, "no file of kept digits of π"));
        }
        if found[8] != VERSION {
            return Err(Error::new(ErrorKind::NewerVersion, "the version of kept digits of π")
                .found(found[8])
                .expected(VERSION));
        }
        let [.., l0, l1, l2, l3, l4, l5, l6, l7] = found[..40] else {
            return Err(Error::truncated("the head of kept digits of π"));
        };
        let length = u64::from_le_bytes([l0, l1, l2, l3, l4, l5, l6, l7]);
        if found != head(kind, length) {
            return Err(Error::corrupt("the head of kept digits of π"));
        }
        let whole = length
            .div_ceil(BLOCK)
            .checked_mul(SUM as u64)
            .and_then(|sums| sums.checked_add(length)?.checked_add(HEAD as u64));
        if whole != Some(size) {
            return Err(Error::truncated("kept digits of π").found(format!("{size} bytes")));
        }
        Ok(Blocks { file, head: found, length })
    }

    /// Bytes of content.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Fills `out` with the content from byte `from` on, after checking every block that it lies in.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] for a block that is not what was written; [`ErrorKind::Truncated`] where the file
    /// has become shorter; [`ErrorKind::Usage`] beyond [`Blocks::length`]; [`ErrorKind::Environment`].
    pub fn read(&self, from: u64, out: &mut [u8]) -> Result<()> {
        let end = from.checked_add(out.len() as u64).filter(|&end| end <= self.length);
        let Some(end) = end else {
            return Err(Error::new(ErrorKind::Usage, "a part beyond the end of kept digits of π"));
        };
        let mut buffer = [0; BLOCK as usize + SUM];
        let mut rest = out;
        let mut at = from;
        while at < end {
            let number = at / BLOCK;
            let start = number * BLOCK;
            let content = (self.length - start).min(BLOCK) as usize;
            let block = &mut buffer[..content + SUM];
            read_at(&self.file, block, HEAD as u64 + number * (BLOCK + SUM as u64))?;
            let (block, found) = block.split_at(content);
            if *found != sum(&self.head, number, block) {
                return Err(Error::corrupt(format!("block {number} of kept digits of π")));
            }
            // Below 64 Ki, both.
            let skip = (at - start) as usize;
            let take = rest.len().min(content - skip);
            let (now, later) = rest.split_at_mut(take);
            now.copy_from_slice(&block[skip..skip + take]);
            rest = later;
            at += take as u64;
        }
        Ok(())
    }
}

fn read_at(file: &File, out: &mut [u8], at: u64) -> Result<()> {
    exactly(file, out, at).map_err(|e| match e.kind() {
        io::ErrorKind::UnexpectedEof => Error::truncated("kept digits of π").at(at),
        _ => Error::io("reading kept digits of π", e),
    })
}

#[cfg(unix)]
fn exactly(file: &File, out: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, at)
}

#[cfg(windows)]
fn exactly(file: &File, mut out: &mut [u8], mut at: u64) -> io::Result<()> {
    while !out.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, out, at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                out = &mut std::mem::take(&mut out)[n..];
                at += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
