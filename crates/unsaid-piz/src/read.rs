//! An archive, opened: its header, its metadata, then sizes and positions one after the other.

use std::io::Read;

use unsaid_core::{Limits, Progress, Result};

use crate::input::{self, Block, Input};
use crate::line::{self, Line, Place};
use crate::{Header, Metadata, Numerals};

/// What stands in an archive after the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A group begins; this is how many digits each of its positions stands for.
    Size(u64),
    /// Where a chunk begins in the digits of π, from 0.
    Position(u64),
}

/// An archive whose first lines have been read. Needs the same memory for every archive, but for metadata that it keeps.
#[derive(Debug)]
pub struct Archive<R> {
    pub(crate) header: Header,
    pub(crate) metadata: Metadata,
    pub(crate) numerals: Numerals,
    pub(crate) input: Input<R>,
    pub(crate) block: Block,
    /// How much of the block has been read, and where that is.
    pub(crate) at: usize,
    pub(crate) place: Place,
    /// The size that was read last.
    pub(crate) group: u64,
    pub(crate) ended: bool,
}

impl<R: Read> Archive<R> {
    /// Reads the header and the metadata. Without `metadata` those lines are passed over, whatever they say.
    ///
    /// # Errors
    /// [`NotThisFormat`](unsaid_core::ErrorKind::NotThisFormat) for anything but an archive, `Truncated` where the input ends within a line,
    /// `Corrupt` for a line that is wrong, `Limit` for more metadata than the limit. The text names line and column.
    pub fn open(reader: R, metadata: bool, limits: &Limits) -> Result<Self> {
        let mut input = Input::new(reader);
        let block = input.block(Block::default())?;
        let place = Place::START;
        let (line, whole) = first_line(block.text());
        let header = match Header::read(line) {
            Ok(header) if whole => header,
            Ok(_) => return Err(place.cut(line.len())),
            Err(_) if line.len() > line::LONGEST && line.starts_with(b"PiZ\t") => {
                return Err(place.too_long());
            }
            Err(unread) => return Err(place.header(line, whole, unread)),
        };
        let (at, place) = (line.len() + 1, after(place, line.len()));
        let numerals = Numerals::new(header.write);
        let mut archive = Archive {
            header,
            metadata: Metadata::default(),
            numerals,
            input,
            block,
            at,
            place,
            group: 0,
            ended: false,
        };
        archive.read_metadata(metadata, limits)?;
        Ok(archive)
    }

    fn read_metadata(&mut self, keep: bool, limits: &Limits) -> Result<()> {
        let mut bytes = 0;
        loop {
            self.refill()?;
            if self.block.text().get(self.at) != Some(&b'\t') {
                return Ok(());
            }
            let Some(line) = input::line(self.block.text(), self.at, self.place)? else { return Ok(()) };
            let length = line.len();
            if keep {
                // What a line costs in memory beside its own bytes.
                bytes += length as u64 + 32;
                limits.check_metadata(bytes)?;
                self.metadata.read(&line[1..]).map_err(|unread| self.place.metadata(line, unread))?;
            }
            self.pass(length);
        }
    }

    /// Gets the next block where this one has been read.
    fn refill(&mut self) -> Result<()> {
        if self.at == self.block.text().len() {
            self.block = self.input.block(std::mem::take(&mut self.block))?;
            self.at = 0;
        }
        Ok(())
    }

    /// Goes past a line of `length` bytes and its LF.
    fn pass(&mut self, length: usize) {
        self.at += length + 1;
        self.place = after(self.place, length);
    }

    /// The two bases.
    pub fn header(&self) -> Header {
        self.header
    }

    /// What the archive says about the file.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The line that comes next, counted from 1.
    pub fn line_number(&self) -> u64 {
        self.place.line
    }

    /// The next size or position; `None` at the end. A missing last line and bytes after it are warnings.
    ///
    /// # Errors
    /// As [`Archive::open`], and `Limit` for a number of 2^64 or more.
    pub fn next(&mut self, progress: &dyn Progress) -> Result<Option<Item>> {
        if self.ended {
            return Ok(None);
        }
        self.refill()?;
        let Some(text) = input::line(self.block.text(), self.at, self.place)? else {
            self.ended = true;
            progress.warn(&no_last_line(self.place));
            return Ok(None);
        };
        let item =
            line::read(text, &self.numerals).map_err(|e| self.place.number(text, e, &self.numerals))?;
        let length = text.len();
        self.pass(length);
        progress.advance(length as u64 + 1, 0)?;
        match item {
            Line::Size(digits) => {
                self.group = digits;
                Ok(Some(Item::Size(digits)))
            }
            Line::Position(position) => Ok(Some(Item::Position(position))),
            Line::End => {
                self.ended = true;
                if self.at < self.block.text().len() || self.input.more()? {
                    progress.warn(&more_after_end(self.place));
                }
                Ok(None)
            }
        }
    }
}

/// The place after a line of `length` bytes and its LF.
pub(crate) fn after(place: Place, length: usize) -> Place {
    Place { line: place.line + 1, offset: place.offset + length as u64 + 1 }
}

/// The first line as far as it goes, and whether an LF ends it.
fn first_line(text: &[u8]) -> (&[u8], bool) {
    let window = &text[..text.len().min(line::LONGEST + 1)];
    match window.iter().position(|&byte| byte == b'\n') {
        Some(length) => (&text[..length], true),
        None => (window, false),
    }
}

pub(crate) fn no_last_line(place: Place) -> String {
    format!("line {}: the empty last line is missing; the archive may have been cut here", place.line)
}

pub(crate) fn more_after_end(place: Place) -> String {
    format!("line {}: what follows the archive's empty last line was not read", place.line)
}
