//! `unsaid zipfs check`.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use unsaid::ipfs::Sources;
use unsaid::ipld::{BlockSource, Cid};
use unsaid::zipfs::{CompressedFile, Opened, Profile};
use unsaid_core::{Error, ErrorKind, Result};

use super::compress::read_all;
use super::dictionary::DictionaryArgs;
use super::{CodeProfile, decompress};
use crate::commands::records::compressed;
use crate::commands::{input, print};
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, escape, json, size};
use crate::options::SourcesArgs;

/// Say whether every part that a file needs is at hand, and where each was found
///
/// Nothing is decoded. What comes over the network is kept in the cache. Missing parts are exit code 4.
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// Compressed files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    dictionary: DictionaryArgs,

    /// Read them in this profile, whatever they say
    #[arg(long, value_name = "NAME", value_enum)]
    profile: Option<CodeProfile>,

    #[command(flatten)]
    sources: SourcesArgs,
}

impl CheckArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        for file in &self.files {
            if let Err(e) = self.one(file, edge) {
                edge.report.error_in(&e, file);
            }
            stop_if_asked()?;
        }
        Ok(())
    }

    fn one(&self, file: &Path, edge: &Edge) -> Result<()> {
        let bytes = read_all(compressed(file)?, edge)?;
        let read = CompressedFile::read(&bytes, &edge.limits)?;
        let meter = edge.meter(format!("looking for what {} needs", input::shown(file)));
        let named = self.dictionary.dictionary.as_deref();
        let sources = decompress::open(&read, named, &self.sources, edge, &meter)?;
        let mut found = Found { missing: Vec::new(), text: String::new(), bytes: 0, blocks: 0 };
        let cid = *read.dictionary();
        let root = match sources.get(&cid) {
            Ok(Some(root)) => root,
            Err(e) if e.kind() != ErrorKind::Environment => return Err(e),
            Ok(None) | Err(_) => {
                found.lacks(&cid, "dictionary", edge);
                print(found.text.as_bytes())?;
                return Err(sources.missing(&[cid]));
            }
        };
        found.has(&cid, "dictionary", root.data().len() as u64, &sources, edge);
        let root = unsaid::zipfs::Root::read(&root, &edge.limits)?;
        let opened = Opened::with_root(read, root, self.profile.map(Profile::from))?;
        let needs = opened.needs()?;
        let all = opened.root.parts();
        let (mut wanted, mut by_cid) = (Vec::new(), HashMap::new());
        for &place in &needs.parts {
            let part = all.get(place).ok_or_else(|| Error::corrupt("a part that the root does not name"))?;
            match by_cid.insert(part.part, *part) {
                None => wanted.push(*part),
                Some(other) if other == *part => {}
                Some(_) => {
                    return Err(Error::corrupt("a root says two things of one part").found(part.part));
                }
            }
        }
        let cids: Vec<Cid> = wanted.iter().map(|part| part.part).collect();
        let mut here = HashSet::new();
        let asked = sources.get_many(&cids, &mut |block| {
            if let Some(part) = by_cid.get(block.cid()) {
                part.read(&block)?;
            }
            here.insert(*block.cid());
            Ok(())
        });
        match asked {
            // Who could not be asked is named in the end, with what is missing.
            Err(e) if e.kind() == ErrorKind::Environment && here.len() < cids.len() => {}
            asked => asked?,
        }
        for part in &wanted {
            if here.contains(&part.part) {
                found.has(&part.part, "part", part.size, &sources, edge);
            } else {
                found.lacks(&part.part, "part", edge);
            }
        }
        let ok = found.missing.is_empty();
        let (used, of) = (needs.segments.len(), opened.root.count());
        let parts = if all.is_empty() {
            String::new()
        } else {
            format!(", {} of {} parts", needs.parts.len(), all.len())
        };
        meter.hide();
        if edge.json {
            let mut body = json!({ "whole": ok, "dictionary": cid.to_string(), "segments": used,
                "blocks": found.blocks, "missing": found.missing.len(), "size": found.bytes });
            json::put_path(&mut body, "path", file.as_os_str());
            found.text.push_str(&format!("{}\n", json::line("summary", body)));
            print(found.text.as_bytes())?;
        } else {
            print(found.text.as_bytes())?;
            if ok {
                let bytes = size::bytes(found.bytes);
                let file = input::shown(file);
                edge.report.summary(&format!(
                    "{file}: ok: needs {used} of {of} segments{parts}, {bytes}, all at hand"
                ));
            }
        }
        if ok { Ok(()) } else { Err(sources.missing(&found.missing)) }
    }
}

/// What was found, and what is said about it.
struct Found {
    missing: Vec<Cid>,
    text: String,
    bytes: u64,
    blocks: u64,
}

impl Found {
    fn has(&mut self, cid: &Cid, what: &str, bytes: u64, sources: &Sources<'_>, edge: &Edge) {
        self.bytes += bytes;
        self.blocks += 1;
        let place = sources.place(cid);
        let place = place.as_deref().unwrap_or_default();
        self.text.push_str(&if edge.json {
            let body = json!({ "cid": cid.to_string(), "what": what, "size": bytes, "place": place });
            format!("{}\n", json::line("block", body))
        } else {
            format!("{cid}  {:>9}  {what:<10}  {}\n", size::bytes(bytes), escape::text(place))
        });
    }

    fn lacks(&mut self, cid: &Cid, what: &str, edge: &Edge) {
        self.missing.push(*cid);
        self.text.push_str(&if edge.json {
            let body = json!({ "cid": cid.to_string(), "what": what, "place": null });
            format!("{}\n", json::line("block", body))
        } else {
            format!("{cid}  {:>9}  {what:<10}  missing\n", "")
        });
    }
}
