//! The corpus while pairs are merged: which fragment starts at a place, and which ends before it.

use crate::strings::ByteStrings;

/// Marks the cell of a fragment's last byte where that is not also its first.
const END: u32 = 1 << 31;
/// Between two documents, before the first and after the last.
pub(super) const BORDER: u32 = u32::MAX;
/// Inside a fragment.
const INSIDE: u32 = END | (END - 2);

/// Places stay below this, ids too.
pub(super) const MAX_LEN: usize = 1 << 31;

/// A cell for each byte of the corpus, and a border around each document.
///
/// A fragment is named in the cells of its first and of its last byte, so both neighbours of a
/// place are found without links; the lengths are known from the ids.
pub(super) struct Text {
    cells: Vec<u32>,
}

impl Text {
    pub(super) fn new(corpus: &ByteStrings) -> Self {
        let mut cells = Vec::with_capacity(corpus.bytes().len() + corpus.len() + 1);
        cells.push(BORDER);
        for document in corpus.iter() {
            cells.extend(document.iter().map(|&b| u32::from(b)));
            cells.push(BORDER);
        }
        Text { cells }
    }

    /// The cells before anything is merged: bytes and borders.
    pub(super) fn cells(&self) -> &[u32] {
        &self.cells
    }

    /// Whether the fragment `id` starts at `place`.
    pub(super) fn starts(&self, place: usize, id: u32) -> bool {
        self.cells[place] == id
    }

    /// The fragment that starts at `place`, which is known to be a start or a border.
    pub(super) fn at(&self, place: usize) -> Option<u32> {
        let cell = self.cells[place];
        (cell != BORDER).then_some(cell)
    }

    /// The fragment that ends before `place`, which is known to be a start.
    pub(super) fn before(&self, place: usize) -> Option<u32> {
        let cell = self.cells[place - 1];
        (cell != BORDER).then_some(cell & !END)
    }

    /// Makes the neighbours of these lengths at `place` one fragment.
    pub(super) fn join(&mut self, place: usize, left_len: usize, right_len: usize, id: u32) {
        let middle = place + left_len;
        self.cells[middle - 1] = INSIDE;
        self.cells[middle] = INSIDE;
        self.cells[place] = id;
        self.cells[middle + right_len - 1] = id | END;
    }
}
