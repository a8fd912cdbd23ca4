//! A block: bytes that are what their name says. There is no other way to get one.

use ::cid::Cid;
use multihash::Multihash;
use sha2::{Digest, Sha256};
use unsaid_core::check::Hash;
use unsaid_core::{Error, ErrorKind, Result};

use crate::cid::{BLAKE3, IDENTITY, SHA2_256, check};

/// Larger blocks are refused: what every peer must be able to take.
pub const MAX_READ: usize = 2 << 20;
/// Larger blocks are never written: what every peer of the last years takes.
pub const MAX_WRITTEN: usize = 1 << 20;

/// How the bytes of a block are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Bytes.
    Raw = 0x55,
    /// The nodes of UnixFS.
    DagPb = 0x70,
    /// Data with links, as CBOR.
    DagCbor = 0x71,
}

impl Codec {
    /// The codec that a CID names.
    ///
    /// # Errors
    /// `Corrupt` for one that is not followed.
    pub fn of(cid: &Cid) -> Result<Codec> {
        match cid.codec() {
            0x55 => Ok(Codec::Raw),
            0x70 => Ok(Codec::DagPb),
            0x71 => Ok(Codec::DagCbor),
            other => Err(Error::corrupt("a CID with a codec that is not followed")
                .found(format!("0x{other:x}"))
                .expected("raw, dag-pb or dag-cbor")),
        }
    }
}

/// Bytes that have the hash of their CID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    cid: Cid,
    data: Vec<u8>,
}

impl Block {
    /// Takes bytes for the block `cid` if they are.
    ///
    /// # Errors
    /// `Limit` above [`MAX_READ`], `Corrupt` where the hash differs or [`check`] refuses the CID.
    pub fn verify(cid: Cid, data: Vec<u8>) -> Result<Block> {
        check(&cid)?;
        if data.len() > MAX_READ {
            return Err(Error::new(ErrorKind::Limit, format!("block {cid} is too large"))
                .found(format!("{} bytes", data.len()))
                .expected(format!("at most {MAX_READ}")));
        }
        let sha2;
        let blake3;
        let digest: &[u8] = match cid.hash().code() {
            SHA2_256 => {
                sha2 = Sha256::digest(&data);
                &sha2
            }
            BLAKE3 => {
                blake3 = Hash::of(&data).0;
                &blake3
            }
            IDENTITY => &data,
            other => return Err(Error::corrupt("a hash that is not followed").found(format!("0x{other:x}"))),
        };
        if digest != cid.hash().digest() {
            return Err(Error::corrupt(format!("these bytes are not block {cid}"))
                .found(format!("{} bytes of another hash", data.len())));
        }
        Ok(Block { cid, data })
    }

    /// The block whose bytes are in its name, where they are (the identity "hash").
    ///
    /// # Errors
    /// As [`check`].
    pub fn of_name(cid: &Cid) -> Result<Option<Block>> {
        check(cid)?;
        let data = || cid.hash().digest().to_vec();
        Ok((cid.hash().code() == IDENTITY).then(|| Block { cid: *cid, data: data() }))
    }

    /// Names bytes: CIDv1 with SHA2-256.
    ///
    /// # Errors
    /// `Limit` above [`MAX_WRITTEN`].
    pub fn new(codec: Codec, data: Vec<u8>) -> Result<Block> {
        if data.len() > MAX_WRITTEN {
            return Err(Error::new(ErrorKind::Limit, "a block would be too large for other peers")
                .found(format!("{} bytes", data.len()))
                .expected(format!("at most {MAX_WRITTEN}")));
        }
        let hash = Multihash::wrap(SHA2_256, &Sha256::digest(&data))
            .map_err(|e| Error::new(ErrorKind::Internal, format!("wrapping a digest: {e}")))?;
        Ok(Block { cid: Cid::new_v1(codec as u64, hash), data })
    }

    /// Its name.
    pub fn cid(&self) -> &Cid {
        &self.cid
    }

    /// Its bytes.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Its bytes, given away.
    pub fn into_data(self) -> Vec<u8> {
        self.data
    }
}
