//! Which CIDs Unsaid follows: the hash functions and codecs of an allow-list, nothing else.
//!
//! Source: <https://github.com/multiformats/cid>. A CID may name any hash function and any codec; a
//! reader that follows all of them can be sent round by weak ones.

use std::fmt;

use ::cid::multibase::{Base, decode, encode};
use ::cid::{Cid, Version};
use unsaid_core::{Error, ErrorKind, Result};

/// The multicodec of SHA2-256.
pub const SHA2_256: u64 = 0x12;
/// The multicodec of BLAKE3.
pub const BLAKE3: u64 = 0x1e;
/// The multicodec of the identity "hash": the digest is the data.
pub const IDENTITY: u64 = 0x00;

/// The longest data that a name may carry itself.
pub const MAX_IDENTITY: usize = 64;
/// More bytes than any CID has that is followed.
pub const MAX_BYTES: usize = 80;
/// More characters than any text of such a CID has: base 2 takes eight a byte.
const MAX_TEXT: usize = 8 * MAX_BYTES + 1;

/// Reads a CID as people write it: base32, base58, with `ipfs://` or `/ipfs/` before it or not.
///
/// # Errors
/// `Usage` for what is no CID or not in its one form, and as [`check`].
pub fn parse(text: &str) -> Result<Cid> {
    let bare = text.strip_prefix("ipfs://").or_else(|| text.strip_prefix("/ipfs/")).unwrap_or(text);
    let no_cid = |why: &dyn fmt::Display| {
        let start: String = text.chars().take(100).collect();
        Error::new(ErrorKind::Usage, "this is no CID")
            .found(format!("'{start}' ({why})"))
            .expected("for instance bafyrei...")
    };
    // Base 58 takes a time that is the square of its length.
    if bare.len() > MAX_TEXT {
        return Err(no_cid(&format!("{} characters", bare.len())));
    }
    // Version 0 has no letter in front that tells the base.
    let old = bare.len() == 46 && bare.starts_with("Qm");
    let decoded =
        if old { Base::Base58Btc.decode(bare).map(|bytes| (Base::Base58Btc, bytes)) } else { decode(bare) };
    let (base, bytes) = decoded.map_err(|e| no_cid(&e))?;
    let (cid, length) = form(&bytes).map_err(|e| no_cid(&e))?;
    let again = if old { base.encode(&bytes) } else { encode(base, &bytes) };
    if length != bytes.len() || old != (cid.version() == Version::V0) || again != bare {
        return Err(no_cid(&"not in its one form"));
    }
    check(&cid)?;
    Ok(cid)
}

/// Reads a CID from its bytes, all of them.
///
/// # Errors
/// `Corrupt` for what is no CID or is followed by more, and as [`check`].
pub fn read(bytes: &[u8]) -> Result<Cid> {
    match read_prefix(bytes)? {
        (cid, length) if length == bytes.len() => Ok(cid),
        (cid, length) => Err(Error::corrupt("something follows a CID")
            .found(format!("{} bytes", bytes.len() - length))
            .expected(cid)),
    }
}

/// Reads a CID from the first bytes of `bytes` and says how many they are.
///
/// # Errors
/// `Corrupt` for what is no CID, or not in its one form, and as [`check`].
pub fn read_prefix(bytes: &[u8]) -> Result<(Cid, usize)> {
    let (cid, length) = form(bytes)?;
    check(&cid)?;
    Ok((cid, length))
}

fn form(bytes: &[u8]) -> Result<(Cid, usize)> {
    let mut rest = bytes;
    let cid = Cid::read_bytes(&mut rest).map_err(|e| Error::corrupt("reading a CID").found(e))?;
    let length = bytes.len() - rest.len();
    // Overlong integers make a second spelling of the same name.
    if bytes.get(..length) != Some(cid.to_bytes().as_slice()) {
        return Err(Error::corrupt("a CID is not in its one form")
            .found(format!("{length} bytes"))
            .expected(cid));
    }
    Ok((cid, length))
}

/// Whether Unsaid follows this CID: SHA2-256 or BLAKE3 of 32 bytes, or at most [`MAX_IDENTITY`] bytes of
/// data in the name itself; version 0 or 1; codec raw, dag-cbor or dag-pb.
///
/// # Errors
/// `Corrupt`, with what was found.
pub fn check(cid: &Cid) -> Result<()> {
    let hash = cid.hash();
    let length = usize::from(hash.size());
    let known = match hash.code() {
        SHA2_256 | BLAKE3 => length == 32,
        IDENTITY => length <= MAX_IDENTITY && cid.version() == Version::V1,
        _ => false,
    };
    if !known {
        return Err(Error::corrupt("a CID with a hash that is not followed")
            .found(format!("function 0x{:x}, {length} bytes", hash.code()))
            .expected("sha2-256 or blake3 of 32 bytes, or at most 64 bytes of data in the name"));
    }
    crate::Codec::of(cid).map(drop)
}
