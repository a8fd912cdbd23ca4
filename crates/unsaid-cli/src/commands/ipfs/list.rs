//! `unsaid ipfs ls`.

use std::collections::HashSet;
use std::io::{self, BufWriter, Write};

use clap::Args;
use serde_json::json;
use unsaid::ipfs::{BlockStore, Own};
use unsaid::ipld::path::Path as IpfsPath;
use unsaid::ipld::source::require;
use unsaid::ipld::unixfs::{self, Kind};
use unsaid::ipld::{Cid, Codec, links};
use unsaid_core::Result;

use super::car::printing;
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, escape, json};
use crate::options::{SourcesArgs, budget, hinted};

/// List the blocks that are here, or what one links to
///
/// Of a directory the names are listed too. The store knows blocks by their hashes: without a CID each is
/// named as a raw block, as `ipfs refs local` does.
#[derive(Args, Debug)]
pub(super) struct LsArgs {
    /// A CID, with a path behind it or not
    #[arg(value_name = "CID")]
    cid: Option<String>,

    #[command(flatten)]
    sources: SourcesArgs,
}

impl LsArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        match &self.cid {
            None => here(&mut out, edge)?,
            Some(text) => self.below(text, &mut out, edge)?,
        }
        out.flush().map_err(printing)
    }

    fn below(&self, text: &str, out: &mut impl Write, edge: &Edge) -> Result<()> {
        let path = IpfsPath::parse(text)?;
        let meter = edge.meter(format!("getting {}", path.root));
        let sources = self.sources.open(edge, &meter)?;
        let budget = budget(edge);
        let missing = |e| hinted(&sources, &[path.root], e);
        let cid = path.resolve(&sources, &budget).map_err(missing)?;
        let block = require(&sources, &cid).map_err(missing)?;
        let is_directory = Codec::of(&cid)? == Codec::DagPb
            && unixfs::info(&sources, &cid)
                .is_ok_and(|info| matches!(info.kind, Kind::Directory | Kind::Shard));
        if is_directory {
            for entry in unixfs::list(&sources, &cid, &budget).map_err(missing)? {
                let line = if edge.json {
                    let mut body = json!({ "cid": entry.cid.to_string(), "claimed": entry.claimed });
                    json::put_name(&mut body, "path", entry.name.as_bytes());
                    json::line("entry", body)
                } else {
                    format!("{}  {}", entry.cid, escape::bytes(entry.name.as_bytes()))
                };
                writeln!(out, "{line}").map_err(printing)?;
            }
            return Ok(());
        }
        for link in links(&block)? {
            say(&link, None, out, edge)?;
        }
        Ok(())
    }
}

fn here(out: &mut impl Write, edge: &Edge) -> Result<()> {
    let own = Own::of_user()?;
    let pins: HashSet<_> = own.pins().list()?.iter().map(|cid| *cid.hash()).collect();
    own.list(&mut |cid| {
        stop_if_asked()?;
        let what = match (pins.contains(cid.hash()), own.kept().has(&cid)?) {
            (true, _) => "pinned",
            (false, true) => "kept",
            (false, false) => "cache",
        };
        say(&cid, Some(what), out, edge)
    })
}

fn say(cid: &Cid, what: Option<&str>, out: &mut impl Write, edge: &Edge) -> Result<()> {
    let line = match (edge.json, what) {
        (true, what) => json::line("block", json!({ "cid": cid.to_string(), "what": what })),
        (false, Some(what)) => format!("{cid}  {what}"),
        (false, None) => cid.to_string(),
    };
    writeln!(out, "{line}").map_err(printing)
}
