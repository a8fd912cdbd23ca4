//! A file becomes an archive.

use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use unsaid::piz::{self, Chunking, Metadata, Packing, header};
use unsaid::seal::{self, Seal, SealedEntry};
use unsaid_core::fs::{self as safe, Draft};
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};

use super::about::Hashed;
use super::{Digits, Opened, Settings, meta, names};
use crate::commands::input::shown;
use crate::edge::pool::Pool;
use crate::edge::progress::Meter;
use crate::edge::{Edge, size, stdio};

/// What is written in one call.
const PIECE: usize = 1 << 16;

impl Settings {
    pub(super) fn pack(
        &self,
        file: &Path,
        opened: Opened,
        digits: &mut Digits,
        pool: &Pool,
        edge: &Edge,
    ) -> Result<()> {
        let metadata = match &opened.found {
            Some(found) if self.meta => meta::of_file(file, found, self.language, edge),
            _ => Metadata::default(),
        };
        let source = opened.source.clone();
        let found = opened.found.clone();
        let (mut input, length) = self.measured(opened, &edge.limits)?;
        let label = format!("{} {}", self.language.choose("packing", "упаковка"), shown(file));
        let meter = edge.meter(label);
        meter.begin(length);
        if self.seal && self.to_stdout(file) {
            return Err(Error::new(ErrorKind::Usage, "a seal lies beside a file").hint("leave -c away"));
        }
        let report = if self.to_stdout(file) {
            self.apart_from_stdout(source.as_ref())?;
            let out = stdio::compressed_output(self.force)?;
            let mut out = BufWriter::with_capacity(PIECE, out);
            let packed =
                self.pack_into(&metadata, length, &mut input, &mut out, digits, (pool, &meter), edge);
            let report = match packed {
                Ok(report) => report,
                Err(e) => {
                    // A first line alone would be an archive of nothing: what is held back stays here.
                    drop(out.into_parts());
                    return Err(e);
                }
            };
            out.flush().map_err(|e| Error::io("writing to standard output", e))?;
            report
        } else {
            let path = names::archive_of(file, &self.suffix);
            let Some(mut draft) = self.draft(&path, source.as_ref(), edge)? else { return Ok(()) };
            // The archive of a private file is private.
            let mode =
                found.as_ref().and_then(|found| safe::Metadata::of(found).mode).map(|mode| mode & 0o666);
            draft.set_metadata(&safe::Metadata { mode, mtime: None });
            let seal = match self.seal.then(|| self.draft(&seal::path_of(&path), None, edge)).transpose()? {
                Some(None) => return Ok(()),
                seal => seal.flatten(),
            };
            if let Some(seal) = seal {
                self.pack_sealed(file, &metadata, length, input, (draft, seal), digits, (pool, &meter), edge)?
            } else {
                let mut out = BufWriter::with_capacity(PIECE, draft);
                let report =
                    self.pack_into(&metadata, length, &mut input, &mut out, digits, (pool, &meter), edge)?;
                whole(out)?.publish()?;
                report
            }
        };
        drop(meter);
        if source.is_some_and(|source| source.borrow().changed().unwrap_or(false)) {
            let what = self.language.choose("changed while it was read", "изменился во время чтения");
            edge.report.warn(&format!("{}: {what}", shown(file)));
        }
        if report.split > 0 && matches!(self.chunking, Chunking::Count(_) | Chunking::Size(_)) {
            let what = self.language.choose(
                "chunks are not found within the digits allowed, and were split (--max-digits)",
                "чанков не найдено в пределах разрешённых цифр, они разделены (--max-digits)",
            );
            edge.report.note(&format!("{}: {} {what}", shown(file), report.split));
        }
        let (from, to) = (size::bytes(report.read), size::bytes(report.written));
        let percent = size::percent(report.written, report.read);
        let chunks = self.language.choose("chunks", "чанков");
        edge.report.detail(&format!(
            "{}: {from} -> {to} ({percent}), {chunks}: {}",
            shown(file),
            report.chunks
        ));
        Ok(())
    }

    /// As [`Settings::pack_into`], with the hashes of both sides beside.
    #[allow(clippy::too_many_arguments, reason = "all that packing knows")]
    fn pack_sealed(
        &self,
        file: &Path,
        metadata: &Metadata,
        length: Option<u64>,
        input: impl Read,
        (draft, mut seal): (Draft, Draft),
        digits: &mut Digits,
        tools: (&Pool, &Meter<'_>),
        edge: &Edge,
    ) -> Result<piz::Report> {
        let mut input = Hashed::new(input);
        let mut out = Hashed::new(BufWriter::with_capacity(PIECE, draft));
        let report = self.pack_into(metadata, length, &mut input, &mut out, digits, tools, edge)?;
        let (write, calc) = (header::name(self.header.write), header::name(self.header.calc));
        let sealed = Seal {
            format: "piz".to_owned(),
            size: out.size,
            hash: out.hash(),
            profile: format!("{write} {calc}"),
            knowledge: Vec::new(),
            entries: vec![SealedEntry {
                name: file.file_name().unwrap_or_default().as_encoded_bytes().to_vec(),
                size: input.size,
                hash: input.hash(),
            }],
        };
        whole(out.inner)?.publish()?;
        seal.write_all(sealed.write().as_bytes()).map_err(|e| Error::io("writing the seal", e))?;
        seal.publish()?;
        Ok(report)
    }

    #[allow(clippy::too_many_arguments, reason = "all that packing knows")]
    fn pack_into(
        &self,
        metadata: &Metadata,
        length: Option<u64>,
        input: &mut dyn Read,
        out: &mut dyn Write,
        digits: &mut Digits,
        (pool, progress): (&Pool, &Meter<'_>),
        edge: &Edge,
    ) -> Result<piz::Report> {
        let mut tables = digits.tables(self.header.calc, self.chunking, edge);
        let packed = digits.with(pool, progress, edge, |source| {
            let packing = Packing {
                header: self.header,
                chunking: self.chunking,
                length,
                metadata,
                source,
                limits: &edge.limits,
                workers: pool,
                progress,
            };
            piz::pack(&packing, &mut tables, input, out)
        });
        digits.keep_tables(&tables, edge);
        packed
    }

    /// The input, and its length where that is known or must be.
    fn measured(&self, opened: Opened, limits: &Limits) -> Result<(Box<dyn Read>, Option<u64>)> {
        let length = opened.length;
        if length.is_some() || !matches!(self.chunking, Chunking::Count(_)) {
            return Ok((Box::new(opened.reader()), length));
        }
        // What comes through a pipe is held until its length is known.
        let mut bytes = Vec::new();
        let most = limits.memory.saturating_add(1);
        let read = opened.reader().take(most).read_to_end(&mut bytes);
        read.map_err(|e| Error::io("reading the file", e))?;
        limits.check_memory(bytes.len() as u64, "-n on what comes through a pipe")?;
        let length = bytes.len() as u64;
        Ok((Box::new(io::Cursor::new(bytes)), Some(length)))
    }
}

/// The draft, when all of it was written.
fn whole(out: BufWriter<Draft>) -> Result<Draft> {
    out.into_inner().map_err(|e| Error::io("writing the archive", e.into_error()))
}
