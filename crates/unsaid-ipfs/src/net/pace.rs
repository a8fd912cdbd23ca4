//! An answer that comes by the byte is an answer that never comes.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use unsaid_core::{Error, ErrorKind};

use super::NetOptions;
use super::failure::{self, Patience};
use super::wire::Wire;

/// A reader that gives up on a source that sends too little.
///
/// Only the time spent waiting for the source counts, not what is done with its bytes in between.
pub(crate) struct Paced<R> {
    inner: R,
    wire: Arc<Wire>,
    server: String,
    options: NetOptions,
    patience: Patience,
    waited: Duration,
    came: u64,
}

impl<R: Read> Paced<R> {
    pub(super) fn new(
        inner: R,
        wire: Arc<Wire>,
        server: String,
        options: &NetOptions,
        patience: Patience,
    ) -> Paced<R> {
        let options = options.clone();
        Paced { inner, wire, server, options, patience, waited: Duration::ZERO, came: 0 }
    }
}

impl<R: Read> Read for Paced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let start = Instant::now();
        let n = self.inner.read(buffer).map_err(|e| {
            let what = failure::reading(&self.server);
            io::Error::from(failure::of(what, ureq::Error::Io(e), self.patience))
        })?;
        self.wire.useful(n);
        self.waited += start.elapsed();
        self.came += n as u64;
        if n > 0 && self.waited >= self.options.pace {
            let due = u128::from(self.options.least_rate) * self.waited.as_millis() / 1000;
            if u128::from(self.came) < due {
                let e = Error::new(ErrorKind::Environment, format!("{} is too slow", self.server))
                    .found(format!("{} bytes in {:.1} s", self.came, self.waited.as_secs_f64()))
                    .expected(format!("{} bytes a second at least", self.options.least_rate));
                return Err(e.into());
            }
            (self.waited, self.came) = (Duration::ZERO, 0);
        }
        Ok(n)
    }
}
