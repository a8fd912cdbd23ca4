//! One record after another out of lines or length-prefixed data, and back.

use std::io::{BufRead, Read, Write};

use unsaid_core::{Error, Result};

use crate::MAX_DOCUMENT;
use crate::document::check_size;

/// How records are told apart while they are not compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Separator {
    /// Each ends with a line feed, which is no part of it; a carriage return before that is. The last
    /// may lack the line feed.
    Lines = 0,
    /// Before each stands its length in bytes, 32 bits, little-endian.
    Lengths = 1,
}

impl Separator {
    /// Its name on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Separator::Lines => "lines",
            Separator::Lengths => "lengths",
        }
    }

    /// Writes a record; `open` leaves out the line feed of the last line.
    ///
    /// # Errors
    /// The output fails.
    pub fn write(self, record: &[u8], open: bool, out: &mut dyn Write) -> Result<()> {
        let written = match self {
            Separator::Lines if open => out.write_all(record),
            Separator::Lines => out.write_all(record).and_then(|()| out.write_all(b"\n")),
            Separator::Lengths => {
                check_size(record.len())?;
                // At most 16 MiB.
                out.write_all(&(record.len() as u32).to_le_bytes()).and_then(|()| out.write_all(record))
            }
        };
        written.map_err(|e| Error::io("writing a record", e))
    }
}

/// Gives the records of lines or length-prefixed data.
#[derive(Debug)]
pub struct Splitter<R> {
    input: R,
    separator: Separator,
    /// Bytes and records that came before.
    passed: u64,
    records: u64,
    open: bool,
}

impl<R: BufRead> Splitter<R> {
    /// Reads `input`.
    pub fn new(input: R, separator: Separator) -> Self {
        Splitter { input, separator, passed: 0, records: 0, open: false }
    }

    /// Whether the last line that was given had no line feed.
    pub fn ended_open(&self) -> bool {
        self.open
    }

    /// Puts the next record into `record`; `false` at the end.
    ///
    /// # Errors
    /// The input fails; `Limit` for a record that is too large, `Truncated` for one that is cut.
    pub fn next(&mut self, record: &mut Vec<u8>) -> Result<bool> {
        record.clear();
        let more = match self.separator {
            Separator::Lines => self.line(record),
            Separator::Lengths => self.prefixed(record),
        };
        let more = more.map_err(|e| e.at(self.passed))?;
        self.records += u64::from(more);
        Ok(more)
    }

    fn line(&mut self, record: &mut Vec<u8>) -> Result<bool> {
        // One more than a record may have, and its line feed.
        let most = MAX_DOCUMENT as u64 + 2;
        let read = (&mut self.input).take(most).read_until(b'\n', record);
        let read = read.map_err(|e| Error::io("reading records", e))?;
        if read == 0 {
            return Ok(false);
        }
        match record.last() {
            Some(b'\n') => drop(record.pop()),
            _ => self.open = true,
        }
        check_size(record.len()).map_err(|e| self.numbered(e))?;
        self.passed += read as u64;
        Ok(true)
    }

    fn prefixed(&mut self, record: &mut Vec<u8>) -> Result<bool> {
        let mut length = Vec::with_capacity(4);
        let failed = |e| Error::io("reading records", e);
        (&mut self.input).take(4).read_to_end(&mut length).map_err(failed)?;
        if length.is_empty() {
            return Ok(false);
        }
        let Ok(length) = <[u8; 4]>::try_from(length.as_slice()) else {
            return Err(Error::truncated(format!("the length of record {}", self.records)));
        };
        let length = u32::from_le_bytes(length);
        check_size(length as usize).map_err(|e| self.numbered(e))?;
        (&mut self.input).take(u64::from(length)).read_to_end(record).map_err(failed)?;
        if record.len() as u64 != u64::from(length) {
            return Err(Error::truncated(format!("record {}", self.records))
                .found(format!("{} bytes", record.len()))
                .expected(length));
        }
        self.passed += 4 + u64::from(length);
        Ok(true)
    }

    fn numbered(&self, e: Error) -> Error {
        let again = Error::new(e.kind(), format!("record {}: {e}", self.records));
        match self.separator {
            Separator::Lines => again.hint("if these are no lines, say --framing lengths"),
            Separator::Lengths => again.hint("if these are lines, say --framing lines"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unsaid_core::ErrorKind;

    fn round(text: &[u8], separator: Separator) -> (Vec<Vec<u8>>, Vec<u8>) {
        let mut splitter = Splitter::new(text, separator);
        let (mut records, mut record) = (Vec::new(), Vec::new());
        while splitter.next(&mut record).unwrap() {
            records.push(record.clone());
        }
        let mut back = Vec::new();
        for (i, record) in records.iter().enumerate() {
            let last = i + 1 == records.len();
            separator.write(record, last && splitter.ended_open(), &mut back).unwrap();
        }
        (records, back)
    }

    #[test]
    fn lines_come_back_whatever_ends_them() {
        for text in ["", "\n", "a", "a\n", "a\nb", "a\r\nb\r\n", "\n\n\n", "a\n\nb\n\n", "\r", "\r\n"] {
            let (_, back) = round(text.as_bytes(), Separator::Lines);
            assert_eq!(back, text.as_bytes(), "{text:?}");
        }
        assert_eq!(round(b"a\r\n\nb", Separator::Lines).0, [&b"a\r"[..], b"", b"b"]);
    }

    #[test]
    fn lengths_come_back_and_every_cut_is_found() {
        let text = b"\x02\0\0\0ab\0\0\0\0\x01\0\0\0\n";
        let (records, back) = round(text, Separator::Lengths);
        assert_eq!(records, [&b"ab"[..], b"", b"\n"]);
        assert_eq!(back, text);
        for cut in 0..text.len() {
            let mut splitter = Splitter::new(&text[..cut], Separator::Lengths);
            let mut record = Vec::new();
            let end = loop {
                match splitter.next(&mut record) {
                    Ok(true) => {}
                    other => break other,
                }
            };
            // Between two records there is nothing to notice.
            let whole = [0, 6, 10].contains(&cut);
            assert_eq!(end.map_err(|e| e.kind()), if whole { Ok(false) } else { Err(ErrorKind::Truncated) });
        }
    }

    #[test]
    fn c1_a_length_beyond_the_limit_is_refused_before_anything_is_read() {
        let mut splitter = Splitter::new(&[0xff; 8][..], Separator::Lengths);
        let e = splitter.next(&mut Vec::new()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Limit);
        let long = vec![b'x'; MAX_DOCUMENT + 1];
        let e = Splitter::new(&long[..], Separator::Lines).next(&mut Vec::new()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Limit);
        let fits = [&long[1..], b"\n"].concat();
        assert!(Splitter::new(&fits[..], Separator::Lines).next(&mut Vec::new()).unwrap());
    }
}
