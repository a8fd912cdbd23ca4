//! A trustless gateway: blocks over HTTP from whoever has them, verified here.
//!
//! <https://specs.ipfs.tech/http-gateways/trustless-gateway/>. A gateway learns which blocks are asked for
//! and from which address; none is ever used that the user did not name.

use std::io::Read;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::walk::Budget;
use unsaid_ipld::{Block, BlockSource};

use crate::dag::{Received, receive};
use crate::net::{Client, NetOptions, Reply};

const RAW: &str = "application/vnd.ipld.raw";
const CAR: &str = "application/vnd.ipld.car; version=1; order=dfs; dups=n";

/// A gateway that a user named.
#[derive(Debug)]
pub struct Gateway {
    client: Client,
    /// It sent something that is not what its name says, and is not asked again.
    lied: AtomicBool,
    /// It asked to be left alone until then.
    rests: Mutex<Option<Instant>>,
}

/// What one request came to.
enum Answer {
    Found(Reply),
    Absent,
    Busy(Duration, u16),
}

impl Gateway {
    /// The gateway at this URL, for instance `https://gateway.example`; nothing is contacted yet.
    ///
    /// # Errors
    /// `Usage` for what is no such URL.
    pub fn new(url: &str, options: NetOptions) -> Result<Gateway> {
        Ok(Gateway {
            client: Client::new(url, options)?,
            lied: AtomicBool::new(false),
            rests: Mutex::new(None),
        })
    }

    /// The gateway as it was named.
    pub fn name(&self) -> String {
        self.client.name()
    }

    /// Gives `root` and all that hangs on it to `each`, verified, as it comes in one answer; `None` where
    /// the gateway does not have the root. One that lies is not asked again.
    ///
    /// # Errors
    /// `Environment` for the network, and as [`receive`].
    pub fn dag(
        &self,
        root: &Cid,
        budget: Budget,
        each: &mut dyn FnMut(Block) -> Result<()>,
    ) -> Result<Option<Received>> {
        let Some(car) = self.open_car(root)? else { return Ok(None) };
        // What `each` says is no word of the gateway's.
        let mut ended = None;
        let received = receive(car, root, budget, &mut |block| {
            each(block).map_err(|e| {
                let kind = e.kind();
                ended = Some(e);
                Error::new(kind, "the receiver ended it")
            })
        });
        match (received, ended) {
            (_, Some(e)) => Err(e),
            (Err(e), None) if matches!(e.kind(), ErrorKind::Corrupt | ErrorKind::NotThisFormat) => {
                self.distrust();
                Err(e.hint(format!("{} is not asked again", self.name())))
            }
            (received, None) => received.map(Some),
        }
    }

    /// As [`dag`](Self::dag), as the CAR itself. The caller verifies the blocks, and calls
    /// [`distrust`](Self::distrust) where one is wrong.
    ///
    /// # Errors
    /// `Environment` for the network, `Corrupt` where what comes cannot be a CAR.
    pub fn open_car(&self, root: &Cid) -> Result<Option<impl Read + use<>>> {
        unsaid_ipld::cid::check(root)?;
        let path = format!("/ipfs/{root}?format=car&dag-scope=all");
        // A DAG may be large: what bounds it is its pace, not its end. The head must come in time.
        let Some(reply) = self.ask(&path, CAR, false)? else { return Ok(None) };
        let is_car = reply.content_type.starts_with("application/vnd.ipld.car");
        if !is_car {
            return Err(self.no_answer("a CAR", &reply.content_type));
        }
        reply.stream(&self.client.options).map(Some)
    }

    /// Never asks this gateway again.
    pub fn distrust(&self) {
        self.lied.store(true, Ordering::Relaxed);
    }

    /// Whether it was caught sending wrong bytes.
    pub fn is_distrusted(&self) -> bool {
        self.lied.load(Ordering::Relaxed)
    }

    fn no_answer(&self, expected: &str, content_type: &str) -> Error {
        let found = match content_type.split(';').next().unwrap_or_default().trim() {
            "" => String::from("an answer of no type"),
            "text/html" => String::from("an HTML page (text/html)"),
            other => unsaid_core::fs::escape(other.as_bytes()),
        };
        Error::corrupt(format!("{} did not answer with what was asked for", self.name()))
            .found(found)
            .expected(expected)
            .hint("this may be no trustless gateway, or a page of a network that asks you to sign in")
    }

    /// Asks until there is an answer that is one, as often and as long as the options say: for the `whole`
    /// of it, or for its head.
    fn ask(&self, path: &str, accept: &str, whole: bool) -> Result<Option<Reply>> {
        if self.is_distrusted() {
            return Err(Error::new(ErrorKind::Environment, format!("{} is not asked again", self.name()))
                .found("bytes it sent before that were not what was asked for"));
        }
        let options = &self.client.options;
        let by = Instant::now() + options.block;
        let mut busy = 0;
        loop {
            self.rest(by)?;
            match self.once(path, accept, by, whole)? {
                Answer::Found(reply) => return Ok(Some(reply)),
                Answer::Absent => return Ok(None),
                Answer::Busy(_, status) if busy == options.retries => {
                    return Err(Error::new(ErrorKind::Environment, format!("{} is busy", self.name()))
                        .found(format!("status {status} {} times", busy + 1))
                        .hint("try again later, or name another gateway"));
                }
                Answer::Busy(wait, _) => {
                    busy += 1;
                    if let Ok(mut rests) = self.rests.lock() {
                        *rests = Some(Instant::now() + wait.min(options.longest_wait));
                    }
                }
            }
        }
    }

    /// Leaves the gateway alone as long as it asked for.
    fn rest(&self, by: Instant) -> Result<()> {
        let rests = self.rests.lock().ok().and_then(|rests| *rests);
        let Some(until) = rests.filter(|until| *until > Instant::now()) else { return Ok(()) };
        if until > by {
            return Err(Error::new(ErrorKind::Environment, format!("{} is busy", self.name()))
                .found("a wait that is longer than a block may take"));
        }
        std::thread::sleep(until.saturating_duration_since(Instant::now()));
        Ok(())
    }

    fn once(&self, path: &str, accept: &str, by: Instant, whole: bool) -> Result<Answer> {
        let reply = self.client.get(path, accept, by, whole)?;
        Ok(match reply.status {
            200 => Answer::Found(reply),
            // Gone and forbidden by law are ways not to have it.
            404 | 410 | 451 => Answer::Absent,
            status @ (429 | 502 | 503) => {
                Answer::Busy(reply.retry_after.unwrap_or(Duration::from_secs(1)), status)
            }
            // Kubo's way to say that it found nobody who has it.
            504 => Answer::Absent,
            status => {
                let message = reply.message(&self.client.options);
                return Err(Error::new(ErrorKind::Environment, format!("{} refused", self.name()))
                    .found(format!("status {status}: '{message}'"))
                    .hint("it may not be a trustless gateway"));
            }
        })
    }
}

impl BlockSource for Gateway {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        if let Some(block) = Block::of_name(cid)? {
            return Ok(Some(block));
        }
        let Some(reply) = self.ask(&format!("/ipfs/{cid}?format=raw"), RAW, true)? else {
            return Ok(None);
        };
        let content_type = reply.content_type.clone();
        let verified = reply.read_block(&self.client.options).and_then(|data| Block::verify(*cid, data));
        match verified {
            Ok(block) => Ok(Some(block)),
            Err(e) if e.kind() == ErrorKind::Corrupt => {
                self.distrust();
                // A page, a message: not what came is of interest, but that it came instead.
                let is_text = content_type.starts_with("text/") || content_type.contains("json");
                Err(match is_text {
                    true => self.no_answer(&format!("block {cid}"), &content_type),
                    false => e.hint(format!("{} is not asked again", self.name())),
                })
            }
            Err(e) => Err(e),
        }
    }
}
