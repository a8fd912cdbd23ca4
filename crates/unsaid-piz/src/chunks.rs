//! How data is cut: `-F`, `-n`, `-b`.

use unsaid_core::{Error, ErrorKind, Result};

/// What the caller wants to be one chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Chunking {
    /// Everything, if it is found; else as [`Chunking::Size`] of what tables hold, with a note.
    #[default]
    Try,
    /// Everything, or an error.
    Full,
    /// This many chunks, at most as many as there are bytes; the first len mod N are one byte longer.
    Count(u64),
    /// This many bytes; the last chunk may be shorter.
    Size(u64),
    /// Whatever makes the archive smallest.
    Smallest,
}

impl Chunking {
    /// The value of `-n`: a number above 0. One that 64 bits do not hold is more than any file has bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`].
    pub fn count(text: &str) -> Result<Chunking> {
        match number(text).filter(|&count| count > 0) {
            Some(count) => Ok(Chunking::Count(u64::try_from(count).unwrap_or(u64::MAX))),
            None => Err(Error::new(ErrorKind::Usage, "the number of chunks")
                .found(format!("'{text}'"))
                .expected("a number above 0")),
        }
    }

    /// The value of `-b`: a number above 0 and at most one suffix. K, M, G, T, P, E, Z, Y are powers of ten,
    /// k, m, g, t, p, e, z, y powers of two. One that 64 bits do not hold is more than any file has bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`].
    pub fn size(text: &str) -> Result<Chunking> {
        match size(text).filter(|&size| size > 0) {
            Some(size) => Ok(Chunking::Size(u64::try_from(size).unwrap_or(u64::MAX))),
            None => Err(Error::new(ErrorKind::Usage, "the size of a chunk")
                .found(format!("'{text}'"))
                .expected("a number above 0 and at most one of K M G T P E Z Y (powers of ten) and k m g t p e z y (powers of two)")),
        }
    }
}

const SUFFIXES: &[u8; 8] = b"KMGTPEZY";

/// A size in 128 bits, as `-b` takes it.
fn size(text: &str) -> Option<u128> {
    let (digits, unit) = match text.as_bytes().last()? {
        b'0'..=b'9' => return number(text),
        &suffix => {
            let nth = SUFFIXES.iter().position(|s| s.eq_ignore_ascii_case(&suffix))?;
            let step: u128 = if suffix.is_ascii_uppercase() { 1000 } else { 1024 };
            // At most 1024^8, of 81 bits. The suffix is ASCII, so the text is cut between characters.
            (text.get(..text.len() - 1)?, step.checked_pow(nth as u32 + 1)?)
        }
    };
    number(digits)?.checked_mul(unit)
}

/// Digits and nothing else.
fn number(text: &str) -> Option<u128> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// The chunks of one input in order: so many of one length, then of another without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// How many longer chunks are left.
    pub(crate) longer: u64,
    /// The length of the others; 0 only where there are none.
    pub(crate) length: u64,
}

impl Layout {
    /// `count` chunks of `total` bytes.
    pub(crate) fn of_count(count: u64, total: u64) -> Layout {
        let count = count.min(total).max(1);
        Layout { longer: total % count, length: total / count }
    }

    /// Chunks of `length` bytes.
    pub(crate) fn of_size(length: u64) -> Layout {
        Layout { longer: 0, length }
    }

    /// The length of the next chunks, and how many have it where that is known.
    pub(crate) fn run(&self) -> (u64, Option<u64>) {
        if self.longer > 0 { (self.length + 1, Some(self.longer)) } else { (self.length, None) }
    }

    /// So many were taken.
    pub(crate) fn took(&mut self, chunks: u64) {
        self.longer = self.longer.saturating_sub(chunks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_all_suffixes_of_ten_and_of_two() {
        for (text, bytes) in [
            ("1", 1),
            ("0017", 17),
            ("3K", 3000),
            ("3k", 3072),
            ("2M", 2_000_000),
            ("2m", 2 << 20),
            ("1G", 1_000_000_000),
            ("1g", 1 << 30),
            ("1T", 10_u128.pow(12)),
            ("1t", 1 << 40),
            ("1P", 10_u128.pow(15)),
            ("1p", 1 << 50),
            ("1E", 10_u128.pow(18)),
            ("1e", 1 << 60),
            ("1Z", 10_u128.pow(21)),
            ("1z", 1 << 70),
            ("1Y", 10_u128.pow(24)),
            ("281474976710655y", ((1 << 48) - 1) << 80),
        ] {
            assert_eq!(size(text), Some(bytes), "{text}");
        }
        assert_eq!(Chunking::size("1Y").unwrap(), Chunking::Size(u64::MAX));
        assert_eq!(Chunking::size("16e").unwrap(), Chunking::Size(u64::MAX));
        for bad in [
            "",
            "0",
            "0K",
            "K",
            "-1",
            "+1",
            "1 K",
            "1KK",
            "1KB",
            "1Ki",
            "1.5M",
            "0x10",
            "1к",
            "к",
            "281474976710656y",
            "340282366920938463463374607431768211456",
        ] {
            assert_eq!(Chunking::size(bad).unwrap_err().kind(), ErrorKind::Usage, "{bad}");
        }
    }

    #[test]
    fn counts_are_plain_numbers_above_0() {
        assert_eq!(Chunking::count("12").unwrap(), Chunking::Count(12));
        assert_eq!(Chunking::count("99999999999999999999").unwrap(), Chunking::Count(u64::MAX));
        for bad in ["", "0", "-1", "1k", " 1"] {
            assert_eq!(Chunking::count(bad).unwrap_err().kind(), ErrorKind::Usage, "{bad}");
        }
    }

    #[test]
    fn the_first_chunks_are_one_byte_longer_and_no_more_than_there_are_bytes() {
        for total in 0..40_u64 {
            for count in 1..50 {
                let mut layout = Layout::of_count(count, total);
                let mut lengths = Vec::new();
                while lengths.iter().sum::<u64>() < total {
                    lengths.push(layout.run().0);
                    layout.took(1);
                }
                assert_eq!(lengths.iter().sum::<u64>(), total);
                assert_eq!(lengths.len() as u64, count.min(total));
                let longer = total.checked_rem(count.min(total)).unwrap_or(0) as usize;
                for (nth, &length) in lengths.iter().enumerate() {
                    assert_eq!(length, total / count.min(total) + u64::from(nth < longer));
                }
            }
        }
    }
}
