//! Writing an archive front to back, without seeking.

use std::io::Write;

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Workers};

use crate::entry::{EntryKind, EntryMeta};
use crate::format::RecordKind;
use crate::group::{Choice, Coded, GroupCoder, OpenGroup};
use crate::output::{Output, Summary};
use crate::pipeline::Pipeline;

/// How an archive is written. Two archives made with equal options from equal entries are equal,
/// however many workers coded them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WriteOptions {
    /// How groups are coded.
    pub choice: Choice,
    /// Original bytes of a group, at least 256 KiB.
    pub group_bytes: u64,
}

impl Default for WriteOptions {
    fn default() -> Self {
        WriteOptions { choice: Choice::Paq9a(None), group_bytes: 16 << 20 }
    }
}

/// Writes an archive. Dropped before [`Writer::finish`], it leaves a truncated one that every
/// reader reports as such.
pub struct Writer<'a, W: Write> {
    output: Output<W>,
    pipeline: Pipeline<'a, Result<Coded>>,
    limits: Limits,
    progress: &'a dyn Progress,
    coder: GroupCoder,
    pub(crate) group: OpenGroup,
    pub(crate) names: crate::names::Names,
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
    groups: u64,
}

impl<'a, W: Write> Writer<'a, W> {
    /// Starts an archive on `inner`. `limits.memory` bounds what coding takes.
    ///
    /// # Errors
    /// `Usage` for a group size below one chunk, `Limit` where one group does not fit.
    pub fn new(
        inner: W,
        options: &WriteOptions,
        limits: &Limits,
        workers: &'a dyn Workers,
        progress: &'a dyn Progress,
    ) -> Result<Self> {
        let group = OpenGroup::new(options.group_bytes)?;
        let coder = options.choice.within(limits, options.group_bytes)?;
        Ok(Writer {
            output: Output::new(inner, None),
            pipeline: Pipeline::new(workers, progress, limits),
            limits: limits.clone(),
            progress,
            coder,
            group,
            names: crate::names::Names::default(),
            entries: 0,
            bytes: 0,
            groups: 0,
        })
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes the next number for an entry, once its name is known to be free.
    pub(crate) fn number(&mut self, meta: &EntryMeta) -> Result<u64> {
        self.limits.check_path(meta.path.as_bytes())?;
        self.limits.check_entries(self.entries + 1)?;
        // The same rules as a reader's, but here it is the caller who asks for too much.
        let asked = |e: Error| Error::new(ErrorKind::Usage, e.to_string());
        if let EntryKind::HardLink(target) = &meta.kind {
            self.names.check_link(&meta.path, target).map_err(asked)?;
        }
        self.names.add(&meta.path, &meta.kind).map_err(asked)?;
        self.entries += 1;
        Ok(self.entries - 1)
    }

    /// Sends the open group to be coded, if there is anything in it.
    pub(crate) fn close_group(&mut self) -> Result<()> {
        let Some((raw, pieces)) = self.group.take() else { return Ok(()) };
        let memory = self.coder.memory();
        while !self.pipeline.has_room(memory) {
            self.write_oldest()?;
        }
        let (coder, limits) = (self.coder, self.limits.clone());
        self.pipeline.submit(memory, move |relay| Coded::encode(raw, pieces, coder, &limits, relay));
        Ok(())
    }

    /// Writes the oldest group that is being coded; says whether there was one.
    fn write_oldest(&mut self) -> Result<bool> {
        let Some(coded) = self.pipeline.next()? else { return Ok(false) };
        let Coded { head, payload } = coded?;
        self.output.record(RecordKind::Group, self.groups, &head, &payload)?;
        self.groups += 1;
        Ok(true)
    }

    /// Writes what is left, the index and the trailer, and flushes.
    ///
    /// # Errors
    /// Whatever coding or writing the rest runs into. The output is whole only after `Ok`.
    pub fn finish(mut self) -> Result<(W, Summary)> {
        self.close_group()?;
        while self.write_oldest()? {}
        self.progress.advance(0, 0)?;
        self.output.finish(false, self.entries, self.bytes)
    }
}
