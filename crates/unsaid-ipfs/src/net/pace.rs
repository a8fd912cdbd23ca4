//! An answer that comes by the byte is an answer that never comes.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use unsaid_core::{Error, ErrorKind};

use super::NetOptions;

/// A reader that gives up on a source that sends too little.
///
/// Only the time spent waiting for the source counts, not what is done with its bytes in between.
pub(crate) struct Paced<R> {
    inner: R,
    least_rate: u64,
    pace: Duration,
    waited: Duration,
    came: u64,
}

impl<R: Read> Paced<R> {
    pub(crate) fn new(inner: R, options: &NetOptions) -> Paced<R> {
        let NetOptions { least_rate, pace, .. } = *options;
        Paced { inner, least_rate, pace, waited: Duration::ZERO, came: 0 }
    }
}

impl<R: Read> Read for Paced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let start = Instant::now();
        let n = self.inner.read(buffer)?;
        self.waited += start.elapsed();
        self.came += n as u64;
        if n > 0 && self.waited >= self.pace {
            let due = u128::from(self.least_rate) * self.waited.as_millis() / 1000;
            if u128::from(self.came) < due {
                let e = Error::new(ErrorKind::Environment, "the source is too slow")
                    .found(format!("{} bytes in {:.1} s", self.came, self.waited.as_secs_f64()))
                    .expected(format!("{} bytes a second at least", self.least_rate));
                return Err(e.into());
            }
            (self.waited, self.came) = (Duration::ZERO, 0);
        }
        Ok(n)
    }
}
