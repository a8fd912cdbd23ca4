//! Making archives.

use std::io::{ErrorKind as IoKind, Read, Write};

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};
use unsaid_entropy::binary::Encoder;

use super::format::{self, BLOCK_MARK, BlockHead, COMPRESSED_BLOCK, Mode, STORED_BLOCK};
use super::model::{BitCoder, Model};
use super::params::Level;

/// Bytes read, and reported to [`Progress`], at a time.
const STEP: usize = 1 << 16;

/// What [`Writer::add`] added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// Bytes of the file.
    pub size: u64,
    /// Bytes of the archive that they take: name, heads of blocks and payloads.
    pub packed: u64,
}

/// Writes an archive, one entry after the other.
///
/// Dropping a writer leaves the archive as it is after the last [`Writer::add`] and flushes
/// nothing; [`Writer::finish`] says whether everything arrived. After an error the archive is
/// broken where the error happened: every later call fails too.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    level: Level,
    limits: Limits,
    model: Option<Box<Model>>,
    written: u64,
    failed: bool,
}

impl<W: Write> Writer<W> {
    /// Writes the header. The model's memory is taken with the first compressed entry.
    ///
    /// # Errors
    /// What the writer says.
    pub fn new(out: W, level: Level, limits: &Limits) -> Result<Self> {
        let mut writer =
            Writer { out, level, limits: limits.clone(), model: None, written: 0, failed: false };
        writer.write(&format::header(level))?;
        Ok(writer)
    }

    /// Adds one file with the bytes that `data` gives until its end.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a name that the format cannot hold (empty, or with a zero byte),
    /// [`ErrorKind::Limit`] for a name or a level above the limits, [`ErrorKind::Environment`] for
    /// what the reader and the writer say, and what `progress` returns to stop.
    pub fn add(
        &mut self,
        name: &[u8],
        data: &mut dyn Read,
        mode: Mode,
        progress: &dyn Progress,
    ) -> Result<Added> {
        if self.failed {
            return Err(Error::new(ErrorKind::Usage, "adding to an archive after an error")
                .hint("start the archive again"));
        }
        if name.is_empty() || name.contains(&BLOCK_MARK) {
            return Err(Error::new(ErrorKind::Usage, "a name for a paq9a archive")
                .found(if name.is_empty() { "an empty one" } else { "one with a zero byte" })
                .expected("at least one byte, none of them zero"));
        }
        self.limits.check_name(name.len() as u64, "a name for the archive")?;
        if mode == Mode::Compressed && self.model.is_none() {
            self.level.check(&self.limits)?;
            self.model = Some(Box::new(Model::new(self.level)));
        }
        let start = self.written;
        self.failed = true;
        self.write(name)?;
        let size = match mode {
            Mode::Stored => self.store(data, progress)?,
            Mode::Compressed => self.compress(data, progress)?,
        };
        self.failed = false;
        Ok(Added { size, packed: self.written - start })
    }

    /// Flushes and gives the writer back.
    ///
    /// # Errors
    /// What the writer says, and [`ErrorKind::Usage`] where an earlier call failed.
    pub fn finish(mut self) -> Result<W> {
        if self.failed {
            return Err(Error::new(ErrorKind::Usage, "finishing an archive after an error")
                .hint("start the archive again"));
        }
        self.out.flush().map_err(|e| Error::io("writing the archive", e))?;
        Ok(self.out)
    }

    fn store(&mut self, data: &mut dyn Read, progress: &dyn Progress) -> Result<u64> {
        let mut total = 0;
        let mut block = vec![0; STORED_BLOCK];
        loop {
            let n = fill(data, &mut block)?;
            if n > 0 || total == 0 {
                self.block(Mode::Stored, n as u64, &block[..n])?;
                progress.advance(n as u64, n as u64)?;
            }
            total += n as u64;
            if n < STORED_BLOCK {
                return Ok(total);
            }
        }
    }

    fn compress(&mut self, data: &mut dyn Read, progress: &dyn Progress) -> Result<u64> {
        // Moved out while it works, so that blocks can be written meanwhile.
        let Some(mut model) = self.model.take() else {
            return Err(Error::new(ErrorKind::Internal, "no model to compress with"));
        };
        let mut coder = Writing::default();
        let mut step = vec![0; STEP];
        let (mut total, mut in_block) = (0u64, 0u64);
        loop {
            let n = fill(data, &mut step)?;
            let before = self.written + coder.payload.len() as u64;
            for &byte in &step[..n] {
                model.code(&mut coder, byte);
                in_block += 1;
                if coder.payload.len() > COMPRESSED_BLOCK {
                    self.block(Mode::Compressed, in_block, coder.finish())?;
                    coder.payload.clear();
                    in_block = 0;
                }
            }
            total += n as u64;
            progress.advance(n as u64, self.written + coder.payload.len() as u64 - before)?;
            if n < STEP {
                break;
            }
        }
        // Always, even with nothing in it: this is what the original does.
        self.block(Mode::Compressed, in_block, coder.finish())?;
        self.model = Some(model);
        Ok(total)
    }

    fn block(&mut self, mode: Mode, size: u64, payload: &[u8]) -> Result<()> {
        let fits = |n: u64| {
            u32::try_from(n).map_err(|_| {
                Error::new(ErrorKind::Limit, "a block of a paq9a archive")
                    .found(format!("{n} bytes"))
                    .expected("less than 4 GiB")
            })
        };
        let head = BlockHead { mode, size: fits(size)?, packed: fits(payload.len() as u64)? };
        self.write(&[BLOCK_MARK])?;
        self.write(&head.to_bytes())?;
        self.write(payload)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(|e| Error::io("writing the archive", e))?;
        self.written += bytes.len() as u64;
        Ok(())
    }
}

/// The encoder's side of the model: decisions become a payload.
#[derive(Default)]
pub(super) struct Writing {
    encoder: Encoder,
    pub(super) payload: Vec<u8>,
}

impl Writing {
    pub(super) fn finish(&mut self) -> &[u8] {
        self.encoder.finish(&mut self.payload);
        &self.payload
    }
}

impl BitCoder for Writing {
    const KNOWS_BYTE: bool = true;

    #[inline]
    fn code(&mut self, bit: bool, p: u32) -> bool {
        self.encoder.encode(bit, p, &mut self.payload);
        bit
    }

    /// Does not happen: the flag of a byte says whether it is the expected one.
    fn contradiction(&mut self) {}
}

/// Reads until the buffer is full or the reader ends.
fn fill(data: &mut dyn Read, buffer: &mut [u8]) -> Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match data.read(&mut buffer[n..]) {
            Ok(0) => break,
            Ok(more) => n += more,
            Err(e) if e.kind() == IoKind::Interrupted => {}
            Err(e) => return Err(Error::io("reading the file to add", e)),
        }
    }
    Ok(n)
}
