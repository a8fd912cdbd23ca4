//! What did the tokens write?

use unsaid_core::{Error, ErrorKind, Result};

use super::vocabulary::SLACK;
use super::{KEEP, Knowledge, LONGEST, SHORTEST_KEPT, SLOTS, Scratch, USE};

/// A document's own fragments: where each starts in the document, and its length, 0 for none.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    slots: [(u32, u32); SLOTS],
    kept: usize,
}

impl Default for Slots {
    fn default() -> Self {
        Slots { slots: [(0, 0); SLOTS], kept: 0 }
    }
}

/// Appends the document to `out`, which holds what it held before if this fails.
///
/// # Errors
/// [`ErrorKind::Truncated`] for a payload that writes less than it says, [`ErrorKind::Limit`] for
/// one that says more than `max_output`, [`ErrorKind::Corrupt`] for anything else that `encode`
/// does not write.
pub fn decode(
    knowledge: &Knowledge,
    scratch: &mut Scratch,
    flags: u8,
    payload: &[u8],
    out: &mut Vec<u8>,
    max_output: u64,
) -> Result<()> {
    let (len, tokens) = read_len(flags, payload)?;
    if len > max_output {
        return Err(Error::new(ErrorKind::Limit, "the document is larger than allowed")
            .found(format!("{len} bytes"))
            .expected(format!("at most {max_output}")));
    }
    // A token writes 255 bytes at most, so a length that lies cannot make us allocate for nothing.
    let most = (tokens.len() / 2 * LONGEST) as u64;
    if len > most {
        return Err(Error::truncated("the tokens of a document")
            .found(format!("{} bytes of tokens", tokens.len()))
            .expected(format!("enough for {len} bytes")));
    }
    let start = out.len();
    let len = len as usize;
    out.resize(start + len + SLACK, 0);
    let written = write(knowledge, &mut scratch.slots, tokens, &mut out[start..], len);
    out.truncate(start + if written.is_ok() { len } else { 0 });
    written
}

/// Reads the length of the document: its low 4 bits are in the flags.
fn read_len(flags: u8, payload: &[u8]) -> Result<(u64, &[u8])> {
    let mut high = 0u64;
    for (index, &byte) in payload.iter().enumerate().take(5) {
        high |= u64::from(byte & 127) << (7 * index);
        if byte < 128 {
            if byte == 0 && index > 0 {
                return Err(Error::corrupt("the length of a document is longer than needed"));
            }
            let tokens = &payload[index + 1..];
            if tokens.len() % 2 != 0 {
                return Err(Error::truncated("a document ends inside a token").at(payload.len() as u64));
            }
            return Ok((high << 4 | u64::from(flags >> 4), tokens));
        }
    }
    if payload.len() < 5 {
        return Err(Error::truncated("the length of a document"));
    }
    Err(Error::corrupt("the length of a document is too large").expected("at most 2^39 bytes"))
}

/// Writes `len` bytes to the start of `out`, which is `SLACK` bytes longer.
fn write(knowledge: &Knowledge, slots: &mut Slots, tokens: &[u8], out: &mut [u8], len: usize) -> Result<()> {
    let vocabulary = &knowledge.vocabulary;
    let (places, bytes) = (&*vocabulary.places, &vocabulary.bytes[..]);
    slots.kept = 0;
    let mut at = 0;
    let mut last_writes = true;
    for (index, token) in tokens.chunks_exact(2).enumerate() {
        let token = u16::from_le_bytes([token[0], token[1]]);
        let place = places[usize::from(token)];
        let mut size = (place & 255) as usize;
        // The end of `out` is the check: what starts inside fits with the slack, or is refused.
        if size != 0 {
            let from = (place >> 8) as usize;
            if !copy(bytes, from, out, at, size) {
                return Err(too_long(index));
            }
        } else if token >= KEEP {
            size = usize::from(token - KEEP);
            if size < SHORTEST_KEPT || size > at {
                return Err(Error::corrupt("a document keeps bytes that it has not written")
                    .found(size)
                    .expected(format!("{SHORTEST_KEPT} to {at}"))
                    .at(2 * index as u64));
            }
            slots.slots[slots.kept % SLOTS] = ((at - size) as u32, size as u32);
            slots.kept += 1;
            last_writes = false;
            continue;
        } else if token >= USE {
            let slot = usize::from(token - USE);
            if slot >= slots.kept {
                return Err(
                    Error::corrupt("a document uses a fragment that it has not kept").at(2 * index as u64)
                );
            }
            let from = slots.slots[slot].0 as usize;
            size = slots.slots[slot].1 as usize;
            if at + size > len {
                return Err(too_long(index));
            }
            out.copy_within(from..from + size, at);
        } else {
            return Err(Error::corrupt("a token that the model does not have")
                .found(token)
                .at(2 * index as u64));
        }
        at += size;
        last_writes = true;
    }
    if at < len {
        return Err(Error::truncated("the tokens of a document")
            .found(format!("{at} bytes"))
            .expected(format!("{len}")));
    }
    if at > len {
        return Err(too_long(tokens.len() / 2));
    }
    if !last_writes {
        return Err(Error::corrupt("a document keeps bytes after its end"));
    }
    Ok(())
}

/// Copies `size` bytes in pieces of 32, so up to 31 bytes more. False where there is no room.
#[inline(always)]
fn copy(bytes: &[u8], from: usize, out: &mut [u8], at: usize, size: usize) -> bool {
    let mut done = 0;
    loop {
        let (Some(source), Some(target)) =
            (bytes.get(from + done..from + done + SLACK), out.get_mut(at + done..at + done + SLACK))
        else {
            return false;
        };
        target.copy_from_slice(source);
        done += SLACK;
        if done >= size {
            return true;
        }
    }
}

#[cold]
fn too_long(index: usize) -> Error {
    Error::corrupt("the tokens of a document write more than it says").at(2 * index as u64)
}
