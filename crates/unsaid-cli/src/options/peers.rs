//! Peers over Bitswap, in builds that have it (feature `bitswap`).

pub(crate) use build::{Listening, add, listen};

/// What a build without it has in its place.
#[cfg(not(feature = "bitswap"))]
mod build {
    use std::time::Duration;

    use unsaid::ipfs::{SharedSource, Sources};
    use unsaid_core::{Error, ErrorKind, Result};

    fn absent() -> Error {
        Error::new(ErrorKind::Usage, "this build cannot speak with peers")
            .expected("a build with Bitswap")
            .hint("build it so: cargo install --path crates/unsaid-cli --features bitswap; or use a gateway")
    }

    pub(crate) fn add<'p>(_: Sources<'p>, _: &[String], _: Option<Duration>) -> Result<Sources<'p>> {
        Err(absent())
    }

    /// A server that is not there.
    pub(crate) struct Listening;

    impl Listening {
        pub(crate) fn addresses(&self) -> Vec<String> {
            Vec::new()
        }
    }

    pub(crate) fn listen(_: &[String], _: SharedSource) -> Result<Listening> {
        Err(absent())
    }
}

#[cfg(feature = "bitswap")]
mod build {
    use std::sync::{Arc, OnceLock};
    use std::time::Duration;

    use unsaid::bitswap::{Client, Multiaddr, Options, Server};
    use unsaid::ipfs::{SharedSource, Sources};
    use unsaid::ipld::{Block, BlockSource, Cid};
    use unsaid_core::{Error, ErrorKind, Result};

    fn parse(addresses: &[String]) -> Result<Vec<Multiaddr>> {
        let one = |text: &String| {
            text.parse::<Multiaddr>().map_err(|e| {
                Error::new(ErrorKind::Usage, "this is no address of a peer")
                    .found(format!("'{text}' ({e})"))
                    .expected("for instance /ip4/192.0.2.1/tcp/4001/p2p/12D3Koo...")
            })
        };
        addresses.iter().map(one).collect()
    }

    /// Peers that are connected to when the first block is asked for.
    struct Peers {
        addresses: Vec<Multiaddr>,
        options: Options,
        client: OnceLock<std::result::Result<Client, (ErrorKind, String)>>,
    }

    impl Peers {
        fn client(&self) -> Result<&Client> {
            let connect =
                || Client::connect(&self.addresses, &self.options).map_err(|e| (e.kind(), e.to_string()));
            self.client.get_or_init(connect).as_ref().map_err(|(kind, text)| Error::new(*kind, text.clone()))
        }
    }

    impl BlockSource for Peers {
        fn get(&self, cid: &Cid) -> Result<Option<Block>> {
            self.client()?.get(cid)
        }

        fn get_many(&self, cids: &[Cid], each: &mut dyn FnMut(Block) -> Result<()>) -> Result<()> {
            self.client()?.get_many(cids, each)
        }
    }

    pub(crate) fn add<'p>(
        sources: Sources<'p>,
        peers: &[String],
        timeout: Option<Duration>,
    ) -> Result<Sources<'p>> {
        let mut options = Options::default();
        if let Some(timeout) = timeout {
            options.connect_timeout = options.connect_timeout.min(timeout);
            options.block_timeout = timeout;
        }
        let source = Peers { addresses: parse(peers)?, options, client: OnceLock::new() };
        Ok(sources.with_peers(format!("peers {}", peers.join(", ")), Arc::new(source)))
    }

    /// Answers peers until it is dropped.
    pub(crate) struct Listening(Server);

    impl Listening {
        /// Where, with its identity: what others give to `--peer`.
        pub(crate) fn addresses(&self) -> Vec<String> {
            self.0.addresses().iter().map(ToString::to_string).collect()
        }
    }

    pub(crate) fn listen(addresses: &[String], source: SharedSource) -> Result<Listening> {
        Server::start(&parse(addresses)?, source, &Options::default()).map(Listening)
    }
}
