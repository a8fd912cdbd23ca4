//! What other commands say about an archive of PiZ: `info`, `list`, `test`, `unpack`.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use serde_json::{Value, json};
use unsaid::archive::Sink;
use unsaid::piz::{self, Archive, Item, Metadata, header};
use unsaid::seal::Seal;
use unsaid::solid::Delivered;
use unsaid_core::check::{Hash, Hasher};
use unsaid_core::{Error, ErrorKind, Limits, Result, Silent};

use super::names::SUFFIX;
use super::unpack::Cautious;
use super::{CacheChoice, Digits};
use crate::commands::input::{checked_seal, seal_beside, shown};
use crate::commands::print;
use crate::edge::pool::Pool;
use crate::edge::progress::{Meter, stop_if_asked};
use crate::edge::{Edge, json, size};

/// An archive that the user named, opened as a stream.
pub(crate) type PizFile = Box<dyn Read>;

/// Whether what begins so is an archive, by its structure: the first line, the metadata, and a first size where a
/// line of its own begins the text. One that is cut or damaged later is still an archive.
pub(super) fn is_archive(start: &[u8]) -> bool {
    let mut archive = match Archive::open(Cursor::new(start), true, &Limits::default()) {
        Ok(archive) => archive,
        // The first line, or one of metadata, is wrong; but no other text begins so.
        Err(e) => return e.kind() != ErrorKind::NotThisFormat && start.starts_with(b"PiZ\t"),
    };
    match archive.next(&Silent) {
        Ok(_) => true,
        Err(e) if e.kind() == ErrorKind::Truncated => true,
        // A text may well begin with the line `PiZ`; with the names of bases after it, none does.
        Err(_) => start.starts_with(b"PiZ\t"),
    }
}

/// The name of the content where the archive does not say it.
fn content_name(file: &Path) -> Vec<u8> {
    let name = file.file_name().unwrap_or_default().as_encoded_bytes();
    let stripped = name.strip_suffix(SUFFIX.as_bytes()).filter(|rest| !rest.is_empty());
    match stripped {
        Some(name) => name.to_vec(),
        None if name == b"-" || name.is_empty() => b"unpacked".to_vec(),
        None => [name, b".unpacked"].concat(),
    }
}

/// What an archive says, without a digit of π.
#[derive(Default)]
struct Survey {
    groups: u64,
    chunks: u64,
    size: u64,
    digits: u64,
    packed: u64,
}

/// Counts the bytes that are read.
struct Counting<R> {
    reader: R,
    count: std::rc::Rc<std::cell::Cell<u64>>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = self.reader.read(buf)?;
        self.count.set(self.count.get() + n as u64);
        Ok(n)
    }
}

fn survey(file: &Path, data: PizFile, edge: &Edge) -> Result<(piz::Header, Metadata, Survey)> {
    let count = std::rc::Rc::default();
    let counting = Counting { reader: data, count: std::rc::Rc::clone(&count) };
    let mut archive = Archive::open(counting, true, &edge.limits)?;
    let (header, metadata) = (archive.header(), archive.metadata().clone());
    let meter = edge.meter(format!("reading {}", shown(file)));
    let progress = Cautious { meter: &meter, edge, file };
    let per_byte = u64::from(header.calc.digits_per_byte());
    let (mut survey, mut bytes) = (Survey::default(), 0_u64);
    while let Some(item) = archive.next(&progress)? {
        match item {
            Item::Size(digits) => {
                survey.groups += 1;
                bytes = digits.div_ceil(per_byte);
            }
            Item::Position(position) => {
                survey.chunks += 1;
                survey.size = survey.size.saturating_add(bytes);
                let end = position.saturating_add(bytes.saturating_mul(per_byte));
                survey.digits = survey.digits.max(if bytes == 0 { 0 } else { end });
            }
        }
        if survey.chunks.is_multiple_of(1 << 16) {
            stop_if_asked()?;
        }
    }
    survey.packed = count.get();
    Ok((header, metadata, survey))
}

/// `unsaid info`.
pub(crate) fn info(file: &Path, data: PizFile, edge: &Edge) -> Result<()> {
    let (header, metadata, survey) = survey(file, data, edge)?;
    let Survey { groups, chunks, size, digits, packed } = survey;
    let sealed = seal_beside(file, &edge.limits)?.is_some();
    let checks = if sealed { "the seal beside it" } else { "none: the format has no room for any" };
    let (write, calc) = (header::name(header.write), header::name(header.calc));
    if edge.json {
        let mut body = json!({ "format": "piz", "write_base": header.write.get(), "base": header.calc.get(),
            "groups": groups, "chunks": chunks, "size": size, "packed": packed, "digits": digits,
            "metadata": said(&metadata), "sealed": sealed, "checks": checks });
        json::put_path(&mut body, "path", file.as_os_str());
        return print(format!("{}\n", json::line("archive", body)).as_bytes());
    }
    let mut text = format!("{}\n", shown(file));
    let mut line = |key: &str, value: String| text.push_str(&format!("  {key:<9} {value}\n"));
    line("format", "piz".to_owned());
    line("bases", format!("numbers in {write}, digits of π in {calc}"));
    line("chunks", format!("{chunks} in {groups} groups"));
    line(
        "size",
        format!("{} -> {} ({})", size::bytes(size), size::bytes(packed), size::percent(packed, size)),
    );
    line("digits", format!("{digits} of π to decode"));
    for (key, value) in said(&metadata).as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        line(key, unsaid_core::fs::escape(value.as_bytes()).to_string());
    }
    line("checks", checks.to_owned());
    print(text.as_bytes())
}

fn said(metadata: &Metadata) -> Value {
    let mut body = serde_json::Map::new();
    let mut put = |key: &str, value: Option<String>| {
        body.extend(value.map(|value| (key.to_owned(), Value::from(value))));
    };
    put("ctime", metadata.ctime.map(|time| time.to_string()));
    put("mtime", metadata.mtime.map(|time| time.to_string()));
    put("atime", metadata.atime.map(|time| time.to_string()));
    put("fname", metadata.fname.clone());
    put("fmode", metadata.fmode.map(|mode| format!("{mode:04o}")));
    put(
        "owner",
        metadata.owner.as_ref().map(|owner| match &owner.group {
            Some(group) => format!("{}:{group}", owner.user),
            None => owner.user.clone(),
        }),
    );
    Value::Object(body)
}

/// `unsaid list`: the one file in it, as an entry with its size.
pub(crate) fn list(file: &Path, data: PizFile, edge: &Edge) -> Result<(unsaid::archive::Entry, u64)> {
    let (_, metadata, survey) = survey(file, data, edge)?;
    let mut entry = piz::entry(&metadata, &content_name(file), &edge.limits)?;
    entry.size = survey.size;
    Ok((entry, survey.packed))
}

/// `unsaid unpack`.
pub(crate) fn deliver(
    file: &Path,
    data: PizFile,
    sink: &mut dyn Sink,
    seal: Option<&Seal>,
    (pool, meter): (&Pool, &Meter<'_>),
    edge: &Edge,
) -> Result<Delivered> {
    let archive = Archive::open(data, true, &edge.limits)?;
    let progress = Cautious { meter, edge, file };
    Digits::new(&CacheChoice::OfUser, edge).with(pool, &progress, edge, |digits| {
        let name = content_name(file);
        piz::deliver(archive, &name, sink, seal, digits, &edge.limits, pool, &progress)
    })
}

/// `unsaid test`.
pub(crate) fn test(file: &Path, data: PizFile, pool: &Pool, meter: &Meter<'_>, edge: &Edge) -> Result<()> {
    let seal = checked_seal(file, &edge.limits)?;
    let archive = Archive::open(data, true, &edge.limits)?;
    let progress = Cautious { meter, edge, file };
    let mut out = Hashed::new(std::io::sink());
    let tested = Digits::new(&CacheChoice::OfUser, edge).with(pool, &progress, edge, |digits| {
        archive.unpack(&mut out, digits, &edge.limits, pool, &progress)
    });
    meter.hide();
    tested?;
    let proven = match &seal {
        Some(seal) => {
            check_content(seal, out.size, out.hash()).map_err(|e| e.in_file(file))?;
            "BLAKE3 of the archive and of its content, from the seal beside it"
        }
        None => "it decodes; the format has no checksums of its own (see piz --seal)",
    };
    if edge.json {
        let mut body = json!({ "whole": true, "files": 1, "size": out.size, "damaged": 0, "proven": proven,
            "blake3": out.hash().to_string() });
        json::put_path(&mut body, "path", file.as_os_str());
        return print(format!("{}\n", json::line("summary", body)).as_bytes());
    }
    edge.report.summary(&format!("{}: ok: 1 file, {}: {proven}", shown(file), size::bytes(out.size)));
    Ok(())
}

/// Checks what was unpacked; it may be called otherwise now than when it was sealed.
pub(super) fn check_content(seal: &Seal, size: u64, hash: Hash) -> Result<()> {
    let sealed = seal.entries.first().map(|e| e.name.clone()).unwrap_or_default();
    seal.check_entry(0, &sealed, size, hash)
}

/// Hashes and counts what goes through it.
pub(super) struct Hashed<T> {
    pub(super) inner: T,
    /// Nothing is hashed where nobody will ask.
    hasher: Option<Hasher>,
    pub(super) size: u64,
}

impl<T> Hashed<T> {
    pub(super) fn new(inner: T) -> Self {
        Hashed { inner, hasher: Some(Hasher::new()), size: 0 }
    }

    /// One whose hash is asked for only where there is a seal to compare it with.
    pub(super) fn sealed(inner: T, seal: Option<&Seal>) -> Self {
        Hashed { inner, hasher: seal.map(|_| Hasher::new()), size: 0 }
    }

    pub(super) fn hash(&self) -> Hash {
        self.hasher.clone().unwrap_or_default().finish()
    }

    fn take_in(&mut self, bytes: &[u8]) {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        self.size += bytes.len() as u64;
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.take_in(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.take_in(&buf[..n]);
        Ok(n)
    }
}

/// The error of a command about archives of many files.
pub(crate) fn one_file_only() -> Error {
    Error::new(ErrorKind::Usage, "not an archive of many files")
        .found("a PiZ archive, which holds one")
        .hint("use piz -mc FILE, or unsaid unpack FILE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_told_by_its_structure() {
        for (start, is) in [
            (&b"PiZ\n0\n\t0\n\n"[..], true),
            (b"PiZ\n0\n\t0\n", true),
            (b"PiZ\n", true),
            (b"PiZ\n\n", true),
            (b"PiZ\n5", true),
            (b"PiZ\n\tfname:\tx\n5\n", true),
            (b"PiZ\tDec\tHex\n2\n\t9x\n", true),
            (b"PiZ\tDec\tHex\nhello\n", true),
            (b"PiZ\tDec\tSix\n", true),
            (b"PiZ\nhello\n", false),
            (b"PiZ\n====\n", false),
            (b"PiZ", false),
            (b"PiZ\r\n0\n", false),
            (b"PiZza\n", false),
            (b"", false),
            (b"\x00\x01", false),
        ] {
            assert_eq!(is_archive(start), is, "{:?}", String::from_utf8_lossy(start));
        }
    }

    #[test]
    fn content_without_a_name_is_called_like_its_archive() {
        for (file, name) in
            [("a/x.tar.piz", "x.tar"), ("x", "x.unpacked"), (".piz", ".piz.unpacked"), ("-", "unpacked")]
        {
            assert_eq!(content_name(Path::new(file)), name.as_bytes());
        }
    }
}
