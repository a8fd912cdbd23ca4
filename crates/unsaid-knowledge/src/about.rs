//! What is one, where did it come from, under which CID can others get it?
//!
//! All of this can be found out again from the file itself, except where it came from: losing it loses a
//! line of a listing, never the file. It is JSON, so that a person can read it: `HASH.json`.

use std::fs;
use std::io::{self, Write};

use serde_json::{Value, json};
use unsaid_core::check::Hash;
use unsaid_core::fs::{Conflict, Draft, PublishOptions};
use unsaid_core::{Error, Result};
use unsaid_ipld::Cid;

use crate::Files;

/// More is not read: it is not ours.
const MOST_BYTES: u64 = 1 << 16;

const SCHEMA: u64 = 1;

/// What is known of a file beside its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The format, in the words of `unsaid info`; empty where it is none of ours.
    pub kind: String,
    /// The CID of the file as `ipfs add --cid-version=1 --raw-leaves` makes it.
    pub cid: Option<Cid>,
    /// The name of a file, or the CID, that it was taken from.
    pub origin: String,
}

impl Files {
    /// What is known about one; nothing where nothing is written down, or what is there is not understood.
    ///
    /// # Errors
    /// `Environment` where the system refuses.
    pub fn about(&self, hash: &Hash) -> Result<About> {
        if !self.is_there()? {
            return Ok(About::default());
        }
        let path = self.about_path(hash);
        let failed = |e| Error::io("reading what is known about a file", e).in_file(&path);
        let size = match fs::symlink_metadata(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(About::default()),
            metadata => metadata.map_err(failed)?,
        };
        if !size.is_file() || size.len() > MOST_BYTES {
            return Ok(About::default());
        }
        let bytes = fs::read(&path).map_err(failed)?;
        Ok(serde_json::from_slice(&bytes).ok().as_ref().and_then(parse).unwrap_or_default())
    }

    /// Writes down what is known about one.
    ///
    /// # Errors
    /// `Environment` where the system refuses.
    pub fn set_about(&self, hash: &Hash, about: &About) -> Result<()> {
        self.is_there()?;
        let path = self.about_path(hash);
        let text = json!({ "schema": SCHEMA, "kind": about.kind, "origin": about.origin,
            "cid": about.cid.map(|cid| cid.to_string()) });
        let options = PublishOptions { conflict: Conflict::Replace, sync: false };
        let mut draft = Draft::beside(&path, &options)?;
        let written = draft.write_all(format!("{text}\n").as_bytes());
        written.map_err(|e| Error::io("writing what is known about a file", e).in_file(&path))?;
        draft.publish()
    }

    /// The one that is kept under this CID, by what is written down.
    ///
    /// # Errors
    /// `Environment` where the system refuses.
    pub fn find_cid(&self, cid: &Cid) -> Result<Option<Hash>> {
        for hash in self.hashes()? {
            if self.about(&hash)?.cid.as_ref() == Some(cid) {
                return Ok(Some(hash));
            }
        }
        Ok(None)
    }

    pub(crate) fn forget(&self, hash: &Hash) -> Result<()> {
        let path = self.about_path(hash);
        match fs::remove_file(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done.map_err(|e| Error::io("removing what is known about a file", e).in_file(&path)),
        }
    }

    fn about_path(&self, hash: &Hash) -> std::path::PathBuf {
        self.folder().join(format!("{hash}.json"))
    }
}

fn parse(json: &Value) -> Option<About> {
    if json["schema"].as_u64() != Some(SCHEMA) {
        return None;
    }
    let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
    let cid = json["cid"].as_str().and_then(|cid| unsaid_ipld::cid::parse(cid).ok());
    Some(About { kind: text("kind"), cid, origin: text("origin") })
}
