//! Asking several slow sources for many blocks at once.
//!
//! A fixed number of blocks is under way. Each is asked of one source; when that takes long the next one
//! is asked too, and the first answer that verifies counts. A source that lied is not asked again, one
//! that was slow is asked last. Threads that wait for a hopeless answer are left behind; each ends at its
//! source's own deadline, and their number is bounded.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use cid::Cid;
use unsaid_core::{Error, ErrorKind, Progress, Result};
use unsaid_ipld::Block;

use super::remote::Remote;
use crate::NetOptions;

/// How often the caller is asked whether to go on.
const TICK: Duration = Duration::from_millis(100);
/// Threads for each block under way, those left behind among them.
const THREADS_EACH: usize = 4;

pub(super) struct Fetch<'a> {
    pub(super) remotes: &'a [Arc<Remote>],
    pub(super) offline: bool,
    pub(super) options: &'a NetOptions,
    pub(super) progress: &'a dyn Progress,
    pub(super) note: &'a dyn Fn(&str),
}

/// One block that is wanted.
struct Want {
    cid: Cid,
    /// Which sources were asked.
    asked: Vec<bool>,
    /// Which of them have not answered yet.
    open: Vec<usize>,
    /// When the last of them was asked.
    since: Instant,
    done: bool,
}

struct Answer {
    want: usize,
    remote: usize,
    result: Result<Option<Block>>,
}

/// Everything a run knows.
struct Run<'f> {
    fetch: &'f Fetch<'f>,
    wants: Vec<Want>,
    waiting: VecDeque<usize>,
    /// Wants that are neither waiting nor done.
    under_way: Vec<usize>,
    threads: usize,
    missing: Vec<Cid>,
    sender: Sender<Answer>,
    receiver: Receiver<Answer>,
}

impl Fetch<'_> {
    /// Gives the blocks that a source has to `each`, with the source; those that none has come back.
    ///
    /// # Errors
    /// What `each` and the progress return.
    pub(super) fn run(
        &self,
        cids: &[Cid],
        each: &mut dyn FnMut(Block, &Remote) -> Result<()>,
    ) -> Result<Vec<Cid>> {
        if self.remotes.is_empty() {
            return Ok(cids.to_vec());
        }
        let (sender, receiver) = mpsc::channel();
        let want = |cid: &Cid| Want {
            cid: *cid,
            asked: vec![false; self.remotes.len()],
            open: Vec::new(),
            since: Instant::now(),
            done: false,
        };
        let mut run = Run {
            fetch: self,
            wants: cids.iter().map(want).collect(),
            waiting: (0..cids.len()).collect(),
            under_way: Vec::new(),
            threads: 0,
            missing: Vec::new(),
            sender,
            receiver,
        };
        run.go(each)?;
        Ok(run.missing)
    }
}

impl Run<'_> {
    fn go(&mut self, each: &mut dyn FnMut(Block, &Remote) -> Result<()>) -> Result<()> {
        let parallel = self.fetch.options.parallel.max(1);
        loop {
            while self.under_way.len() < parallel && self.threads < parallel * THREADS_EACH {
                let Some(want) = self.waiting.pop_front() else { break };
                self.under_way.push(want);
                self.ask_next(want);
            }
            if self.under_way.is_empty() && self.waiting.is_empty() {
                return Ok(());
            }
            match self.receiver.recv_timeout(self.patience()) {
                Ok(answer) => self.take(answer, each)?,
                Err(RecvTimeoutError::Timeout) => self.fetch.progress.advance(0, 0)?,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::new(ErrorKind::Internal, "the threads of a fetch went away"));
                }
            }
            self.hedge(parallel);
        }
    }

    /// How long to wait for an answer before looking up.
    fn patience(&self) -> Duration {
        let hedge = self.fetch.options.hedge;
        let wants = self.under_way.iter().filter_map(|&i| self.wants.get(i));
        let due = wants.filter(|want| self.next_remote(want).is_some()).map(|want| want.since + hedge);
        let soonest = due.map(|due| due.saturating_duration_since(Instant::now())).min();
        // One that is due and has no thread left to be asked with waits all the same.
        soonest.unwrap_or(TICK).clamp(Duration::from_millis(5), TICK)
    }

    /// The best source that was not asked for this block.
    fn next_remote(&self, want: &Want) -> Option<usize> {
        let remotes = self.fetch.remotes.iter().enumerate();
        let usable = remotes.filter(|(i, r)| r.is_usable() && want.asked.get(*i) == Some(&false));
        usable.min_by_key(|(i, r)| (r.slowness() >= 2, *i)).map(|(i, _)| i)
    }

    /// Asks the next source for a block; where there is none and none is still expected to answer, the
    /// block is missing.
    fn ask_next(&mut self, index: usize) {
        let next = self.wants.get(index).and_then(|want| self.next_remote(want));
        let Some(want) = self.wants.get_mut(index) else { return };
        let (Some(remote), cid) = (next, want.cid) else {
            if want.open.is_empty() && !want.done {
                want.done = true;
                let cid = want.cid;
                self.missing.push(cid);
                self.under_way.retain(|&i| i != index);
            }
            return;
        };
        if let Some(asked) = want.asked.get_mut(remote) {
            *asked = true;
        }
        want.open.push(remote);
        want.since = Instant::now();
        let Some(source) = self.fetch.remotes.get(remote).map(Arc::clone) else { return };
        let (sender, offline) = (self.sender.clone(), self.fetch.offline);
        let job = move || {
            let result = source.get(&cid, offline);
            // Nobody listens any more: the fetch ended.
            let _ = sender.send(Answer { want: index, remote, result });
        };
        self.threads += 1;
        if let Err(e) = std::thread::Builder::new().name("unsaid-fetch".into()).spawn(job) {
            let result = Err(Error::io("starting a thread", e));
            let _ = self.sender.send(Answer { want: index, remote, result });
        }
    }

    fn take(&mut self, answer: Answer, each: &mut dyn FnMut(Block, &Remote) -> Result<()>) -> Result<()> {
        self.threads -= 1;
        let Some(remote) = self.fetch.remotes.get(answer.remote) else { return Ok(()) };
        if let Some(text) = remote.judge(&answer.result) {
            (self.fetch.note)(&text);
        }
        let Some(want) = self.wants.get_mut(answer.want) else { return Ok(()) };
        want.open.retain(|&open| open != answer.remote);
        // Another source was faster.
        if want.done {
            return Ok(());
        }
        match answer.result {
            Ok(Some(block)) => {
                want.done = true;
                // Those that still keep silent were asked before this one.
                for open in &want.open {
                    self.fetch.remotes.get(*open).into_iter().for_each(|slow| slow.was_slow());
                }
                self.under_way.retain(|&i| i != answer.want);
                each(block, remote)
            }
            Ok(None) | Err(_) => {
                self.ask_next(answer.want);
                Ok(())
            }
        }
    }

    /// Asks one more source for what takes long.
    fn hedge(&mut self, parallel: usize) {
        let hedge = self.fetch.options.hedge;
        let late = |want: &Want| !want.done && want.since.elapsed() >= hedge;
        let indexes = self.under_way.iter().copied();
        let late: Vec<usize> = indexes.filter(|&i| self.wants.get(i).is_some_and(late)).collect();
        for index in late {
            let more = self.wants.get(index).is_some_and(|want| self.next_remote(want).is_some());
            if more && self.threads < parallel * THREADS_EACH {
                self.ask_next(index);
            }
        }
    }
}
