//! What a person wrote where a model or a file of knowledge is wanted: a path, a hash, a CID.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use unsaid::Format;
use unsaid::ipld::{Cid, Codec};
use unsaid::knowledge::fetch::Kept;
use unsaid::knowledge::{About, Files, Reference};
use unsaid_core::check::Hash;
use unsaid_core::{Error, ErrorKind, Progress, Result};

use crate::commands::records::opened;
use crate::edge::Edge;
use crate::options::{SourcesArgs, hinted};

/// Opens what was named. What has a CID and is not kept is fetched from own blocks, the local repository or
/// the local daemon.
///
/// # Errors
/// `Missing` where it is nowhere; what keeps it from being read.
pub(crate) fn open(name: &Path, edge: &Edge) -> Result<Box<dyn Read>> {
    match Reference::parse(name.as_os_str())? {
        Reference::File(path) => opened(&path).map_err(|e| Error::io("opening the file", e).in_file(&path)),
        Reference::Hash(digits) => {
            let files = Files::of_user()?;
            kept(&files, &files.find(&digits)?, edge)
        }
        Reference::Cid(cid) => {
            let files = Files::of_user()?;
            let fetched = fetch(&files, &cid, None, edge)?;
            kept(&files, &fetched.hash, edge)
        }
    }
}

fn kept(files: &Files, hash: &Hash, edge: &Edge) -> Result<Box<dyn Read>> {
    Ok(Box::new(Cursor::new(files.read(hash, &edge.limits)?)))
}

/// The hash of what was named, among what is kept: a path is that of nothing kept.
pub(super) fn hash(name: &str, files: &Files) -> Result<Hash> {
    match Reference::parse(name.as_ref())? {
        Reference::Hash(digits) => files.find(&digits),
        Reference::Cid(cid) => files.find_cid(&cid)?.ok_or_else(|| files.not_kept(cid)),
        // Four digits and more may happen to be the name of a file here too.
        Reference::File(_) => files.find(name),
    }
}

/// The CID that was named, where no file that is kept has it: it may be that of a block.
pub(super) fn block(name: &str, files: &Files) -> Result<Option<Cid>> {
    match Reference::parse(name.as_ref()) {
        Ok(Reference::Cid(cid)) if files.find_cid(&cid)?.is_none() => Ok(Some(cid)),
        // What is wrong with a name is said by whoever looks for it.
        _ => Ok(None),
    }
}

/// Keeps the file with this CID, and writes down what is known about it. Without `named` only this machine is
/// looked at.
pub(super) fn fetch(files: &Files, cid: &Cid, named: Option<&SourcesArgs>, edge: &Edge) -> Result<Kept> {
    let meter = edge.meter(format!("getting {cid}"));
    let sources = named.unwrap_or(&SourcesArgs::default()).open(edge, &meter)?;
    let kept = files.fetch(cid, &sources, &edge.limits, &OnlyStops(&meter));
    let kept = kept.map_err(|e| match (named, e.kind()) {
        (_, kind)
            if !matches!(kind, ErrorKind::Missing | ErrorKind::Environment)
                && Codec::of(cid).is_ok_and(|c| c == Codec::DagCbor) =>
        {
            e.hint(format!("blocks that are no file, as those of a ZIPFS dictionary: unsaid ipfs pin {cid}"))
        }
        (Some(_), _) => hinted(&sources, &[*cid], e),
        (None, ErrorKind::Missing) => {
            e.hint(format!("fetch it first: unsaid knowledge get ipfs://{cid} --gateway URL"))
        }
        _ => e,
    })?;
    if files.about(&kept.hash)?.cid.is_none() {
        let kind = kind(&files.path(&kept.hash))?;
        files.set_about(&kept.hash, &About { kind, cid: Some(*cid), origin: format!("ipfs://{cid}") })?;
    }
    Ok(kept)
}

/// The format of a file, in the words of `unsaid info`; empty where it is none of ours.
pub(super) fn kind(path: &Path) -> Result<String> {
    let failed = |e| Error::io("reading what is kept", e).in_file(path);
    // Opening a pipe would wait for ever.
    if !path.is_file() {
        return Ok(String::new());
    }
    let mut start = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(Format::PREFIX as u64).read_to_end(&mut start).map_err(failed)?;
    Ok(Format::recognise(&start).map(|format| format.name().to_owned()).unwrap_or_default())
}

/// Bytes are counted where they come from; here they only let the caller stop.
struct OnlyStops<'a>(&'a dyn Progress);

impl Progress for OnlyStops<'_> {
    fn advance(&self, _: u64, _: u64) -> Result<()> {
        self.0.advance(0, 0)
    }

    fn note(&self, message: &str) {
        self.0.note(message);
    }
}
