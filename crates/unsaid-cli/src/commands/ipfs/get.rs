//! `unsaid ipfs get`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use unsaid::ipld::path::Path as IpfsPath;
use unsaid::ipld::source::require;
use unsaid::ipld::unixfs;
use unsaid_core::{Error, ErrorKind, Result};

use crate::commands::print;
use crate::commands::records::Out;
use crate::edge::{Edge, json, size, stdio};
use crate::options::{PublishArgs, SourcesArgs, budget, hinted};

/// Fetch a file, or a block, by its CID
#[derive(Args, Debug)]
pub(super) struct GetArgs {
    /// The CID, with a path behind it or not: CID, CID/name, ipfs://CID
    #[arg(value_name = "CID")]
    cid: String,

    /// The file; - is standard output [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The bytes of the one block, not those of the file that it is the first block of
    #[arg(long)]
    block: bool,

    #[command(flatten)]
    publish: PublishArgs,

    // After all others: its heading is that of whatever follows it.
    #[command(flatten)]
    sources: SourcesArgs,
}

impl GetArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let path = IpfsPath::parse(&self.cid)?;
        let meter = edge.meter(format!("getting {}", path.root));
        let sources = self.sources.open(edge, &meter)?;
        let budget = budget(edge);
        let missing = |e| hinted(&sources, &[path.root], e);
        let cid = path.resolve(&sources, &budget).map_err(missing)?;
        let file = self.output.as_deref().unwrap_or(Path::new("-"));
        let (size, name, to_standard) = if self.block {
            let block = require(&sources, &cid).map_err(missing)?;
            let Some(mut out) = Out::open(file, self.publish.policy(), stdio::content_output, edge)? else {
                return Ok(());
            };
            out.write_all(block.data()).map_err(|e| Error::io("writing the block", e))?;
            let to_standard = matches!(out, Out::Standard(_));
            (block.data().len() as u64, out.publish()?, to_standard)
        } else {
            check_file(&sources, &cid).map_err(missing)?;
            let Some(mut out) = Out::open(file, self.publish.policy(), stdio::content_output, edge)? else {
                return Ok(());
            };
            let size = unixfs::cat(&sources, &cid, &budget, &mut out).map_err(missing)?;
            let to_standard = matches!(out, Out::Standard(_));
            (size, out.publish()?, to_standard)
        };
        drop(meter);
        if to_standard {
            return Ok(());
        }
        if edge.json {
            let mut body = json!({ "cid": cid.to_string(), "size": size });
            json::put_path(&mut body, "path", Path::new(&name).as_os_str());
            return print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        edge.report.summary(&format!("{name}: {}", size::bytes(size)));
        Ok(())
    }
}

/// Says what else it is, before a file is begun.
fn check_file(sources: &unsaid::ipfs::Sources<'_>, cid: &unsaid::ipld::Cid) -> Result<()> {
    use unsaid::ipld::unixfs::Kind;
    match unixfs::info(sources, cid) {
        Ok(info) => match info.kind {
            Kind::Directory | Kind::Shard => {
                Err(Error::new(ErrorKind::Usage, format!("{cid} is a directory"))
                    .hint("see what is in it: unsaid ipfs ls CID; then get CID/NAME"))
            }
            _ => Ok(()),
        },
        Err(e) if e.kind() == ErrorKind::Usage => Err(e.hint("its bytes as they are: --block")),
        Err(e) => Err(e),
    }
}
