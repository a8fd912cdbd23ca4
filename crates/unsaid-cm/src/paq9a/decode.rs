//! Reading archives.

use std::io::{Read, Write};

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};

use super::format::{self, BLOCK_HEAD_BYTES, BLOCK_MARK, BlockHead, HEADER_BYTES, Mode};
use super::input::Input;
use super::model::Model;
use super::params::Level;
use super::reading::{Payload, Reading};

/// Bytes read, written and reported to [`Progress`] at a time.
const STEP: usize = 1 << 16;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name as it is in the archive: any bytes except zero. It is not safe to create as it is.
    pub name: Vec<u8>,
}

/// Which modes the blocks of an entry have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    /// There is a stored block.
    pub stored: bool,
    /// There is a compressed block.
    pub compressed: bool,
}

/// What an entry amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes of the file.
    pub size: u64,
    /// Bytes of the archive that they take: name, heads of blocks and payloads.
    pub packed: u64,
    /// How its blocks are coded.
    pub modes: Modes,
}

/// Reads an archive from its start to its end, entry by entry.
///
/// For each entry call [`Reader::read_entry`], or for a listing [`Reader::list_entry`]. An archive
/// is solid: to get an entry, every compressed one before it must have been decoded (into
/// [`std::io::sink`], where it is not wanted). After an error every later call fails too.
#[derive(Debug)]
pub struct Reader<R: Read> {
    input: Input<R>,
    level: Level,
    limits: Limits,
    model: Option<Box<Model>>,
    state: State,
    entries: u64,
    produced: u64,
    /// A compressed block was skipped: the model no longer knows what the encoder's knew.
    skipped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before a name, whose first byte was read already where it is known.
    BeforeName(Option<u8>),
    /// After the mark of an entry's first block, which began at this byte of the archive.
    InEntry(u64),
    Failed,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`ErrorKind::NotThisFormat`], [`ErrorKind::Truncated`], [`ErrorKind::Corrupt`] for a level
    /// that does not exist, and what the reader says.
    pub fn new(input: R, limits: &Limits) -> Result<Self> {
        let mut input = Input::new(input);
        let mut header = [0; HEADER_BYTES];
        let n = input.fill(&mut header)?;
        let level = format::parse_header(&header[..n])?;
        Ok(Reader {
            input,
            level,
            limits: limits.clone(),
            model: None,
            state: State::BeforeName(None),
            entries: 0,
            produced: 0,
            skipped: false,
        })
    }

    /// The level of the archive, which says how much memory decoding needs.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The next entry, or `None` at the end. An entry that was not read is skipped as by
    /// [`Reader::list_entry`].
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`], [`ErrorKind::Corrupt`], [`ErrorKind::Limit`] for the number of
    /// entries and the length of a name, and what the reader says.
    pub fn next_entry(&mut self) -> Result<Option<Entry>> {
        if let State::InEntry(_) = self.state {
            self.list_entry()?;
        }
        self.guarded(Self::name)
    }

    /// Decodes the present entry into `out`.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`], [`ErrorKind::Corrupt`], [`ErrorKind::Limit`] for the memory of the
    /// level and the output, [`ErrorKind::Environment`] for what reader and writer say, and what
    /// `progress` returns to stop; [`ErrorKind::Usage`] where there is no present entry, or an
    /// earlier one was skipped that this one builds on.
    pub fn read_entry(&mut self, out: &mut dyn Write, progress: &dyn Progress) -> Result<Sizes> {
        self.guarded(|r| {
            r.blocks(|r, head| match head.mode {
                Mode::Stored => r.copy(head, out, progress),
                Mode::Compressed => r.decompress(head, out, progress),
            })
        })
    }

    /// Skips the present entry and says what it amounts to; needs neither memory nor time.
    ///
    /// # Errors
    /// As [`Reader::read_entry`], as far as it can be seen without decoding.
    pub fn list_entry(&mut self) -> Result<Sizes> {
        self.guarded(|r| {
            r.blocks(|r, head| {
                r.skipped |= head.mode == Mode::Compressed;
                r.input.skip(u64::from(head.packed))
            })
        })
    }

    /// Runs a step and remembers its failure: what follows a failure would be garbage.
    fn guarded<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.state == State::Failed {
            return Err(Error::new(ErrorKind::Usage, "reading an archive after an error"));
        }
        let result = step(self);
        if result.is_err() {
            self.state = State::Failed;
        }
        result
    }

    fn name(&mut self) -> Result<Option<Entry>> {
        let State::BeforeName(first) = self.state else {
            return Err(Error::new(ErrorKind::Internal, "a name inside an entry"));
        };
        let first = match first {
            Some(byte) => byte,
            None => match self.input.byte()? {
                None => return Ok(None),
                Some(byte) => byte,
            },
        };
        let start = self.input.offset - 1;
        if first == BLOCK_MARK {
            return Err(Error::corrupt("a block before the first name")
                .found("00")
                .expected("a name")
                .at(start));
        }
        self.entries += 1;
        self.limits.check_entries(self.entries)?;
        let mut name = vec![first];
        loop {
            match self.input.byte()? {
                None => return Err(Error::truncated("a name of the archive").at(self.input.offset)),
                Some(BLOCK_MARK) => break,
                Some(byte) => name.push(byte),
            }
            self.limits.check_name(name.len() as u64, "a name in the archive").map_err(|e| e.at(start))?;
        }
        self.state = State::InEntry(start);
        Ok(Some(Entry { name }))
    }

    /// Walks the blocks of the present entry.
    fn blocks(&mut self, mut block: impl FnMut(&mut Self, BlockHead) -> Result<()>) -> Result<Sizes> {
        let State::InEntry(start) = self.state else {
            return Err(Error::new(ErrorKind::Usage, "reading an entry where there is none")
                .hint("call next_entry first"));
        };
        let mut sizes = Sizes::default();
        loop {
            let offset = self.input.offset;
            let mut bytes = [0; BLOCK_HEAD_BYTES];
            self.input.fill_exactly(&mut bytes, "the head of a block")?;
            let head = BlockHead::parse(bytes, offset)?;
            sizes.size += u64::from(head.size);
            sizes.modes.stored |= head.mode == Mode::Stored;
            sizes.modes.compressed |= head.mode == Mode::Compressed;
            block(self, head)?;
            sizes.packed = self.input.offset - start;
            match self.input.byte()? {
                Some(BLOCK_MARK) => {}
                first => {
                    self.state = State::BeforeName(first);
                    return Ok(sizes);
                }
            }
        }
    }

    /// Counts output before it is made.
    fn announce(&mut self, size: u64) -> Result<()> {
        self.produced += size;
        self.limits.check_output(self.produced, "the archive")
    }

    fn copy(&mut self, head: BlockHead, out: &mut dyn Write, progress: &dyn Progress) -> Result<()> {
        self.announce(u64::from(head.size))?;
        let mut left = head.size as usize;
        let mut step = vec![0; left.min(STEP)];
        while left > 0 {
            let piece = &mut step[..left.min(STEP)];
            self.input.fill_exactly(piece, "the payload of a stored block")?;
            write(out, piece)?;
            progress.advance(piece.len() as u64, piece.len() as u64)?;
            left -= piece.len();
        }
        Ok(())
    }

    fn decompress(&mut self, head: BlockHead, out: &mut dyn Write, progress: &dyn Progress) -> Result<()> {
        if self.skipped {
            return Err(Error::new(ErrorKind::Usage, "decoding after a compressed entry was skipped")
                .hint("decode every entry in order; an unwanted one into a sink"));
        }
        self.announce(u64::from(head.size))?;
        if self.model.is_none() {
            self.level.check(&self.limits)?;
            self.model = Some(Box::new(Model::new(self.level)));
        }
        let Some(model) = self.model.as_mut() else {
            return Err(Error::new(ErrorKind::Internal, "no model to decompress with"));
        };
        let start = self.input.offset;
        let mut coder = Reading::new(Payload::new(&mut self.input, head.packed));
        let mut step = Vec::with_capacity(STEP.min(head.size as usize));
        let mut left = head.size as usize;
        let mut reported = 0;
        while left > 0 && !coder.failed() {
            step.clear();
            while step.len() < left.min(STEP) && !coder.failed() {
                step.push(model.code(&mut coder, 0));
            }
            if coder.failed() {
                break;
            }
            write(out, &step)?;
            left -= step.len();
            let consumed = coder.source.input.offset - start;
            progress.advance(consumed - reported, step.len() as u64)?;
            reported = consumed;
        }
        coder.end(head, start)
    }
}

fn write(out: &mut dyn Write, bytes: &[u8]) -> Result<()> {
    out.write_all(bytes).map_err(|e| Error::io("writing the extracted file", e))
}
