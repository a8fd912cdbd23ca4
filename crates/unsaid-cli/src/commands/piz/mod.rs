//! `unsaid piz`, `piz`: the command line of PiZ's text, every option of it.
//!
//! Where that text leaves a choice open, ours is: outputs lie beside their sources; standard input goes to standard
//! output; an option given twice is no conflict; files that are no archives are packed, whatever they are called.

mod about;
mod choices;
mod digits;
mod explain;
mod help;
mod license;
mod meta;
mod names;
#[cfg(unix)]
mod owner;
mod pack;
mod unpack;
pub(crate) mod words;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use unsaid::piz::{Chunking, Header, header};
use unsaid_core::fs::{Draft, Source};
use unsaid_core::{Error, ErrorKind, Result};

pub(crate) use about::{PizFile, deliver, info, list, one_file_only, test};
use choices::Given;
pub(crate) use digits::{CacheChoice, Digits};
use names::{SUFFIX, Suffix};

use super::input::{is_standard_stream, shown};
use super::output;
use crate::edge::language::Language;
use crate::edge::pool::{Pool, available};
use crate::edge::stdio;
use crate::edge::{Edge, patterns, signals};
use crate::options::OnConflict;

/// How much of an input is looked at to tell what it is.
const START: u64 = 1 << 16;

/// PiZ: files as positions in the digits of π
///
/// Packs or unpacks FILEs: archives are unpacked, anything else is packed. Without a FILE, or where it is -,
/// standard input is read and standard output written. Sources are kept.
#[derive(Args, Debug)]
#[command(override_usage = "piz [OPTION]... [FILE]...\n       unsaid piz explain FILE")]
#[command(disable_help_flag = true, disable_help_subcommand = true, args_conflicts_with_subcommands = true)]
#[command(after_help = "For example:\n\n    \
    tar -cf - file1 file2 file3 | piz -mc > archive.tar.piz\n    \
    piz -mc archive.tar.piz | tar -xf -\n    \
    tar -I piz -xf archive.tar.piz\n\n\
    Options that exclude each other: -d and -D; -m and -M; -s and -S; -w and -W; -n, -b, -F and --smallest.\n\
    Two of them are an error; with -q the last one holds.")]
pub(crate) struct PizArgs {
    // First: it looks at what the others take away.
    #[command(flatten)]
    given: Given,

    #[command(subcommand)]
    verb: Option<PizVerb>,

    /// Files; none or - is standard input
    #[arg(value_name = "FILE")]
    files: Vec<OsString>,

    /// Write to standard output
    #[arg(short = 'c', long)]
    stdout: bool,

    /// Unpack, whatever the file looks like
    #[arg(short, long)]
    decompress: bool,

    /// Pack, whatever the file looks like
    #[arg(short = 'D', long)]
    compress: bool,

    /// Replace existing files; write archives to a terminal
    #[arg(short, long)]
    force: bool,

    /// Print this help
    #[arg(short = 'h', long = "help")]
    show_help: bool,

    /// Print the licence
    #[arg(short = 'L', long)]
    license: bool,

    /// Neither store nor restore what is known about the file
    #[arg(short = 'm', long)]
    no_meta: bool,

    /// Store or restore times, name and mode (the default)
    #[arg(short = 'M', long)]
    meta: bool,

    /// Names of archives have no suffix
    #[arg(short = 's', long)]
    no_suffix: bool,

    /// Names of archives end so, and not in .piz
    #[arg(short = 'S', long, value_name = "SUF")]
    suffix: Option<OsString>,

    /// Print the version
    #[arg(short = 'V', long = "version")]
    show_version: bool,

    /// Keep no digits of π between runs, and use none that are kept
    #[arg(short = 'w', long)]
    no_cache: bool,

    /// Keep digits of π in this folder, else (and by default) in the user's folder for caches
    #[arg(short = 'W', long, value_name = "PATH", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "")]
    cache: Option<OsString>,

    /// So many chunks of equal size; the first len mod N are one byte longer
    #[arg(short = 'n', long, value_name = "N", allow_hyphen_values = true)]
    chunks: Option<String>,

    /// Chunks of N bytes; K M G T P E Z Y are powers of ten, k m g t p e z y powers of two
    #[arg(short = 'b', long, value_name = "N", allow_hyphen_values = true)]
    size: Option<String>,

    /// One chunk, however far it is. By default one chunk is tried, and split where it is not at hand
    #[arg(short = 'F', long)]
    full: bool,

    /// The chunks that make the archive smallest
    #[arg(long)]
    smallest: bool,

    /// So many threads; without N, as many as the machine has [default: 1]
    #[arg(short = 'j', long, value_name = "N", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "0")]
    threads: Option<usize>,

    /// The base of the digits of π: 2 to 256, or Bin, Oct, Dec, Hex [default: Hex]
    #[arg(long, value_name = "B")]
    base: Option<String>,

    /// The base of the numbers in the archive [default: Dec]
    #[arg(long, value_name = "B")]
    write_base: Option<String>,

    /// Give the file to the owner that the archive names, where the system lets us
    #[arg(long, visible_alias = "owner")]
    same_owner: bool,

    /// Also write OUTPUT.b3, the hashes that the format has no room for
    #[arg(long)]
    seal: bool,
}

#[derive(Debug, Subcommand)]
enum PizVerb {
    Explain(explain::ExplainArgs),
}

/// What the options come to.
struct Settings {
    action: Option<Action>,
    stdout: bool,
    force: bool,
    meta: bool,
    suffix: Suffix,
    chunking: Chunking,
    header: Header,
    same_owner: bool,
    seal: bool,
    language: Language,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Pack,
    Unpack,
}

impl PizArgs {
    /// More threads than any machine has: a typing error should not start a million of them.
    const MOST_THREADS: usize = 1024;

    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let language = Language::of_locale();
        if self.show_version || self.license || self.show_help {
            return self.tell(language);
        }
        if !edge.report.is_quiet() {
            self.given.check(language)?;
        }
        if let Some(PizVerb::Explain(args)) = self.verb {
            return args.run(edge);
        }
        let pool = Pool::new(match self.threads {
            None => 1,
            Some(0) => available(),
            Some(n) => n.min(Self::MOST_THREADS),
        });
        let cache = match &self.cache {
            Some(path) if self.given.holds("cache") && !path.is_empty() => CacheChoice::At(path.into()),
            _ if self.given.holds("no_cache") => CacheChoice::None,
            _ => CacheChoice::OfUser,
        };
        let settings = self.settings(language)?;
        let mut files: Vec<PathBuf> =
            self.files.into_iter().flat_map(patterns::expand).map(PathBuf::from).collect();
        if files.is_empty() {
            files.push("-".into());
        }
        let mut digits = Digits::new(&cache, edge);
        for file in &files {
            if let Err(e) = settings.one(file, &mut digits, &pool, edge) {
                edge.report.error_in(&e, file);
            }
            crate::edge::progress::stop_if_asked()?;
        }
        Ok(())
    }

    /// All that was asked for of version, licence and help.
    fn tell(&self, language: Language) -> Result<()> {
        let mut text = String::new();
        let mut add = |part: &str| {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(part);
        };
        if self.show_version {
            add(concat!("piz (Unsaid) ", env!("CARGO_PKG_VERSION"), "\n"));
        }
        if self.license {
            add(&license::text(language));
        }
        if self.show_help {
            add(&help::text(language));
        }
        super::print(text.as_bytes())
    }

    fn settings(&self, language: Language) -> Result<Settings> {
        let holds = |id: &str| self.given.holds(id);
        let base = |text: &Option<String>, default| text.as_deref().map_or(Ok(default), header::base);
        let default = Header::default();
        let chunking = match (&self.chunks, &self.size) {
            (Some(count), _) if holds("chunks") => Chunking::count(count)?,
            (_, Some(size)) if holds("size") => Chunking::size(size)?,
            _ if holds("full") => Chunking::Full,
            _ if holds("smallest") => Chunking::Smallest,
            _ => Chunking::Try,
        };
        let suffix = match &self.suffix {
            _ if holds("no_suffix") => Suffix::None,
            Some(suffix) if holds("suffix") => Suffix::given(suffix.clone())?,
            _ => Suffix::Some(SUFFIX.into()),
        };
        let action = match () {
            () if holds("decompress") => Some(Action::Unpack),
            () if holds("compress") => Some(Action::Pack),
            () => None,
        };
        Ok(Settings {
            action,
            stdout: self.stdout,
            force: self.force,
            meta: !holds("no_meta"),
            suffix,
            chunking,
            header: Header {
                write: base(&self.write_base, default.write)?,
                calc: base(&self.base, default.calc)?,
            },
            same_owner: self.same_owner,
            seal: self.seal,
            language,
        })
    }
}

/// An input whose first bytes were looked at.
struct Opened {
    start: Vec<u8>,
    rest: Box<dyn Read>,
    /// Bytes, where they are known.
    length: Option<u64>,
    /// What the system says about a file.
    found: Option<std::fs::Metadata>,
    source: Option<SourceGuard>,
}

/// A source that is kept to be asked whether it changed.
type SourceGuard = std::rc::Rc<std::cell::RefCell<Source>>;

/// Reads on what a guard guards.
struct Shared(SourceGuard);

impl Read for Shared {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        crate::edge::progress::stop_if_asked()?;
        self.0.borrow_mut().read(buf)
    }
}

impl Opened {
    fn new(path: &Path, action: Option<Action>) -> Result<Opened> {
        let reading = |e| Error::io("reading the file", e);
        if is_standard_stream(path) {
            // A person can type what is to be packed, where it is said that it is.
            let mut input = match action {
                Some(Action::Pack) => stdio::input()?,
                _ => stdio::compressed_input()?,
            };
            let length = input.seekable().and_then(|file| remaining(&file));
            let mut start = Vec::new();
            input.by_ref().take(START).read_to_end(&mut start).map_err(reading)?;
            return Ok(Opened { start, rest: Box::new(input), length, found: None, source: None });
        }
        // Reading changes the time of last access, so what is known is asked before.
        let found = std::fs::metadata(path).map_err(|e| Error::io("opening the file", e))?;
        let _writer = signals::wait_for_writer(path);
        let source = Source::open(path)?;
        let length = source.size();
        let source = SourceGuard::new(source.into());
        let mut rest = Shared(SourceGuard::clone(&source));
        let mut start = Vec::new();
        rest.by_ref().take(START).read_to_end(&mut start).map_err(reading)?;
        Ok(Opened { start, rest: Box::new(rest), length, found: Some(found), source: Some(source) })
    }

    /// All of it, from the beginning.
    fn reader(self) -> impl Read {
        Cursor::new(self.start).chain(self.rest)
    }
}

fn remaining(file: &File) -> Option<u64> {
    use std::io::Seek;
    let (mut file, size) = (file, file.metadata().ok()?.len());
    size.checked_sub(file.stream_position().ok()?)
}

impl Settings {
    fn one(&self, file: &Path, digits: &mut Digits, pool: &Pool, edge: &Edge) -> Result<()> {
        let opened = Opened::new(file, self.action)?;
        let action = self.action.unwrap_or_else(|| match about::is_archive(&opened.start) {
            true => Action::Unpack,
            false => Action::Pack,
        });
        match action {
            Action::Pack => self.pack(file, opened, digits, pool, edge),
            Action::Unpack => self.unpack(file, opened, digits, pool, edge),
        }
    }

    /// Whether the result of this input goes to standard output.
    fn to_stdout(&self, file: &Path) -> bool {
        self.stdout || is_standard_stream(file)
    }

    /// Refuses a standard output that is the input (`-c x >> x`): it would grow for ever.
    fn apart_from_stdout(&self, source: Option<&SourceGuard>) -> Result<()> {
        if !source.is_some_and(|source| source.borrow().same_file_as(Path::new("/dev/fd/1"))) {
            return Ok(());
        }
        let what =
            self.language.choose("standard output is the source", "стандартный вывод — это исходный файл");
        Err(Error::new(ErrorKind::Exists, what))
    }

    /// A draft of an output that is none of the inputs; `None` where a person chose to leave what is there.
    fn draft(&self, path: &Path, source: Option<&SourceGuard>, edge: &Edge) -> Result<Option<Draft>> {
        if source.is_some_and(|source| source.borrow().same_file_as(path)) {
            return Err(Error::new(
                ErrorKind::Exists,
                self.language
                    .choose("the output would be the source", "результат занял бы место исходного файла"),
            )
            .found(shown(path))
            .hint(self.language.choose(
                "sources are kept: choose a suffix with -S, or write to standard output: -c > NAME",
                "исходный файл сохраняется: выберите суффикс (-S) или стандартный вывод (-c > ИМЯ)",
            )));
        }
        let policy = if self.force { OnConflict::Overwrite } else { OnConflict::Ask };
        output::draft(path, policy, true, edge).map_err(|e| match e.kind() {
            ErrorKind::Exists => {
                Error::new(ErrorKind::Exists, e.to_string()).in_file(path).hint(self.language.choose(
                    "replace it with -f, or write to standard output: -c > NAME",
                    "замените его (-f) или выберите стандартный вывод (-c > ИМЯ)",
                ))
            }
            _ => e,
        })
    }
}
