//! Opening an archive that the user named, whatever its format.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use unsaid::Format;
use unsaid::archive::{Archive, Contents, Entry, EntryKind, Sink, StreamSink, Verifier, read_stream};
use unsaid::seal::{self, Seal};
use unsaid::solid;
use unsaid_core::check::{Hash, Hasher};
use unsaid_core::fs::EntryPath;
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Workers};

use super::piz::PizFile;
use super::records::{self, Records};
use super::zipfs::Blocks;
use crate::edge::stoppable::Stoppable;
use crate::edge::{Edge, escape, stdio};

/// An input whose format is known.
pub(crate) enum Input {
    /// An `.ff` archive that can be read at any place.
    Ff(Box<Archive<Stoppable>>),
    /// An `.ff` archive that comes through a pipe.
    FfStream(Box<dyn Read>),
    /// A `.paq9a` archive.
    Paq9a(Box<dyn Read>),
    /// A model or a stream of the record codec.
    Records(Records),
    /// A compressed file of ZIPFS, a dictionary, or a CAR.
    Blocks(Blocks),
    /// A PiZ archive.
    Piz(PizFile),
}

/// Opens `path`, or standard input for `-`, and recognises it by its first bytes.
///
/// # Errors
/// For what cannot be opened, and for what is no archive of ours.
pub(crate) fn open(path: &Path, limits: &Limits) -> Result<Input> {
    open_data(path, limits).map_err(|e| e.in_file(path))
}

/// The error of a command about archives for what is ours, but no archive.
pub(crate) fn no_archive(records: &Records) -> Error {
    match records {
        Records::Model(_) => records::not_an_archive("a model of the record codec", "see unsaid info FILE"),
        Records::Stream(_) => records::not_an_archive(
            "a stream of compressed records",
            "use unsaid records unpack FILE, or unsaid records get FILE N",
        ),
    }
}

/// As [`no_archive`], for formats of blocks.
pub(crate) fn no_archive_of_blocks(what: &Blocks) -> Error {
    match what {
        Blocks::File(_) => {
            records::not_an_archive("a file compressed with ZIPFS", "use unsaid zipfs decompress FILE")
        }
        Blocks::Dictionary(_) => {
            records::not_an_archive("a dictionary of ZIPFS", "see unsaid zipfs dict show FILE")
        }
        Blocks::Car(_) => records::not_an_archive(
            "a CAR of blocks",
            "take it in: unsaid ipfs add-car FILE; then unsaid ipfs get CID",
        ),
    }
}

/// How the input is called in messages.
pub(crate) fn shown(path: &Path) -> String {
    if is_standard_stream(path) { "standard input".to_owned() } else { escape::name(path.as_os_str()) }
}

pub(crate) fn is_standard_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn open_data(path: &Path, limits: &Limits) -> Result<Input> {
    if is_standard_stream(path) {
        let input = stdio::compressed_input()?;
        return match input.seekable() {
            Some(file) => recognise_file(file, limits),
            None => recognise_stream(Box::new(input), limits),
        };
    }
    let opening = |e| Error::io("opening the archive", e);
    let file = File::open(path).map_err(opening)?;
    let kind = file.metadata().map_err(opening)?.file_type();
    if kind.is_dir() {
        return Err(Error::new(ErrorKind::Usage, "not an archive").found("a directory"));
    }
    if kind.is_file() {
        recognise_file(file, limits)
    } else {
        recognise_stream(Box::new(stdio::Input::of(file)), limits)
    }
}

fn recognise_file(file: File, limits: &Limits) -> Result<Input> {
    let mut file = Stoppable(file);
    let format = recognise(&read_start(&mut file)?)?;
    file.seek(SeekFrom::Start(0)).map_err(|e| Error::io("reading the archive", e))?;
    match format {
        Format::Paq9a => Ok(Input::Paq9a(Box::new(file))),
        Format::RecordModel => Ok(Input::Records(Records::Model(Box::new(file)))),
        Format::Records => Ok(Input::Records(Records::Stream(Box::new(file)))),
        Format::Zipfs => Ok(Input::Blocks(Blocks::File(Box::new(file)))),
        Format::ZipfsDictionary => Ok(Input::Blocks(Blocks::Dictionary(Box::new(file)))),
        Format::Car => Ok(Input::Blocks(Blocks::Car(Box::new(file)))),
        Format::Piz => Ok(Input::Piz(Box::new(file))),
        _ => Archive::open(file, limits).map(|archive| Input::Ff(Box::new(archive))),
    }
}

fn recognise_stream(mut input: Box<dyn Read>, _: &Limits) -> Result<Input> {
    let start = read_start(&mut input)?;
    let format = recognise(&start)?;
    let whole = Box::new(Cursor::new(start).chain(input));
    Ok(match format {
        Format::Paq9a => Input::Paq9a(whole),
        Format::RecordModel => Input::Records(Records::Model(whole)),
        Format::Records => Input::Records(Records::Stream(whole)),
        Format::Zipfs => Input::Blocks(Blocks::File(whole)),
        Format::ZipfsDictionary => Input::Blocks(Blocks::Dictionary(whole)),
        Format::Car => Input::Blocks(Blocks::Car(whole)),
        Format::Piz => Input::Piz(whole),
        _ => Input::FfStream(whole),
    })
}

fn read_start(input: &mut dyn Read) -> Result<Vec<u8>> {
    let mut start = Vec::new();
    let read = input.take(Format::PREFIX as u64).read_to_end(&mut start);
    read.map_err(|e| Error::io("reading the archive", e))?;
    Ok(start)
}

fn recognise(start: &[u8]) -> Result<Format> {
    Format::recognise(start).ok_or_else(|| {
        let hex: Vec<_> = start.iter().map(|b| format!("{b:02x}")).collect();
        let found = if hex.is_empty() { "nothing".to_owned() } else { hex.join(" ") };
        let mut names: Vec<_> = Format::ALL.iter().map(|f| f.name()).collect();
        let last = names.pop().unwrap_or_default();
        Error::new(ErrorKind::NotThisFormat, "not an archive of a known format")
            .found(found)
            .expected(format!("the first bytes of {} or {last}", names.join(", ")))
    })
}

/// What the whole of an input turned out to be.
pub(crate) enum Known {
    Ff(Contents),
    Paq9a(solid::Delivered),
}

/// Decodes all of an input that comes front to back into `sink`.
pub(crate) fn deliver_stream(
    input: Box<dyn Read>,
    format: Format,
    sink: &mut dyn StreamSink,
    seal: Option<&Seal>,
    (limits, workers, progress): (&Limits, &dyn Workers, &dyn Progress),
) -> Result<Known> {
    match format {
        Format::Paq9a => {
            let sink: &mut dyn Sink = sink;
            solid::deliver(input, sink, seal, limits, progress).map(Known::Paq9a)
        }
        _ => read_stream(input, sink, limits, workers, progress).map(Known::Ff),
    }
}

impl Known {
    /// What is wrong with the input, beside what the sink was told. What follows the end of the
    /// archive is an error too, unless it is to be passed over.
    pub(crate) fn problems(self, edge: &Edge, path: &Path, ignore_trailing: bool) -> Vec<Error> {
        match self {
            Known::Paq9a(delivered) => delivered.problems,
            Known::Ff(contents) => {
                let trailing = trailing(edge, path, &contents, ignore_trailing);
                contents.problems.into_iter().chain(trailing).collect()
            }
        }
    }
}

/// The error for bytes after the end of the archive; where they are to be passed over, a note says so.
pub(crate) fn trailing(edge: &Edge, path: &Path, contents: &Contents, ignore: bool) -> Option<Error> {
    let at = contents.trailing?;
    if ignore {
        edge.report.note(&format!("{}: passed over what follows the end, from byte {at} on", shown(path)));
        return None;
    }
    let e = Error::corrupt("something follows the end of the archive").at(at);
    Some(e.hint("if it does not matter, say --ignore-trailing"))
}

/// Every problem of an input, said; the exit status follows.
pub(crate) fn report_problems<'e>(edge: &Edge, path: &Path, problems: impl IntoIterator<Item = &'e Error>) {
    problems.into_iter().for_each(|problem| edge.report.error_in(problem, path));
}

/// The seal beside an archive, where there is one, after a check that the archive is the sealed one.
pub(crate) fn checked_seal(archive: &Path, limits: &Limits) -> Result<Option<Seal>> {
    let Some(seal) = seal_beside(archive, limits)? else { return Ok(None) };
    // A pipe can be read once only: its entries are checked as they come.
    if !std::fs::metadata(archive).is_ok_and(|m| m.is_file()) {
        return Ok(Some(seal));
    }
    let (size, hash) = hash_file(archive)?;
    seal.check_file(size, hash).map_err(|e| e.in_file(archive))?;
    Ok(Some(seal))
}

/// The seal beside an archive, where there is one.
pub(crate) fn seal_beside(archive: &Path, limits: &Limits) -> Result<Option<Seal>> {
    if is_standard_stream(archive) {
        return Ok(None);
    }
    let path = seal::path_of(archive);
    let mut bytes = Vec::new();
    let most = limits.metadata.saturating_add(1);
    match File::open(&path).and_then(|f| f.take(most).read_to_end(&mut bytes)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|e| Error::io("reading the seal", e)).and_then(|_| Seal::read(&bytes, limits)),
    }
    .map(Some)
    .map_err(|e| e.in_file(path).hint("get the seal again, or remove it to do without"))
}

fn hash_file(path: &Path) -> Result<(u64, Hash)> {
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    let failed = |e| Error::io("reading the archive", e).in_file(path);
    let mut file = Stoppable(File::open(path).map_err(failed)?);
    let mut size = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((size, hasher.finish())),
            Ok(n) => {
                hasher.update(&buffer[..n]);
                size += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(failed(e)),
        }
    }
}

/// The error for a hard link whose file has gone by, unread, when the link came.
pub(crate) fn link_from_a_pipe(entry: &Entry) -> Error {
    let target = match &entry.meta.kind {
        EntryKind::HardLink(target) => target.to_string(),
        _ => String::new(),
    };
    Error::new(ErrorKind::Usage, "a hard link from a pipe needs the file that it leads to")
        .found(format!("'{}', a hard link to '{target}'", entry.meta.path))
        .hint(format!("ask for '{target}', or give the archive by name"))
}

/// The paths of an archive that were asked for; none is all.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    paths: Vec<(EntryPath, bool)>,
}

impl Wanted {
    /// # Errors
    /// For what can be no path of an archive.
    pub(crate) fn new(paths: &[std::path::PathBuf], limits: &Limits) -> Result<Self> {
        let parse = |path: &std::path::PathBuf| match EntryPath::from_source(path, limits)?.path {
            Some(entry) => Ok((entry, false)),
            None => Err(Error::new(ErrorKind::Usage, "no path of an archive")
                .found(format!("'{}'", escape::name(path.as_os_str())))),
        };
        Ok(Wanted { paths: paths.iter().map(parse).collect::<Result<_>>()? })
    }

    /// Whether the path, or a folder that it is in, was asked for. Remembers which were found.
    pub(crate) fn matches(&mut self, path: &EntryPath) -> bool {
        let mut wanted = self.paths.is_empty();
        for (root, found) in &mut self.paths {
            let rest = path.as_bytes().strip_prefix(root.as_bytes());
            if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/")) {
                *found = true;
                wanted = true;
            }
        }
        wanted
    }

    /// As [`Wanted::matches`], remembering nothing.
    pub(crate) fn covers(&self, path: &EntryPath) -> bool {
        let within = |root: &EntryPath| path.as_bytes().strip_prefix(root.as_bytes());
        let covers = |root| within(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"));
        self.paths.is_empty() || self.paths.iter().any(|(root, _)| covers(root))
    }

    /// An error that names the first path that was not found.
    pub(crate) fn check_all_found(&self, archive: &Path) -> Result<()> {
        let Some((path, _)) = self.paths.iter().find(|(_, found)| !found) else { return Ok(()) };
        Err(Error::new(ErrorKind::Usage, "no such path in the archive")
            .found(format!("'{path}'"))
            .in_file(archive)
            .hint(format!("unsaid list {} shows what is in it", shown(archive))))
    }
}

/// Takes nothing, so that only the entries become known.
pub(crate) struct Nothing(pub(crate) Verifier);

impl Sink for Nothing {
    fn begin(&mut self, _: &Entry) -> Result<bool> {
        Ok(false)
    }

    fn data(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        Ok(())
    }

    fn fail(&mut self, entry: &Entry, error: Error) -> Result<()> {
        self.0.fail(entry, error)
    }
}

impl StreamSink for Nothing {
    fn other(&mut self, entry: &Entry) -> Result<()> {
        self.0.other(entry)
    }
}
