//! From an archive to the data.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Workers};
use unsaid_pi::DigitSource;

use crate::digits::Digits;
use crate::fast::{self, Group, Out};
use crate::input::{self, Block, Input};
use crate::line::{self, Line, Place};
use crate::read::{self, Archive};
use crate::{Metadata, Numerals};

/// Bytes of one chunk that are made at once.
const PIECE: usize = 64 << 10;

/// Unpacks a whole archive; returns what it says about the file. Memory does not depend on the archive, but for
/// the digits it needs.
///
/// # Errors
/// As [`Archive::open`] and [`Archive::unpack`].
pub fn unpack(
    reader: impl Read,
    writer: impl Write,
    source: &dyn DigitSource,
    limits: &Limits,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<Metadata> {
    let archive = Archive::open(reader, true, limits)?;
    let metadata = archive.metadata().clone();
    archive.unpack(writer, source, limits, workers, progress)?;
    Ok(metadata)
}

impl<R: Read> Archive<R> {
    /// Writes what is left of the archive's data; returns its length. A missing last line and bytes after it are
    /// warnings.
    ///
    /// # Errors
    /// `Truncated` where the input ends within a line, `Corrupt` for a line that is no number and for digits that are no
    /// byte, `Limit` for a position further than the limit on digits (before any of its digits is computed) and for
    /// more output than allowed; what the reader, the writer and the source say. The text names line and column.
    pub fn unpack(
        self,
        writer: impl Write,
        source: &dyn DigitSource,
        limits: &Limits,
        workers: &dyn Workers,
        progress: &dyn Progress,
    ) -> Result<u64> {
        let Archive { header, numerals, mut input, block, at, place, group, ended, .. } = self;
        if ended {
            return Ok(0);
        }
        input.give_back(&block.text()[at..]);
        let mut unpacker = Unpacker {
            writer,
            digits: Digits::new(source, header.calc, limits),
            numerals: Arc::new(numerals),
            limits,
            progress,
            place,
            group: Group::new(group, header.calc.digits_per_byte() as usize),
            written: 0,
            piece: Vec::new(),
            ended: false,
        };
        unpacker.all(input, workers)
    }
}

/// A block on its way through a worker.
struct Task {
    block: Block,
    out: Out,
    so_far: fast::Progress,
}

struct Unpacker<'a, W> {
    writer: W,
    digits: Digits<'a>,
    numerals: Arc<Numerals>,
    limits: &'a Limits,
    progress: &'a dyn Progress,
    /// Of the next line.
    place: Place,
    /// Of the next position.
    group: Group,
    written: u64,
    piece: Vec<u8>,
    ended: bool,
}

impl<W: Write> Unpacker<'_, W> {
    fn all<R: Read>(&mut self, mut input: Input<R>, workers: &dyn Workers) -> Result<u64> {
        // Each block on its way is less than a mebibyte, with what it becomes.
        let room = usize::try_from(self.limits.memory >> 20).unwrap_or(usize::MAX).max(1);
        let most = if workers.count() > 1 { workers.count().saturating_mul(2).min(room) } else { 1 };
        let mut running: VecDeque<Receiver<Task>> = VecDeque::new();
        let mut spare: Vec<(Block, Out)> = Vec::new();
        // Of the first position of the next block; nobody knows after a line that is no size.
        let mut group = Some(self.group);
        let mut more_after_end = false;
        let start = self.place;
        loop {
            while let Some(first) = group.filter(|_| running.len() < most) {
                let (block, mut out) = spare.pop().unwrap_or_default();
                let mut block = input.block(block)?;
                if block.text().is_empty() {
                    group = None;
                    break;
                }
                let (end, last) = structure(block.text(), first, &self.numerals, self.digits.per_byte());
                group = last;
                if let Some(end) = end {
                    more_after_end = end < block.text().len() || input.more()?;
                    block.cut(end);
                }
                if self.place == start {
                    self.digits.prepare(block.text(), first, &self.numerals)?;
                }
                let (numerals, warm) = (Arc::clone(&self.numerals), self.digits.warm());
                let (send, receive) = sync_channel(1);
                workers.spawn(Box::new(move || {
                    let start = fast::Progress { at: 0, lines: 0, group: first };
                    out.clear();
                    let so_far =
                        fast::run(block.padded(), block.text().len(), start, &numerals, &warm, &mut out);
                    // Nobody waits for it where the operation has failed.
                    let _ = send.send(Task { block, out, so_far });
                }));
                running.push_back(receive);
            }
            let Some(next) = running.pop_front() else { break };
            let task =
                next.recv().map_err(|_| Error::new(ErrorKind::Internal, "a worker dropped its work"))?;
            spare.push(self.finish(task)?);
        }
        if !self.ended {
            self.progress.warn(&read::no_last_line(self.place));
        } else if more_after_end {
            self.progress.warn(&read::more_after_end(self.place));
        }
        self.writer.flush().map_err(|e| Error::io("writing the data", e))?;
        Ok(self.written)
    }

    /// Writes what a worker made of a block, and reads the lines that it left.
    fn finish(&mut self, task: Task) -> Result<(Block, Out)> {
        let Task { block, mut out, mut so_far } = task;
        let length = block.text().len();
        let limit = self.limits.output.unwrap_or(u64::MAX);
        let (mut at, mut looked_ahead, mut careful) = (0, false, false);
        loop {
            if self.written.saturating_add(out.bytes().len() as u64) > limit {
                // From here on line by line, to say which one is too much.
                careful = true;
            } else {
                self.write(out.bytes())?;
                self.progress.advance((so_far.at - at) as u64, out.bytes().len() as u64)?;
                self.place.line += so_far.lines;
                self.place.offset += (so_far.at - at) as u64;
                self.group = so_far.group;
                at = so_far.at;
            }
            let Some(line) = input::line(block.text(), at, self.place)? else { return Ok((block, out)) };
            self.line(line)?;
            at += line.len() + 1;
            // Once a block: where digits cannot be had at once, looking again and again would take long.
            if self.digits.wants_more() && !looked_ahead {
                looked_ahead = true;
                self.digits.prepare(&block.text()[at..], self.group, &self.numerals)?;
            }
            out.clear();
            so_far = fast::Progress { at, lines: 0, group: self.group };
            if !careful {
                let warm = self.digits.warm();
                so_far = fast::run(block.padded(), length, so_far, &self.numerals, &warm, &mut out);
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.written += bytes.len() as u64;
        self.writer.write_all(bytes).map_err(|e| Error::io("writing the data", e))
    }

    /// One line, slowly, with everything that can be wrong with it.
    fn line(&mut self, text: &[u8]) -> Result<()> {
        let place = self.place;
        match line::read(text, &self.numerals).map_err(|e| place.number(text, e, &self.numerals))? {
            Line::Size(digits) => self.group = Group::new(digits, self.digits.per_byte()),
            Line::Position(position) => self.chunk(position)?,
            Line::End => self.ended = true,
        }
        self.place = read::after(place, text.len());
        self.progress.advance(text.len() as u64 + 1, 0)
    }

    fn chunk(&mut self, position: u64) -> Result<()> {
        let Group { bytes, .. } = self.group;
        let per_byte = self.digits.per_byte() as u64;
        let place = self.place;
        place.check_digits(position, bytes.saturating_mul(per_byte), self.limits)?;
        place.check_output(self.written.saturating_add(bytes), self.limits)?;
        let mut done = 0;
        while done < bytes {
            let mut piece = std::mem::take(&mut self.piece);
            piece.resize((bytes - done).min(PIECE as u64) as usize, 0);
            let from = position + done * per_byte;
            self.digits.bytes(from, bytes - done, &mut piece)?.map_err(|no_byte| {
                place.no_byte(no_byte.value, from + no_byte.index as u64 * per_byte, self.digits.base())
            })?;
            self.write(&piece)?;
            self.progress.advance(0, piece.len() as u64)?;
            done += piece.len() as u64;
            self.piece = piece;
        }
        Ok(())
    }
}

/// Where the archive ends in this text, if it does: after its empty line. And the group of the text behind
/// these lines: `None` where there is none or no one can say.
fn structure(
    text: &[u8],
    group: Group,
    numerals: &Numerals,
    per_byte: usize,
) -> (Option<usize>, Option<Group>) {
    const AT_ONCE: usize = 1024;
    let mut last = Some(group);
    let mut start = 0;
    let mut size_at = |at: usize| {
        let line = text[at..].iter().take(line::LONGEST + 1).position(|&byte| byte == b'\n');
        last = line.and_then(|length| match line::read(&text[at..at + length], numerals) {
            Ok(Line::Size(digits)) => Some(Group::new(digits, per_byte)),
            _ => None,
        });
        last.is_some()
    };
    match text.first() {
        Some(b'\n') => return (Some(1), None),
        Some(b'\t') | None => {}
        Some(_) => {
            if !size_at(0) {
                return (None, None);
            }
        }
    }
    // Lines that do not begin with a tab are rare: first look for any.
    while start + 1 < text.len() {
        let end = text.len().min(start + AT_ONCE + 1);
        let piece = &text[start..end];
        let pairs = piece.iter().zip(&piece[1..]);
        if pairs.clone().fold(false, |any, (&a, &b)| any | ((a == b'\n') & (b != b'\t'))) {
            for (index, (&lf, &next)) in pairs.enumerate() {
                if lf == b'\n' && next != b'\t' {
                    let at = start + index + 1;
                    if next == b'\n' {
                        return (Some(at + 1), None);
                    }
                    if !size_at(at) {
                        return (None, None);
                    }
                }
            }
        }
        start += AT_ONCE;
    }
    (None, last)
}
