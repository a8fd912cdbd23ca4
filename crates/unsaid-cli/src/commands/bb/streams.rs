//! Where the bytes of these commands come from and go to: files by name, else the standard streams.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use unsaid::bb::Model;
use unsaid::knowledge::Reference;
use unsaid_core::check::{Hash, Hasher};
use unsaid_core::fs::{Draft, Source};
use unsaid_core::{Error, ErrorKind, Result};

use crate::commands::input::is_standard_stream;
use crate::commands::{knowledge, output};
use crate::edge::stoppable::Stoppable;
use crate::edge::{Edge, signals, stdio};
use crate::options::ConflictArgs;

#[derive(Args, Debug)]
pub(super) struct OutputArgs {
    /// The output [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    #[command(flatten)]
    conflict: ConflictArgs,

    /// Do not wait for the disk
    #[arg(long)]
    no_sync: bool,
}

/// What is written, for the guard of terminals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Never for a terminal, unless forced.
    Compressed,
    /// For a terminal if it is text.
    Any,
}

/// An output that counts and hashes what goes through it.
pub(super) struct Target {
    to: To,
    hasher: Hasher,
    pub(super) size: u64,
}

enum To {
    Stdout(stdio::Output),
    File(Draft),
}

impl OutputArgs {
    /// The file that is asked for, where it is one.
    pub(super) fn file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| !is_standard_stream(path))
    }

    /// Opens the output; `None` where its name is taken and it is to be skipped.
    pub(super) fn open(&self, content: Content, inputs: &[&Path], edge: &Edge) -> Result<Option<Target>> {
        let force = self.conflict.force();
        let to = match self.file() {
            Some(path) => {
                let same = |input: &&&Path| {
                    input.is_file() && Source::open(input).is_ok_and(|source| source.same_file_as(path))
                };
                if let Some(input) = inputs.iter().find(same) {
                    return Err(Error::new(ErrorKind::Usage, "the output is one of the inputs")
                        .in_file(input)
                        .hint("choose another name with -o"));
                }
                let Some(draft) = output::draft(path, self.conflict.policy(), !self.no_sync, edge)? else {
                    return Ok(None);
                };
                To::File(draft)
            }
            None if content == Content::Compressed => To::Stdout(stdio::compressed_output(force)?),
            None => To::Stdout(stdio::content_output(force)?),
        };
        Ok(Some(Target { to, hasher: Hasher::new(), size: 0 }))
    }

    /// A draft of the seal beside the output, whose name must be free as the output's.
    pub(super) fn seal(&self, edge: &Edge) -> Result<Option<Draft>> {
        let path = self.file().ok_or_else(|| {
            Error::new(ErrorKind::Usage, "a seal lies beside a file").hint("name the output: -o FILE")
        })?;
        output::draft(&unsaid::seal::path_of(path), self.conflict.policy(), !self.no_sync, edge)
    }
}

impl Target {
    /// BLAKE3 of what was written.
    pub(super) fn hash(&self) -> Hash {
        self.hasher.finish()
    }

    /// Gives a file its name.
    pub(super) fn publish(self) -> Result<()> {
        match self.to {
            To::File(draft) => draft.publish(),
            To::Stdout(mut out) => out.flush().map_err(|e| Error::io("writing to standard output", e)),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = match &mut self.to {
            To::Stdout(out) => out.write(bytes)?,
            To::File(draft) => draft.write(bytes)?,
        };
        self.hasher.update(&bytes[..n]);
        self.size += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Stdout(out) => out.flush(),
            To::File(draft) => draft.flush(),
        }
    }
}

/// An input that counts and hashes what goes through it.
pub(super) struct Hashing<R> {
    input: R,
    hasher: Hasher,
    pub(super) size: u64,
}

impl<R: Read> Hashing<R> {
    pub(super) fn new(input: R) -> Self {
        Hashing { input, hasher: Hasher::new(), size: 0 }
    }

    /// BLAKE3 of what was read.
    pub(super) fn hash(&self) -> Hash {
        self.hasher.finish()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(buf)?;
        self.hasher.update(&buf[..n]);
        self.size += n as u64;
        Ok(n)
    }
}

/// A file by its name, or standard input for `-`. `compressed` bytes do not come from a terminal.
pub(super) fn open(path: &Path, compressed: bool) -> Result<Box<dyn Read>> {
    if is_standard_stream(path) {
        let input = if compressed { stdio::compressed_input()? } else { stdio::input()? };
        return Ok(Box::new(input));
    }
    let opening = |e| Error::io("opening the file", e).in_file(path);
    let _writer = signals::wait_for_writer(path);
    let file = File::open(path).map_err(opening)?;
    let kind = file.metadata().map_err(opening)?.file_type();
    if kind.is_dir() {
        return Err(Error::new(ErrorKind::Usage, "a file is needed").found("a directory").in_file(path));
    }
    Ok(if kind.is_file() { Box::new(Stoppable(file)) } else { Box::new(stdio::Input::of(file)) })
}

/// Bytes of a file that can be known beforehand.
pub(super) fn size_of(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|m| m.len())
}

/// A model by its file, or by its hash or CID among what is kept.
fn open_model(path: &Path, edge: &Edge) -> Result<Box<dyn Read>> {
    match Reference::parse(path.as_os_str()) {
        Ok(Reference::Hash(_) | Reference::Cid(_)) => knowledge::open(path, edge),
        _ => open(path, true),
    }
}

/// The model that was named, and its file's BLAKE3.
pub(super) fn model(path: &Path, edge: &Edge) -> Result<(Model, Hash)> {
    let in_file = |e: Error| if e.path().is_none() { e.in_file(path) } else { e };
    let mut input = Hashing::new(open_model(path, edge)?);
    let model = Model::read(&mut input, &edge.limits).map_err(in_file)?;
    Ok((model, input.hash()))
}
