//! The dictionary that was named: a path, a hash, a CID.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use unsaid::Format;
use unsaid::ipfs::{Given, Sources};
use unsaid::ipld::{Block, BlockSource, Cid};
use unsaid::knowledge::{Files, Reference};
use unsaid::zipfs::{Dictionary, Root};
use unsaid_core::{Error, ErrorKind, Progress, Result};

use crate::edge::Edge;
use crate::options::SourcesArgs;

/// What `--dictionary` says.
#[derive(Args, Clone, Debug)]
pub(super) struct DictionaryArgs {
    /// The dictionary: a file with its block or a CAR, how its hash begins among what is kept, or its CID
    #[arg(long, value_name = "FILE|HASH|CID")]
    pub(super) dictionary: Option<PathBuf>,
}

/// A dictionary by what was written for it, before anything is read of it.
pub(super) enum Named {
    /// A file with its blocks.
    File(PathBuf),
    /// Its name.
    Cid(Cid),
}

impl Named {
    pub(super) fn parse(name: &Path) -> Result<Named> {
        match Reference::parse(name.as_os_str())? {
            Reference::File(path) => Ok(Named::File(path)),
            Reference::Cid(cid) => Ok(Named::Cid(cid)),
            Reference::Hash(digits) => {
                let files = Files::of_user()?;
                files.find(&digits).map(|hash| Named::File(files.path(&hash)))
            }
        }
    }

    /// Refuses a file that is something else by its first bytes: as a block it would only have another CID.
    ///
    /// # Errors
    /// `NotThisFormat`, with what it is.
    pub(super) fn check_kind(&self) -> Result<()> {
        let Named::File(path) = self else { return Ok(()) };
        // What cannot be read is said by whoever opens it for good.
        if !path.is_file() {
            return Ok(());
        }
        let mut start = Vec::new();
        let read = File::open(path).and_then(|file| file.take(Format::PREFIX as u64).read_to_end(&mut start));
        if read.is_err() {
            return Ok(());
        }
        let found = match Format::recognise(&start) {
            Some(Format::ZipfsDictionary | Format::Car) => return Ok(()),
            Some(Format::Zipfs) => "a compressed file",
            Some(other) => other.name(),
            None if is_text(&start) => "text",
            None => return Ok(()),
        };
        Err(Error::new(ErrorKind::NotThisFormat, "this is no dictionary")
            .found(found)
            .expected("a dictionary's file or a CAR")
            .in_file(path))
    }

    /// The sources with the file among them.
    pub(super) fn sources(&self, sources: SourcesArgs) -> SourcesArgs {
        match self {
            Named::File(path) => sources.with_file(path.clone()),
            Named::Cid(_) => sources,
        }
    }

    /// The CID of its only block or of its root.
    ///
    /// # Errors
    /// `Usage` for a CAR about several dictionaries, or none.
    pub(super) fn cid(&self, edge: &Edge) -> Result<Cid> {
        let path = match self {
            Named::Cid(cid) => return Ok(*cid),
            Named::File(path) => path,
        };
        self.check_kind()?;
        let roots = Given::open(path, &edge.limits, 0)?.roots()?;
        match roots[..] {
            [root] => Ok(root),
            _ => Err(Error::new(ErrorKind::Usage, "this does not say which dictionary is meant")
                .found(format!("a CAR with {} roots", roots.len()))
                .expected("one")
                .in_file(path)
                .hint("name its CID, and the file with --car")),
        }
    }

    /// What an error about it is about.
    pub(super) fn about(&self, e: Error) -> Error {
        match self {
            Named::File(path) if e.path().is_none() => e.in_file(path),
            _ => e,
        }
    }
}

/// Whether these are the first bytes of a text; no block and no CAR begins so.
fn is_text(start: &[u8]) -> bool {
    // The last character may be cut.
    let is_utf8 = std::str::from_utf8(start).map_or_else(|e| e.error_len().is_none(), |_| true);
    is_utf8 && start.first().is_some_and(|b| b.is_ascii_graphic() || b.is_ascii_whitespace())
}

/// The block that a file names, with what it says.
pub(super) fn root(cid: &Cid, sources: &Sources<'_>, edge: &Edge) -> Result<(Block, Root)> {
    let block = sources.get(cid)?.ok_or_else(|| sources.missing(&[*cid]))?;
    let root = Root::read(&block, &edge.limits)?;
    Ok((block, root))
}

/// The whole dictionary that was named, with its root.
pub(super) fn whole(
    named: &Named,
    sources: &Sources<'_>,
    progress: &dyn Progress,
    edge: &Edge,
) -> Result<(Cid, Root, Dictionary)> {
    let cid = named.cid(edge)?;
    let read = || {
        let (_, root) = root(&cid, sources, edge)?;
        let dictionary = root.clone().dictionary(sources, &edge.limits, progress)?;
        Ok((cid, root, dictionary))
    };
    read().map_err(|e| named.about(e))
}

/// The CIDs that must stay alive for files of this dictionary: of its root, then of its parts.
pub(super) fn cids(cid: Cid, root: &Root) -> Vec<Cid> {
    std::iter::once(cid).chain(root.parts().iter().map(|part| part.part)).collect()
}
