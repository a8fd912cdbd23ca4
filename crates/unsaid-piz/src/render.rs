//! Batches of chunks become text.
//!
//! A batch is rendered without knowing what came before it: it says the length of its first group, and whoever
//! writes batches one after the other writes the size line where the length differs from the last.

use std::sync::Arc;

use unsaid_core::{Error, ErrorKind, Result};
use unsaid_pi::Base;

use crate::find::digits_of;
use crate::index::Index;
use crate::lines::{self, Lined, Lines, Slot};
use crate::numeral::Numerals;
use crate::spell::spell;

/// Chunks of 3 bytes looked up in one go, so that the processor waits for many places of memory at once.
const TOGETHER: usize = 512;

/// Everything that finding and writing chunks needs, shared by all batches.
#[derive(Debug)]
pub(crate) struct Finder {
    pub(crate) base: Base,
    pub(crate) numerals: Numerals,
    /// For chunks of 1, 2 and 3 bytes.
    pub(crate) tables: [Option<Lined>; 3],
    /// For longer chunks.
    pub(crate) index: Option<Arc<Index>>,
    /// Bytes of the chunks that others are split into.
    pub(crate) unit: usize,
}

/// Bytes that are cut alike.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) data: Vec<u8>,
    /// Bytes of a chunk; the last may be shorter.
    pub(crate) chunk: usize,
    /// Whether this is a part of a chunk that is too long to be found.
    pub(crate) is_split: bool,
    /// Whether it is the first part.
    pub(crate) begins: bool,
}

/// A batch as text. Lengths of groups are bytes.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pub(crate) bytes: Vec<u8>,
    /// How many of `bytes` are text. The others are room.
    pub(crate) used: usize,
    pub(crate) first: Option<usize>,
    pub(crate) last: Option<usize>,
    /// Positions, changes of length after the first, and chunks that were split.
    pub(crate) positions: u64,
    pub(crate) changes: u64,
    pub(crate) split: u64,
    line: Vec<u8>,
}

impl Finder {
    /// Renders a batch into the room of `text`.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] where not even single bytes are found.
    pub(crate) fn render(&self, batch: &Batch, text: &mut Text) -> Result<()> {
        *text = Text {
            bytes: std::mem::take(&mut text.bytes),
            line: std::mem::take(&mut text.line),
            ..Text::default()
        };
        if batch.is_split {
            text.split += u64::from(batch.begins);
            return self.pieces(&batch.data, text);
        }
        match batch.chunk {
            1 | 2 => self.run(batch.chunk, &batch.data, text),
            3 if self.tables[2].is_some() => self.run(3, &batch.data, text),
            _ => batch.data.chunks(batch.chunk.max(1)).try_for_each(|chunk| self.long(chunk, text)),
        }
    }

    /// Whether a chunk of this many bytes can be found at all.
    pub(crate) fn may_find(&self, bytes: usize) -> bool {
        let digits = digits_of(self.base, bytes as u64);
        bytes <= 3 || self.index.as_ref().is_some_and(|index| digits <= index.reach())
    }

    /// A chunk that is in no table, or the short rest of such chunks.
    fn long(&self, chunk: &[u8], text: &mut Text) -> Result<()> {
        let mut wanted = Vec::new();
        let place = self.index.as_ref().and_then(|index| {
            spell(self.base, chunk, &mut wanted);
            index.position(&wanted)
        });
        match place {
            Some(place) => self.line(chunk.len(), place, text),
            None if chunk.len() == 1 || chunk.len() == self.unit => self.run(chunk.len(), chunk, text)?,
            None => {
                text.split += 1;
                self.pieces(chunk, text)?;
            }
        }
        Ok(())
    }

    /// A chunk that is not found, as chunks that are.
    fn pieces(&self, data: &[u8], text: &mut Text) -> Result<()> {
        self.run(self.unit, data, text)
    }

    /// Chunks of `length` bytes, 1 to 3. What is not found, and the rest, becomes shorter chunks.
    fn run(&self, length: usize, mut data: &[u8], text: &mut Text) -> Result<()> {
        while !data.is_empty() {
            let table = self.tables.get(length - 1).and_then(Option::as_ref);
            if let Some(table) = table.filter(|_| data.len() >= length) {
                let taken = self.found(table, length, data, text);
                data = data.get(taken..).unwrap_or_default();
            }
            if data.is_empty() {
                break;
            }
            if length == 1 {
                return Err(self.no_single_bytes());
            }
            // The chunk that was not found, or the rest.
            let (chunk, rest) = data.split_at(data.len().min(length));
            data = rest;
            text.split += u64::from(chunk.len() == length);
            let shorter = if length == 3 { self.unit.min(2) } else { 1 };
            self.run(shorter, chunk, text)?;
        }
        Ok(())
    }

    /// Writes chunks as long as they are found; how many bytes they are.
    fn found(&self, table: &Lined, length: usize, data: &[u8], text: &mut Text) -> usize {
        let taken = match (&table.lines, length) {
            (Lines::Short(slots), 1) => self.slots::<u64, 1, 256>(slots, data, text),
            (Lines::Short(slots), 2) => self.slots::<u64, 2, 65_536>(slots, data, text),
            (Lines::Long(slots), 1) => self.slots::<u128, 1, 256>(slots, data, text),
            (Lines::Long(slots), 2) => self.slots::<u128, 2, 65_536>(slots, data, text),
            _ => self.unwritten(table, length, data, text),
        };
        text.positions += (taken / length) as u64;
        taken
    }

    fn slots<S: Slot, const N: usize, const VALUES: usize>(
        &self,
        slots: &[S],
        data: &[u8],
        text: &mut Text,
    ) -> usize {
        let value = data.iter().take(N).fold(0, |value, &byte| value << 8 | usize::from(byte));
        if slots.get(value).is_none_or(|slot| slot.store(&mut [0; 16]) == 0) {
            return 0;
        }
        self.enter(N, text);
        text.room(data.len() / N * S::SIZE + S::SIZE);
        let room = text.bytes.get_mut(text.used..).unwrap_or_default();
        let (taken, written) = lines::store::<S, N, VALUES>(slots, data, room);
        text.used += written;
        taken
    }

    fn unwritten(&self, table: &Lined, length: usize, data: &[u8], text: &mut Text) -> usize {
        let mut taken = 0;
        let mut places = [None; TOGETHER];
        for some in data.chunks(TOGETHER * length) {
            let each = some.chunks_exact(length);
            let count = each.len();
            for (place, chunk) in places.iter_mut().zip(each) {
                let value = chunk.iter().fold(0, |value, &byte| value << 8 | usize::from(byte));
                *place = table.position(value);
            }
            for place in places.iter().take(count) {
                let Some(place) = *place else { return taken };
                self.enter(length, text);
                text.line(|out| lines::position(place, &self.numerals, out));
                taken += length;
            }
        }
        taken
    }

    fn line(&self, length: usize, place: u64, text: &mut Text) {
        self.enter(length, text);
        text.positions += 1;
        text.line(|out| lines::position(place, &self.numerals, out));
    }

    /// The lines from here on are of chunks of `length` bytes.
    #[inline]
    fn enter(&self, length: usize, text: &mut Text) {
        if text.last == Some(length) {
            return;
        }
        if text.last.replace(length).is_none() {
            text.first = Some(length);
            return;
        }
        text.changes += 1;
        let digits = length as u64 * u64::from(self.base.digits_per_byte());
        text.line(|out| lines::size(digits, &self.numerals, out));
    }

    fn no_single_bytes(&self) -> Error {
        Error::new(ErrorKind::Limit, "the limit on digits of π is too low to find single bytes")
            .hint("raise it: --max-digits 16M")
    }
}

impl Text {
    /// Makes room for `more` bytes behind those used.
    fn room(&mut self, more: usize) {
        if self.bytes.len() - self.used < more {
            self.bytes.resize(self.used + more, 0);
        }
    }

    fn line(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.line.clear();
        write(&mut self.line);
        let length = self.line.len();
        self.room(length);
        if let Some(place) = self.bytes.get_mut(self.used..self.used + length) {
            place.copy_from_slice(&self.line);
            self.used += length;
        }
    }
}
