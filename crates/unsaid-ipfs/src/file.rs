//! Reading the file of a block without being kept waiting or led elsewhere.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::MAX_READ;

/// A file that is open, and what it was then.
pub(crate) struct Opened {
    pub(crate) file: File,
    pub(crate) metadata: Metadata,
}

/// Opens a file and nothing else: no link, and no pipe, which would keep the reader waiting for ever.
/// `None` where there is nothing.
///
/// # Errors
/// `Environment` for what is no file, and what the system refuses.
pub(crate) fn open(path: &Path) -> Result<Option<Opened>> {
    let failed = |e| Error::io("opening the file of a block", e).in_file(path);
    let no_file = |found: &str| {
        Err(Error::new(ErrorKind::Environment, "what has the name of a block is not a file")
            .found(found)
            .in_file(path)
            .hint("something else lies where a block belongs: move it away"))
    };
    let file = match options().open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(_) if path.is_symlink() => return no_file("a link"),
        file => file.map_err(failed)?,
    };
    let metadata = file.metadata().map_err(failed)?;
    match metadata.is_file() && !(cfg!(not(unix)) && path.is_symlink()) {
        true => Ok(Some(Opened { file, metadata })),
        false => no_file("something else"),
    }
}

/// The bytes of a block; of what is longer than any block, just more than a block can have.
///
/// # Errors
/// `Environment`, what the system says.
pub(crate) fn read(opened: &Opened, path: &Path) -> Result<Vec<u8>> {
    let likely = opened.metadata.len().min(MAX_READ as u64 + 1) as usize;
    let mut data = Vec::with_capacity(likely);
    (&opened.file)
        .take(MAX_READ as u64 + 1)
        .read_to_end(&mut data)
        .map_err(|e| Error::io("reading a block", e).in_file(path))?;
    Ok(data)
}

#[cfg(unix)]
fn options() -> OpenOptions {
    use rustix::fs::OFlags;
    let mut options = OpenOptions::new();
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    std::os::unix::fs::OpenOptionsExt::custom_flags(options.read(true), flags.bits().cast_signed());
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options
}
