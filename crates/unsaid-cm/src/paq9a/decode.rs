//! Reading archives and groups.

use std::io::{ErrorKind as IoKind, Read, Write};

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};
use unsaid_entropy::binary::Decoder;
use unsaid_entropy::{ByteSource, SliceSource};

use super::format::{self, BLOCK_HEAD_BYTES, BLOCK_MARK, BlockHead, HEADER_BYTES, Mode};
use super::model::{BitCoder, Model};
use super::params::Level;

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
        let mut coder = Reading::new(Payload { input: &mut self.input, left: head.packed, failure: None });
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

/// Decodes what [`encode_group`](super::encode_group) coded: `raw_len` bytes from exactly `coded`.
///
/// # Errors
/// [`ErrorKind::Truncated`] where `coded` ends too early, [`ErrorKind::Corrupt`] where some of it
/// is left over, [`ErrorKind::Limit`] for the memory of the level and the output, and what
/// `progress` returns to stop. Other damage gives other bytes: the caller has a checksum.
pub fn decode_group(
    coded: &[u8],
    raw_len: usize,
    level: Level,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Vec<u8>> {
    limits.check_output(raw_len as u64, "the group")?;
    level.check(limits)?;
    let mut model = Model::new(level);
    let mut coder = Reading::new(SliceSource::new(coded));
    let mut raw = Vec::with_capacity(raw_len.min(STEP));
    while raw.len() < raw_len {
        let before = (raw.len(), coder.source.remaining());
        let until = raw_len.min(raw.len() + STEP);
        while raw.len() < until && !coder.failed() {
            raw.push(model.code(&mut coder, 0));
        }
        if coder.failed() {
            break;
        }
        progress.advance((before.1 - coder.source.remaining()) as u64, (raw.len() - before.0) as u64)?;
    }
    if coder.decoder.starved() {
        return Err(Error::truncated("a group of paq9a")
            .found(format!("{} bytes", coded.len()))
            .expected(format!("more, for {raw_len} bytes of content")));
    }
    if coder.contradicted {
        return Err(Error::corrupt("a group of paq9a").found(CONTRADICTION));
    }
    match coder.source.remaining() {
        0 => Ok(raw),
        left => Err(Error::corrupt("a group of paq9a")
            .found(format!("{left} bytes of {} left over", coded.len()))
            .expected("all of them used")),
    }
}

const CONTRADICTION: &str = "a byte coded as no encoder does";

/// The decoder's side of the model: a payload becomes decisions.
struct Reading<S> {
    decoder: Decoder,
    source: S,
    contradicted: bool,
}

impl<S: ByteSource> Reading<S> {
    fn new(mut source: S) -> Self {
        Reading { decoder: Decoder::new(&mut source), source, contradicted: false }
    }

    /// Whether what was decoded last means nothing.
    #[inline]
    fn failed(&self) -> bool {
        self.decoder.starved() || self.contradicted
    }
}

impl<S: ByteSource> BitCoder for Reading<S> {
    const KNOWS_BYTE: bool = false;

    #[inline]
    fn code(&mut self, _: bool, p: u32) -> bool {
        self.decoder.decode(p, &mut self.source)
    }

    fn contradiction(&mut self) {
        self.contradicted = true;
    }
}

/// The payload of one block: no byte beyond it is ever asked for.
struct Payload<'a, R> {
    input: &'a mut Input<R>,
    left: u32,
    /// Why the input gave no byte, where the payload was not at its end.
    failure: Option<Error>,
}

impl<R: Read> ByteSource for Payload<'_, R> {
    #[inline]
    fn next_byte(&mut self) -> Option<u8> {
        if self.left == 0 || self.failure.is_some() {
            return None;
        }
        match self.input.byte() {
            Ok(Some(byte)) => {
                self.left -= 1;
                return Some(byte);
            }
            Ok(None) => {
                self.failure =
                    Some(Error::truncated("the payload of a compressed block").at(self.input.offset));
            }
            Err(e) => self.failure = Some(e),
        }
        None
    }
}

impl<R: Read> Reading<Payload<'_, R>> {
    /// Checks that a block was consumed exactly.
    fn end(self, head: BlockHead, start: u64) -> Result<()> {
        let Payload { left, failure, .. } = self.source;
        if let Some(e) = failure {
            return Err(e);
        }
        let wrong = |found: String| {
            Err(Error::corrupt("the payload of a compressed block")
                .found(found)
                .expected(format!("exactly {} for {} bytes of content", head.packed, head.size))
                .at(start))
        };
        match left {
            _ if self.contradicted => wrong(CONTRADICTION.to_owned()),
            _ if self.decoder.starved() => wrong(format!("more needed than its {} bytes", head.packed)),
            0 => Ok(()),
            left => wrong(format!("{left} bytes left over")),
        }
    }
}

/// A buffered reader that counts, and that gives every byte once.
#[derive(Debug)]
struct Input<R> {
    reader: R,
    buffer: Box<[u8]>,
    next: usize,
    end: usize,
    /// Bytes given so far.
    offset: u64,
}

impl<R: Read> Input<R> {
    fn new(reader: R) -> Self {
        Input { reader, buffer: vec![0; STEP].into_boxed_slice(), next: 0, end: 0, offset: 0 }
    }

    /// The next byte, or `None` at the end.
    #[inline]
    fn byte(&mut self) -> Result<Option<u8>> {
        if self.next == self.end {
            self.refill()?;
        }
        let byte = self.buffer[..self.end].get(self.next).copied();
        let taken = usize::from(byte.is_some());
        self.next += taken;
        self.offset += taken as u64;
        Ok(byte)
    }

    #[cold]
    fn refill(&mut self) -> Result<()> {
        self.next = 0;
        self.end = 0;
        self.end = loop {
            match self.reader.read(&mut self.buffer) {
                Ok(n) => break n,
                Err(e) if e.kind() == IoKind::Interrupted => {}
                Err(e) => return Err(Error::io("reading the archive", e).at(self.offset)),
            }
        };
        Ok(())
    }

    /// Reads until `out` is full or the input ends.
    fn fill(&mut self, out: &mut [u8]) -> Result<usize> {
        let mut n = 0;
        while n < out.len() {
            if self.next == self.end {
                self.refill()?;
                if self.end == 0 {
                    break;
                }
            }
            let taken = (out.len() - n).min(self.end - self.next);
            out[n..n + taken].copy_from_slice(&self.buffer[self.next..self.next + taken]);
            self.next += taken;
            self.offset += taken as u64;
            n += taken;
        }
        Ok(n)
    }

    fn fill_exactly(&mut self, out: &mut [u8], what: &str) -> Result<()> {
        let n = self.fill(out)?;
        if n < out.len() {
            return Err(Error::truncated(what)
                .found(format!("{n} bytes"))
                .expected(format!("{}", out.len()))
                .at(self.offset));
        }
        Ok(())
    }

    fn skip(&mut self, bytes: u64) -> Result<()> {
        let mut left = bytes;
        while left > 0 {
            if self.next == self.end {
                self.refill()?;
                if self.end == 0 {
                    return Err(Error::truncated("the payload of a block")
                        .found(format!("{} bytes", bytes - left))
                        .expected(format!("{bytes}"))
                        .at(self.offset));
                }
            }
            let taken = ((self.end - self.next) as u64).min(left);
            self.next += taken as usize;
            self.offset += taken;
            left -= taken;
        }
        Ok(())
    }
}

fn write(out: &mut dyn Write, bytes: &[u8]) -> Result<()> {
    out.write_all(bytes).map_err(|e| Error::io("writing the extracted file", e))
}
