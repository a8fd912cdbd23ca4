//! A connection that knows whom it leads to, and what it cost since something useful came.
//!
//! A client of HTTP hands on the bytes of a body only. What comes beside them (the sizes of chunks, lines
//! after the last chunk, heads that announce a head) could go on for ever without a byte of a body, inside
//! of one read. Here all bytes pass and are counted.

use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};
use ureq::{Error, Timeout};

/// Bytes that may come beside a body: its head (16 KiB), TLS, what is read ahead, lines after it.
const BESIDE: u64 = 512 << 10;
/// And for each byte of the body; a chunk of one byte takes six.
const EACH: u64 = 8;

thread_local! {
    /// The connection that this thread last read from: how whoever asked learns which it was.
    static LAST: RefCell<Option<Arc<Wire>>> = const { RefCell::new(None) };
}

/// What is known of one connection.
#[derive(Debug)]
pub(super) struct Wire {
    /// Whom it leads to; `None` where that is a proxy.
    peer: Option<IpAddr>,
    count: Mutex<Count>,
}

#[derive(Debug)]
struct Count {
    came: u64,
    allowed: u64,
    /// Waited since the last byte of a body.
    waited: Duration,
    /// How long that may be, once a head came.
    patience: Option<Duration>,
}

impl Wire {
    pub(super) fn new(peer: Option<SocketAddr>) -> Arc<Wire> {
        let count = Count { came: 0, allowed: BESIDE, waited: Duration::ZERO, patience: None };
        Arc::new(Wire { peer: peer.map(|address| address.ip()), count: Mutex::new(count) })
    }

    /// The way to a proxy: what goes through it is counted at its end.
    pub(super) fn uncounted() -> Arc<Wire> {
        let wire = Wire::new(None);
        wire.count().allowed = u64::MAX;
        wire
    }

    /// The connection by which this thread just got an answer.
    pub(super) fn take_last() -> Option<Arc<Wire>> {
        LAST.with(RefCell::take)
    }

    pub(super) fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// A head came, and the body may keep silent for so long.
    pub(super) fn body_begins(&self, patience: Duration) {
        let mut count = self.count();
        (count.waited, count.patience) = (Duration::ZERO, Some(patience));
        count.allowed = count.came + BESIDE;
    }

    /// So many bytes of the body came.
    pub(super) fn useful(&self, bytes: usize) {
        let mut count = self.count();
        count.waited = Duration::ZERO;
        count.allowed = count.allowed.saturating_add(EACH.saturating_mul(bytes as u64));
    }

    fn count(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection whose bytes are counted.
#[derive(Debug)]
pub(super) struct Counted<T> {
    pub(super) inner: T,
    pub(super) wire: Arc<Wire>,
}

impl<T: Transport> Transport for Counted<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        {
            // The next request on this connection: waiting for its head has its own limits.
            let mut count = self.wire.count();
            count.patience = None;
            count.allowed = count.allowed.max(count.came.saturating_add(BESIDE));
        }
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        {
            let count = self.wire.count();
            if count.came > count.allowed {
                return Err(Error::Io(io::Error::other("lines that are no part of the answer, without end")));
            }
            if count.patience.is_some_and(|patience| count.waited > patience) {
                return Err(Error::Timeout(Timeout::PerRead));
            }
        }
        let before = self.inner.buffers().input().len();
        let start = Instant::now();
        let more = self.inner.await_input(timeout)?;
        let now = self.inner.buffers().input().len();
        {
            let mut count = self.wire.count();
            count.came += now.saturating_sub(before) as u64;
            count.waited += start.elapsed();
        }
        LAST.with(|last| *last.borrow_mut() = Some(Arc::clone(&self.wire)));
        Ok(more)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
