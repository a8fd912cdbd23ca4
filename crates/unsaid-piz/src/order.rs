//! Texts of batches, written in the order of the batches.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::time::Duration;

use unsaid_core::{Error, ErrorKind, Result};

use crate::lines;
use crate::numeral::Numerals;
use crate::pack::{Packing, Report};
use crate::render::{Batch, Finder, Text};

/// How often a waiting caller is asked whether it wants to stop.
const TICK: Duration = Duration::from_millis(50);

/// A batch that is being rendered.
pub(crate) struct Pending(Receiver<Done>);

struct Done {
    batch: Batch,
    text: Text,
    result: Result<()>,
}

/// The output, and the length of the group that it is in.
pub(crate) struct Order<'a> {
    packing: &'a Packing<'a>,
    output: &'a mut dyn Write,
    numerals: Numerals,
    group: Option<usize>,
    report: Report,
    /// Buffers to be used again.
    spare: Vec<(Batch, Text)>,
}

impl<'a> Order<'a> {
    pub(crate) fn new(packing: &'a Packing<'a>, output: &'a mut dyn Write) -> Self {
        let numerals = Numerals::new(packing.header.write);
        Order { packing, output, numerals, group: None, report: Report::default(), spare: Vec::new() }
    }

    pub(crate) fn report(&self) -> Report {
        self.report
    }

    /// The first line and the metadata.
    pub(crate) fn head(&mut self) -> Result<()> {
        self.put(&self.packing.header.to_line())?;
        let mut text = Vec::new();
        self.packing.metadata.write(&mut text)?;
        self.put(&text)
    }

    /// Chunks that were found: bytes and position.
    pub(crate) fn chunks(&mut self, chunks: &[(usize, u64)]) -> Result<()> {
        let mut text = Vec::new();
        let mut read = 0;
        for some in chunks.chunks(1 << 16) {
            text.clear();
            for &(length, place) in some {
                self.enter(length, &mut text);
                lines::position(place, &self.numerals, &mut text);
                read += length as u64;
            }
            self.report.chunks += some.len() as u64;
            self.put(&text)?;
            self.packing.progress.advance(read, text.len() as u64)?;
            self.report.read += std::mem::take(&mut read);
        }
        Ok(())
    }

    /// The last line; without any group, that of nothing comes before it.
    pub(crate) fn finish(mut self) -> Result<Report> {
        if self.report.groups == 0 {
            let mut text = Vec::new();
            self.enter(0, &mut text);
            lines::position(0, &self.numerals, &mut text);
            self.put(&text)?;
            self.report.chunks += 1;
        }
        self.put(b"\n")?;
        self.output.flush().map_err(|e| Error::io("writing", e))?;
        Ok(self.report)
    }

    /// Buffers for the next batch.
    pub(crate) fn spare(&mut self) -> (Batch, Text) {
        self.spare.pop().unwrap_or_default()
    }

    /// Gives a batch to the workers.
    pub(crate) fn start(&self, finder: &Arc<Finder>, batch: Batch, mut text: Text) -> Pending {
        let (sender, receiver) = sync_channel(1);
        let finder = Arc::clone(finder);
        self.packing.workers.spawn(Box::new(move || {
            let result = finder.render(&batch, &mut text);
            // The receiver is gone only when the caller gave up.
            let _ = sender.send(Done { batch, text, result });
        }));
        Pending(receiver)
    }

    /// Writes what is ready; more where too many are in work, and everything where `all`.
    pub(crate) fn write_ready(&mut self, pending: &mut VecDeque<Pending>, all: bool) -> Result<()> {
        // One more waits ready, so that no worker idles while this thread reads and writes.
        let most = if all { 0 } else { self.packing.workers.count().max(1) };
        while let Some(Pending(receiver)) = pending.front() {
            let done = match receiver.try_recv() {
                Ok(done) => done,
                Err(TryRecvError::Empty) if pending.len() <= most => return Ok(()),
                Err(_) => self.wait(receiver)?,
            };
            pending.pop_front();
            done.result?;
            self.batch(&done.batch, &done.text)?;
            self.spare.push((done.batch, done.text));
        }
        Ok(())
    }

    fn wait(&self, receiver: &Receiver<Done>) -> Result<Done> {
        loop {
            match receiver.recv_timeout(TICK) {
                Ok(done) => return Ok(done),
                Err(RecvTimeoutError::Timeout) => self.packing.progress.advance(0, 0)?,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::new(ErrorKind::Internal, "a worker died while packing"));
                }
            }
        }
    }

    fn batch(&mut self, batch: &Batch, text: &Text) -> Result<()> {
        let before = self.report.written;
        if let Some(first) = text.first {
            let mut line = Vec::new();
            self.enter(first, &mut line);
            self.put(&line)?;
        }
        self.group = text.last.or(self.group);
        self.put(text.bytes.get(..text.used).unwrap_or_default())?;
        self.report.read += batch.data.len() as u64;
        self.report.chunks += text.positions;
        self.report.groups += text.changes;
        self.report.split += text.split;
        self.packing.progress.advance(batch.data.len() as u64, self.report.written - before)
    }

    /// The size line, where the group is another one.
    fn enter(&mut self, length: usize, text: &mut Vec<u8>) {
        if self.group != Some(length) {
            self.group = Some(length);
            self.report.groups += 1;
            let digits = length as u64 * u64::from(self.packing.header.calc.digits_per_byte());
            lines::size(digits, &self.numerals, text);
        }
    }

    fn put(&mut self, text: &[u8]) -> Result<()> {
        self.report.written += text.len() as u64;
        self.packing.limits.check_output(self.report.written, "the archive")?;
        self.output.write_all(text).map_err(|e| Error::io("writing", e))
    }
}
