//! A daemon as a store of blocks.

use std::io::{BufRead, BufReader, Read};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use cid::Cid;
use serde_json::Value;
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::{Block, BlockSource, Codec, MAX_WRITTEN};
use ureq::SendBody;

use super::{LARGEST_ANSWER, LONGEST_LINE, Reach, Rpc, message};
use crate::store::BlockStore;

/// How long a daemon may look among its own blocks.
const LOOK: Duration = Duration::from_secs(2);
/// The same where it reads the block and sends it.
const READ: Duration = Duration::from_secs(5);

/// Whether js-ipfs ended a search. Kubo says "context deadline exceeded": as it looks among its own blocks
/// only, that is a slow disk and no answer.
fn gave_up(message: &str) -> bool {
    message.contains("request timed out")
}

/// How daemons say that they do not have a block.
fn says_absent(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["not found", "could not find", "notfound", "block was not found"]
        .iter()
        .any(|words| message.contains(words))
}

impl BlockSource for Rpc {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        if let Some(block) = Block::of_name(cid)? {
            return Ok(Some(block));
        }
        if self.lied.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Environment, format!("{} is not asked again", self.name()))
                .found("bytes it sent before that were not what was asked for"));
        }
        let options = &self.client.options;
        if self.reach == Reach::Local && !self.keeps_offline()? && !self.lists(cid)? {
            return Ok(None);
        }
        // It is told how long it has, so that it says what it found before we are gone and does not search
        // on. While it asks its peers nothing comes from it.
        let local = self.reach == Reach::Local;
        let most = options.block - options.block / 8;
        let patience = if local { most.min(READ) } else { most };
        let (by, patience) = (Some(Instant::now() + options.block), patience.as_millis());
        let call = format!("/api/v0/block/get?arg={cid}&timeout={patience}ms{}", self.local());
        let reply = self.client.post(&call, "text/plain", SendBody::none(), by, options.block)?;
        if reply.status >= 500 {
            let message = message(reply, options);
            let absent = says_absent(&message) || local && gave_up(&message);
            return if absent { Ok(None) } else { Err(self.refused(&message)) };
        }
        let verified = self.good(reply)?.read_block(options).and_then(|data| Block::verify(*cid, data));
        match verified {
            Err(e) if e.kind() == ErrorKind::Corrupt => {
                self.lied.store(true, Ordering::Relaxed);
                Err(e.hint(format!("the daemon {} is not asked again; see `ipfs repo verify`", self.name())))
            }
            other => other.map(Some),
        }
    }

    fn holds(&self, cid: &Cid) -> Result<bool> {
        Ok(Block::of_name(cid)?.is_some() || self.has(cid)?)
    }
}

impl BlockStore for Rpc {
    /// Gives it a block, unpinned: its next collection of garbage takes it unless something pins it.
    fn put(&self, block: &Block) -> Result<bool> {
        let codec = match Codec::of(block.cid())? {
            Codec::Raw => "raw",
            Codec::DagPb => "dag-pb",
            Codec::DagCbor => "dag-cbor",
        };
        let hash = match block.cid().hash().code() {
            unsaid_ipld::cid::SHA2_256 => "sha2-256",
            unsaid_ipld::cid::BLAKE3 => "blake3",
            _ => return Ok(false),
        };
        let was_there = self.has(block.cid())?;
        let large = if block.data().len() > MAX_WRITTEN { "&allow-big-block=true" } else { "" };
        let call = format!("block/put?cid-codec={codec}&mhtype={hash}&pin=false{large}");
        let by = Instant::now() + self.client.options.block;
        let reply = self.send(&call, block.data(), Some(by))?;
        let data = reply.read(LARGEST_ANSWER, &self.client.options)?;
        let answer: Value = serde_json::from_slice(&data).map_err(|_| self.strange("block/put"))?;
        let key = answer["Key"].as_str().and_then(|key| Cid::try_from(key).ok());
        match key {
            Some(key) if key.hash() == block.cid().hash() => {
                self.own.took(block.cid());
                Ok(!was_there)
            }
            _ => Err(self.strange("block/put")),
        }
    }

    fn has(&self, cid: &Cid) -> Result<bool> {
        if !self.keeps_offline()? {
            return self.lists(cid);
        }
        let by = Instant::now() + self.client.options.block;
        let patience = LOOK.min(self.client.options.block).as_millis();
        let reply =
            self.post(&format!("block/stat?arg={cid}&offline=true&timeout={patience}ms"), Some(by))?;
        if reply.status >= 500 {
            let message = message(reply, &self.client.options);
            let absent = says_absent(&message) || gave_up(&message);
            return if absent { Ok(false) } else { Err(self.refused(&message)) };
        }
        self.good(reply).map(|_| true)
    }

    fn list(&self, each: &mut dyn FnMut(Cid) -> Result<()>) -> Result<()> {
        let reply = self.good(self.post("refs/local", None)?)?;
        let mut lines = BufReader::new(reply.stream(&self.client.options)?);
        loop {
            let mut line = Vec::new();
            let read = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
            if read.map_err(|e| Error::io(format!("asking {}", self.name()), e))? == 0 {
                return Ok(());
            }
            let value: Value = serde_json::from_slice(&line).map_err(|_| self.strange("refs/local"))?;
            if let Some(cid) = value["Ref"].as_str().and_then(|text| Cid::try_from(text).ok()) {
                each(cid)?;
            }
        }
    }

    fn remove(&self, cid: &Cid) -> Result<bool> {
        let was_there = self.has(cid)?;
        self.own.forget();
        let answer = self.call(&format!("block/rm?arg={cid}&force=true"))?;
        match answer["Error"].as_str().filter(|message| !message.is_empty()) {
            Some(message) => Err(self.refused(message)),
            None => Ok(was_there),
        }
    }
}
