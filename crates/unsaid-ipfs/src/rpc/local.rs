//! What a daemon has itself, where it does not know how to look no further.
//!
//! `offline=true` is Kubo's. js-ipfs takes no notice of it: asked for a block that it lacks, or whether it
//! has one, or to pin or export what is not whole, it asks its peers. So any other daemon than Kubo is first
//! asked which blocks it has (`refs/local`, which looks at its store only), and then for nothing else. Between
//! the two something else may take a block away; that is the one case left.

use std::collections::HashSet;
use std::io::{Cursor, Read};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use cid::Cid;
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::car::{Bounds, Reader};
use unsaid_ipld::walk::{Budget, Walk};

use super::{Reach, Rpc};
use crate::store::BlockStore;

/// How long a list is believed that names a block. One that does not is believed for as long as it took to get,
/// since others give it blocks too: so at most half of the time goes into asking.
const FRESH: Duration = Duration::from_secs(10);
/// A CAR's header: what comes of it is only looked at where it is short.
const LARGEST_HEADER: u64 = 64 << 10;
/// Blocks that are remembered; 80 MB.
const MOST: usize = 1 << 20;

/// A hash of 32 bytes, which is all that is followed.
type Hash = [u8; 32];

/// What is known of a daemon's own blocks.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// Whether it knows `offline`.
    keeps_offline: OnceLock<bool>,
    list: Mutex<Option<List>>,
}

#[derive(Debug)]
struct List {
    hashes: HashSet<Hash>,
    /// When it had come, and how long that took.
    since: Instant,
    took: Duration,
}

impl Own {
    /// The daemon took a block.
    pub(super) fn took(&self, cid: &Cid) {
        if let (Some(list), Some(hash)) = (&mut *self.list(), hash(cid)) {
            list.hashes.insert(hash);
        }
    }

    /// It has others now.
    pub(super) fn forget(&self) {
        *self.list() = None;
    }

    fn list(&self) -> MutexGuard<'_, Option<List>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The roots of a CAR, which js-ipfs tells only of those that it pins, and the CAR from its beginning.
pub(super) fn roots<R: Read>(mut car: R) -> Result<(Vec<Cid>, impl Read)> {
    let failed = |e| Error::io("reading a CAR", e);
    let mut header = Vec::new();
    let mut length = 0u64;
    for shift in (0..28).step_by(7) {
        let mut byte = [0];
        car.read_exact(&mut byte).map_err(failed)?;
        header.extend(byte);
        length |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    if length > LARGEST_HEADER {
        return Err(Error::new(ErrorKind::Limit, "a CAR's header")
            .found(format!("{length} bytes"))
            .expected(format!("at most {LARGEST_HEADER}")));
    }
    car.by_ref().take(length).read_to_end(&mut header).map_err(failed)?;
    let roots = Reader::new(&header[..], &Bounds::default())?.roots().to_vec();
    Ok((roots, Cursor::new(header).chain(car)))
}

fn hash(cid: &Cid) -> Option<Hash> {
    cid.hash().digest().try_into().ok()
}

impl Rpc {
    /// Whether it looks no further where it is told so: it does if it says that it is written in Go.
    pub(super) fn keeps_offline(&self) -> Result<bool> {
        if let Some(known) = self.own.keeps_offline.get() {
            return Ok(*known);
        }
        let answer = self.call("version")?;
        let is_kubo = answer["Golang"].as_str().is_some_and(|version| version.starts_with("go"));
        Ok(*self.own.keeps_offline.get_or_init(|| is_kubo))
    }

    /// Whether it names a block among its own.
    pub(super) fn lists(&self, cid: &Cid) -> Result<bool> {
        let Some(wanted) = hash(cid) else { return Ok(false) };
        let mut known = self.own.list();
        if let Some(list) = &*known {
            let here = list.hashes.contains(&wanted);
            if list.since.elapsed() < if here { FRESH } else { list.took } {
                return Ok(here);
            }
        }
        let begun = Instant::now();
        let mut hashes = HashSet::new();
        self.list(&mut |cid| {
            hashes.extend(hash(&cid));
            match hashes.len() > MOST {
                true => Err(Error::new(ErrorKind::Environment, format!("{} is not asked", self.name()))
                    .found("more blocks than can be remembered, and a daemon that would look elsewhere for others")
                    .expected(format!("at most {MOST}, or Kubo"))),
                false => Ok(()),
            }
        })?;
        let found = hashes.contains(&wanted);
        *known = Some(List { hashes, since: Instant::now(), took: begun.elapsed() });
        Ok(found)
    }

    /// Makes sure that nothing which hangs on a root would be looked for elsewhere, where that may not be.
    pub(super) fn stays_here(&self, root: &Cid) -> Result<()> {
        if self.reach == Reach::Network || self.keeps_offline()? {
            return Ok(());
        }
        for found in Walk::new(self, &[*root], Budget::default()) {
            found?.present().map_err(|e| {
                e.hint(format!(
                    "the daemon {} lacks it and would ask its peers: name it with --api, without --offline",
                    self.name()
                ))
            })?;
        }
        Ok(())
    }
}
