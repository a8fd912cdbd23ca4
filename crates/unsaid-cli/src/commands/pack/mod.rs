//! `unsaid pack`.

mod publish;
mod remove;
mod tree;

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use unsaid::archive::{Added, Choice, EntryKind, EntryMeta, PackTree, Packed, Summary, WriteOptions, Writer};
use unsaid::paq9a::Level;
use unsaid_core::fs::{EntryPath, Identity};
use unsaid_core::limits::parse_size;
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Workers};

use super::input::is_standard_stream;
use super::print;
use crate::edge::progress::Mode;
use crate::edge::{Edge, escape, patterns, signals, size, stdio};
use crate::options::{ConflictArgs, LevelArgs, ThreadArgs};

/// Put files and whole trees into an archive
///
/// The archive is called like the only input with .ff added, unless -o says otherwise. What cannot
/// be read is left out with a warning (exit 1). Symbolic links are kept as links, never followed.
#[derive(Args, Debug)]
pub(crate) struct PackArgs {
    /// Files and directories; - is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// The archive; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// How to code: auto, store (not at all), paq9a
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Method::Auto, hide_possible_values = true)]
    method: Method,

    #[command(flatten)]
    level: LevelArgs,

    /// What coding may use for all threads together; a level that does not fit is an error
    #[arg(long, value_name = "SIZE", value_parser = size_value)]
    memory: Option<u64>,

    /// Bytes coded together: larger is smaller, damage costs as much, a range decodes as much
    /// [default: 16M]
    #[arg(long, value_name = "SIZE", value_parser = size_value)]
    group: Option<u64>,

    #[command(flatten)]
    threads: ThreadArgs,

    /// The name in the archive of what comes from standard input [default: stdin]
    #[arg(long, value_name = "NAME")]
    name: Option<PathBuf>,

    /// Free metadata for every entry; may be given again
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    meta: Vec<(String, String)>,

    /// Decode all of it again before it gets its name
    #[arg(long)]
    verify: bool,

    /// Remove the sources, after the archive is verified, published and on the disk
    #[arg(long, conflicts_with = "no_sync")]
    rm: bool,

    /// List what would be packed, and do nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    conflict: ConflictArgs,

    /// Do not wait for the disk
    #[arg(long)]
    no_sync: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    Auto,
    Store,
    Paq9a,
}

/// Where the archive goes.
enum Output {
    Stdout,
    File(PathBuf),
}

pub(super) fn size_value(text: &str) -> Result<u64, String> {
    parse_size(text).map_err(|e| e.to_string())
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// What a writer was given.
struct Filled {
    packed: Packed,
    stdin: Option<Added>,
    summary: Summary,
}

impl PackArgs {
    pub(crate) fn run(mut self, edge: &Edge) -> Result<()> {
        let names = std::mem::take(&mut self.paths).into_iter().map(PathBuf::into_os_string);
        self.paths = names.flat_map(patterns::expand).map(PathBuf::from).collect();
        if self.paths.iter().filter(|p| is_standard_stream(p)).count() > 1 {
            return Err(Error::new(ErrorKind::Usage, "standard input can be packed once"));
        }
        if self.dry_run {
            return tree::list(&self.paths, edge);
        }
        match self.output()? {
            Output::Stdout => self.to_stdout(edge),
            Output::File(path) => self.to_file(&path, edge),
        }
    }

    fn output(&self) -> Result<Output> {
        let needed = |why: &str| Error::new(ErrorKind::Usage, why).hint("name the archive: -o FILE");
        match (&self.output, self.paths.as_slice()) {
            (Some(path), _) if is_standard_stream(path) => Ok(Output::Stdout),
            (Some(path), _) => Ok(Output::File(path.clone())),
            (None, [only]) if is_standard_stream(only) => {
                if io::stdout().is_terminal() && !self.conflict.force() {
                    return Err(needed("compressed bytes do not go to a terminal"));
                }
                Ok(Output::Stdout)
            }
            (None, [only]) => {
                // `dir/` is called `dir`; `.`, `..` and `/` are called nothing.
                let name = only.file_name().ok_or_else(|| needed("this input gives the archive no name"))?;
                let mut name = OsString::from(name);
                name.push(".ff");
                Ok(Output::File(only.with_file_name(name)))
            }
            (None, _) => Err(needed("several inputs give the archive no name")),
        }
    }

    fn to_stdout(&self, edge: &Edge) -> Result<()> {
        for (flag, given) in [("--rm", self.rm), ("--verify", self.verify)] {
            if given {
                return Err(Error::new(ErrorKind::Usage, format!("{flag} needs an archive in a file"))
                    .hint("name the archive: -o FILE"));
            }
        }
        let out = BufWriter::with_capacity(1 << 16, stdio::compressed_output(self.conflict.force())?);
        let meter = edge.meter("packing");
        let pool = self.threads.pool();
        let (_, filled) = self.fill(out, None, edge, &pool, &meter)?;
        drop(meter);
        self.say("standard output", &filled.summary, edge);
        Ok(())
    }

    /// Writes the archive to `out`, which is given back flushed.
    fn fill<W: Write>(
        &self,
        out: W,
        identity: Option<Identity>,
        edge: &Edge,
        workers: &dyn Workers,
        progress: &dyn Progress,
    ) -> Result<(W, Filled)> {
        if edge.progress != Mode::Never {
            progress.begin(tree::total(&self.paths));
        }
        let limits = self.limits(edge);
        let mut writer = Writer::new(out, &self.write_options()?, &limits, workers, progress)?;
        let mut tree = PackTree::new(self.user(), identity, progress);
        let mut stdin = None;
        for path in &self.paths {
            if is_standard_stream(path) {
                stdin = Some(writer.add_file(self.stdin_meta(&limits)?, &mut stdio::input()?)?);
            } else {
                let _writer = signals::wait_for_writer(path);
                tree.add(&mut writer, path)?;
            }
        }
        let packed = tree.finish();
        let (out, summary) = writer.finish()?;
        if self.threads.asked_for_several() && summary.bytes <= self.write_options()?.group_bytes {
            let bytes = size::bytes(summary.bytes);
            edge.report.note(&format!("one thread was used: {bytes} are one group (see --group)"));
        }
        Ok((out, Filled { packed, stdin, summary }))
    }

    fn limits(&self, edge: &Edge) -> Limits {
        let mut limits = edge.limits.clone();
        limits.memory = self.memory.unwrap_or(limits.memory);
        limits
    }

    fn write_options(&self) -> Result<WriteOptions> {
        let mut options = WriteOptions::default();
        let level = self.level.0.and_then(Level::new);
        options.choice = match (self.method, level) {
            (Method::Store, Some(_)) => {
                return Err(Error::new(ErrorKind::Usage, "a level means nothing with --method store"));
            }
            (Method::Store, None) => Choice::Store,
            (Method::Auto | Method::Paq9a, level) => Choice::Paq9a(level),
        };
        options.group_bytes = self.group.unwrap_or(options.group_bytes);
        Ok(options)
    }

    fn user(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        // In a map the last of two values for one key wins, and keys ascend.
        let pairs = self.meta.iter().map(|(k, v)| (k.clone().into_bytes(), v.clone().into_bytes()));
        pairs.collect::<std::collections::BTreeMap<_, _>>().into_iter().collect()
    }

    fn stdin_meta(&self, limits: &Limits) -> Result<EntryMeta> {
        let name = self.name.as_deref().unwrap_or(Path::new("stdin"));
        let path = EntryPath::from_source(name, limits)?.path.ok_or_else(|| {
            Error::new(ErrorKind::Usage, "--name").found(format!("'{}'", escape::name(name.as_os_str())))
        })?;
        Ok(EntryMeta { user: self.user(), ..EntryMeta::new(path, EntryKind::File) })
    }

    /// The last word.
    fn say(&self, name: &str, summary: &Summary, edge: &Edge) {
        let Summary { entries, bytes, written, .. } = *summary;
        let counted = size::entries(entries);
        let (from, to) = (size::bytes(bytes), size::bytes(written));
        edge.report
            .summary(&format!("{name}: {counted}, {from} -> {to} ({})", size::percent(written, bytes)));
    }

    /// The same as a JSON line on standard output, where that is not the archive itself.
    fn say_json(path: &Path, summary: &Summary) -> Result<()> {
        use crate::edge::json;
        let mut body = serde_json::json!({ "format": "ff", "entries": summary.entries, "size": summary.bytes,
            "packed": summary.written, "root": summary.root.to_string() });
        json::put_path(&mut body, "path", path.as_os_str());
        print(format!("{}\n", json::line("summary", body)).as_bytes())
    }
}
