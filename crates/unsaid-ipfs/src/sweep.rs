//! Removing what killed processes left unfinished.
//!
//! On Linux a draft has no name and goes with its process; elsewhere, and on file systems without such
//! files, it is called `.unsaid.<16 digits>.part`, and a `kill -9` leaves it behind.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What nobody has written to for so long, nobody is writing.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// The file whose time says when it was last done.
const STAMP: &str = "swept";

/// Sweeps the store in `folder` if nobody has for a day. What cannot be removed stays: it only costs room.
pub(crate) fn now_and_then(folder: &Path) {
    let stamp = folder.join(STAMP);
    if fs::symlink_metadata(&stamp).is_ok_and(|m| m.is_file() && !is_stale(&m)) {
        return;
    }
    // A new file under the name, so that a link there is not followed.
    let _ = fs::remove_file(&stamp);
    let _ = File::create_new(&stamp);
    let Ok(shards) = fs::read_dir(folder) else { return };
    for shard in shards.flatten() {
        if shard.file_type().is_ok_and(|kind| kind.is_dir()) {
            sweep(&shard.path());
        }
    }
}

fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_part = entry.file_name().to_str().is_some_and(is_part);
        // Of the entry itself, not of what it leads to.
        if is_part && entry.metadata().is_ok_and(|m| m.is_file() && is_stale(&m)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_part(name: &str) -> bool {
    let digits = name.strip_prefix(".unsaid.").and_then(|rest| rest.strip_suffix(".part"));
    digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_stale(metadata: &fs::Metadata) -> bool {
    let age = metadata.modified().ok().and_then(|time| SystemTime::now().duration_since(time).ok());
    age.is_some_and(|age| age > STALE)
}
