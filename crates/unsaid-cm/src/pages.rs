//! Which pages of a large zeroed table were written to.
//!
//! The system gives a page that is read before it is written twice: first one that all share, then
//! one of its own. Tables that hashes fall into are read first, so half of all page faults, which
//! are a tenth of the time of a short run, are spared by writing a zero where a page is new.

use std::cell::Cell;

/// Bytes of a page. A larger one in truth costs nothing, a smaller one spares less.
const PAGE: usize = 4096;

/// One bit a page.
#[derive(Debug)]
pub(crate) struct Pages(Vec<u64>);

impl Pages {
    /// For a table of `bytes` that nobody has touched.
    pub(crate) fn new(bytes: usize) -> Self {
        Pages(vec![0; bytes.div_ceil(PAGE).div_ceil(64)])
    }

    /// The bits, to be looked at while the table is in use.
    #[inline(always)]
    pub(crate) fn cells(&mut self) -> &[Cell<u64>] {
        Cell::from_mut(&mut self.0[..]).as_slice_of_cells()
    }
}

/// Whether the page of this byte is seen for the first time.
#[inline(always)]
pub(crate) fn is_new(pages: &[Cell<u64>], byte: usize) -> bool {
    let page = byte / PAGE;
    let Some(word) = pages.get(page / 64) else { return false };
    let seen = word.get() >> (page % 64) & 1 != 0;
    if !seen {
        word.set(word.get() | 1 << (page % 64));
    }
    !seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_new_once() {
        let mut pages = Pages::new(70 * PAGE + 1);
        let cells = pages.cells();
        for byte in [0, PAGE, 63 * PAGE, 64 * PAGE, 70 * PAGE] {
            assert!(is_new(cells, byte), "{byte}");
            assert!(!is_new(cells, byte + PAGE - 1), "{byte}");
        }
        assert!(!is_new(cells, 1 << 40), "outside of the table nothing is new");
    }
}
