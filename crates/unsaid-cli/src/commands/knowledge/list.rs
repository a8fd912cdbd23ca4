//! `unsaid knowledge ls` and `unsaid knowledge show`.

use clap::Args;
use serde_json::json;
use unsaid::ipfs::Own;
use unsaid::ipld::{Block, BlockSource, Cid, Codec};
use unsaid::knowledge::Files;
use unsaid::zipfs::Root;
use unsaid_core::check::Hash;
use unsaid_core::{Error, Limits, Result};

use super::named;
use crate::commands::{print, zipfs};
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, escape, json, size};

/// List files that are kept, and ZIPFS dictionaries that are pinned
#[derive(Args, Debug)]
pub(super) struct LsArgs {}

/// Say what one is, and where it came from
#[derive(Args, Debug)]
pub(super) struct ShowArgs {
    /// How its hash begins (four digits or more), or its CID
    #[arg(value_name = "REF")]
    name: String,
}

impl LsArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let files = Files::of_user()?;
        let mut text = String::new();
        let hashes = files.hashes()?;
        for hash in &hashes {
            stop_if_asked()?;
            match row(&files, hash, edge) {
                Ok(row) => text.push_str(&row),
                Err(e) => edge.report.error(&e),
            }
        }
        let mut any = !hashes.is_empty();
        if let Ok(own) = Own::of_user() {
            for cid in own.pins().list()? {
                let Some(root) = dictionary(&own, &cid, &edge.limits) else { continue };
                any = true;
                let name = escape::bytes(root.name.as_bytes());
                text.push_str(&if edge.json {
                    let body = json!({ "cid": cid.to_string(), "kind": "zipfs dictionary", "name": root.name,
                        "segments": root.count(), "pinned": true });
                    format!("{}\n", json::line("knowledge", body))
                } else {
                    format!("{cid}  {} segments  zipfs dictionary  {name}\n", root.count())
                });
            }
        }
        if !any {
            edge.report.note(&format!("nothing is kept in {}", escape::name(files.folder().as_os_str())));
        }
        print(text.as_bytes())
    }
}

/// The root of a dictionary that is in the own store.
pub(super) fn dictionary(own: &Own, cid: &Cid, limits: &Limits) -> Option<Root> {
    dictionary_block(own, cid, limits).map(|(_, root)| root)
}

fn dictionary_block(own: &Own, cid: &Cid, limits: &Limits) -> Option<(Block, Root)> {
    if Codec::of(cid).ok()? != Codec::DagCbor {
        return None;
    }
    let block = own.get(cid).ok()??;
    let root = Root::read(&block, limits).ok()?;
    Some((block, root))
}

fn row(files: &Files, hash: &Hash, edge: &Edge) -> Result<String> {
    let path = files.path(hash);
    let failed = |e| Error::io("looking at what is kept", e).in_file(&path);
    let bytes = std::fs::symlink_metadata(&path).map_err(failed)?.len();
    let mut about = files.about(hash)?;
    if about.kind.is_empty() {
        about.kind = named::kind(&path)?;
    }
    let pinned = files.is_pinned(hash);
    let cid = about.cid.map(|cid| cid.to_string());
    if edge.json {
        let body = json!({ "hash": hash.to_string(), "cid": cid, "size": bytes, "kind": about.kind,
            "origin": about.origin, "pinned": pinned });
        return Ok(format!("{}\n", json::line("knowledge", body)));
    }
    let kind = if about.kind.is_empty() { "unknown" } else { &about.kind };
    let pin = if pinned { "  pinned" } else { "" };
    Ok(format!("{hash}  {:>9}  {}{pin}\n", size::bytes(bytes), escape::bytes(kind.as_bytes())))
}

impl ShowArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let files = Files::of_user()?;
        // Dictionaries are blocks and no files: what `ls` lists by a CID is shown by it.
        let own = Own::of_user()?;
        let dictionary =
            named::block(&self.name, &files)?.and_then(|cid| dictionary_block(&own, &cid, &edge.limits));
        if let Some((block, root)) = dictionary {
            return print(zipfs::about(self.name.as_ref(), &block, &root, edge).as_bytes());
        }
        let hash = named::hash(&self.name, &files)?;
        if !files.has(&hash) {
            return Err(files.not_kept(hash));
        }
        let row = row(&files, &hash, edge)?;
        if edge.json {
            return print(row.as_bytes());
        }
        let path = files.path(&hash);
        let about = files.about(&hash)?;
        let cid = match about.cid {
            Some(cid) => cid,
            None => files.name(&hash, &mut |_| stop_if_asked())?.cid,
        };
        let kind = if about.kind.is_empty() { named::kind(&path)? } else { about.kind };
        let mut text = format!("{hash}\n");
        let mut line = |key: &str, value: &str| text.push_str(&format!("  {key:<9} {value}\n"));
        let kind = if kind.is_empty() { "unknown" } else { &*kind };
        line("kind", &escape::bytes(kind.as_bytes()));
        let bytes = std::fs::metadata(&path).map_err(|e| Error::io("looking at it", e).in_file(&path))?.len();
        line("size", &size::bytes(bytes));
        line("cid", &cid.to_string());
        if !about.origin.is_empty() {
            line("from", &escape::bytes(about.origin.as_bytes()));
        }
        line("pinned", if files.is_pinned(&hash) { "yes" } else { "no: unsaid knowledge gc may remove it" });
        line("file", &escape::name(path.as_os_str()));
        print(text.as_bytes())
    }
}
