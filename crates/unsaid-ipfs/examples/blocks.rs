//! Puts, gets, lists and serves blocks of one place.
//!
//! ```text
//! blocks PLACE put FILE        raw block of a file; prints its CID
//! blocks PLACE get CID         writes the block to standard output
//! blocks PLACE ls              CIDs, one a line
//! blocks PLACE serve ADDRESS   a trustless gateway at HOST:PORT until it is killed
//! ```
//!
//! `PLACE` is a folder, `/ip4/127.0.0.1/tcp/5001` of a daemon, `https://GATEWAY`, or `s3://BUCKET/PREFIX`
//! (with the feature `s3`).
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example is an edge")]

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipfs::rpc::Reach;
use unsaid_ipfs::{
    BlockStore, Disk, Durability, Gateway, NetOptions, Rpc, ServeOptions, Server, SharedSource,
};
use unsaid_ipld::{Block, Codec, cid};

/// A place, and the same as a store where it takes blocks.
type Place = (SharedSource, Option<Arc<dyn BlockStore + Send>>);

fn open(place: &str) -> Result<Place> {
    fn store<S: BlockStore + Send + 'static>(store: S) -> Place {
        let store = Arc::new(store);
        (store.clone(), Some(store))
    }
    let options = NetOptions::default();
    Ok(match place {
        #[cfg(feature = "s3")]
        p if p.starts_with("s3://") => {
            use unsaid_ipfs::s3::{Access, S3};
            store(S3::new(p, &Access::of_environment()?, options)?)
        }
        p if p.starts_with("/ip") || p.starts_with("/dns") => store(Rpc::new(p, Reach::Local, options)?),
        p if p.starts_with("http") => (Arc::new(Gateway::new(p, options)?), None),
        p => store(Disk::at(p, Durability::Synced)),
    })
}

fn run(arguments: &[&str]) -> Result<()> {
    let usage = || Error::new(ErrorKind::Usage, "blocks PLACE put FILE | get CID | ls | serve ADDRESS");
    let (place, arguments) = arguments.split_first().ok_or_else(usage)?;
    let (source, store) = open(place)?;
    let store = || store.as_ref().ok_or_else(|| Error::new(ErrorKind::Usage, "this place takes no blocks"));
    match arguments {
        ["put", file] => {
            let data = std::fs::read(file).map_err(|e| Error::io("reading", e).in_file(file))?;
            let block = Block::new(Codec::Raw, data)?;
            store()?.put(&block)?;
            println!("{}", block.cid());
        }
        ["get", name] => {
            let found = source.get(&cid::parse(name)?)?;
            let block = found.ok_or_else(|| Error::new(ErrorKind::Missing, "the block is not there"))?;
            std::io::stdout().write_all(block.data()).map_err(|e| Error::io("writing", e))?;
        }
        ["ls"] => store()?.list(&mut |cid| {
            println!("{cid}");
            Ok(())
        })?,
        ["serve", address] => {
            let server = Server::start(address, source, ServeOptions::default())?;
            println!("{}", server.url());
            server.wait();
        }
        _ => return Err(usage()),
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("blocks: {e}");
            e.hint_text().into_iter().for_each(|hint| eprintln!("  {hint}"));
            ExitCode::FAILURE
        }
    }
}
