//! Where blocks may come from, beyond what is always looked at.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use unsaid::ipfs::rpc::Reach;
use unsaid::ipfs::{Flatfs, Gateway, Given, NetOptions, Own, Rpc, Sources};
use unsaid::ipld::Cid;
use unsaid::ipld::walk::Budget;
use unsaid_core::{Error, ErrorKind, Progress, Result};

use super::{heading, peers};
use crate::edge::Edge;

/// Files, own blocks, the local repository and the local daemon are asked in this order, then what is named
/// here. Nobody else ever is.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = heading::SOURCES)]
pub(crate) struct SourcesArgs {
    /// Look in this CAR or block first; may be given again
    #[arg(long, value_name = "FILE")]
    car: Vec<PathBuf>,

    /// A repository of Kubo, which is only read [default: $IPFS_PATH, else ~/.ipfs]
    #[arg(long, value_name = "DIR")]
    repo: Option<PathBuf>,

    /// A daemon of Kubo, which may ask its peers [default: the one of the repository, for what it has]
    #[arg(long, value_name = "URL")]
    api: Option<String>,

    /// Neither the repository nor the daemon, unless they are named
    #[arg(long)]
    no_daemon: bool,

    /// A peer, asked over Bitswap, in builds with Bitswap; may be given again
    #[arg(long, value_name = "ADDRESS")]
    peer: Vec<String>,

    /// A trustless gateway, or s3://BUCKET/PREFIX in builds with S3; may be given again. None is used unless it
    /// is named
    #[arg(long, value_name = "URL")]
    gateway: Vec<String>,

    /// Give up a block that a server or peer has not sent by then [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: Option<u64>,
}

impl SourcesArgs {
    /// A file that the user named elsewhere, looked at like `--car`.
    pub(crate) fn with_file(mut self, path: PathBuf) -> Self {
        self.car.insert(0, path);
        self
    }

    /// Only a daemon: the one at this address, or else the local one.
    pub(crate) fn of_daemon(api: Option<String>) -> Self {
        SourcesArgs { api, ..SourcesArgs::default() }
    }

    pub(crate) fn options(&self) -> NetOptions {
        match self.timeout {
            Some(seconds) => NetOptions::default().with_timeout(Duration::from_secs(seconds)),
            None => NetOptions::default(),
        }
    }

    /// All of them, in their order.
    ///
    /// # Errors
    /// Whatever is wrong with what was named. What was not, and cannot be used, is only noted.
    pub(crate) fn open<'p>(&self, edge: &Edge, progress: &'p dyn Progress) -> Result<Sources<'p>> {
        let options = self.options();
        let mut sources = Sources::new(options.clone(), progress).offline(edge.offline);
        let mut held = 0;
        for path in &self.car {
            let given = Given::open(path, &edge.limits, held)?;
            held += given.memory();
            sources = sources.with_given(given);
        }
        match Own::of_user() {
            Ok(own) => sources = sources.with_own(own),
            Err(e) => edge.report.note(&format!("own blocks are neither read nor kept: {e}")),
        }
        let repository = match &self.repo {
            Some(path) => Flatfs::open(path).map(Some)?,
            None if self.no_daemon => None,
            None => Flatfs::of_user().unwrap_or_else(|e| {
                edge.report.note(&format!("the local repository is not read: {e}"));
                None
            }),
        };
        if let Some(repository) = repository {
            sources = sources.with_repository(repository);
        }
        if let Some(daemon) = self.daemon(edge, &options)? {
            sources = sources.with_daemon(daemon);
        }
        if !self.peer.is_empty() {
            sources = peers::add(sources, &self.peer, self.timeout.map(Duration::from_secs))?;
        }
        for url in &self.gateway {
            sources = if url.starts_with("s3://") {
                bucket(sources, url, &options)?
            } else {
                sources.with_gateway(Gateway::new(url, options.clone())?)
            };
        }
        Ok(sources)
    }

    /// The daemon that was named, or else the local one where it runs.
    pub(crate) fn daemon(&self, edge: &Edge, options: &NetOptions) -> Result<Option<Rpc>> {
        match &self.api {
            Some(url) => {
                let reach = if edge.offline { Reach::Local } else { Reach::Network };
                Rpc::new(url, reach, options.clone()).map(Some)
            }
            None if self.no_daemon => Ok(None),
            None => Ok(Rpc::of_user(options.clone()).unwrap_or_else(|e| {
                edge.report.note(&format!("the local daemon is not asked: {e}"));
                None
            })),
        }
    }
}

#[cfg(feature = "s3")]
fn bucket<'p>(sources: Sources<'p>, url: &str, options: &NetOptions) -> Result<Sources<'p>> {
    use unsaid::ipfs::s3::{Access, S3};
    let bucket = S3::new(url, &Access::of_environment()?, options.clone())?;
    Ok(sources.with_peers(format!("object store {}", bucket.name()), std::sync::Arc::new(bucket)))
}

#[cfg(not(feature = "s3"))]
fn bucket<'p>(_: Sources<'p>, url: &str, _: &NetOptions) -> Result<Sources<'p>> {
    Err(Error::new(ErrorKind::Usage, "this build cannot read object stores")
        .found(url)
        .expected("a build with S3")
        .hint("build it so: cargo install --path crates/unsaid-cli --features s3"))
}

/// How far a walk may go.
pub(crate) fn budget(edge: &Edge) -> Budget {
    Budget::of(&edge.limits)
}

/// An error about a block that is not there, with who else could be asked.
pub(crate) fn hinted(sources: &Sources<'_>, cids: &[Cid], e: Error) -> Error {
    if e.kind() != ErrorKind::Missing || e.hint_text().is_some() {
        return e;
    }
    let missing = sources.missing(cids);
    e.hint(missing.hint_text().unwrap_or_default())
}
