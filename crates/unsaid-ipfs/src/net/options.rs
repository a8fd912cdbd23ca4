//! How long a network source may take, and how much it may send.

use std::time::Duration;

/// What a network source is allowed. Nothing here changes what is accepted: bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetOptions {
    /// Until a connection stands, with TLS. 10 s.
    pub connect: Duration,
    /// For one block, with redirects, waits and second tries. 30 s.
    pub block: Duration,
    /// For a daemon that is told to work: to take in a CAR, to pin. 5 min.
    pub work: Duration,
    /// Between two pieces of an answer. 15 s.
    pub stall: Duration,
    /// The fewest bytes a second, over any [`pace`](Self::pace) spent waiting. 1 KiB/s.
    pub least_rate: u64,
    /// How long a slow answer is watched before it is given up. 5 s.
    pub pace: Duration,
    /// Redirects that are followed for one request. 5.
    pub redirects: u32,
    /// Second tries where a source says it is busy. 2.
    pub retries: u32,
    /// The longest wait that a busy source may ask for. 10 s.
    pub longest_wait: Duration,
    /// After so long the next source is asked too, and the first answer counts. 3 s.
    pub hedge: Duration,
    /// Blocks that are asked for at the same time. 8.
    pub parallel: usize,
}

impl Default for NetOptions {
    fn default() -> Self {
        NetOptions {
            connect: Duration::from_secs(10),
            block: Duration::from_secs(30),
            work: Duration::from_secs(300),
            stall: Duration::from_secs(15),
            least_rate: 1 << 10,
            pace: Duration::from_secs(5),
            redirects: 5,
            retries: 2,
            longest_wait: Duration::from_secs(10),
            hedge: Duration::from_secs(3),
            parallel: 8,
        }
    }
}

impl NetOptions {
    /// The same with this much time for one block: no part of it may take longer, and with more than usual a
    /// connection has a third of it, a silence half.
    #[must_use]
    pub fn with_timeout(mut self, block: Duration) -> Self {
        self.block = block;
        self.connect = self.connect.max(block / 3).min(block);
        self.stall = self.stall.max(block / 2).min(block);
        self.longest_wait = self.longest_wait.min(block);
        self.pace = self.pace.min(block);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_time_is_more_time_for_every_part() {
        let usual = NetOptions::default();
        assert_eq!(usual.clone().with_timeout(usual.block), usual);
        let long = NetOptions::default().with_timeout(Duration::from_secs(120));
        assert_eq!((long.connect.as_secs(), long.stall.as_secs()), (40, 60));
        let short = NetOptions::default().with_timeout(Duration::from_secs(2));
        assert_eq!((short.connect.as_secs(), short.stall.as_secs()), (2, 2));
    }
}
