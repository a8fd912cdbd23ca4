//! Where records come from, and where what becomes of them goes.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use unsaid_core::fs::Draft;
use unsaid_core::{Error, ErrorKind, Result};

use crate::commands::input::is_standard_stream;
use crate::commands::output;
use crate::edge::stoppable::Stoppable;
use crate::edge::{Edge, escape, signals, stdio};
use crate::options::OnConflict;

/// Records as they are: a file, or standard input.
pub(crate) fn plain(path: &Path) -> Result<Box<dyn Read>> {
    if is_standard_stream(path) {
        return Ok(Box::new(stdio::input()?));
    }
    open(path)
}

/// A stream of compressed records, front to back.
pub(crate) fn compressed(path: &Path) -> Result<Box<dyn Read>> {
    if is_standard_stream(path) {
        return Ok(Box::new(stdio::compressed_input()?));
    }
    open(path)
}

fn open(path: &Path) -> Result<Box<dyn Read>> {
    if path.is_dir() {
        return Err(Error::new(ErrorKind::Usage, "this is a folder").expected("a file").in_file(path));
    }
    opened(path).map_err(|e| {
        let is_absent = e.kind() == io::ErrorKind::NotFound;
        let failed = Error::io("opening the file", e);
        let e = if is_absent { Error::new(failed.kind(), "there is no such file") } else { failed };
        e.in_file(path)
    })
}

/// What has this name, to be read front to back. A signal ends the wait for the writer of a named pipe,
/// and the wait for what comes out of it.
pub(crate) fn opened(path: &Path) -> io::Result<Box<dyn Read>> {
    let _writer = signals::wait_for_writer(path);
    let file = File::open(path)?;
    let kind = file.metadata()?.file_type();
    let waits = !kind.is_file() && !kind.is_dir();
    Ok(if waits { Box::new(stdio::Input::of(file)) } else { Box::new(Stoppable(file)) })
}

/// What is written: a draft that becomes a file at the end, or standard output.
pub(crate) enum Out {
    File(BufWriter<Draft>),
    Standard(BufWriter<stdio::Output>),
}

impl Out {
    /// `None` where the policy says to leave what is there.
    pub(crate) fn open(
        path: &Path,
        (policy, sync): (OnConflict, bool),
        standard: impl FnOnce(bool) -> Result<stdio::Output>,
        edge: &Edge,
    ) -> Result<Option<Out>> {
        if is_standard_stream(path) {
            let force = policy == OnConflict::Overwrite;
            return Ok(Some(Out::Standard(BufWriter::with_capacity(1 << 16, standard(force)?))));
        }
        let draft = output::draft(path, policy, sync, edge)?;
        Ok(draft.map(|draft| Out::File(BufWriter::with_capacity(1 << 16, draft))))
    }

    /// Everything is right: the file gets its name. Gives that name for messages.
    pub(crate) fn publish(self) -> Result<String> {
        let failed = |e| Error::io("writing the output", e);
        match self {
            Out::File(out) => {
                let draft = out.into_inner().map_err(|e| failed(e.into_error()))?;
                let name = escape::name(draft.path().as_os_str());
                draft.publish().map(|()| name)
            }
            Out::Standard(mut out) => out.flush().map(|()| "standard output".to_owned()).map_err(failed),
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Out::File(out) => out.write(bytes),
            Out::Standard(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Out::File(out) => out.flush(),
            Out::Standard(out) => out.flush(),
        }
    }
}

/// How files of compressed records end.
pub(super) const EXTENSION: &str = "unsr";

/// The name of what `pack` makes of this, without `-o`.
pub(super) fn packed_name(input: &Path) -> PathBuf {
    if is_standard_stream(input) {
        return input.to_owned();
    }
    let mut name = input.as_os_str().to_owned();
    name.push(".");
    name.push(EXTENSION);
    name.into()
}

/// The name of what `unpack` makes of this, without `-o`.
pub(super) fn unpacked_name(input: &Path) -> Result<PathBuf> {
    if is_standard_stream(input) {
        return Ok(input.to_owned());
    }
    match (input.extension(), input.file_stem()) {
        (Some(extension), Some(stem)) if extension == EXTENSION => Ok(input.with_file_name(stem)),
        _ => Err(Error::new(ErrorKind::Usage, "the name of the input gives the output none")
            .found(format!("'{}'", escape::name(input.as_os_str())))
            .expected(format!("a name that ends in .{EXTENSION}"))
            .hint("name the output: -o FILE, or -o - for standard output")),
    }
}
