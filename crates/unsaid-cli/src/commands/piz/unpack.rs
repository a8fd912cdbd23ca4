//! An archive becomes a file.

use std::io::{BufWriter, Write};
use std::path::Path;

use unsaid::piz::Archive;
use unsaid::seal::Seal;
use unsaid_core::fs as safe;
use unsaid_core::{Error, Progress, Result};

use super::about::{self, Hashed};
use super::meta::Restore;
use super::{Digits, Opened, Settings, names};
use crate::commands::input::{checked_seal, shown};
use crate::edge::pool::Pool;
use crate::edge::progress::Meter;
use crate::edge::{Edge, size, stdio};

const PIECE: usize = 1 << 16;

impl Settings {
    pub(super) fn unpack(
        &self,
        file: &Path,
        opened: Opened,
        digits: &mut Digits,
        pool: &Pool,
        edge: &Edge,
    ) -> Result<()> {
        let source = opened.source.clone();
        let seal = checked_seal(file, &edge.limits)?;
        let archive_mode = opened.found.as_ref().and_then(|found| safe::Metadata::of(found).mode);
        let label = format!("{} {}", self.language.choose("unpacking", "распаковка"), shown(file));
        let meter = edge.meter(label);
        meter.begin(opened.length);
        let archive = Archive::open(opened.reader(), self.meta, &edge.limits)?;
        let metadata = archive.metadata().clone();
        let progress = Cautious { meter: &meter, edge, file };
        let written = if self.to_stdout(file) {
            self.apart_from_stdout(source.as_ref())?;
            let mut out = Hashed::sealed(
                BufWriter::with_capacity(PIECE, stdio::content_output(self.force)?),
                seal.as_ref(),
            );
            let unpacked = digits.with(pool, &progress, edge, |digits| {
                archive.unpack(&mut out, digits, &edge.limits, pool, &progress)
            });
            // What came before the damage is whole.
            let flushed = out.flush().map_err(|e| Error::io("writing to standard output", e));
            let written = unpacked?;
            flushed?;
            check(&out, seal.as_ref())?;
            written
        } else {
            let path = names::content_of(file, metadata.fname.as_deref(), &self.suffix, self.language)?;
            let Some(draft) = self.draft(&path, source.as_ref(), edge)? else { return Ok(()) };
            let mut out = Hashed::sealed(BufWriter::with_capacity(PIECE, draft), seal.as_ref());
            let written = digits.with(pool, &progress, edge, |digits| {
                archive.unpack(&mut out, digits, &edge.limits, pool, &progress)
            })?;
            check(&out, seal.as_ref())?;
            let mut draft =
                out.inner.into_inner().map_err(|e| Error::io("writing the file", e.into_error()))?;
            let restore = Restore { metadata: &metadata, archive_mode, same_owner: self.same_owner };
            restore.apply(&mut draft, edge, self.language)?;
            draft.publish()?;
            written
        };
        drop(meter);
        let what = self.language.choose("unpacked", "распаковано");
        edge.report.detail(&format!("{}: {what}: {}", shown(file), size::bytes(written)));
        Ok(())
    }
}

/// Checks what was unpacked, where a seal says what it was.
fn check<T>(out: &Hashed<T>, seal: Option<&Seal>) -> Result<()> {
    seal.map_or(Ok(()), |seal| about::check_content(seal, out.size, out.hash()))
}

/// A warning about an archive (a last line that is missing) leaves the exit status as it is: all that it stands
/// for was unpacked.
pub(super) struct Cautious<'a> {
    pub(super) meter: &'a Meter<'a>,
    pub(super) edge: &'a Edge,
    pub(super) file: &'a Path,
}

impl Progress for Cautious<'_> {
    fn begin(&self, _: Option<u64>) {
        // The length of the input is known better outside.
    }

    fn advance(&self, consumed: u64, produced: u64) -> Result<()> {
        self.meter.advance(consumed, produced)
    }

    fn warn(&self, message: &str) {
        self.edge.report.caution(&format!("{}: {message}", shown(self.file)));
    }

    fn note(&self, message: &str) {
        self.meter.note(message);
    }
}
