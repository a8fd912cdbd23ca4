//! The RPC of a Kubo daemon (js-ipfs speaks it too).
//!
//! <https://docs.ipfs.tech/reference/kubo/rpc/>. Every call is a POST. CIDs that come back are compared as
//! bytes: daemons write them in whatever base they like. A daemon that was found and not named is asked
//! for what it has only: it would otherwise ask the public network in the user's name. Kubo does so for
//! `offline=true`; js-ipfs does not know the word, see `local`.

mod address;
mod blocks;
mod local;
mod multipart;

use std::io::{BufRead, BufReader, Read};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use cid::Cid;
use serde_json::Value;
use unsaid_core::{Error, ErrorKind, Result};
use ureq::SendBody;

use crate::net::{Client, NetOptions, Reply, is_loopback};
pub use address::DEFAULT as DEFAULT_ADDRESS;
use multipart::Form;

/// Answers that are no blocks: JSON of a few lines.
const LARGEST_ANSWER: usize = 1 << 20;
/// One line of an answer of many.
const LONGEST_LINE: u64 = 64 << 10;

/// Whether a daemon may look elsewhere for what it does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Only what it has.
    Local,
    /// It may ask its peers, which learn what is asked for.
    Network,
}

/// A daemon.
#[derive(Debug)]
pub struct Rpc {
    client: Client,
    reach: Reach,
    lied: AtomicBool,
    /// Whether nobody named it.
    found: bool,
    own: local::Own,
}

/// What a daemon says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its peer id.
    pub peer: String,
    /// Where it listens, as multiaddresses that end in its peer id.
    pub addresses: Vec<String>,
    /// Its program and version.
    pub agent: String,
}

impl Rpc {
    /// The daemon at this address: a URL or a multiaddress; nothing is contacted yet.
    ///
    /// # Errors
    /// `Usage` for what is no address.
    pub fn new(address: &str, reach: Reach, options: NetOptions) -> Result<Rpc> {
        let client = Client::new(&address::url(address)?, options)?;
        Ok(Rpc { client, reach, lied: AtomicBool::new(false), found: false, own: local::Own::default() })
    }

    /// The daemon that runs on the user's repository, by the address it wrote there; `None` where none
    /// does, or where that address is another machine's.
    ///
    /// # Errors
    /// `Usage` where the repository's `api` file holds no address.
    pub fn of_user(options: NetOptions) -> Result<Option<Rpc>> {
        let Some(address) = address::of_user()? else { return Ok(None) };
        let rpc = Rpc { found: true, ..Rpc::new(&address, Reach::Local, options)? };
        Ok(rpc.is_local().then_some(rpc))
    }

    /// Its address, as a URL.
    pub fn name(&self) -> String {
        self.client.name()
    }

    /// Whether it is on this machine.
    pub fn is_local(&self) -> bool {
        is_loopback(self.client.host())
    }

    /// Whether it was found on this machine, and not named.
    pub(crate) fn was_found(&self) -> bool {
        self.found
    }

    pub(crate) fn options(&self) -> &NetOptions {
        &self.client.options
    }

    /// Its program's version.
    ///
    /// # Errors
    /// `Environment` where no daemon answers.
    pub fn version(&self) -> Result<String> {
        let answer = self.call("version")?;
        text(&answer, "Version").ok_or_else(|| self.strange("version"))
    }

    /// Who it is and where it listens.
    ///
    /// # Errors
    /// `Environment` where no daemon answers.
    pub fn id(&self) -> Result<Identity> {
        let answer = self.call("id")?;
        let addresses = answer["Addresses"].as_array().into_iter().flatten();
        Ok(Identity {
            peer: text(&answer, "ID").ok_or_else(|| self.strange("id"))?,
            addresses: addresses.filter_map(|a| a.as_str().map(str::to_owned)).collect(),
            agent: text(&answer, "AgentVersion").unwrap_or_default(),
        })
    }

    /// Keeps a block and all it links to, fetching what it does not have where it may.
    ///
    /// # Errors
    /// `Environment`, with what the daemon says; `Missing` where it may not fetch and lacks something.
    pub fn pin(&self, cid: &Cid) -> Result<()> {
        self.stays_here(cid)?;
        let local = self.local();
        let (call, work) =
            (format!("/api/v0/pin/add?arg={cid}&recursive=true{local}"), self.client.options.work);
        let by = Some(Instant::now() + work);
        let reply = self.client.post(&call, "text/plain", SendBody::none(), by, work)?;
        self.good(reply)?.read(LARGEST_ANSWER, &self.client.options).map(drop)
    }

    /// Lets go of a pinned block.
    ///
    /// # Errors
    /// `Environment`, with what the daemon says.
    pub fn unpin(&self, cid: &Cid) -> Result<()> {
        self.call(&format!("pin/rm?arg={cid}&recursive=true")).map(drop)
    }

    /// The blocks that it keeps with all they link to.
    ///
    /// # Errors
    /// `Environment`, with what the daemon says.
    pub fn pins(&self) -> Result<Vec<Cid>> {
        let answer = self.call("pin/ls?type=recursive")?;
        let keys = answer["Keys"].as_object().ok_or_else(|| self.strange("pin/ls"))?;
        // What it pins beyond what is followed here is no concern of ours.
        Ok(keys.keys().filter_map(|key| Cid::try_from(key.as_str()).ok()).collect())
    }

    /// Gives it all blocks of a CAR and pins the roots; what it says the roots are.
    ///
    /// All that the roots link to must be in it: some daemons wait for ever for what is not.
    ///
    /// # Errors
    /// `Environment`, with what the daemon says.
    pub fn import(&self, car: impl Read, pin: bool) -> Result<Vec<Cid>> {
        // What the CAR lacks is known when it is in.
        if pin && self.reach == Reach::Local && !self.keeps_offline()? {
            let (roots, car) = local::roots(car)?;
            self.imported(car, false)?;
            roots.iter().try_for_each(|root| self.pin(root))?;
            return Ok(roots);
        }
        self.imported(car, pin)
    }

    fn imported(&self, car: impl Read, pin: bool) -> Result<Vec<Cid>> {
        let reply = self.send(&format!("dag/import?pin-roots={pin}{}", self.local()), car, None)?;
        let mut roots = Vec::new();
        let stream = reply.stream(&self.client.options)?.take(LARGEST_ANSWER as u64);
        for line in BufReader::new(stream).lines() {
            let line = line.map_err(|e| Error::io(format!("asking {}", self.name()), e))?;
            let value: Value = serde_json::from_str(&line).map_err(|_| self.strange("dag/import"))?;
            let root = &value["Root"];
            if let Some(message) = root["PinErrorMsg"].as_str().filter(|message| !message.is_empty()) {
                return Err(self.refused(message));
            }
            if let Some(message) = value["Message"].as_str() {
                return Err(self.refused(message));
            }
            if let Some(cid) = root["Cid"]["/"].as_str() {
                roots.push(Cid::try_from(cid).map_err(|_| self.strange("dag/import"))?);
            }
        }
        self.own.forget();
        Ok(roots)
    }

    /// All blocks under a root, as a CAR that is read as it comes. The caller verifies them.
    ///
    /// # Errors
    /// `Environment`, with what the daemon says.
    pub fn export(&self, root: &Cid) -> Result<impl Read + use<>> {
        unsaid_ipld::cid::check(root)?;
        self.stays_here(root)?;
        let reply = self.post(&format!("dag/export?arg={root}&progress=false{}", self.local()), None)?;
        self.good(reply)?.stream(&self.client.options)
    }

    fn local(&self) -> &'static str {
        match self.reach {
            Reach::Local => "&offline=true",
            Reach::Network => "",
        }
    }

    fn post(&self, call: &str, by: Option<Instant>) -> Result<Reply> {
        self.client.post(
            &format!("/api/v0/{call}"),
            "text/plain",
            SendBody::none(),
            by,
            self.client.options.stall,
        )
    }

    /// Sends a file, and waits for what the daemon makes of it.
    fn send(&self, call: &str, file: impl Read, by: Option<Instant>) -> Result<Reply> {
        let work = self.client.options.work;
        let mut form = Form::new(file);
        let content_type = form.content_type();
        let body = SendBody::from_reader(form.reader());
        self.good(self.client.post(&format!("/api/v0/{call}"), &content_type, body, by, work)?)
    }

    /// A call with a short answer.
    fn call(&self, call: &str) -> Result<Value> {
        let by = Instant::now() + self.client.options.block;
        let reply = self.good(self.post(call, Some(by))?)?;
        let data = reply.read(LARGEST_ANSWER, &self.client.options)?;
        serde_json::from_slice(&data).map_err(|_| self.strange(call))
    }

    fn good(&self, reply: Reply) -> Result<Reply> {
        match reply.status {
            200 => Ok(reply),
            404 | 405 => {
                Err(Error::new(ErrorKind::Environment, format!("{} is no daemon of IPFS", self.name()))
                    .found(format!("status {}", reply.status))
                    .hint("its gateway has another port than its RPC, which is 5001 unless configured"))
            }
            status => {
                Err(self.refused(&message(reply, &self.client.options)).found(format!("status {status}")))
            }
        }
    }

    fn refused(&self, message: &str) -> Error {
        let message = unsaid_core::fs::escape(message.as_bytes());
        Error::new(ErrorKind::Environment, format!("the daemon {} says '{message}'", self.name()))
    }

    fn strange(&self, call: &str) -> Error {
        Error::new(ErrorKind::Environment, format!("{} answers what was not asked", self.name()))
            .found(format!("something else after {}", call.split('?').next().unwrap_or_default()))
            .hint("is it a daemon of IPFS?")
    }
}

/// What a daemon says went wrong.
fn message(reply: Reply, options: &NetOptions) -> String {
    let data = reply.read(LONGEST_LINE as usize, options).unwrap_or_default();
    let value: Option<Value> = serde_json::from_slice(&data).ok();
    match value.as_ref().and_then(|value| value["Message"].as_str()) {
        Some(message) => message.to_owned(),
        None => String::from_utf8_lossy(data.get(..200).unwrap_or(&data)).trim().to_owned(),
    }
}

fn text(answer: &Value, key: &str) -> Option<String> {
    answer[key].as_str().map(str::to_owned)
}
