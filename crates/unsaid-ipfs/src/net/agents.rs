//! Connections, kept apart by who sent us there.
//!
//! A connection to an inner address that the user named must not be found again by a redirect from outside
//! that was not allowed to make it. So whoever sends us on has connections of its own.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::DefaultResolver;

use super::dial::{Allowed, connector};
use super::zone::Zone;

/// Places that redirect, of which connections are kept.
const MOST: usize = 8;

/// What answered: an address, or somebody behind a proxy.
pub(super) type Sender = Option<IpAddr>;

#[derive(Debug)]
pub(super) struct Agents {
    config: Config,
    named: Agent,
    redirected: Mutex<Vec<(Sender, Agent)>>,
}

impl Agents {
    pub(super) fn new(config: Config) -> Agents {
        let named = agent(&config, Allowed::named());
        Agents { config, named, redirected: Mutex::default() }
    }

    /// For what the user named.
    pub(super) fn named(&self) -> Agent {
        self.named.clone()
    }

    /// For what `sender` redirects to.
    pub(super) fn sent_by(&self, sender: Sender) -> Agent {
        let mut known = self.redirected.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, agent)) = known.iter().find(|(other, _)| same_rights(*other, sender)) {
            return agent.clone();
        }
        if known.len() >= MOST {
            known.clear();
        }
        let agent = agent(&self.config, Allowed::From(sender));
        known.push((sender, agent.clone()));
        agent
    }

    /// Whether it is a proxy that would be connected to.
    pub(super) fn by_proxy(&self, uri: &Uri) -> bool {
        self.config.proxy().is_some_and(|proxy| !proxy.is_no_proxy(uri))
    }
}

fn same_rights(a: Sender, b: Sender) -> bool {
    let zone = |sender: Sender| sender.map_or(Zone::Public, Zone::of);
    a == b || (zone(a) == zone(b) && zone(a) != Zone::Link)
}

fn agent(config: &Config, allowed: Allowed) -> Agent {
    let connector = connector(allowed, config.proxy().is_some());
    Agent::with_parts(config.clone(), connector, DefaultResolver::default())
}
