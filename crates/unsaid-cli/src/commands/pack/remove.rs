//! `--rm`: the sources go, once the archive is proven and on the disk.

use std::fs;
use std::path::Path;

use unsaid::archive::Packed;
use unsaid_core::fs::{remove_link, remove_source};

use crate::edge::{Edge, escape};

/// Removes what was packed, and nothing that was not or has changed since. What stays is named.
pub(super) fn sources(packed: Packed, archive: &Path, edge: &Edge) {
    let kept = |path: &Path, why: &str| {
        edge.report.warn(&format!("{}: not removed: {why}", escape::name(path.as_os_str())));
    };
    for (stamp, _) in &packed.files {
        if let Err(e) = remove_source(stamp) {
            kept(stamp.path(), &e.to_string());
        }
    }
    for stamp in &packed.links {
        if let Err(e) = remove_link(stamp) {
            kept(stamp.path(), &e.to_string());
        }
    }
    // Children before parents; what is not empty holds something that was not packed.
    for dir in packed.directories.iter().rev() {
        if let Err(e) = fs::remove_dir(dir) {
            let holds_archive = archive.parent().is_some_and(|parent| parent.starts_with(dir));
            kept(dir, &if holds_archive { "the archive is in it".to_owned() } else { e.to_string() });
        }
    }
}
