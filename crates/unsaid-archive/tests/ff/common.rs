//! What the tests of the container share.

use std::io::Cursor;

use unsaid_archive::{
    Added, Archive, Choice, Contents, Entry, EntryKind, EntryMeta, Sink, StreamSink, Verifier, WriteOptions,
    Writer, read_stream,
};
use unsaid_core::fs::{EntryPath, Timestamp};
use unsaid_core::{Error, Inline, Limits, Result, Silent};
use unsaid_testkit::{Kind, bytes};

pub(crate) fn path(text: &str) -> EntryPath {
    EntryPath::parse(text.as_bytes(), &Limits::default()).unwrap()
}

pub(crate) fn meta(name: &str, kind: EntryKind) -> EntryMeta {
    let mut meta = EntryMeta::new(path(name), kind);
    meta.mode = Some(0o640);
    meta.mtime = Some(Timestamp { seconds: 1_700_000_000, nanos: 5 });
    meta
}

pub(crate) fn store() -> WriteOptions {
    let mut options = WriteOptions::default();
    options.choice = Choice::Store;
    options
}

/// Writes an archive of these files.
pub(crate) fn archive_of(files: &[(&str, Vec<u8>)], options: &WriteOptions) -> Vec<u8> {
    let limits = Limits::default();
    let mut writer = Writer::new(Vec::new(), options, &limits, &Inline, &Silent).unwrap();
    for (name, data) in files {
        add(&mut writer, name, data);
    }
    writer.finish().unwrap().0
}

pub(crate) fn add(writer: &mut Writer<'_, Vec<u8>>, name: &str, data: &[u8]) -> Added {
    writer.add_file(meta(name, EntryKind::File), &mut &data[..]).unwrap()
}

/// A small archive with every kind of entry and every kind of metadata.
pub(crate) fn sample(options: &WriteOptions) -> Vec<u8> {
    let limits = Limits::default();
    let mut writer = Writer::new(Vec::new(), options, &limits, &Inline, &Silent).unwrap();
    writer.add_entry(meta("dir", EntryKind::Directory)).unwrap();
    add(&mut writer, "dir/a.txt", &bytes(Kind::Text, 1, 300));
    add(&mut writer, "dir/empty", b"");
    let mut with_user = meta("b.json", EntryKind::File);
    with_user.user = vec![(b"author".to_vec(), b"me".to_vec()), (b"k".to_vec(), vec![0, 255])];
    writer.add_file(with_user, &mut &bytes(Kind::Json, 2, 200)[..]).unwrap();
    writer.add_entry(meta("link", EntryKind::SymbolicLink(b"dir/a.txt".to_vec()))).unwrap();
    writer.add_entry(meta("again", EntryKind::HardLink(path("dir/a.txt")))).unwrap();
    writer.finish().unwrap().0
}

/// Keeps every file in memory.
#[derive(Default)]
pub(crate) struct Keeper {
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) others: Vec<String>,
    pub(crate) failed: Vec<(String, Error)>,
    current: Option<(String, Vec<u8>)>,
}

impl Sink for Keeper {
    fn begin(&mut self, entry: &Entry) -> Result<bool> {
        self.current = Some((entry.meta.path.to_string(), Vec::new()));
        Ok(true)
    }
    fn data(&mut self, bytes: &[u8]) -> Result<()> {
        self.current.as_mut().unwrap().1.extend_from_slice(bytes);
        Ok(())
    }
    fn end(&mut self) -> Result<()> {
        self.files.push(self.current.take().unwrap());
        Ok(())
    }
    fn fail(&mut self, entry: &Entry, error: Error) -> Result<()> {
        self.current = None;
        self.failed.push((entry.meta.path.to_string(), error));
        Ok(())
    }
}

impl StreamSink for Keeper {
    fn other(&mut self, entry: &Entry) -> Result<()> {
        self.others.push(entry.meta.path.to_string());
        Ok(())
    }
}

/// Everything in an archive, read by its index.
pub(crate) fn read_all(archive: &[u8]) -> Result<(Keeper, Archive<Cursor<&[u8]>>)> {
    let mut opened = Archive::open(Cursor::new(archive), &Limits::default())?;
    let mut keeper = Keeper::default();
    opened.deliver(|_| true, &mut keeper, &Inline, &Silent)?;
    Ok((keeper, opened))
}

/// Everything in an archive, read as from a pipe.
pub(crate) fn stream_all(archive: &[u8]) -> Result<(Keeper, Contents)> {
    let mut keeper = Keeper::default();
    let contents = read_stream(archive, &mut keeper, &Limits::default(), &Inline, &Silent)?;
    Ok((keeper, contents))
}

/// Whether anything at all is reported about an archive, by index and as a stream.
pub(crate) fn complaints(archive: &[u8]) -> (Vec<Error>, Vec<Error>) {
    let limits = Limits::default();
    let by_index = match Archive::open(Cursor::new(archive), &limits) {
        Err(e) => vec![e],
        Ok(mut opened) => {
            let mut verifier = Verifier::default();
            let mut all = Vec::new();
            if let Err(e) = opened.deliver(|_| true, &mut verifier, &Inline, &Silent) {
                all.push(e);
            }
            all.append(&mut verifier.failures);
            let contents = opened.contents();
            all.extend(contents.problems.iter().map(|e| Error::new(e.kind(), e.to_string())));
            all.extend(contents.trailing.map(|at| Error::corrupt("trailing bytes").at(at)));
            all
        }
    };
    let mut verifier = Verifier::default();
    let by_stream = match read_stream(archive, &mut verifier, &limits, &Inline, &Silent) {
        Err(e) => vec![e],
        Ok(contents) => {
            let mut all = verifier.failures;
            all.extend(contents.problems);
            all.extend(contents.trailing.map(|at| Error::corrupt("trailing bytes").at(at)));
            all
        }
    };
    (by_index, by_stream)
}
