//! `unsaid ipfs put`.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use unsaid::ipfs::{Own, Rpc};
use unsaid::ipld::walk::Budget;
use unsaid::ipld::{Block, Cid, Codec, MAX_WRITTEN, car, links, unixfs};
use unsaid_core::{Error, ErrorKind, Progress, Result};

use crate::commands::records::plain;
use crate::commands::{input, print};
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, json, size};
use crate::options::SourcesArgs;

/// Keep files as blocks, and print their CIDs
///
/// A file gets the CID that `ipfs add --cid-version=1 --raw-leaves` gives it. It is pinned in the own store.
#[derive(Args, Debug)]
pub(super) struct PutArgs {
    /// The files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Each file is one block, of at most 1 MiB
    #[arg(long)]
    block: bool,

    /// How such a block is read
    #[arg(long, value_name = "NAME", value_enum, default_value_t = CodecName::Raw, requires = "block")]
    codec: CodecName,

    #[command(flatten)]
    daemon: DaemonArgs,
}

/// A daemon that takes what the own store takes.
#[derive(Args, Clone, Debug)]
pub(super) struct DaemonArgs {
    /// Give it to the daemon too, the local one or that of --api, which pins it
    #[arg(long)]
    daemon: bool,

    /// A daemon of Kubo
    #[arg(long, value_name = "URL", requires = "daemon")]
    api: Option<String>,
}

impl DaemonArgs {
    /// The daemon, where one was asked for.
    pub(super) fn open(&self, edge: &Edge) -> Result<Option<Rpc>> {
        if !self.daemon {
            return Ok(None);
        }
        let sources = SourcesArgs::of_daemon(self.api.clone());
        sources.daemon(edge, &sources.options())?.map(Some).ok_or_else(|| {
            Error::new(ErrorKind::Missing, "no daemon of IPFS runs on this machine")
                .expected("an address in $IPFS_PATH/api")
                .hint("start it: ipfs daemon; or name it: --api http://127.0.0.1:5001")
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CodecName {
    /// Bytes
    Raw,
    /// Data with links
    DagCbor,
    /// A node of UnixFS
    DagPb,
}

impl PutArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let own = Own::of_user()?;
        let daemon = self.daemon.open(edge)?;
        for file in &self.files {
            match self.one(file, &own, daemon.as_ref(), edge) {
                Ok(()) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => return Err(e),
                Err(e) => edge.report.error_in(&e, file),
            }
            stop_if_asked()?;
        }
        Ok(())
    }

    fn one(&self, file: &Path, own: &Own, daemon: Option<&Rpc>, edge: &Edge) -> Result<()> {
        let meter = edge.meter(format!("keeping {}", input::shown(file)));
        meter.begin(None);
        // Until it is pinned nobody may collect it.
        let adding = own.adding(&meter)?;
        let (cid, size, blocks) = if self.block {
            let block = self.block(file)?;
            adding.put(&block)?;
            (*block.cid(), block.data().len() as u64, 1)
        } else {
            let mut keep = |block: Block| {
                adding.put(&block)?;
                meter.advance(block.data().len() as u64, 0)
            };
            let added = unixfs::write(&mut plain(file)?, &unixfs::Options::default(), &mut keep)?;
            (added.cid, added.size, added.blocks)
        };
        adding.pin_whole(&cid)?;
        drop(adding);
        if let Some(daemon) = daemon {
            give(own, &cid, daemon)?;
        }
        drop(meter);
        if edge.json {
            let mut body = json!({ "cid": cid.to_string(), "size": size, "blocks": blocks });
            json::put_path(&mut body, "path", file.as_os_str());
            return print(format!("{}\n", json::line("block", body)).as_bytes());
        }
        edge.report.detail(&format!("{}: {}", input::shown(file), size::bytes(size)));
        print(format!("{cid}\n").as_bytes())
    }

    fn block(&self, file: &Path) -> Result<Block> {
        let mut bytes = Vec::new();
        let read = plain(file)?.take(MAX_WRITTEN as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|e| Error::io("reading the block", e))?;
        let codec = match self.codec {
            CodecName::Raw => Codec::Raw,
            CodecName::DagCbor => Codec::DagCbor,
            CodecName::DagPb => Codec::DagPb,
        };
        let block = Block::new(codec, bytes)?;
        // What claims to be data with links must be.
        links(&block)?;
        Ok(block)
    }
}

/// Sends a block and all it links to, as a CAR that is made while it is sent.
pub(super) fn give(own: &Own, cid: &Cid, daemon: &Rpc) -> Result<()> {
    let (reader, writer) = std::io::pipe().map_err(|e| Error::io("making a pipe", e))?;
    std::thread::scope(|scope| {
        let exporter = scope.spawn(move || {
            car::export(own, &[*cid], Budget::default(), std::io::BufWriter::new(writer)).map(drop)
        });
        let imported = daemon.import(reader, true);
        let exported = exporter.join().unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Internal, "the thread that makes the CAR went away"))
        });
        // What the daemon says counts first: the pipe breaks because of it.
        let roots = imported?;
        exported?;
        if roots.is_empty() || roots.iter().any(|root| root.hash() == cid.hash()) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Environment, "the daemon took something else")
            .found(roots[0])
            .expected(cid))
    })
}
