//! `unsaid ipfs serve`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use unsaid::ipfs::NetOptions;
use unsaid::ipfs::serve::DEFAULT_ADDRESS;
use unsaid::ipfs::{Flatfs, Given, Own, ServeOptions, Server, SharedSource, Sources};
use unsaid_core::{Result, Silent};

use crate::commands::print;
use crate::edge::progress::stop_if_asked;
use crate::edge::{Edge, json};
use crate::options::peers;

/// Give blocks to others: a trustless gateway
///
/// It gives what is in the own store and in the files named here, to whoever asks, and asks nobody itself.
/// It ends with Ctrl-C. Others then fetch with --gateway and the URL that it prints.
#[derive(Args, Debug)]
pub(super) struct ServeArgs {
    /// Where to listen: host and port; port 0 is any that is free. Other machines reach it only if the host
    /// is one of this machine's addresses there [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,

    /// Also answer peers over Bitswap, at this address: for instance /ip4/127.0.0.1/tcp/4001; in builds with
    /// Bitswap
    #[arg(long, value_name = "ADDRESS")]
    bitswap: Vec<String>,

    /// Give the blocks of this CAR too; may be given again
    #[arg(long, value_name = "FILE")]
    car: Vec<PathBuf>,

    /// Give the blocks of this repository of Kubo too
    #[arg(long, value_name = "DIR")]
    repo: Option<PathBuf>,
}

impl ServeArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        static SILENT: Silent = Silent;
        let mut sources =
            Sources::new(NetOptions::default(), &SILENT).offline(true).with_own(Own::of_user()?);
        let mut held = 0;
        for path in &self.car {
            let given = Given::open(path, &edge.limits, held)?;
            held += given.memory();
            sources = sources.with_given(given);
        }
        if let Some(path) = &self.repo {
            sources = sources.with_repository(Flatfs::open(path)?);
        }
        let source: SharedSource = Arc::new(sources);
        let listen = self.listen.as_deref().unwrap_or(DEFAULT_ADDRESS);
        let peers = match self.bitswap[..] {
            [] => None,
            _ => Some(peers::listen(&self.bitswap, Arc::clone(&source))?),
        };
        let server = Server::start(listen, source, ServeOptions::default())?;
        let addresses = peers.as_ref().map(peers::Listening::addresses).unwrap_or_default();
        if edge.json {
            let body = json!({ "gateway": server.url(), "bitswap": addresses });
            print(format!("{}\n", json::line("serving", body)).as_bytes())?;
        } else {
            let lines: String = addresses.iter().map(|address| format!("{address}\n")).collect();
            print(format!("{}\n{lines}", server.url()).as_bytes())?;
            edge.report.note("a trustless gateway; Ctrl-C ends it");
            if server.address().ip().is_loopback() {
                edge.report.note("only this machine reaches it; for others: --listen HOST:PORT");
            }
        }
        loop {
            stop_if_asked()?;
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
