//! Every place a block may come from, in one order.
//!
//! ```text
//! given files ─▶ own blocks (kept, cache) ─▶ local repository ─▶ local daemon ─▶ peers ─▶ gateways
//! └────────────────────────── local ──────────────────────────────────────────┘
//! ```
//!
//! Offline stops at local. What came from elsewhere goes into the cache, so a fetch that was broken off
//! goes on where it was. A cache that cannot be written costs a note, never a block.

mod fetch;
mod here;
mod missing;
mod remote;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cid::Cid;
use unsaid_core::{Progress, Result};
use unsaid_ipld::{Block, BlockSource};

use crate::rpc::Reach;
use crate::store::BlockStore;
use crate::{Flatfs, Gateway, Given, NetOptions, Own, Rpc};
use remote::{Rank, Remote};

/// A source that several threads use.
pub type SharedSource = Arc<dyn BlockSource + Send + Sync>;

/// Blocks whose places are remembered, of those that came first.
const PLACES: usize = 1 << 16;

/// Where blocks come from.
pub struct Sources<'p> {
    progress: &'p dyn Progress,
    options: NetOptions,
    offline: bool,
    given: Vec<Given>,
    own: Option<Own>,
    repository: Option<Flatfs>,
    remotes: Vec<Arc<Remote>>,
    cache_failed: AtomicBool,
    found: Mutex<BTreeMap<Cid, Arc<str>>>,
    noted: Mutex<BTreeSet<String>>,
}

impl<'p> Sources<'p> {
    /// No sources. `progress` is told of the bytes of each block that comes, and of what was slow, wrong
    /// or not to be had on the way.
    pub fn new(options: NetOptions, progress: &'p dyn Progress) -> Self {
        Sources {
            progress,
            options,
            offline: false,
            given: Vec::new(),
            own: None,
            repository: None,
            remotes: Vec::new(),
            cache_failed: AtomicBool::new(false),
            found: Mutex::default(),
            noted: Mutex::default(),
        }
    }

    /// All that is the user's and on this machine: own blocks, the repository and the daemon that runs on
    /// it, where there are such. What cannot be used is noted.
    ///
    /// # Errors
    /// `Environment` where nothing says where own blocks are.
    pub fn of_user(options: NetOptions, progress: &'p dyn Progress) -> Result<Self> {
        let mut sources = Sources::new(options.clone(), progress).with_own(Own::of_user()?);
        match Flatfs::of_user() {
            Ok(Some(repository)) => sources = sources.with_repository(repository),
            Ok(None) => {}
            Err(e) => progress.note(&format!("the local repository is not read: {e}")),
        }
        match Rpc::of_user(options) {
            Ok(Some(daemon)) => sources = sources.with_daemon(daemon),
            Ok(None) => {}
            Err(e) => progress.note(&format!("the local daemon is not asked: {e}")),
        }
        Ok(sources)
    }

    /// Nothing beyond this machine is asked.
    #[must_use]
    pub fn offline(mut self, offline: bool) -> Self {
        self.offline = offline;
        self
    }

    /// A file that the user gave, asked first.
    #[must_use]
    pub fn with_given(mut self, given: Given) -> Self {
        self.given.push(given);
        self
    }

    /// The own store; what comes from elsewhere goes into its cache.
    #[must_use]
    pub fn with_own(mut self, own: Own) -> Self {
        self.own = Some(own);
        self
    }

    /// A local repository.
    #[must_use]
    pub fn with_repository(mut self, repository: Flatfs) -> Self {
        self.repository = Some(repository);
        self
    }

    /// A daemon: a local one is asked offline too, but only for what it has.
    #[must_use]
    pub fn with_daemon(mut self, daemon: Rpc) -> Self {
        let name = format!("daemon {}", daemon.name());
        let rank = if daemon.is_local() { Rank::LocalDaemon } else { Rank::Daemon };
        // Offline its peers are not asked either; both are the same daemon otherwise.
        let local = daemon.local_twin();
        let found = daemon.was_found();
        let remote = Remote::new(rank, name, Arc::new(daemon), local);
        self.add(if found { remote.found() } else { remote });
        self
    }

    /// Peers, or anything else that gives blocks over a network.
    #[must_use]
    pub fn with_peers(mut self, name: impl Into<String>, peers: SharedSource) -> Self {
        self.add(Remote::new(Rank::Peers, name.into(), peers, None));
        self
    }

    /// A gateway that the user named.
    #[must_use]
    pub fn with_gateway(mut self, gateway: Gateway) -> Self {
        let name = format!("gateway {}", gateway.name());
        self.add(Remote::new(Rank::Gateway, name, Arc::new(gateway), None));
        self
    }

    fn add(&mut self, remote: Remote) {
        self.remotes.push(Arc::new(remote));
        // Stable: of the same rank, in the order in which they were named.
        self.remotes.sort_by_key(|remote| remote.rank);
    }

    /// The own store, where there is one.
    pub fn own(&self) -> Option<&Own> {
        self.own.as_ref()
    }

    /// Where a block was found that this has given (of the first 65,536): a file, `own blocks`, a repository, a daemon, a peer
    /// or a gateway.
    pub fn place(&self, cid: &Cid) -> Option<Arc<str>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).get(cid).cloned()
    }

    /// The blocks, all of them, in any order.
    ///
    /// # Errors
    /// [`missing`](Self::missing) with the CIDs of those that no source gave, after `each` was called with
    /// the others; and what `each` or the progress returns, which ends it.
    pub fn need(&self, cids: &[Cid], each: &mut dyn FnMut(Block) -> Result<()>) -> Result<()> {
        let missing = self.fetch(cids, each)?;
        if missing.is_empty() { Ok(()) } else { Err(self.missing(&missing)) }
    }

    fn asked(&self) -> impl Iterator<Item = &Arc<Remote>> {
        self.remotes.iter().filter(|remote| !self.offline || remote.rank.is_local())
    }

    /// Gives what there is to `each`; those that no source has come back.
    fn fetch(&self, cids: &[Cid], each: &mut dyn FnMut(Block) -> Result<()>) -> Result<Vec<Cid>> {
        let mut asked = BTreeSet::new();
        let mut away = Vec::new();
        for cid in cids.iter().filter(|cid| asked.insert(**cid)) {
            match self.here(cid)? {
                Some((block, place)) => self.give(block, place, each)?,
                None => away.push(*cid),
            }
        }
        if away.is_empty() {
            return Ok(away);
        }
        let remotes: Vec<Arc<Remote>> = self.asked().cloned().collect();
        let fetch = fetch::Fetch {
            remotes: &remotes,
            offline: self.offline,
            options: &self.options,
            progress: self.progress,
            note: &|text| self.note(text),
        };
        fetch.run(&away, &mut |block, remote| {
            self.cache(&block);
            self.give(block, Arc::clone(&remote.name), each)
        })
    }

    fn give(&self, block: Block, place: Arc<str>, each: &mut dyn FnMut(Block) -> Result<()>) -> Result<()> {
        {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            if found.len() < PLACES {
                found.insert(*block.cid(), place);
            }
        }
        self.progress.advance(block.data().len() as u64, 0)?;
        each(block)
    }

    fn cache(&self, block: &Block) {
        let Some(own) = &self.own else { return };
        if self.cache_failed.load(Ordering::Relaxed) {
            return;
        }
        if let Err(e) = own.cache().put(block) {
            self.cache_failed.store(true, Ordering::Relaxed);
            let place = e.path().map(|path| format!("'{}': ", path.display())).unwrap_or_default();
            self.note(&format!("blocks are not kept for the next time: {place}{e}"));
        }
    }

    /// Tells the progress, once for each text.
    fn note(&self, text: &str) {
        let new = self.noted.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned());
        if new {
            self.progress.note(text);
        }
    }
}

impl BlockSource for Sources<'_> {
    /// # Errors
    /// [`missing`](Sources::missing) where one that the user named could not be asked: then nobody knows.
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        let mut got = None;
        self.get_many(&[*cid], &mut |block| {
            got = Some(block);
            Ok(())
        })?;
        Ok(got)
    }

    fn holds(&self, cid: &Cid) -> Result<bool> {
        self.is_here(cid)
    }

    fn get_many(&self, cids: &[Cid], each: &mut dyn FnMut(Block) -> Result<()>) -> Result<()> {
        let missing = self.fetch(cids, each)?;
        if missing.is_empty() || !self.is_cut_off() { Ok(()) } else { Err(self.missing(&missing)) }
    }
}

impl Rpc {
    /// The same daemon asked for what it has only, where it might ask others.
    fn local_twin(&self) -> Option<SharedSource> {
        let twin = Rpc::new(&self.name(), Reach::Local, self.options().clone()).ok()?;
        Some(Arc::new(twin))
    }
}
