//! `unsaid ipfs add-car` and `unsaid ipfs export-car`.

use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use unsaid::ipfs::{Own, Rpc};
use unsaid::ipld::car::{Bounds, Reader};
use unsaid::ipld::{Cid, car, cid};
use unsaid_core::{Error, ErrorKind, Progress, Result};

use super::put::{DaemonArgs, give};
use crate::commands::records::{Out, compressed};
use crate::commands::zipfs::blocks;
use crate::commands::{input, print};
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, json, size, stdio};
use crate::options::{PublishArgs, SourcesArgs, budget, hinted};

/// Take in the blocks of CARs, and print what they are about
///
/// Roots are pinned where all that hangs on them is in the store then. Of each CAR at most --max-entries blocks are
/// taken in, and --max-output bytes of blocks.
#[derive(Args, Debug)]
pub(super) struct AddCarArgs {
    /// The CARs; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    daemon: DaemonArgs,
}

/// Write blocks, and all that hangs on them, as a CAR
#[derive(Args, Debug)]
pub(super) struct ExportCarArgs {
    /// The CIDs
    #[arg(value_name = "CID", required = true)]
    cids: Vec<String>,

    /// The CAR; - is standard output
    #[arg(short, long, value_name = "FILE", required = true)]
    output: PathBuf,

    #[command(flatten)]
    publish: PublishArgs,

    // After all others: its heading is that of whatever follows it.
    #[command(flatten)]
    sources: SourcesArgs,
}

impl AddCarArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let own = Own::of_user()?;
        let daemon = self.daemon.open(edge)?;
        for file in &self.files {
            match add(file, &own, daemon.as_ref(), edge) {
                Ok(()) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => return Err(e),
                Err(e) => edge.report.error_in(&e, file),
            }
            stop_if_asked()?;
        }
        Ok(())
    }
}

fn add(file: &Path, own: &Own, daemon: Option<&Rpc>, edge: &Edge) -> Result<()> {
    let meter = edge.meter(format!("taking in {}", input::shown(file)));
    meter.begin(None);
    let data = BufReader::with_capacity(1 << 16, compressed(file)?);
    let mut reader = Reader::new(data, &Bounds::of(&edge.limits))?;
    let (mut count, mut new, mut bytes) = (0u64, 0u64, 0u64);
    // Until the roots are pinned nobody may collect what hangs on them.
    let adding = own.adding(&meter)?;
    while let Some(block) = reader.next_block()? {
        bytes += block.data().len() as u64;
        edge.limits.check_output(bytes, "taking in a CAR")?;
        new += u64::from(adding.put(&block)?);
        count += 1;
        meter.advance(block.data().len() as u64, 0)?;
    }
    let mut text = String::new();
    let mut pinned = Vec::new();
    for root in reader.roots() {
        match adding.pin(root, own, budget(edge), &meter) {
            Ok(_) => pinned.push(root),
            Err(e) if e.kind() == ErrorKind::Missing => {
                edge.report.warn(&format!("{root} is not pinned: {e}"));
            }
            Err(e) => return Err(e),
        }
        text.push_str(&if edge.json {
            let body = json!({ "cid": root.to_string(), "blocks": count, "new": new });
            format!("{}\n", json::line("block", body))
        } else {
            format!("{root}\n")
        });
    }
    drop(adding);
    if let Some(daemon) = daemon {
        pinned.into_iter().try_for_each(|root| give(own, root, daemon))?;
    }
    drop(meter);
    print(text.as_bytes())?;
    edge.report.detail(&format!("{}: {}, {new} of them new", input::shown(file), blocks(count)));
    Ok(())
}

impl ExportCarArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let roots: Vec<Cid> = self.cids.iter().map(|text| cid::parse(text)).collect::<Result<_>>()?;
        let meter = edge.meter("writing a CAR");
        let sources = self.sources.open(edge, &meter)?;
        let Some(out) = Out::open(&self.output, self.publish.policy(), stdio::compressed_output, edge)?
        else {
            return Ok(());
        };
        let budget = budget(edge);
        let counting = Counting { out, bytes: 0 };
        let written =
            car::export(&sources, &roots, budget, counting).map_err(|e| hinted(&sources, &roots, e))?;
        drop(sources);
        drop(meter);
        let to_standard = matches!(written.out, Out::Standard(_));
        let bytes = written.bytes;
        let name = written.out.publish()?;
        if to_standard {
            return Ok(());
        }
        if edge.json {
            let mut body = json!({ "packed": bytes });
            json::put_path(&mut body, "path", Path::new(&name).as_os_str());
            return print(format!("{}\n", json::line("summary", body)).as_bytes());
        }
        edge.report.summary(&format!("{name}: {}", size::bytes(bytes)));
        Ok(())
    }
}

/// Counts what it passes on.
struct Counting {
    out: Out,
    bytes: u64,
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A CID as a person writes it, for commands about blocks.
pub(super) fn parse(text: &str) -> Result<Cid> {
    cid::parse(text).map_err(|e| match e.kind() {
        ErrorKind::Usage => e.hint("a path behind it is for unsaid ipfs get and ls"),
        _ => e,
    })
}

/// An I/O error on standard output.
pub(super) fn printing(e: io::Error) -> Error {
    Error::io("writing to standard output", e)
}
